import { xml, type Element } from '@xmpp/client-core';
import type { Client } from '../client.ts';
import { cancelled, SwitchboardError } from '../error.ts';
import { NS } from '../ns.ts';
import type { Stanza } from '../types.ts';
import { GcmStream, ivLength, keyLength, secretToHex, tagLength } from './gcm.ts';
import type { Source } from './source.ts';

/** Where a file is put, and where it will be found (XEP-0363 §4). */
interface Slot {
  put: string;
  authorization: string;
  get: string;
}

export interface UploadOptions {
  source: Source;
  name: string;
  type: string;
  encrypt: boolean;
  /** Waits for a connection and gives its client. */
  client: (signal: AbortSignal) => Promise<Client>;
  fetch: typeof fetch;
  progress: (done: number, total: number) => void;
}

export interface Uploaded {
  url: string;
  /** Vector and key in hexadecimal, of an encrypted file. */
  key?: string;
}

/** Whole blocks; the first pieces are small so that slow lines see progress. */
const smallest = 64 * 1024;
const largest = 4 * 1024 * 1024;

/**
 * One upload: it is sent in pieces, and what breaks it is survived by asking
 * the server how much it has. It can be stopped and run() again.
 */
export class Upload {
  #options: UploadOptions;
  #slot?: Slot;
  #offset = 0;
  #total: number;
  #piece = smallest;
  #cipher?: GcmStream;
  #secret?: string;
  #tag?: Uint8Array<ArrayBuffer>;

  constructor(options: UploadOptions) {
    this.#options = options;
    this.#total = options.source.size + (options.encrypt ? tagLength : 0);
  }

