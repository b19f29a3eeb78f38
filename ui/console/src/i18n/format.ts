export type Params = Record<string, string | number>
/** A text with {names}, or one per plural category chosen by {count}. */
export type Message = string | (Partial<Record<Intl.LDMLPluralRule, string>> & { other: string })
export type Messages<K extends string> = Record<K, Message>

const rules = new Map<string, Intl.PluralRules>()
const numbers = new Map<string, Intl.NumberFormat>()

function cached<T>(map: Map<string, T>, key: string, make: () => T): T {
  let value = map.get(key)
  if (!value) map.set(key, (value = make()))
  return value
}

/** The reader's own variety of the language: days and hours are written as there (British, not American). */
export function locale(language: string): string {
  const wished = (globalThis.navigator as Navigator | undefined)?.languages ?? []
  return wished.find((tag) => tag.toLowerCase().split('-')[0] === language) ?? language
}

export function format(message: Message, language: string, params: Params = {}): string {
  const text = typeof message === 'string' ? message : plural(message, language, Number(params.count ?? 0))
  return text.replace(/\{(\w+)\}/g, (all, name: string) => {
    const value = params[name]
    if (value === undefined) return all
    return typeof value === 'number' ? cached(numbers, language, () => new Intl.NumberFormat(locale(language))).format(value) : isolated(value)
  })
}

/** A name in a right-to-left script does not reorder the sentence around it (UAX #9 §2.7); others stay as they are. */
function isolated(value: string): string {
  return /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u.test(value) ? `\u2068${value}\u2069` : value
}

function plural(message: Exclude<Message, string>, language: string, count: number): string {
  const rule = cached(rules, language, () => new Intl.PluralRules(language)).select(count)
  return message[rule] ?? message.other
}

/** What a language is called in the reader's; a tag that is none stays as it is. */
export function languageName(tag: string, language: string): string {
  try {
    return new Intl.DisplayNames(language, { type: 'language' }).of(tag) ?? tag
  } catch {
    return tag
  }
}
