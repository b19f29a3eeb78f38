// Which messages are loaded, without React: those that every page needs, in one
// language, and those of the pages of administrators once one of them is opened.
import type { admin as enAdmin } from './en.admin'
import type { en } from './en'
import { format, type Messages, type Params } from './format'

export type CoreKey = keyof typeof en
export type AdminKey = keyof typeof enAdmin
export type MessageKey = CoreKey | AdminKey
/** A text in the reader's language; `has` tells whether there are words for a key. */
export type Translate = ((key: MessageKey, params?: Params) => string) & { has(key: string): key is MessageKey }
export const languages = { en: 'English', cs: 'Čeština', de: 'Deutsch' } as const
export type Language = keyof typeof languages
type Part = 'core' | 'admin'
type Some = Partial<Messages<MessageKey>>
export type Loaders = Record<Language, Record<Part, () => Promise<Some>>>

const files: Loaders = {
  en: { core: async () => (await import('./en')).en, admin: async () => (await import('./en.admin')).admin },
  cs: { core: async () => (await import('./cs')).cs, admin: async () => (await import('./cs.admin')).admin },
  de: { core: async () => (await import('./de')).de, admin: async () => (await import('./de.admin')).admin },
}

export function preferredLanguage(stored: string | null, wished: readonly string[]): Language {
  for (const tag of [stored ?? '', ...wished]) {
    const base = tag.toLowerCase().split('-')[0] ?? ''
    if (base in languages) return base as Language
  }
  return 'en'
}

export function translator(language: Language, messages: Some): Translate {
  const t = (key: MessageKey, params?: Params) => format(messages[key] ?? key, language, params)
  return Object.assign(t, { has: (key: string): key is MessageKey => Object.hasOwn(messages, key) })
}

export interface Spoken {
  language: Language
  t: Translate
}

/** A language is spoken only when all parts that are needed of it are there, so that nothing is shown untranslated. */
export class Catalogue {
  current: Spoken | undefined
  private parts: Part[] = []
  private last: Promise<void>
  private listeners = new Set<() => void>()

  constructor(
    language: Language,
    private readonly loaders: Loaders = files,
  ) {
    this.last = this.load(language, ['core']).catch(() => this.load('en', ['core']))
    this.last.catch(() => undefined)
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Changes the language; when it cannot be had, the one before stays. */
  speak = (language: Language) => this.inTurn(() => this.load(language, this.parts))

  need = (part: Part) =>
    this.inTurn(async () => {
      if (!this.parts.includes(part)) await this.load(this.current?.language ?? 'en', [...this.parts, part])
    })

  private inTurn(next: () => Promise<void>): Promise<void> {
    this.last = this.last.catch(() => undefined).then(next)
    return this.last
  }

  private async load(language: Language, parts: Part[]): Promise<void> {
    const all = await Promise.all(parts.map((part) => this.loaders[language][part]()))
    this.parts = parts
    this.current = { language, t: translator(language, Object.assign({}, ...all) as Some) }
    for (const l of this.listeners) l()
  }
}
