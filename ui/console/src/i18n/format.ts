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

export function format(message: Message, language: string, params: Params = {}): string {
  const text = typeof message === 'string' ? message : plural(message, language, Number(params.count ?? 0))
  return text.replace(/\{(\w+)\}/g, (all, name: string) => {
    const value = params[name]
    if (value === undefined) return all
    return typeof value === 'number' ? cached(numbers, language, () => new Intl.NumberFormat(language)).format(value) : value
  })
}

function plural(message: Exclude<Message, string>, language: string, count: number): string {
  const rule = cached(rules, language, () => new Intl.PluralRules(language)).select(count)
  return message[rule] ?? message.other
}
