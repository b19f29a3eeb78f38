// Messages: one flat file per language, keys checked by the compiler, plurals
// by the rules of the language (Intl.PluralRules).
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react'
import { en } from './en'
import { format, type Message, type Messages, type Params } from './format'

export type MessageKey = keyof typeof en
export type Translate = (key: MessageKey, params?: Params) => string
export const languages = { en: 'English', cs: 'Čeština', de: 'Deutsch' } as const
export type Language = keyof typeof languages

const loaders: Record<Language, () => Promise<Messages<MessageKey>>> = {
  en: async () => en,
  cs: async () => (await import('./cs')).cs,
  de: async () => (await import('./de')).de,
}

const storageKey = 'switchboard.console.language'

export function preferredLanguage(stored: string | null, wished: readonly string[]): Language {
  for (const tag of [stored ?? '', ...wished]) {
    const base = tag.toLowerCase().split('-')[0] ?? ''
    if (base in languages) return base as Language
  }
  return 'en'
}

interface Value {
  language: Language
  setLanguage(language: Language): void
  t: Translate
}

const Context = createContext<Value | undefined>(undefined)

export function translator(language: Language, messages: Record<MessageKey, Message>): Translate {
  return (key, params) => format(messages[key] ?? en[key] ?? key, language, params)
}

export function I18nProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(() => preferredLanguage(localStorage.getItem(storageKey), navigator.languages))
  const [loaded, setLoaded] = useState<{ language: Language; messages: Messages<MessageKey> } | undefined>(
    language === 'en' ? { language, messages: en } : undefined,
  )
  useEffect(() => {
    let current = true
    document.documentElement.lang = language
    loaders[language]().then(
      (messages) => current && setLoaded({ language, messages }),
      () => current && setLoaded({ language: 'en', messages: en }),
    )
    return () => {
      current = false
    }
  }, [language])
  const value = useMemo<Value | undefined>(
    () =>
      loaded && {
        language: loaded.language,
        setLanguage(next) {
          localStorage.setItem(storageKey, next)
          setLanguage(next)
        },
        t: translator(loaded.language, loaded.messages),
      },
    [loaded],
  )
  return value ? <Context value={value}>{children}</Context> : null
}

export function useI18n(): Value {
  const value = useContext(Context)
  if (!value) throw new Error('I18nProvider is missing')
  return value
}

export function useT(): Translate {
  return useI18n().t
}
