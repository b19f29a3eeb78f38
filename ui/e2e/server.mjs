// The real binary, with the demo's data, on free ports and a directory of its own.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const binary = process.env.SWITCHBOARD_TEST_BIN ?? fileURLToPath(new URL('../../bin/switchboard', import.meta.url));

/** Starts it, and resolves once it listens: {url, setup, stop()}. */
export async function start() {
  assert.ok(existsSync(binary), `${binary} is missing: run make build first`);
  const data = mkdtempSync(join(tmpdir(), 'switchboard-e2e-'));
  const args = ['serve', '--data', data, '--demo', '--http', '127.0.0.1:0', '--xmpp', '127.0.0.1:0'];
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const url = await new Promise((resolve, reject) => {
    const look = () => {
      const at = /ready http=(\S+)/.exec(said);
      if (at && /API portal/.test(said)) resolve(`http://${at[1]}`);
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (bytes) => {
        said += bytes;
        look();
      });
    }
    ended.then(() => reject(new Error(`the server stopped:\n${said}`)));
  });
  const setup = /(http:\S+\/login\/setup\?token=\w+)/.exec(said)?.[1];
  return {
    url,
    setup,
    async stop() {
      child.kill('SIGINT');
      const code = await ended;
      rmSync(data, { recursive: true, force: true });
      return code;
    },
  };
}
