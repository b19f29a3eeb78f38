// Live transcripts: the SDK's client on one side, what React can render on the
// other. One timeline per group, loaded page by page from the archive (MAM).
import type { Client, ConnectionState, Message } from '@switchboard/sdk'
import { merge, type Item, type SendState } from '../inbox/timeline'

export type ChatClient = Pick<Client, 'state' | 'on' | 'send' | 'history' | 'follow' | 'typing' | 'markDisplayed' | 'retryNow'>

export interface Timeline {
  items: Item[]
  status: 'loading' | 'ready' | 'error'
  error?: unknown
  /** Nothing older is in the archive. */
  complete: boolean
  loadingOlder: boolean
  /** Localparts of those who are writing. */
  typing: string[]
}

const empty: Timeline = { items: [], status: 'loading', complete: false, loadingOlder: false, typing: [] }
const typingLife = 30_000
const pageSize = 50
const retries = 5

export class ChatStore {
  private timelines = new Map<string, Timeline>()
  private opened = new Set<string>()
  private retries = new Map<string, ReturnType<typeof setTimeout>>()
  private firsts = new Map<string, string | undefined>()
  private typingTimers = new Map<string, ReturnType<typeof setTimeout>>()
  private listeners = new Set<() => void>()
  private displayed = new Map<string, string>()
  private offs: (() => void)[] = []
  /** The stream worked at least once, so what waits will go out. */
  everConnected = false
  state: ConnectionState = 'CONNECTING'

  constructor(private readonly client: ChatClient) {
    this.offs = [
      client.on('state', (state) => {
        this.state = state
        this.everConnected ||= state === 'CONNECTED'
        this.announce()
      }),
      client.on('message', (m) => this.onMessage(m)),
      client.on('delivery', ({ chat, id, state }) => {
        if (state === 'queued') return
        this.setState(chat, id, state === 'displayed' ? 'read' : state)
      }),
      client.on('typing', ({ chat, author, state }) => this.setTyping(chat, author, state === 'composing')),
      client.on('gap', ({ archive }) => this.opened.has(archive) && void this.load(archive)),
    ]
  }

