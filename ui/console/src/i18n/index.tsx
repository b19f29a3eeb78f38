// Messages: flat files for each language, keys checked by the compiler, plurals
// by the rules of the language (Intl.PluralRules).
import { createContext, useContext, useEffect, useMemo, useSyncExternalStore, type ReactNode } from 'react'
import { Catalogue, preferredLanguage, type Language, type Translate } from './catalogue'

export { languages, translator, type AdminKey, type CoreKey, type Language, type MessageKey, type Translate } from './catalogue'

interface Value {
  language: Language
  setLanguage(language: Language): void
  t: Translate
}

const storageKey = 'switchboard.console.language'
const Context = createContext<Value | undefined>(undefined)

/** Begins at once, beside the rest of the start; tests have no window. */
const catalogue = new Catalogue(typeof window === 'undefined' ? 'en' : preferredLanguage(localStorage.getItem(storageKey), navigator.languages))

/** For pages of administrators: their messages are there before they are shown. */
export const withAdminMessages = <T,>(page: () => Promise<T>) => () => Promise.all([page(), catalogue.need('admin')]).then(([loaded]) => loaded)

export function I18nProvider({ children }: { children: ReactNode }) {
  const loaded = useSyncExternalStore(catalogue.subscribe, () => catalogue.current)
  useEffect(() => {
    if (loaded) document.documentElement.lang = loaded.language
  }, [loaded])
  const value = useMemo<Value | undefined>(
    () =>
      loaded && {
        ...loaded,
        setLanguage(next) {
          localStorage.setItem(storageKey, next)
          void catalogue.speak(next).catch(() => undefined)
        },
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
