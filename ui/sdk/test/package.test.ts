// The package as its users have it: what package.json leads to.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
const program = `import { initializeSDK, Switchboard, type Profile } from '@switchboard/sdk';
export const answer: Promise<{ statusCode: number; message: string }> = initializeSDK({ licenseKey: 'trial', callbackListeners: { userProfileListener: (p) => void p.nickName } });
export const name = (board: Switchboard): Promise<string> => board.profile().then((p: Profile) => p.name);
// @ts-expect-error A text is wanted.
void initializeSDK({ licenseKey: 5 });
`;

test('an app with strict types takes it as an ES module and as CommonJS', () => {
  const app = mkdtempSync(path.join(root, 'test', '.app-')); // within the package, whose name leads to itself
  try {
    for (const file of ['esm.mts', 'cjs.cts']) writeFileSync(path.join(app, file), program);
    const tsc = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
    const flags = ['--noEmit', '--strict', '--module', 'node16', '--target', 'es2022', '--lib', 'es2023,dom', '--types', 'node'];
    execFileSync(process.execPath, [tsc, ...flags, ...['esm.mts', 'cjs.cts'].map((f) => path.join(app, f))], { encoding: 'utf8' });
  } catch (error) {
    expect.fail((error as { stdout?: string }).stdout || String(error));
  } finally {
    rmSync(app, { recursive: true });
  }
}, 180_000);

test('both ways lead to the same functions', async () => {
  const required = createRequire(import.meta.url)('@switchboard/sdk') as object;
  const imported = (await import(path.join(root, 'dist', 'index.js'))) as object;
  expect(Object.keys(required).sort()).toEqual(Object.keys(imported).sort());
});
