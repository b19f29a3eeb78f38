import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Refresher, staleKeys } from './live'

describe('staleKeys', () => {
  it('names what an event makes stale', () => {
    expect(staleKeys('conversation.ended', 5)).toEqual([['sessions'], ['audit']])
    expect(staleKeys('report.filed', 5)).toEqual([['reports'], ['audit']])
    expect(staleKeys('account.deleting', 5)).toContainEqual(['feedback'])
    expect(staleKeys('message')).toEqual([['sessions', 'live'], ['sessions', 'one']])
    expect(staleKeys('conversation.operator-joined', 5)).toEqual([['sessions', 'live'], ['sessions', 'one'], ['sessions', 'earlier'], ['audit']])
    expect(staleKeys('webhook.changed', 7)).toEqual([['webhooks', 7], ['webhooks'], ['audit']])
    expect(staleKeys('position')).toEqual([])
  })
})

describe('Refresher', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('refreshes at once, then together at most every interval', () => {
    const seen: string[] = []
    const r = new Refresher((key) => seen.push(key.join('/')), 1000)
    r.add([['a']])
    expect(seen).toEqual(['a'])
    r.add([['a'], ['b']])
    r.add([['b']])
    expect(seen).toEqual(['a'])
    vi.advanceTimersByTime(1000)
    expect(seen).toEqual(['a', 'a', 'b'])
    vi.advanceTimersByTime(5000)
    r.add([['c']])
    expect(seen).toEqual(['a', 'a', 'b', 'c'])
  })
  it('keeps quiet once stopped', () => {
    const refresh = vi.fn()
    const r = new Refresher(refresh, 1000)
    r.add([['a']])
    r.add([['b']])
    r.stop()
    vi.advanceTimersByTime(5000)
    expect(refresh).toHaveBeenCalledOnce()
  })
})
