import { describe, expect, it } from 'vitest'
import type { Activity, Session } from '../api/types'
import { linkify } from './linkify'
import { guestName, isMine, neighbour, saysText, split, urgency } from './model'
import { unreadOf } from './seen'
import { fromActivities, merge, rows, type Bubble, type Item } from './timeline'

const minute = 60_000
const noon = new Date(2026, 2, 3, 12).getTime()
const bubble = (id: string, at: number, more: Partial<Bubble> = {}): Bubble => ({ kind: 'text', id, side: 'guest', author: 'g', text: id, time: noon + at * minute, ...more })
const notice = (id: string, at: number): Item => ({ kind: 'notice', id, event: 'ended', time: noon + at * minute })

describe('merge', () => {
  it('orders by time and keeps one of each id', () => {
    const list = merge([bubble('b', 2)], [bubble('a', 1), bubble('b', 2, { archiveId: 'x' })])
    expect(list.map((i) => i.id)).toEqual(['a', 'b'])
    expect(list[1]).toMatchObject({ archiveId: 'x' })
  })
  it('keeps unsent words at the end', () => {
    expect(merge([bubble('mine', 1, { state: 'sending' })], [bubble('later', 5)]).map((i) => i.id)).toEqual(['later', 'mine'])
  })
  it('never takes a tick back', () => {
    expect(merge([bubble('a', 1, { state: 'read' })], [bubble('a', 1, { state: 'sent' })])[0]).toMatchObject({ state: 'read' })
    expect(merge([bubble('a', 1, { state: 'failed' })], [bubble('a', 1, { state: 'sent' })])[0]).toMatchObject({ state: 'sent' })
  })
})

describe('rows', () => {
  const shape = (items: Item[]) => rows(items).map((r) => (r.type === 'run' ? r.run.bubbles.map((b) => b.id).join('+') : r.type))
  it('groups by author within five minutes', () => {
    expect(shape([bubble('a', 0), bubble('b', 4), bubble('c', 10), bubble('d', 11, { side: 'me' })])).toEqual(['day', 'a+b', 'c', 'd'])
  })
  it('splits at notices and days', () => {
    expect(shape([bubble('a', 0), notice('n', 1), bubble('b', 2), bubble('c', 24 * 60)])).toEqual(['day', 'a', 'notice', 'b', 'day', 'c'])
  })
})

const session = (more: Partial<Session> = {}): Session => ({ id: 1, status: 'ACTIVE', created: '2026-03-03T12:00:00Z', ...more })
const activity = (type: string, more: Partial<Activity> = {}): Activity => ({ activityId: 1, time: '2026-03-03T12:00:00Z', type, ...more })

describe('fromActivities', () => {
  it('tells guests, me, colleagues and bots apart', () => {
    const s = session({
      activities: [
        activity('ChatMessage', { messageId: 'm1', client: 'Guest', text: 'hello' }),
        activity('ChatMessage', { activityId: 2, client: 'User', userId: 7, text: 'mine' }),
        activity('ChatMessage', { activityId: 3, client: 'User', userId: 8, text: 'theirs' }),
        activity('ChatbotMessage', { activityId: 4, text: 'beep' }),
      ],
    })
    expect(fromActivities(s, 7).map((i) => [i.id, i.kind === 'text' && i.side])).toEqual([['m1', 'guest'], ['activity 2', 'me'], ['activity 3', 'operator'], ['activity 4', 'bot']])
  })
  it('names who joined and where it went, and skips what it does not know', () => {
    const s = session({
      operators: [{ userId: 7, userName: 'ada', firstName: 'Ada', lastName: 'Novák' }],
      activities: [activity('Joined', { userId: 7 }), activity('SessionForwarded', { activityId: 2, toGroupId: 3 }), activity('OnHold', { activityId: 3 })],
    })
    expect(fromActivities(s, 1)).toMatchObject([{ event: 'operator-joined', who: 'Ada Novák' }, { event: 'forwarded', groupId: 3 }])
  })
  it('falls back to the last message', () => {
    expect(fromActivities(session({ lastMessage: { text: 'hi', time: '2026-03-03T12:00:00Z', fromGuest: true } }), 1)).toMatchObject([{ text: 'hi', side: 'guest' }])
  })
})

