import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Catalogue, preferredLanguage, type Language } from './catalogue'
import { cs as csCore } from './cs'
import { admin as csAdmin } from './cs.admin'
import { de as deCore } from './de'
import { admin as deAdmin } from './de.admin'
import { en as enCore } from './en'
import { admin as enAdmin } from './en.admin'
import { format, locale, type Message } from './format'
import { dayLabel, parseDuration, relativeTime, stopwatch } from './time'

const en = { ...enCore, ...enAdmin }
const cs = { ...csCore, ...csAdmin }
const de = { ...deCore, ...deAdmin }

const texts = (m: Message): string[] => (typeof m === 'string' ? [m] : Object.values(m))
const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort()

describe.each([['cs', cs], ['de', de]] as const)('%s', (_, messages: Record<string, Message>) => {
  it('has every message, and no other', () => {
    expect(Object.keys(messages).sort()).toEqual(Object.keys(en).sort())
  })
  it('uses the names that English uses', () => {
    for (const [key, message] of Object.entries(en) as [string, Message][]) {
      const wanted = names(texts(message)[0]!)
      for (const text of texts(messages[key]!)) expect([key, names(text)]).toEqual([key, wanted])
    }
  })
  it('leaves nothing empty', () => {
    for (const [key, message] of Object.entries(messages)) for (const text of texts(message)) expect([key, text.trim() !== '']).toEqual([key, true])
  })
})

describe('the parts of the messages', () => {
  it('have nothing in common', () => {
    expect(Object.keys(enCore).filter((key) => key in enAdmin)).toEqual([])
    for (const [core, admin] of [[csCore, csAdmin], [deCore, deAdmin]]) expect([Object.keys(core!).length, Object.keys(admin!).length]).toEqual([Object.keys(enCore).length, Object.keys(enAdmin).length])
  })
  it('are there for whoever says them: no other page says what only administrators’ pages load', () => {
    const source = new URL('..', import.meta.url)
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((f) => /\.tsx?$/.test(f) && !/^(settings|moderation|i18n)\/|\.test\.ts$/.test(f))
    const families = [...new Set(Object.keys(enAdmin).map((key) => key.split('.')[0]!))].filter((f) => !Object.keys(enCore).some((key) => key.startsWith(`${f}.`)))
    for (const file of files) {
      const text = readFileSync(new URL(file, source), 'utf8')
      expect([file, Object.keys(enAdmin).filter((key) => text.includes(`'${key}'`)), families.filter((f) => text.includes(`t(\`${f}.`))]).toEqual([file, [], []])
    }
  })
  it('are loaded in one language, with the administrators’ part once it is needed, and never half', async () => {
    const asked: string[] = []
    const held: (() => void)[] = []
    const part = (name: string, key: string) => async () => {
      asked.push(name)
      if (name.startsWith('de')) await new Promise<void>((resolve) => held.push(resolve))
      if (name === 'cs.core') throw new Error('offline')
      return { [key]: name }
    }
    const language = (l: Language) => ({ core: part(`${l}.core`, 'common.save'), admin: part(`${l}.admin`, 'keys.text') })
    const c = new Catalogue('en', { en: language('en'), cs: language('cs'), de: language('de') })
    await c.need('admin')
    await c.need('admin')
    expect([c.current?.t('common.save'), c.current?.t('keys.text'), c.current?.t.has('keys.text'), c.current?.t.has('keys.name')]).toEqual(['en.core', 'en.admin', true, false])
    const speaking = c.speak('de')
    for (held.length = 0; held.length < 2; ) await Promise.resolve()
    held[0]!()
    await Promise.resolve()
    expect(c.current?.language).toBe('en')
    held[1]!()
    await speaking
    expect([c.current?.language, c.current?.t('common.save'), c.current?.t('keys.text')]).toEqual(['de', 'de.core', 'de.admin'])
    await expect(c.speak('cs')).rejects.toThrow('offline')
    expect(c.current?.language).toBe('de')
    expect(asked.filter((name) => name === 'en.admin')).toHaveLength(1)
    const fallen = new Catalogue('cs', { en: language('en'), cs: language('cs'), de: language('de') })
    await fallen.need('admin')
    expect(fallen.current?.language).toBe('en')
  })
})

describe('format', () => {
  it('chooses the plural by the rules of the language', () => {
    const m = cs['welcome.waiting']
    expect([1, 3, 5].map((count) => format(m, 'cs', { count }))).toEqual(['Čeká 1 klient', 'Čekají 3 klienti', 'Čeká 5 klientů'])
  })
  it('keeps a name of another direction from reordering the sentence', () => {
    expect(format('{who} joined', 'en', { who: 'ליאת' })).toBe('\u2068ליאת\u2069 joined')
    expect(format('{who} joined', 'en', { who: '<b>Žofie</b>' })).toBe('<b>Žofie</b> joined')
  })
  it('writes numbers as the language does and leaves unknown names', () => {
    expect(format('{n} {other}', 'de', { n: 12345 })).toBe('12.345 {other}')
  })
})

describe('preferredLanguage', () => {
  it('takes the stored, then the wished, then English', () => {
    expect(preferredLanguage('de', ['cs'])).toBe('de')
    expect(preferredLanguage(null, ['fr-FR', 'cs-CZ'])).toBe('cs')
    expect(preferredLanguage('xx', ['fr'])).toBe('en')
  })
})

describe('locale', () => {
  afterEach(() => vi.unstubAllGlobals())
  it('is the reader’s own variety of the language that is shown', () => {
    vi.stubGlobal('navigator', { languages: ['cs', 'en-GB', 'en'] })
    expect([locale('en'), locale('cs'), locale('de')]).toEqual(['en-GB', 'cs', 'de'])
  })
})

describe('time', () => {
  const now = new Date(2026, 2, 4, 15, 0).getTime()
  const ago = (minutes: number) => relativeTime(now - minutes * 60_000, now, 'en')
  it('speaks of the past as people do', () => {
    expect([ago(0.2), ago(5), ago(120), ago(24 * 60), ago(3 * 24 * 60), ago(40 * 24 * 60), ago(400 * 24 * 60)]).toEqual(['now', '5 min. ago', '1:00 PM', 'yesterday', 'Sun', 'Jan 23', 'Jan 28, 2025'].map((x) => expect.stringMatching(x.replace(' PM', '.PM'))))
  })
  it('labels days', () => {
    expect(dayLabel(now, now, 'en')).toBe('Today')
    expect(dayLabel(now - 86_400_000, now, 'cs')).toBe('Včera')
    expect(dayLabel(now - 10 * 86_400_000, now, 'en')).toBe('Sunday, February 22')
  })
  it('counts up', () => {
    expect([0, 7_000, 760_000, 3_723_000, -5].map(stopwatch)).toEqual(['0:00', '0:07', '12:40', '1:02:03', '0:00'])
  })
  it('reads durations', () => {
    expect([parseDuration('PT1H2M3.5S'), parseDuration('P1DT1S'), parseDuration('PT0S'), parseDuration('P'), parseDuration('PT'), parseDuration('1:02'), parseDuration(null)]).toEqual([3_723_500, 86_401_000, 0, undefined, undefined, undefined, undefined])
  })
})
