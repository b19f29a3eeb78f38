import { cs } from './cs.ts';
import { de } from './de.ts';
import { en, type Strings } from './en.ts';

const all = { en, cs, de };
export type Language = keyof typeof all;

/** The languages by their own names. */
export const languages: Record<Language, string> = { en: 'English', cs: 'Čeština', de: 'Deutsch' };

/** The texts of the language in use; `speak` changes it for everybody who imports it. */
export let t: Strings = en;
/** The reader's own variant of that language, for dates and numbers: `en` read in Britain shows 24 hours. */
export let locale = 'en';

/** Chooses a language, or with '' the browser's first one that we have; tells which it is. */
export function speak(wanted: Language | ''): Language {
  const browser = navigator.languages.map((l) => l.slice(0, 2).toLowerCase()).find((l): l is Language => l in all);
  const language = wanted || browser || 'en';
  t = all[language];
  locale = navigator.languages.find((l) => l.toLowerCase().startsWith(language)) ?? language;
  return language;
}

/** Puts values into `{name}` places. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, key: string) => String(values[key] ?? whole));
}

/** Picks the form for a number from `one|few|many|other`-like forms: `{one: '…', other: '…'}`. */
export function plural(n: number, forms: Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }): string {
  const form = forms[new Intl.PluralRules(locale).select(n)] ?? forms.other;
  return fill(form, { n: n.toLocaleString(locale) });
}
