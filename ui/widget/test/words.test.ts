import { describe, expect, it } from 'vitest';
import { fill, pickLanguage } from '../src/language.ts';
import * as cs from '../src/messages/cs.ts';
import * as de from '../src/messages/de.ts';
import * as en from '../src/messages/en.ts';
import { pieces } from '../src/text.ts';

describe('pickLanguage', () => {
  it.each([
    [['cs'], 'cs'],
    [['cs-CZ', 'en'], 'cs'],
    [['fr', 'DE_at'], 'de'],
    [[null, undefined, '', 'pl'], 'en'],
    [[], 'en'],
  ])('%j → %s', (wishes, want) => expect(pickLanguage(...wishes)).toBe(want));
});

describe('message files', () => {
  const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map((m) => m[0]).sort();
  it.each([
    ['cs', cs],
    ['de', de],
  ])('%s has every text with its places', (_, other) => {
    for (const part of ['button', 'panel'] as const) {
      for (const [key, text] of Object.entries(en[part])) {
        const translated = (other[part] as Record<string, string>)[key];
        expect(translated, key).toBeTruthy();
        expect(places(translated!), key).toEqual(places(text));
      }
    }
  });

  it('fills places, and leaves unknown ones', () => expect(fill('{n} of {m}', { n: 2 })).toBe('2 of {m}'));
});

describe('pieces', () => {
  const links = (text: string) => pieces(text).flatMap((p) => p.href ?? []);
  it.each([
    ['no address', []],
    ['see https://example.com/a?b=c#d.', ['https://example.com/a?b=c#d']],
    ['(http://a.example/x), "https://b.example"!', ['http://a.example/x', 'https://b.example/']],
    ['https://en.example/wiki/A_(b) and javascript:alert(1)', ['https://en.example/wiki/A_(b)']],
    ['https://', []],
  ])('%s', (text, want) => {
    expect(links(text)).toEqual(want);
    expect(pieces(text).map((p) => p.text).join('')).toBe(text);
  });
});
