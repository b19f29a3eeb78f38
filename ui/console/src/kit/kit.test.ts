import { describe, expect, it } from 'vitest'
import { ApiError } from '../api/client'
import { translator } from '../i18n'
import { en } from '../i18n/en'
import { callCurl, tokenCurl } from '../settings/curl'
import { deliveryState, payloadText } from '../settings/delivery'
import { keepUnknown, withoutPassword } from '../settings/eventTypes'
import type { Session } from '../api/types'
import { news, snapshot } from '../shell/alerts'
import { matches } from '../shell/commands'
import { keyName } from '../shell/hotkeys'
import { initials } from './Avatar'
import { describeError } from './errors'
import { newPassword } from './password'

const t = translator('en', en)

describe('describeError', () => {
  it.each([
    [new ApiError(0, ''), 'cannot be reached'],
    [new ApiError(403, ''), 'permission'],
    [new ApiError(404, ''), 'does not exist'],
    [new ApiError(429, ''), 'Too many'],
    [new ApiError(503, 'secret detail'), 'The server had a problem'],
    [new ApiError(400, 'the name is taken'), 'The name is taken'],
    ['thrown text', 'Something went wrong'],
  ])('%s', (error, part) => expect(describeError(error, t)).toContain(part))
})

describe('keys', () => {
  const key = (k: string, more = {}) => keyName({ key: k, ctrlKey: false, metaKey: false, altKey: false, ...more })
  it('are named the same on every keyboard', () => {
    expect([key('A'), key('k', { metaKey: true }), key('k', { ctrlKey: true }), key('?'), key('Escape')]).toEqual(['a', 'mod+k', 'mod+k', '?', 'Escape'])
  })
})

describe('matches', () => {
  it('wants every word, in any order, without accents', () => {
    const c = { label: 'Přejít do příchozích', words: 'inbox' }
    expect(['', 'prichozi prejit', 'INBOX', 'historie'].map((s) => matches(c, s))).toEqual([true, true, true, false])
  })
})

describe('small things', () => {
  it('initials', () => {
    expect(['Ada Novák', 'maya', 'Visitor 502', '  ', '«Éva»'].map(initials)).toEqual(['AN', 'M', 'V5', '?', 'É'])
  })
  it('passwords', () => {
    expect(newPassword()).toMatch(/^([a-z2-9]{5}-){3}[a-z2-9]{5}$/)
    expect(newPassword()).not.toBe(newPassword())
  })
  it('curl lines', () => {
    expect(tokenCurl('http://x', 'id', 'secret')).toContain('curl -s http://x/login/connect/token')
    expect(callCurl('http://x', ['users.read'])).toContain('/public/api/v1/Users')
    expect(callCurl('http://x', ['webhooks'])).toContain('/public/api/v1/Companies')
  })
  it('webhooks keep what this console does not know', () => {
    expect(keepUnknown(['SessionEnded'], ['SessionCreated', 'EmailThreadCreated'])).toEqual(['SessionEnded', 'EmailThreadCreated'])
    expect(withoutPassword('https://u:p@x.example/a')).toBe('https://u:•••@x.example/a')
    expect(withoutPassword('https://x.example/a:b@c')).toBe('https://x.example/a:b@c')
  })
  it('deliveries', () => {
    expect([{ status: 'delivered' }, { status: 'pending' }, { status: 'failed' }, { status: 'x', delivered: 'now' }].map(deliveryState)).toEqual(['delivered', 'pending', 'failed', 'delivered'])
    expect([payloadText({ a: 1 }), payloadText('{"a":1}'), payloadText('plain'), payloadText(null)]).toEqual(['{\n  "a": 1\n}', '{\n  "a": 1\n}', 'plain', '–'])
  })
})

describe('news', () => {
  const s = (id: number, time: string, fromGuest = true): Session => ({ id, status: 'ACTIVE', created: '', lastMessage: { text: '', time, fromGuest } })
  it('is who begins to wait, and what clients say in one’s own conversations', () => {
    const before = snapshot({ waiting: [s(1, 'a')], mine: [s(2, 'a'), s(3, 'a'), s(4, 'a')], others: [s(5, 'a')] })
    const now = { waiting: [s(1, 'b'), s(6, 'a')], mine: [s(2, 'a'), s(3, 'b'), s(4, 'b', false), s(7, 'a')], others: [s(5, 'b')] }
    expect(news(now, before).map((n) => [n.session.id, n.kind])).toEqual([[6, 'waiting'], [3, 'words']])
  })
})
