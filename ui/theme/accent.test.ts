import { describe, expect, it } from 'vitest';
import { parseAccent } from './accent.ts';
import { icon, iconNames } from './icons.ts';

describe('parseAccent', () => {
  it.each([
    ['#1261d3', { h: 215, s: 84, l: 45, on: '#ffffff' }],
    ['#fff', { h: 0, s: 0, l: 100, on: '#14171c' }],
    ['ffd400', { h: 50, s: 100, l: 50, on: '#14171c' }],
    ['#ffd400', { text: 27 }],
    ['#0f0', { h: 120, s: 100, l: 50, on: '#14171c' }],
  ])('%s', (text, want) => expect(parseAccent(text)).toMatchObject(want));

  it.each(['', null, undefined, 'red', '#12', 'url(x)', '#12345678;}'])('refuses %s', (text) =>
    expect(parseAccent(text)).toBeUndefined(),
  );
});

it('draws every icon', () => {
  for (const name of iconNames) expect(icon(name, 16)).toMatch(/^<svg .*width="16".*<\/svg>$/);
});
