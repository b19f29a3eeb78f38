// People who use the SDK's documented functions: in a page of Chromium, or in Node.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { newTab, until } from '../browser.mjs';

const dist = path.resolve(import.meta.dirname, '../../sdk/dist');
const names = ['connectionListener', 'presenceListener', 'friendsListListener', 'userProfileListener', 'messageListener', 'singleMessageDataListener', 'mediaUploadListener', 'mediaDownloadListener', 'blockUserListener', 'adminBlockListener', 'userDeletedListener', 'setUserToken'];

/** A site that has the SDK as an app of somebody's own would: it is not the server's. */
export async function site() {
  const page = `<!doctype html><meta charset="utf-8"><title>An app</title><link rel="icon" href="data:,">
<img id="logo" width="64" height="64" src="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='64' height='64'%3E%3Ccircle cx='32' cy='32' r='30' fill='%23c2185b'/%3E%3C/svg%3E">
<div id="qr"></div>
<script type="module">import * as SDK from '/browser.js'; Object.assign(window, { SDK, heard: [] });</script>`;
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://x');
    if (pathname === '/') return response.writeHead(200, { 'Content-Type': 'text/html' }).end(page);
    try {
      response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(readFileSync(path.join(dist, path.normalize(pathname))));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

class Peer {
  problems = [];

  /** Registers and connects. */
  async join(name, ...more) {
    const { data, ...answer } = await this.call('register', name, ...more);
    assert.equal(answer.statusCode, 200, JSON.stringify(answer));
    this.me = data;
    this.jid = data.userJid;
    assert.deepEqual(await this.call('connect', data.username, data.password), { statusCode: 200, message: 'Success' });
    return this;
  }

  /** A call that must succeed. */
  async ok(name, ...args) {
    const answer = await this.call(name, ...args);
    assert.equal(answer.statusCode, 200, `${name}: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** Waits until a listener has heard what fits, and gives it; what it heard before `since` does not count. */
  async hears(listener, fields = {}, since = 0) {
    let all;
    let found;
    await until(
      async () => {
        all = (await this.heard()).slice(since);
        return (found = all.find((h) => h.name === listener && fits(h.value, fields)));
      },
      () => `${this.jid}'s ${listener} to hear ${JSON.stringify(fields)}; heard was ${JSON.stringify(all.map((h) => [h.name, h.value]))}`,
    );
    return found.value;
  }

  /** How much was heard up to now. */
  async now() {
    return (await this.heard()).length;
  }
}

function fits(value, fields) {
  if (typeof fields === 'function') return fields(value);
  if (typeof fields !== 'object') return value === fields;
  return Object.entries(fields).every(([k, v]) => (v && typeof v === 'object' ? fits(value?.[k], v) : value?.[k] === v));
}

export class TabPeer extends Peer {
  static async start(browser, address, apiBaseUrl, more = {}) {
    const peer = new TabPeer();
    peer.tab = await newTab(browser);
    peer.problems = peer.tab.problems;
    peer.tab.on('console', (m) => m.type() === 'error' && /Listener|Content Security/.test(m.text()) && peer.problems.push(m.text()));
    await peer.tab.goto(address);
    await peer.tab.waitForFunction(() => window.SDK);
    const answer = await peer.tab.evaluate(
      ([url, options, listeners]) => {
        addEventListener('unhandledrejection', (e) => setTimeout(() => { throw e.reason; }));
        const callbackListeners = Object.fromEntries(listeners.map((name) => [name, (value) => void heard.push({ name, value })]));
        return SDK.initializeSDK({ apiBaseUrl: url, licenseKey: 'trial', isTrialLicenseKey: true, callbackListeners, ...options });
      },
      [apiBaseUrl, more, names],
    );
    assert.equal(answer.statusCode, 200);
    return peer;
  }

  call(name, ...args) {
    return this.tab.evaluate(([n, a]) => SDK[n](...a), [name, args]);
  }

  heard() {
    return this.tab.evaluate(() => heard);
  }

  setPicture(base64, ...rest) {
    return this.tab.evaluate(async ([data, r]) => SDK.setUserProfile(r[0], new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], 'me.png', { type: 'image/png' }), ...r.slice(1)), [base64, rest]);
  }

  /** Sends random bytes as a file; what came back from the callbacks, and a digest of the bytes. */
  sendFile(toJid, size, params, messageType = 'file') {
    return this.tab.evaluate(
      async ([to, n, p, type]) => {
        const bytes = new Uint8Array(n);
        for (let i = 0; i < n; i += 65536) crypto.getRandomValues(bytes.subarray(i, i + 65536));
        bytes.set(new TextEncoder().encode('A secret that the storage must not see.'));
        const { contentType, ...rest } = p;
        const told = [];
        const result = await SDK.sendMediaFileMessage(
          { toJid: to, messageType: type, fileMessageParams: { ...rest, file: new File([bytes], p.fileName, { type: contentType }) } },
          (id) => told.push(['pending', id]),
          (r) => told.push(['success', r.statusCode]),
          (e) => told.push(['error', e.statusCode]),
        );
        const digest = [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].join();
        return { result, told, digest };
      },
      [toJid, size, params, messageType],
    );
  }

  download(call, ...args) {
    return this.tab.evaluate(
      async ([c, a]) => {
        const told = [];
        const result = await SDK[c](...a, ...(c === 'downloadMedia' ? [(p) => told.push(p.progress), () => told.push('success'), () => told.push('error')] : []));
        if (!result.data) return { ...result, told };
        const bytes = await result.data.blob.arrayBuffer();
        return { statusCode: result.statusCode, told, size: bytes.byteLength, type: result.data.blob.type, digest: [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].join() };
      },
      [call, args],
    );
  }

  async close() {
    await this.tab.evaluate(() => SDK.getSwitchboard().disconnect()).catch(() => {});
    await this.tab.context().close();
    assert.deepEqual(this.problems, []);
  }
}

