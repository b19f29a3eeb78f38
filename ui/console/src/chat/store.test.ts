import type { ClientEvents, HistoryPage, Message } from '@switchboard/sdk'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ChatStore, toItem, type ChatClient } from './store'

const group = 'abc@mix.localhost'
let counter = 0

function message(text: string, more: Partial<Message> = {}): Message {
  const n = ++counter
  return {
    id: `m${n}`, archiveId: `a${n}`, chat: group, type: 'groupchat', author: 'guest', from: `${group}/guest`, to: group, text, time: new Date(1_000_000 + n * 1000), own: false, source: 'live',
    stanza: {} as Message['stanza'], ...more,
  }
}

function fakeClient(pages: (HistoryPage | Error)[] = []) {
  const listeners = new Map<string, (v: never) => void>()
  const acks: { resolve(): void; reject(e: Error): void }[] = []
  const client = {
    state: 'CONNECTED',
    on: (event: string, listener: (v: never) => void) => {
      listeners.set(event, listener)
      return () => listeners.delete(event)
    },
    history: vi.fn(async () => {
      const page = pages.shift() ?? { messages: [], complete: true }
      if (page instanceof Error) throw page
      return page
    }),
    follow: vi.fn(),
    typing: vi.fn(),
    markDisplayed: vi.fn(),
    retryNow: vi.fn(),
    send: vi.fn((_chat: string, text: string) => {
      const m = message(text, { own: true, author: 'ada', archiveId: undefined as never })
      return { id: m.id, message: m, acknowledged: new Promise<void>((resolve, reject) => acks.push({ resolve, reject })) }
    }),
  }
  const emit = <K extends keyof ClientEvents>(event: K, value: ClientEvents[K]) => listeners.get(event)?.(value as never)
  return { client: client as unknown as ChatClient, mocks: client, emit, acks }
}

const texts = (store: ChatStore) => store.timeline(group).items.map((i) => (i.kind === 'text' ? `${i.text}${i.state ? `:${i.state}` : ''}` : `<${i.event}>`))

beforeEach(() => {
  counter = 0
  vi.useFakeTimers()
})
afterEach(() => void vi.useRealTimers())

