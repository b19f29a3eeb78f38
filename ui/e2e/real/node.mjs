// Starts the real binary on free ports with a data directory of its own.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const binary = process.env.SWITCHBOARD_TEST_BIN || path.resolve(import.meta.dirname, '../../../bin/switchboard');
export const password = 'correct horse 9 battery';

export class Node {
  data = mkdtempSync(path.join(tmpdir(), 'switchboard-e2e-'));
  address = '127.0.0.1:0';

  /** Adds the accounts (name → role) and starts; flags are of serve. */
  static async start(accounts = {}, ...flags) {
    const node = new Node();
    node.flags = flags;
    for (const [name, role] of Object.entries(accounts))
      execFileSync(binary, ['account', 'add', name, '--role', role, '--password-stdin', '--data', node.data], { input: `${password}\n`, stdio: ['pipe', 'ignore', 'inherit'] });
    await node.run();
    return node;
  }

  /** Starts, or starts again on the same port. */
  run() {
    return new Promise((resolve, reject) => {
      this.log = '';
      this.process = spawn(binary, ['serve', '--data', this.data, '--http', this.address, '--xmpp', '127.0.0.1:0', ...this.flags]);
      this.process.stderr.on('data', (text) => (this.log += text));
      this.process.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${this.log}`)));
      let said = '';
      this.process.stdout.on('data', (text) => {
        said += text;
        const found = /ready http=(\S+)\s/.exec(said);
        if (!found) return;
        this.address = found[1];
        this.url = `http://${this.address}`;
        resolve();
      });
    });
  }

  /** kill -9: nothing is finished, nothing is said. */
  async kill() {
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await gone;
  }

  async stop() {
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGTERM');
    const code = await gone;
    rmSync(this.data, { recursive: true, force: true });
    return code;
  }
}
