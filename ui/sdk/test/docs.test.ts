import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const here = import.meta.dirname;

it('docs/sdk.md is what the typings say', async () => {
  // A variable keeps the type checker out of the script.
  const script = path.join(here, '../docs.mjs');
  const { render } = (await import(/* @vite-ignore */ script)) as { render: () => Promise<string> };
  expect(readFileSync(path.join(here, '../../../docs/sdk.md'), 'utf8') === (await render()), 'run: npm run docs -w sdk').toBe(true);
}, 120_000);

it('the README has the example that is run', () => {
  const example = readFileSync(path.join(here, '../examples/hello.mjs'), 'utf8');
  expect(example.trimEnd().split('\n').length).toBeLessThanOrEqual(20);
  for (const readme of ['../README.md', '../../../README.md']) expect(readFileSync(path.join(here, readme), 'utf8')).toContain(example.trimEnd());
});