describe('ChatStore', () => {
  it('loads the newest page once, follows from its end, and loads older ones before its start', async () => {
    const [one, two, three] = [message('one'), message('two'), message('three')]
    const { client, mocks } = fakeClient([{ messages: [two, three], receipts: [], complete: false, first: 'a2', last: 'a3' }, { messages: [one], receipts: [], complete: true, first: 'a1', last: 'a1' }])
    const store = new ChatStore(client)
    store.open(group)
    store.open(group)
    await vi.waitFor(() => expect(store.timeline(group).status).toBe('ready'))
    expect(mocks.history).toHaveBeenCalledOnce()
    expect(mocks.follow).toHaveBeenCalledWith(group, 'a3')
    await store.older(group)
    expect(mocks.history).toHaveBeenLastCalledWith(group, { before: 'a2', limit: 50 })
    expect(texts(store)).toEqual(['one', 'two', 'three'])
    await store.older(group)
    expect(mocks.history).toHaveBeenCalledTimes(2)
  })
  it('tries again after a failed load', async () => {
    const { client, mocks } = fakeClient([new Error('gone')])
    const store = new ChatStore(client)
    store.open(group)
    await vi.waitFor(() => expect(store.timeline(group).status).toBe('error'))
    store.open(group)
    await vi.waitFor(() => expect(store.timeline(group).status).toBe('ready'))
    expect(mocks.history).toHaveBeenCalledTimes(2)
  })
  it('tries by itself when it was early, and at once when the group speaks', async () => {
    const { client, emit, mocks } = fakeClient([new Error('not a member yet'), new Error('still not')])
    const store = new ChatStore(client)
    store.open(group)
    await vi.waitFor(() => expect(store.timeline(group).status).toBe('error'))
    await vi.advanceTimersByTimeAsync(500)
    expect(mocks.history).toHaveBeenCalledTimes(2)
    emit('message', message('you are in'))
    await vi.waitFor(() => expect(store.timeline(group).status).toBe('ready'))
    expect(mocks.history).toHaveBeenCalledTimes(3)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(mocks.history).toHaveBeenCalledTimes(3)
  })
  it('shows a live message once, whatever its source', async () => {
    const { client, emit } = fakeClient()
    const store = new ChatStore(client)
    store.open(group)
    await vi.waitFor(() => expect(store.timeline(group).status).toBe('ready'))
    const m = message('hello')
    emit('message', m)
    emit('message', { ...m, source: 'catchup' })
    emit('message', message('elsewhere', { chat: 'other@mix.localhost' }))
    expect(texts(store)).toEqual(['hello'])
  })
  it('moves the tick of what is sent, never back', async () => {
    const { client, emit, acks } = fakeClient()
    const store = new ChatStore(client)
    store.send(group, 'hi')
    expect(texts(store)).toEqual(['hi:sending'])
    const id = store.timeline(group).items[0]!.id
    emit('delivery', { id, chat: group, state: 'displayed' })
    expect(texts(store)).toEqual(['hi:read'])
    acks[0]!.resolve()
    await vi.advanceTimersByTimeAsync(1)
    emit('delivery', { id, chat: group, state: 'delivered' })
    expect(texts(store)).toEqual(['hi:read'])
  })
  it('marks everything before a read word as read', async () => {
    const { client, emit, acks } = fakeClient()
    const store = new ChatStore(client)
    store.send(group, 'one')
    store.send(group, 'two')
    acks.forEach((a) => a.resolve())
    await vi.advanceTimersByTimeAsync(1)
    emit('delivery', { id: store.timeline(group).items[1]!.id, chat: group, state: 'displayed' })
    expect(texts(store)).toEqual(['one:read', 'two:read'])
  })
  it('keeps a refused message visible until it is sent again or discarded', async () => {
    const { client, acks, mocks } = fakeClient()
    const store = new ChatStore(client)
    store.send(group, 'hi')
    acks[0]!.reject(new Error('not-allowed'))
    await vi.advanceTimersByTimeAsync(1)
    expect(texts(store)).toEqual(['hi:failed'])
    store.resend(group, store.timeline(group).items[0]!.id)
    expect(texts(store)).toEqual(['hi:sending'])
    expect(mocks.send).toHaveBeenCalledTimes(2)
    store.discard(group, store.timeline(group).items[0]!.id)
    expect(texts(store)).toEqual([])
  })
  it('forgets a typist who falls silent or has spoken', () => {
    const { client, emit } = fakeClient()
    const store = new ChatStore(client)
    emit('typing', { chat: group, author: 'guest', state: 'composing' })
    expect(store.timeline(group).typing).toEqual(['guest'])
    emit('message', message('there'))
    expect(store.timeline(group).typing).toEqual([])
    emit('typing', { chat: group, author: 'guest', state: 'composing' })
    vi.advanceTimersByTime(30_000)
    expect(store.timeline(group).typing).toEqual([])
  })
  it('says once that the newest foreign message was read', async () => {
    const { client, emit, mocks } = fakeClient()
    const store = new ChatStore(client)
    emit('state', 'CONNECTED')
    store.open(group)
    await vi.waitFor(() => expect(store.timeline(group).status).toBe('ready'))
    emit('message', message('a', { id: 'x' }))
    emit('message', message('mine', { own: true }))
    store.markRead(group)
    store.markRead(group)
    expect(mocks.markDisplayed.mock.calls).toEqual([[group, 'x']])
  })
  it('loads again after a gap', async () => {
    const { client, emit, mocks } = fakeClient()
    const store = new ChatStore(client)
    store.open(group)
    await vi.waitFor(() => expect(store.timeline(group).status).toBe('ready'))
    emit('gap', { archive: group })
    expect(mocks.history).toHaveBeenCalledTimes(2)
  })
})

describe('toItem', () => {
  const notice = (attributes: Record<string, string>) =>
    toItem(message('', { conversation: { id: '5', event: attributes.event ?? '', status: 'ACTIVE', attributes, ...(attributes.operator && { operator: attributes.operator }) } }))
  it('reads notices', () => {
    expect(notice({ event: 'operator-joined', operator: 'Ada' })).toMatchObject({ kind: 'notice', event: 'operator-joined', who: 'Ada' })
    expect(notice({ event: 'queued', 'to-queue': '3' })).toMatchObject({ event: 'forwarded', groupId: 3 })
    expect(notice({ event: 'queued' })).toMatchObject({ event: 'queued' })
  })
  it('has nothing to show for an empty message', () => {
    expect(toItem(message(''))).toBeUndefined()
  })
})
