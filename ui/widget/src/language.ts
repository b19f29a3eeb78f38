/** The languages that have message files. */
export const languages = ['en', 'cs', 'de'] as const;
export type Language = (typeof languages)[number];

/** The first wish that we can fulfil: `cs`, `cs-CZ` and `CS` all mean Czech. */
export function pickLanguage(...wishes: (string | null | undefined)[]): Language {
  for (const wish of wishes) {
    const primary = wish?.trim().toLowerCase().split(/[-_]/)[0];
    const found = languages.find((l) => l === primary);
    if (found) return found;
  }
  return 'en';
}

/** Puts values into `{name}` places. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (all, key: string) => String(values[key] ?? all));
}