describe('model', () => {
  const me = { id: 7 }
  const served = (more = {}) => [{ userId: 7, userName: 'ada', ...more }]
  it('knows whose a session is', () => {
    expect(isMine(session({ operators: served() }), me)).toBe(true)
    expect(isMine(session({ operators: served({ left: 'then' }) }), me)).toBe(false)
    expect(isMine(session({ status: 'ACW', operators: served({ left: 'then' }) }), me)).toBe(true)
    expect(isMine(session({ status: 'ACW', operators: served({ left: 'then', concluded: 'then' }) }), me)).toBe(false)
    expect(isMine(session({ status: 'CLOSED', operators: served() }), me)).toBe(false)
  })
  it('sorts the queue by waiting time and mine by the latest word', () => {
    const s = (id: number, more: Partial<Session>) => session({ id, ...more })
    const lists = split(
      [
        s(1, { status: 'IN_QUEUE', created: '2026-03-03T12:02:00Z' }), s(2, { status: 'IN_QUEUE', created: '2026-03-03T12:01:00Z' }), s(3, { operators: served() }),
        s(4, { operators: served(), lastMessage: { text: '', time: '2026-03-03T13:00:00Z', fromGuest: true } }), s(5, { operators: [{ userId: 9, userName: 'x' }] }), s(6, { status: 'CLOSED' }),
      ],
      me,
    )
    expect([lists.waiting, lists.mine, lists.others].map((l) => l.map((x) => x.id))).toEqual([[2, 1], [4, 3], [5]])
  })
  it('names a guest by what is known', () => {
    const name = (more: Partial<Session>) => guestName(session(more), (n) => `Visitor ${n}`)
    expect(name({ guestName: 'Eva' })).toBe('Eva')
    expect(name({ guest: { callParams: { oo1_guest_email: 'e@x' } } })).toBe('e@x')
    expect(name({ guest: { tempId: 9 } })).toBe('Visitor 9')
  })
  it('walks the list', () => {
    const list = [{ id: 1 }, { id: 2 }]
    expect([neighbour(list, undefined, 1), neighbour(list, 1, 1), neighbour(list, 2, 1), neighbour(list, 1, -1), neighbour([], 1, 1)]).toEqual([1, 2, 2, 1, undefined])
  })
  it('searches without minding case and accents', () => {
    const s = session({ guestName: 'Hana Beneš', activities: [activity('ChatMessage', { text: 'Žlutý hrnek' })] })
    expect(['', 'benes', 'ZLUTY', 'blue'].map((w) => saysText(s, w))).toEqual([true, true, true, false])
  })
  it('calls a wait pressing after one and three minutes', () => {
    expect([59_000, 60_000, 180_000].map(urgency)).toEqual(['calm', 'soon', 'late'])
  })
  it('counts as unread what came after the last look', () => {
    const s = { unread: 2, lastMessage: { text: '', time: '2026-03-03T12:00:00Z', fromGuest: true } }
    expect([unreadOf(s, undefined), unreadOf(s, '2026-03-03T12:00:00Z'), unreadOf(s, '2026-03-03T11:00:00Z'), unreadOf({ ...s, lastMessage: { ...s.lastMessage, fromGuest: false } }, undefined)]).toEqual([2, 0, 2, 0])
  })
})

describe('linkify', () => {
  const links = (text: string) => linkify(text).filter((p) => p.href).map((p) => p.href)
  it('finds web addresses and leaves the sentence its marks', () => {
    expect(links('See https://a.example/x?y=1, and (http://b.example/c_(d)).')).toEqual(['https://a.example/x?y=1', 'http://b.example/c_(d)'])
    expect(linkify('https://a.example.').at(-1)).toEqual({ text: '.' })
  })
  it('makes no link of anything else', () => {
    expect(links('javascript:alert(1) data:text/html,x ftp://a mailto:a@b www.x.example')).toEqual([])
  })
  it('loses no character', () => {
    const text = 'a http://b.example c <script> https://d.example/"e'
    expect(linkify(text).map((p) => p.text).join('')).toBe(text)
  })
})
