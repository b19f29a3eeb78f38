import { expect, it, vi } from 'vitest';

vi.stubGlobal('navigator', { languages: ['cs-CZ', 'en'] });
const { identifier } = await import('../src/model.ts');
const { fill, language, locale, t } = await import('../src/messages.ts');

it.each([
  ['Anna Nová', 'anna-nova'],
  ['  ben_2 ', 'ben_2'],
  ['Žofie O’Neil <x>', 'zofie-o-neil-x'],
  ['密', ''],
  ['a'.repeat(60), 'a'.repeat(40)],
])('identifier(%j) = %j', (name, id) => expect(identifier(name)).toBe(id));

it('speaks the browser’s language', () => {
  expect([language, locale]).toEqual(['cs', 'cs-CZ']);
  expect(fill(t.known, { id: 'x' })).toContain('x');
});
