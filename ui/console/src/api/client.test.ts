import { describe, expect, it, vi } from 'vitest'
import { ApiClient, ApiError, queryString, readError } from './client'
import { flat, localTime, nextOffset, pageSize, readMe, readScopes, shouldRetry } from './queries'

describe('queryString', () => {
  it('repeats keys for lists and leaves empty values out', () => {
    expect(queryString({ Status: ['A', 'B'], text: '', none: undefined, null: null, limit: 0, 'Ended.Min': '2026-01-01' })).toBe(
      '?Status=A&Status=B&limit=0&Ended.Min=2026-01-01',
    )
    expect(queryString({})).toBe('')
  })
})

describe('readError', () => {
  it('reads a map of fields, with lists too', () => {
    const e = readError(400, { callbackUrl: 'is inside', eventTypes: ['a', 'b'] })
    expect(e.fields).toEqual({ callbackUrl: 'is inside', eventTypes: 'a b' })
    expect(e.message).toBe('is inside')
  })
  it('reads code and message apart from fields', () => {
    const e = readError(409, { code: 'conversation-taken', message: 'another operator has it already' })
    expect([e.code, e.message, e.fields]).toEqual(['conversation-taken', 'another operator has it already', {}])
  })
  it('has no words for an empty or odd body', () => {
    expect(readError(403, undefined).message).toBe('')
    expect(readError(409, 17).body).toBe(17)
  })
})

function client(...answers: (Response | Error)[]) {
  const tokens = { token: vi.fn(async () => 't1'), renew: vi.fn(async () => 't2'), lost: vi.fn() }
  const fetcher = vi.fn(async (..._: Parameters<typeof fetch>) => {
    const next = answers.shift()
    if (!next || next instanceof Error) throw next ?? new Error('no answer left')
    return next
  })
  return { api: new ApiClient(tokens, fetcher as unknown as typeof fetch), tokens, fetcher }
}

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status })

describe('ApiClient', () => {
  it('sends the token and reads JSON', async () => {
    const { api, fetcher } = client(json([1]))
    expect(await api.get('Sessions', { limit: 5 })).toEqual([1])
    const [url, init] = fetcher.mock.calls[0]!
    expect(url).toBe('/public/api/v1/Sessions?limit=5')
    expect(init?.headers).toMatchObject({ Authorization: 'Bearer t1', Accept: 'application/json' })
    expect(init?.credentials).toBe('omit')
  })
  it('has nothing to give for 204', async () => {
    const { api } = client(new Response(null, { status: 204 }))
    expect(await api.delete('ApiKeys/1')).toBeUndefined()
  })
  it('renews a refused token once', async () => {
    const { api, tokens, fetcher } = client(new Response(null, { status: 401 }), json('yes'))
    expect(await api.get('Users/me')).toBe('yes')
    expect(fetcher.mock.calls[1]![1]?.headers).toMatchObject({ Authorization: 'Bearer t2' })
    expect(tokens.lost).not.toHaveBeenCalled()
  })
  it('gives the session up when the new one is refused too', async () => {
    const { api, tokens } = client(new Response(null, { status: 401 }), new Response(null, { status: 401 }))
    await expect(api.get('Users/me')).rejects.toMatchObject({ status: 401 })
    expect(tokens.lost).toHaveBeenCalledOnce()
  })
  it('tells an unreachable server from an answer', async () => {
    const { api } = client(new TypeError('Failed to fetch'))
    await expect(api.get('Users/me')).rejects.toEqual(new ApiError(0, ''))
  })
})

describe('queries', () => {
  it('ends paging at a short page', () => {
    const full = Array.from({ length: pageSize }, () => 0)
    expect(nextOffset(full, [full, full])).toBe(2 * pageSize)
    expect(nextOffset([1], [full, [1]])).toBeUndefined()
  })
  it('has once what moved from page to page', () => {
    expect(flat([[{ id: 3 }, { id: 2 }], [{ id: 2 }, { id: 1 }]])).toEqual([{ id: 3 }, { id: 2 }, { id: 1 }])
  })
  it('asks for the days of the reader’s clock, and for none that an address makes up', () => {
    expect(localTime('2026-03-29', '00:00:00')).toBe(new Date(2026, 2, 29).toISOString())
    expect(['', 'soon', '2026-99-99', '2026-03-29T10:00'].map((day) => localTime(day, '00:00:00'))).toEqual(['', '', '', ''])
  })
  it('takes the own state as a word or as the model', () => {
    const me = { id: 1, username: 'a', admin: true, jid: 'a@b', companyId: 1, scopes: [] }
    expect(readMe({ ...me, operatorState: 'AWAY' }).operatorState).toBe('AWAY')
    expect(readMe({ ...me, operatorState: { userId: 1, stateKind: 'ONLINE' } }).operatorState).toBe('ONLINE')
    expect(readMe({ ...me, operatorState: null })).toEqual(me)
  })
  it('takes scopes as names or as objects', () => {
    expect(readScopes(['chat', { name: 'events' }, { scope: 'keys' }, 5])).toEqual(['chat', 'events', 'keys'])
    expect(readScopes(null)).toEqual([])
  })
  it('tries again only what may pass', () => {
    expect(shouldRetry(0, new ApiError(404, ''))).toBe(false)
    expect(shouldRetry(0, new ApiError(429, ''))).toBe(true)
    expect(shouldRetry(0, new ApiError(0, ''))).toBe(true)
    expect(shouldRetry(2, new ApiError(500, ''))).toBe(false)
  })
})

describe('lists and uploads', () => {
  it('know how long the whole list is', async () => {
    const { api } = client(new Response('[1,2]', { headers: { 'X-Total-Count': '700' } }), json([1]))
    expect(await api.page('Accounts')).toEqual({ items: [1, 2], total: 700 })
    expect((await api.page('Accounts')).total).toBe(1)
  })
  it('hear of each line as it comes, wherever the chunks end', async () => {
    const chunks = ['{"done":0}\n{"do', 'ne":1}\n', '{"done":2}']
    const body = new ReadableStream({ pull: (c) => (chunks.length > 0 ? c.enqueue(new TextEncoder().encode(chunks.shift())) : c.close()) })
    const { api, fetcher } = client(new Response(body))
    const heard: unknown[] = []
    await api.upload('Accounts/import', new Blob(['name']), 'text/csv', (line) => heard.push(line), new AbortController().signal)
    expect(heard).toEqual([{ done: 0 }, { done: 1 }, { done: 2 }])
    expect((fetcher.mock.calls[0]![1]!.body as Blob).type).toBe('text/csv')
  })
  it('that break off are a server that is not reached', async () => {
    const body = new ReadableStream({
      pull: (c) => c.error(new TypeError('network error')),
    })
    const { api } = client(new Response(body))
    await expect(api.upload('Accounts/import', new Blob(['name']), 'text/csv', () => {}, new AbortController().signal)).rejects.toEqual(new ApiError(0, ''))
  })
  it('are refused like any call', async () => {
    const { api } = client(json({ file: 'no rows' }, 400))
    await expect(api.upload('Accounts/import', new Blob([]), 'text/csv', () => {}, new AbortController().signal)).rejects.toMatchObject({ status: 400, fields: { file: 'no rows' } })
  })
})