let instances = 0;

export class NodePeer extends Peer {
  log = [];

  static async start(_browser, _address, apiBaseUrl, more = {}) {
    const peer = new NodePeer();
    // The functions work on one connection for each copy of the module.
    peer.SDK = await import(`${pathToFileURL(path.join(dist, 'index.js')).href}?${++instances}`);
    const callbackListeners = Object.fromEntries(names.map((name) => [name, (value) => void peer.log.push({ name, value })]));
    const answer = await peer.SDK.initializeSDK({ apiBaseUrl, licenseKey: 'trial', isTrialLicenseKey: true, callbackListeners, ...more });
    assert.equal(answer.statusCode, 200);
    return peer;
  }

  async call(name, ...args) {
    return this.SDK[name](...args);
  }

  async heard() {
    return this.log;
  }

  setPicture(base64, ...rest) {
    return this.SDK.setUserProfile(rest[0], new File([Buffer.from(base64, 'base64')], 'me.png', { type: 'image/png' }), ...rest.slice(1));
  }

  async sendFile(toJid, size, { contentType, ...params }, messageType = 'file') {
    const bytes = new Uint8Array(size);
    for (let i = 0; i < size; i += 65536) crypto.getRandomValues(bytes.subarray(i, i + 65536));
    bytes.set(new TextEncoder().encode('A secret that the storage must not see.'));
    const told = [];
    const result = await this.SDK.sendMediaFileMessage(
      { toJid, messageType, fileMessageParams: { ...params, file: new File([bytes], params.fileName, { type: contentType }) } },
      (id) => told.push(['pending', id]),
      (r) => told.push(['success', r.statusCode]),
      (e) => told.push(['error', e.statusCode]),
    );
    return { result, told, digest: await digest(bytes) };
  }

  async download(call, ...args) {
    const told = [];
    const result = await this.SDK[call](...args, ...(call === 'downloadMedia' ? [(p) => told.push(p.progress), () => told.push('success'), () => told.push('error')] : []));
    if (!result.data) return { ...result, told };
    const bytes = await result.data.blob.arrayBuffer();
    return { statusCode: result.statusCode, told, size: bytes.byteLength, type: result.data.blob.type, digest: await digest(bytes) };
  }

  async close() {
    await this.SDK.getSwitchboard().disconnect();
  }
}

async function digest(bytes) {
  return [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].join();
}
