import { describe, expect, it, vi } from 'vitest';

vi.stubGlobal('navigator', { languages: ['cs-CZ', 'en'] });
const { cs } = await import('../src/strings/cs.ts');
const { de } = await import('../src/strings/de.ts');
const { en } = await import('../src/strings/en.ts');
const { fill, plural, speak } = await import('../src/strings/index.ts');
const strings = await import('../src/strings/index.ts');
const format = await import('../src/format.ts');
const { linked, onlyEmoji } = await import('../src/text.ts');

it.each([
  ['Anna Nová', 'anna-nova'],
  ['  ben_2 ', 'ben_2'],
  ['Žofie O’Neil <x>', 'zofie-o-neil-x'],
  ['密', ''],
  ['a'.repeat(60), 'a'.repeat(40)],
])('identifier(%j) = %j', (name, id) => expect(format.identifier(name)).toBe(id));

describe('languages', () => {
  it('speaks the browser’s, or the one that is chosen', () => {
    expect(speak('')).toBe('cs');
    expect([strings.t, strings.locale]).toEqual([cs, 'cs-CZ']);
    expect(speak('de')).toBe('de');
    expect([strings.t, strings.locale]).toEqual([de, 'de']);
  });

  it.each(Object.entries({ cs, de }))('%s has every place that English has', (_, other) => {
    const places = (text: unknown) => [...JSON.stringify(text).matchAll(/\{(\w+)\}/g)].map((m) => m[1]);
    for (const [key, text] of Object.entries(en)) {
      // A person's name may be left out where the sentence needs a case.
      if (['reportBody', 'errors', 'unread', 'seenMinutes'].includes(key)) continue;
      expect(new Set(places(other[key as keyof typeof other])), key).toEqual(new Set(places(text)));
    }
    expect(Object.keys(other.errors).sort()).toEqual(Object.keys(en.errors).sort());
  });

  it('counts as the language does', () => {
    speak('cs');
    expect([1, 3, 5].map((n) => plural(n, cs.unread))).toEqual(['1 nepřečtená zpráva', '3 nepřečtené zprávy', '5 nepřečtených zpráv']);
    expect(fill('{a} {b}', { a: '{b}', b: 1 })).toBe('{b} 1');
  });
});

describe('formats', () => {
  it.each([[0, '0 bytes'], [999, '999 bytes'], [1500, '1.5 kB'], [12_345_678, '12 MB'], [2_000_000_000, '2 GB']])('size(%i) = %s', (bytes, text) => {
    speak('en');
    expect(format.size(bytes)).toBe(text);
  });

  it.each([['Anna Nová', 'AN'], ['bob', 'B'], ['mary-jane k. watson', 'MW'], ['', '']])('initials(%j) = %j', (name, text) => expect(format.initials(name)).toBe(text));
});

describe('texts', () => {
  const shape = (text: string) => linked(text).map((part) => (typeof part === 'string' ? part : `<${part.values[0] as string}>`)).join('');
  it.each([
    ['see https://a.example/x?y=1.', 'see <https://a.example/x?y=1>.'],
    ['(http://a.example)', '(<http://a.example>)'],
    ['javascript:alert(1) <b>', 'javascript:alert(1) <b>'],
  ])('%s', (text, want) => expect(shape(text)).toBe(want));

  it('tells pictographs from texts', () => expect(['👍', '👍🏽 🎉', '1', 'a 👍', '#', '🎉🎉🎉🎉'].map(onlyEmoji)).toEqual([true, true, false, false, false, false]));
});
