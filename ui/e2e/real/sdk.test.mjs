// The SDK in Node against the real server, across cut connections and kill -9.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Client, Platform } from '@switchboard/sdk';
import { until } from '../browser.mjs';
import { Node } from './node.mjs';

let node;
const closing = [];

before(async () => (node = await Node.start()));
after(async () => {
  for (const client of closing) await client.disconnect();
  await node?.stop();
});

async function person(name, port) {
  const platform = new Platform({ baseUrl: node.url });
  const { config } = await platform.register({ licenseKey: 'trial', userIdentifier: name, sandbox: true });
  const url = port ? `ws://127.0.0.1:${port}/xmpp-websocket` : platform.webSocketUrl;
  const client = new Client({ url, domain: config.xmppDomain, credentials: { token: platform.token }, maxDelay: 400 });
  closing.push(client);
  const got = [];
  client.on('message', (m) => got.push(m.text));
  await client.connect();
  return { client, got, platform, address: `${name}@${config.xmppDomain}` };
}

/** A way to the server that can be cut. */
async function cuttable() {
  const sockets = new Set();
  const proxy = net.createServer((left) => {
    const right = net.connect(Number(node.address.split(':')[1]), '127.0.0.1');
    sockets.add(left);
    left.pipe(right).pipe(left);
    left.on('error', () => {}).on('close', () => sockets.delete(left) && right.destroy());
    right.on('error', () => {}).on('close', () => left.destroy());
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    port: proxy.address().port,
    cut: () => sockets.forEach((s) => s.destroy()),
    close: () => proxy.close(),
  };
}

test('nothing is lost, doubled or out of order, whatever breaks', async () => {
  const way = await cuttable();
  const [a, b] = [await person('chaos-a', way.port), await person('chaos-b')];
  const each = 300;
  const names = (letter) => Array.from({ length: each }, (_, i) => `${letter}${i}`);
  const acknowledged = [];
  for (let i = 0; i < each; i++) {
    acknowledged.push(a.client.send(b.address, `a${i}`).acknowledged, b.client.send(a.address, `b${i}`).acknowledged);
    if (i % 40 === 20) way.cut();
    if (i % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    if (i === 150) {
      await node.kill();
      await node.run();
    }
  }
  await Promise.all(acknowledged);
  await until(() => a.got.length >= each && b.got.length >= each, () => `${a.got.length} and ${b.got.length} of ${each}`);
  assert.deepEqual(a.got, names('b'));
  assert.deepEqual(b.got, names('a'));
  const stored = [];
  for (let after = ''; ; ) {
    const page = await a.client.history(b.address, { after, limit: 200 });
    stored.push(...page.messages.map((m) => m.text));
    if (page.complete || !page.last) break;
    after = page.last;
  }
  assert.deepEqual(stored.filter((t) => t.startsWith('a')), names('a'));
  assert.deepEqual(stored.filter((t) => t.startsWith('b')), names('b'));
  way.close();
});

test('a text by request arrives on the stream, and the other way round', async () => {
  const [c, d] = [await person('carl'), await person('dora')];
  await c.platform.sendText('dora', 'by request');
  await until(() => d.got.includes('by request'), () => 'the text');
  await d.client.send(c.address, 'by stream').acknowledged;
  const { rows } = await c.platform.history('dora');
  assert.deepEqual(rows.map((r) => r.message).filter(Boolean).sort(), ['by request', 'by stream']);
});

test('the example of the README runs', async () => {
  const example = path.resolve(import.meta.dirname, '../../sdk/examples/hello.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [example, node.url], { timeout: 90_000 });
  assert.deepEqual(stdout.trim().split('\n'), ['anna says Hello, Ben!', 'ben says Hello, Anna!']);
});