  /** Uploads, or goes on with it. Rejects when stopped, or when the server refuses. */
  async run(signal: AbortSignal): Promise<Uploaded> {
    if (this.#options.encrypt && !this.#cipher) await this.#makeKey();
    let asked = this.#slot === undefined;
    for (let failures = 0; ; ) {
      if (signal.aborted) throw cancelled();
      try {
        this.#slot ??= await this.#request(signal);
        if (!asked) this.#offset = await this.#received(signal);
        asked = true;
        if (this.#offset >= this.#total && (this.#total > 0 || failures > 0)) break;
        await this.#send(signal);
        failures = 0;
        if (this.#offset >= this.#total) break;
      } catch (error) {
        if (signal.aborted) throw cancelled();
        const { status = 0 } = error as { status?: number };
        const gone = status === 404 || status === 410;
        if (gone && failures < 3) {
          // The place has expired: the same bytes go to another.
          this.#slot = undefined;
          this.#offset = 0;
        } else if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
          throw error;
        } else if (status === 400 || (error instanceof SwitchboardError && error.code === 'file-changed')) {
          throw error;
        }
        asked = this.#slot === undefined;
        this.#piece = smallest;
        await pause(failures++, signal);
      }
    }
    return { url: this.#slot.get, ...(this.#secret && { key: this.#secret }) };
  }

  /** Removes what was sent. */
  async discard(): Promise<void> {
    const slot = this.#slot;
    this.#slot = undefined;
    if (slot) await this.#options.fetch(slot.put, { method: 'DELETE', headers: { Authorization: slot.authorization } }).catch(() => {});
  }

  async #makeKey(): Promise<void> {
    const iv = crypto.getRandomValues(new Uint8Array(ivLength));
    const key = crypto.getRandomValues(new Uint8Array(keyLength));
    this.#cipher = await GcmStream.create(key, iv, this.#options.source.size);
    this.#secret = secretToHex(iv, key);
  }

  async #request(signal: AbortSignal): Promise<Slot> {
    const client = await this.#options.client(signal);
    const { name, type, encrypt } = this.#options;
    const about = encrypt ? { filename: 'encrypted', 'content-type': 'application/octet-stream' } : { filename: name, 'content-type': type };
    const request = xml('request', { xmlns: NS.upload, ...about, size: this.#total });
    const answer = (await client.request('get', client.domain, request as unknown as Stanza).catch((error: Error & { condition?: string }) => {
      throw refused(error);
    })) as unknown as Element;
    const slot = answer.getChild('slot', NS.upload);
    const put = slot?.getChild('put');
    const url = put?.attrs.url;
    const get = slot?.getChild('get')?.attrs.url;
    if (!url || !get) throw new SwitchboardError(500, 'the server gave no place for the file', 'upload-failed');
    const authorization = put.getChildren('header').find((h) => h.attrs.name?.toLowerCase() === 'authorization')?.text() ?? '';
    return { put: url, get, authorization };
  }

  /** How much the server has (tus 1.0, HEAD). */
  async #received(signal: AbortSignal): Promise<number> {
    const response = await this.#fetch('HEAD', {}, undefined, signal);
    if (!response.ok) throw statusError(response);
    return offsetOf(response) ?? 0;
  }

  async #send(signal: AbortSignal): Promise<void> {
    const start = this.#offset;
    const bytes = await this.#bytes(start, Math.min(this.#total, roundUp(start + this.#piece)));
    const before = Date.now();
    const headers = { 'Upload-Offset': String(start), 'Content-Type': 'application/offset+octet-stream' };
    const response = await this.#fetch('PATCH', headers, bytes, signal);
    const offset = offsetOf(response);
    // 409: the server has more or less than we thought, and says how much.
    if (!response.ok && !(response.status === 409 && offset !== undefined)) throw statusError(response, await response.json().catch(() => undefined));
    this.#offset = offset ?? start + bytes.length;
    const took = Date.now() - before;
    if (took < 300) this.#piece = Math.min(largest, this.#piece * 2);
    else if (took > 2000) this.#piece = Math.max(smallest, this.#piece / 2);
    this.#options.progress(this.#offset, this.#total);
  }

  /** What stands at a place of the file as it is sent. */
  async #bytes(start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    const { source } = this.#options;
    const cipher = this.#cipher;
    if (!cipher) return this.#read(start, end);
    const from = start - (start % 16);
    const to = Math.min(end, source.size);
    let out = await cipher.crypt(await this.#read(Math.min(from, to), to), from);
    // What is sent again was hashed before.
    if (to > cipher.hashed) cipher.hash(out.subarray(cipher.hashed - from));
    if (end > source.size) {
      this.#tag ??= cipher.tag();
      const whole = new Uint8Array(out.length + end - source.size);
      whole.set(out);
      whole.set(this.#tag.subarray(0, end - source.size), out.length);
      out = whole;
    }
    return out.slice(start - from);
  }

  async #read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.#options.source.read(start, end).catch((error: unknown) => {
      throw new SwitchboardError(400, 'the file cannot be read any more', 'file-changed', error);
    });
    if (bytes.length !== end - start) throw new SwitchboardError(400, 'the file has changed', 'file-changed');
    return bytes;
  }

  #fetch(method: string, headers: Record<string, string>, body: Uint8Array<ArrayBuffer> | undefined, signal: AbortSignal): Promise<Response> {
    const { put, authorization } = this.#slot!;
    return this.#options.fetch(put, { method, headers: { ...headers, Authorization: authorization, 'Tus-Resumable': '1.0.0' }, body, signal });
  }
}

/** XEP-0363 §5: a size limit comes as not-acceptable. */
function refused(error: Error & { condition?: string }): Error {
  if (error.condition === 'not-acceptable') return new SwitchboardError(413, error.message, 'file-too-large', error);
  if (error.condition === 'forbidden' || error.condition === 'not-allowed') return new SwitchboardError(403, error.message, 'feature-off', error);
  if (error.condition === 'bad-request') return new SwitchboardError(400, error.message, 'bad-request', error);
  return error;
}

function statusError(response: Response, answer?: { message?: string; code?: string }): SwitchboardError {
  return new SwitchboardError(response.status, answer?.message || `the upload was refused (${response.status})`, answer?.code ?? 'upload-refused');
}

function offsetOf(response: Response): number | undefined {
  const text = response.headers.get('Upload-Offset');
  return text === null ? undefined : Number(text);
}

function roundUp(n: number): number {
  return Math.ceil(n / 16) * 16;
}

/** Waits before the next attempt, shorter if the network comes back. */
export function pause(failures: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, Math.min(10_000, 250 * 2 ** failures) * (0.5 + Math.random() / 2));
    globalThis.addEventListener?.('online', done, { once: true });
    signal.addEventListener('abort', done, { once: true });
    function done() {
      clearTimeout(timer);
      globalThis.removeEventListener?.('online', done);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
