import { describe, expect, it, vi } from 'vitest'
import { backoff, EventParser, followEvents, type ServerEvent, type StreamState } from './sse'

describe('EventParser', () => {
  const all = (text: string, size = text.length) => {
    const parser = new EventParser()
    const out: ServerEvent[] = []
    for (let i = 0; i < text.length; i += size) out.push(...parser.feed(text.slice(i, i + size)))
    return out
  }
  const text = 'id: 7\nevent: message\ndata: {"a":1}\n\n: heartbeat\n\nid: 8\r\ndata: one\r\ndata:two\r\n\r\nretry: 250\rdata: three\r\r'
  const events = [
    { id: '7', event: 'message', data: '{"a":1}' },
    { id: '8', event: 'message', data: 'one\ntwo' },
    { id: '8', event: 'message', data: 'three' },
  ]

  it('reads fields, comments and every kind of line end', () => {
    expect(all(`${text}\n`)).toEqual(events)
  })
  it.each([1, 2, 3, 5, 7])('does not mind where the chunks of %i end', (size) => {
    expect(all(`${text}\n`, size)).toEqual(events)
  })
  it('gives nothing for an event without data, and forgets its type', () => {
    expect(all('event: lost\n\ndata: x\n\n')).toEqual([{ id: '', event: 'message', data: 'x' }])
  })
  it('ignores an id with a null character', () => {
    expect(all('id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n').map((e) => e.id)).toEqual(['1', '1'])
  })
})

describe('backoff', () => {
  it('doubles up to half a minute', () => {
    expect([0, 1, 2, 20].map((n) => backoff(n, () => 1))).toEqual([500, 1000, 2000, 30_000])
    expect(backoff(0, () => 0)).toBe(250)
  })
})

function answering(...answers: (string | number | Error)[]) {
  const calls: { headers: Record<string, string> }[] = []
  const fetch = vi.fn(async (_url: unknown, init?: RequestInit) => {
    calls.push({ headers: init?.headers as Record<string, string> })
    const answer = answers.shift()
    if (answer === undefined || answer instanceof Error) throw answer ?? new Error('nothing left')
    return typeof answer === 'number' ? new Response(null, { status: answer }) : new Response(answer)
  })
  return { fetch: fetch as unknown as typeof globalThis.fetch, calls }
}

function follow(answers: (string | number | Error)[]) {
  const { fetch, calls } = answering(...answers)
  const abort = new AbortController()
  const events: string[] = []
  const states: StreamState[] = []
  const renew = vi.fn(async () => 'new')
  let left = answers.length
  const done = followEvents({
    url: '/events', token: async () => 'old', renew, fetch, signal: abort.signal,
    onEvent: (e) => events.push(e.data),
    onState: (s) => states.push(s),
    pause: async () => {
      if (--left === 0) abort.abort()
    },
  })
  return { done, calls, events, states, renew }
}

describe('followEvents', () => {
  it('resumes after the last event it saw', async () => {
    const f = follow(['id: 41\ndata: a\n\nid: 42\ndata: b\n\n', new Error('cut'), 'id: 43\ndata: c\n\n'])
    await f.done
    expect(f.events).toEqual(['a', 'b', 'c'])
    expect(f.calls.map((c) => c.headers['Last-Event-ID'])).toEqual([undefined, '42', '42'])
    expect(f.states).toEqual(['connecting', 'live', 'waiting', 'connecting', 'waiting', 'connecting', 'live', 'waiting'])
  })
  it('does not deliver an event that was cut off', async () => {
    const f = follow(['id: 1\ndata: whole\n\nid: 2\ndata: ha', 'id: 2\ndata: half\n\n'])
    await f.done
    expect(f.events).toEqual(['whole', 'half'])
    expect(f.calls[1]?.headers['Last-Event-ID']).toBe('1')
  })
  it('asks for a new token after a refusal', async () => {
    const f = follow([401, 'data: x\n\n'])
    await f.done
    expect(f.renew).toHaveBeenCalledOnce()
    expect(f.calls.map((c) => c.headers.Authorization)).toEqual(['Bearer old', 'Bearer new'])
  })
})
