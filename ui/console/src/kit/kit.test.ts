import { describe, expect, it } from 'vitest'
import { ApiError } from '../api/client'
import { translator } from '../i18n'
import { en } from '../i18n/en'
import { admin } from '../i18n/en.admin'
import { callCurl, tokenCurl } from '../settings/curl'
import { deliveryState, payloadText } from '../settings/delivery'
import { cell, isUtf8, refusedCsv } from '../settings/importFile'
import { deviceName, graceText, isBrowser, isPhone } from '../settings/accountWords'
import { auditCsv, auditDetails, auditKinds, auditText, subjectLink } from '../settings/audit'
import { featureGroups } from '../settings/features'
import { identitySnippet, identityUse } from '../settings/identity'
import { newFeedback } from '../moderation/model'
import { keepUnknown, withoutPassword } from '../settings/eventTypes'
import type { Session } from '../api/types'
import { news, snapshot } from '../shell/alerts'
import { matches } from '../shell/commands'
import { keyName, meaning } from '../shell/hotkeys'
import { initials } from './Avatar'
import { describeError } from './errors'
import { offsets, reveal, shown } from './rows'

const t = translator('en', { ...en, ...admin })

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
  it('reports of refused rows', () => {
    expect(refusedCsv([{ row: 3, name: 'a,"b"', error: 'no\nway' }])).toBe('line,name,reason\r\n3,"a,""b""","no\nway"\r\n')
    expect([cell('=1+1'), cell('-5'), cell('plain')]).toEqual(["'=1+1", "'-5", 'plain'])
  })
  it('names of devices', () => {
    const d = (type: string, name = '') => ({ id: 1, type, name, created: '' })
    expect([d('web'), d('android'), d('', 'switchboard-console'), d('')].map((x) => deviceName(x, t))).toEqual(['Browser', 'Android', 'This console', 'App'])
    expect([isPhone(d('iOS')), isBrowser(d('web')), isBrowser(d('electron'))]).toEqual([true, true, false])
  })
  it('the grace of a deletion', () => {
    expect([graceText(0, t), graceText(720, t), graceText(5, t)].map((s) => /at once|30 days|5 hours/.exec(s)?.[0])).toEqual(['at once', '30 days', '5 hours'])
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

describe('the audit log', () => {
  const entry = { position: 9, time: '2026-01-02T03:04:05Z', kind: 'account.changed', actor: 1, actorName: 'root', subject: 7, subjectName: 'ann', details: { change: 'disabled', name: 'ann' } }
  it('has words for what it knows, and names for what it does not', () => {
    expect([auditText('key.created', t), auditText('new.kind', t), auditDetails(entry, t)]).toEqual(['API key created', 'new.kind', 'blocked'])
    expect(auditKinds.filter((k) => auditText(k, t) === k)).toEqual([])
    expect(auditDetails({ ...entry, details: { about: 'eve@x', blocked: true, n: 5 } }, t)).toBe('eve@x · blocked')
    expect(auditDetails({ ...entry, details: { change: 'settings', settings: ['deletion.grace', 'identity.issuer', 'language'] } }, t)).toBe('settings · Deleted accounts can be restored for · Issuer · language')
  })
  it('leads to what it is about', () => {
    expect([subjectLink(entry), subjectLink({ ...entry, kind: 'account.deleted' }), subjectLink({ ...entry, kind: 'key.revoked' }), subjectLink({ ...entry, subject: 0 })]).toEqual(['/settings/accounts/7', undefined, '/settings/keys', undefined])
  })
  it('is a table for spreadsheets', () => {
    expect(auditCsv([entry]).split('\r\n')[1]).toBe('9,2026-01-02T03:04:05Z,account.changed,1,root,7,ann,"{""change"":""disabled"",""name"":""ann""}"')
  })
})

describe('features', () => {
  it('have words each', () => {
    const flags = featureGroups.flatMap((g) => [...g.flags])
    expect([flags.length, new Set(flags).size]).toEqual([17, 17])
    for (const f of flags) expect(t(`feature.${f}.text`).length).toBeGreaterThan(10)
  })
})

describe('proof of identity', () => {
  it('is a token that the key has signed', async () => {
    process.env.SWITCHBOARD_IDENTITY_KEY = 'k'.repeat(64)
    const { identityToken } = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(identitySnippet())}`)) as { identityToken(user: string): string }
    const [head, body, signature] = identityToken('ann').split('.') as [string, string, string]
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as { sub: string; exp: number }
    expect([claims.sub, claims.exp - Math.floor(Date.now() / 1000) > 290]).toEqual(['ann', true])
    const key = await crypto.subtle.importKey('raw', new TextEncoder().encode('k'.repeat(64)), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
    expect(await crypto.subtle.verify('HMAC', key, Buffer.from(signature, 'base64url'), new TextEncoder().encode(`${head}.${body}`))).toBe(true)
    expect(identityUse('https://x', 'key-1')).toContain("licenseKey: 'key-1'")
  })
})

describe('feedback', () => {
  it('is new until somebody has looked', () => {
    expect([newFeedback([{ id: 5 }, { id: 4 }, { id: 3 }] as never, 3), newFeedback([], 3)]).toEqual([2, 0])
  })
})

describe('rows of known heights', () => {
  const at = offsets(Array.from({ length: 10_000 }, (_, i) => (i === 0 ? 40 : 68)))
  it('exist only where they are seen', () => {
    expect(at.at(-1)).toBe(40 + 9_999 * 68)
    expect(shown(at, 0, 600)).toEqual([0, 16])
    expect(shown(at, 0, 0)).toEqual([0, 6])
    expect(shown(at, 40 + 68 * 500, 600, 0)).toEqual([500, 510])
    expect(shown(at, at.at(-1)! - 600, 600)).toEqual([9985, 10_000])
    expect(shown(at, at.at(-1)! + 5000, 600)).toEqual([9993, 10_000]) // the list has become shorter
    expect(shown(offsets([]), 0, 600)).toEqual([0, 0])
  })
  it('are brought into view with the least movement', () => {
    expect(reveal(at, 0, 300, 600)).toBe(0)
    expect(reveal(at, 100, 0, 600)).toBe(at[101]! - 600)
    expect(reveal(at, 3, 0, 600)).toBe(0)
  })
})

describe('keys', () => {
  const page = { r: () => 'reply', i: () => 'client' }
  const shell = { 'g r': () => 'reports', 'g i': () => 'inbox', '?': () => 'help' }
  it('that follow another are a sequence first, whichever part of the screen knows it', () => {
    const done = (before: string, name: string) => (meaning([page, shell] as never, before, name) as (() => string) | undefined)?.()
    expect([done('g', 'r'), done('g', 'i'), done('', 'r'), done('x', 'i'), done('', '?'), done('', 'g')]).toEqual(['reports', 'inbox', 'reply', 'client', 'help', undefined])
  })
})

describe('isUtf8', () => {
  it('knows what spreadsheets write otherwise', async () => {
    const file = (...bytes: number[]) => new Blob([new Uint8Array(bytes)])
    expect(await isUtf8(new Blob(['\ufeffname;password\r\nžluťák;x']))).toBe(true)
    expect(await isUtf8(file(0x6e, 0xe1))).toBe(false) // Windows-1250
    expect(await isUtf8(file(0xff, 0xfe, 0x6e, 0x00))).toBe(false) // UTF-16
    expect(await isUtf8(file(0x6e, 0x00, 0x61, 0x00))).toBe(false) // UTF-16 without a mark
  })
})