  close() {
    for (const off of this.offs) off()
    for (const timer of [...this.typingTimers.values(), ...this.retries.values()]) clearTimeout(timer)
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  timeline = (group: string): Timeline => this.timelines.get(group) ?? empty

  /** Loads the newest page once and follows the group from there. */
  open(group: string) {
    if (this.opened.has(group) && this.timeline(group).status !== 'error') return
    this.opened.add(group)
    void this.load(group)
  }

  async load(group: string, attempt = 0): Promise<void> {
    clearTimeout(this.retries.get(group))
    this.patch(group, { status: this.timeline(group).items.length > 0 ? 'ready' : 'loading', error: undefined })
    try {
      const page = await this.client.history(group, { limit: pageSize })
      this.firsts.set(group, page.first)
      this.client.follow(group, page.last)
      this.add(group, page.messages, { status: 'ready', complete: page.complete })
    } catch (error) {
      this.patch(group, { status: 'error', error })
      // Somebody who has just been made a member may be early.
      if (attempt < retries) this.retries.set(group, setTimeout(() => void this.load(group, attempt + 1), 500 * 2 ** attempt))
    }
  }

  async older(group: string): Promise<void> {
    const before = this.firsts.get(group)
    const t = this.timeline(group)
    if (before === undefined || t.complete || t.loadingOlder) return
    this.patch(group, { loadingOlder: true })
    try {
      const page = await this.client.history(group, { before, limit: pageSize })
      this.firsts.set(group, page.first ?? before)
      this.add(group, page.messages, { complete: page.complete, loadingOlder: false })
    } catch {
      this.patch(group, { loadingOlder: false })
    }
  }

  /** Shows the text at once; the server's answer or refusal moves its tick. */
  send(group: string, text: string, id?: string) {
    const sent = this.client.send(group, text, id === undefined ? {} : { id })
    this.add(group, [sent.message], {}, 'sending')
    sent.acknowledged.then(
      () => this.setState(group, sent.id, 'sent'),
      () => this.setState(group, sent.id, 'failed'),
    )
  }

  /** A refused message goes out again as a new one: the server knows the old id as refused. */
  resend(group: string, id: string) {
    const item = this.timeline(group).items.find((i) => i.id === id)
    if (item?.kind !== 'text') return
    this.discard(group, id)
    this.send(group, item.text)
  }

  discard(group: string, id: string) {
    this.patch(group, { items: this.timeline(group).items.filter((i) => i.id !== id) })
  }

  typing(group: string, composing: boolean) {
    if (this.state === 'CONNECTED') this.client.typing(group, composing ? 'composing' : 'paused')
  }

  /** Tells the group that we have read up to its newest foreign message. */
  markRead(group: string) {
    if (this.state !== 'CONNECTED') return
    const last = this.timeline(group).items.findLast((i) => i.kind === 'text' && i.side !== 'me')
    if (!last || this.displayed.get(group) === last.id) return
    this.displayed.set(group, last.id)
    this.client.markDisplayed(group, last.id)
  }

  private onMessage(message: Message) {
    if (message.type !== 'groupchat') return
    this.setTyping(message.chat, message.author, false)
    if (!this.opened.has(message.chat)) return
    this.add(message.chat, [message])
    if (this.timeline(message.chat).status === 'error') void this.load(message.chat)
  }

  private add(group: string, messages: Message[], more: Partial<Timeline> = {}, state?: SendState) {
    const items = messages.flatMap((m) => toItem(m, state) ?? [])
    this.patch(group, { ...more, items: merge(this.timeline(group).items, items) })
  }

  private setState(group: string, id: string, state: SendState) {
    const t = this.timeline(group)
    const item = t.items.find((i) => i.id === id)
    if (item?.kind !== 'text') return
    // merge() never lets a tick go back, except to failed while it was on its way
    // and a word that was read was read with everything before it (XEP-0333 §2)
    const upTo = state === 'read' ? t.items.filter((i) => i.kind === 'text' && i.state === 'sent' && i.time < item.time) : []
    const items =
      state === 'failed'
        ? t.items.map((i) => (i === item ? { ...item, state } : i))
        : merge(t.items, [...upTo, item].map((i) => ({ ...i, state }) as Item))
    this.patch(group, { items })
  }

  private setTyping(group: string, author: string, composing: boolean) {
    const key = `${group}/${author}`
    clearTimeout(this.typingTimers.get(key))
    this.typingTimers.delete(key)
    const before = this.timeline(group).typing
    if (composing) {
      this.typingTimers.set(key, setTimeout(() => this.setTyping(group, author, false), typingLife))
      if (!before.includes(author)) this.patch(group, { typing: [...before, author] })
    } else if (before.includes(author)) {
      this.patch(group, { typing: before.filter((a) => a !== author) })
    }
  }

  private patch(group: string, more: Partial<Timeline>) {
    this.timelines.set(group, { ...this.timeline(group), ...more })
    this.announce()
  }

  private announce() {
    for (const listener of this.listeners) listener()
  }
}

export function toItem(m: Message, state?: SendState): Item | undefined {
  const base = { id: m.id, time: m.time.getTime(), ...(m.archiveId && { archiveId: m.archiveId }) }
  if (m.conversation) {
    const { operator, attributes } = m.conversation
    const groupId = Number(attributes['to-queue']) || undefined
    // A place in another queue is what became of a forwarding.
    const event = m.conversation.event === 'queued' && groupId ? 'forwarded' : m.conversation.event
    return { kind: 'notice', ...base, event, ...(operator && { who: operator }), ...(groupId && { groupId }) }
  }
  if (!m.text) return undefined
  const mine = m.own ? { side: 'me' as const, state: state ?? ('sent' as const) } : { side: 'guest' as const }
  return { kind: 'text', ...base, ...mine, author: m.author, text: m.text }
}
