import { createCipheriv } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import '../src/node.ts';
import { download } from '../src/media/download.ts';
import { GcmStream, secretFromHex, secretToHex } from '../src/media/gcm.ts';
import { sink } from '../src/media/index.ts';
import { blobSink } from '../src/media/sink.ts';
import { openSource } from '../src/media/source.ts';
import { Upload } from '../src/media/upload.ts';
import { random, Storage } from './storage.ts';

const directory = await mkdtemp(path.join(tmpdir(), 'switchboard-media-'));
afterEach(() => vi.unstubAllGlobals());
afterAll(() => rm(directory, { recursive: true, force: true }));
const quiet = new AbortController().signal;
const sizes = [0, 1, 15, 16, 17, 31, 32, 1000, 65_535, 65_536, 65_537, 300_001, 1_048_577];

async function webCrypto(key: Uint8Array<ArrayBuffer>, iv: Uint8Array<ArrayBuffer>, plain: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const secret = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt']);
  return new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, secret, plain));
}

async function inPieces(key: Uint8Array<ArrayBuffer>, iv: Uint8Array<ArrayBuffer>, plain: Uint8Array<ArrayBuffer>, piece: number): Promise<Uint8Array> {
  const stream = await GcmStream.create(key, iv);
  const out: Uint8Array[] = [];
  for (let at = 0; at < plain.length; at += piece) {
    const encrypted = await stream.crypt(plain.slice(at, at + piece), at);
    stream.hash(encrypted);
    out.push(encrypted);
  }
  return Buffer.concat([...out, stream.tag()]);
}

describe('AES-256-GCM in pieces', () => {
  // NIST SP 800-38D's reference vectors for GCM with a key of 256 bits: test cases 13, 14 and 15 of the GCM specification.
  const hex = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  it.each([
    ['00'.repeat(32), '00'.repeat(12), '', '530f8afbc74536b9a963b4f1c4cb738b'],
    ['00'.repeat(32), '00'.repeat(12), '00'.repeat(16), 'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919'],
    [
      'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308',
      'cafebabefacedbaddecaf888',
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255',
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015adb094dac5d93471bdec1a502270e3cc6c',
    ],
  ])('gives the known answer (%#)', async (key, iv, plain, wanted) => {
    expect(await inPieces(hex(key), hex(iv), hex(plain), 16)).toEqual(Buffer.from(hex(wanted)));
  });

  it.each(sizes)("equals WebCrypto's own for %i bytes, whatever the pieces", async (size) => {
    const [key, iv, plain] = [random(32), random(12), random(size)];
    const wanted = await webCrypto(key, iv, plain);
    for (const piece of [16, 4096, 65_536, 1 << 20]) {
      if (size / piece > 3000) continue;
      expect(Buffer.compare(await inPieces(key, iv, plain, piece), wanted)).toBe(0);
    }
  });

  it('carries the counter over as the specification does, not into the vector', async () => {
    // Far into a stream the counter has more than one byte; the neighbouring bytes are the vector's last.
    const [key, iv] = [random(32), new Uint8Array(12).fill(255)];
    const offset = 0x1_0000 * 16;
    const stream = await GcmStream.create(key, iv);
    const cipher = createCipheriv('aes-256-gcm', key, iv);
    cipher.update(new Uint8Array(offset));
    const zeros = new Uint8Array(64);
    expect(Buffer.compare(await stream.crypt(zeros, offset), cipher.update(zeros))).toBe(0);
  });

  it('writes the secret as XEP-0454 has it', () => {
    const [iv, key] = [random(12), random(32)];
    const text = secretToHex(iv, key);
    expect(text).toHaveLength(88);
    expect(secretFromHex(text)).toEqual({ iv, key });
    expect(() => secretFromHex('zz')).toThrow('not understood');
  });
});

async function upload(storage: Storage, file: Blob | string, encrypt: boolean, signal = quiet, progress: number[] = []) {
  const source = await openSource(file);
  const up = new Upload({
    source,
    name: 'a.png',
    type: 'image/png',
    encrypt,
    client: async () => storage.client,
    fetch: storage.fetch,
    progress: (done) => progress.push(done),
  });
  return { up, source, run: () => up.run(signal) };
}

function fetchIt(storage: Storage, url: string, key?: string, to = blobSink()) {
  return download({ url, key, type: 'image/png', sink: to, headers: async () => ({}), fetch: storage.fetch, progress: () => {} });
}

const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());

describe('uploads and downloads', () => {
  it.each([
    [false, 1],
    [true, 1],
    [true, 65_536],
    [false, 400_000],
    [true, 400_001],
  ])('carry a file whole (encrypted: %s, %i bytes)', async (encrypt, size) => {
    const storage = new Storage();
    const plain = random(size);
    const progress: number[] = [];
    const { url, key } = await (await upload(storage, new Blob([plain]), encrypt, quiet, progress)).run();
    const stored = storage.files.get(url)!;
    expect(stored.bytes.length).toBe(size + (encrypt ? 16 : 0));
    expect(progress.at(-1)).toBe(stored.bytes.length);
    if (encrypt) {
      expect(stored).toMatchObject({ filename: 'encrypted', type: 'application/octet-stream' });
      if (size >= 32) expect(Buffer.from(stored.bytes).includes(Buffer.from(plain.slice(0, 32)))).toBe(false); // fewer may stand there by chance
      const { iv, key: raw } = secretFromHex(key!);
      expect(Buffer.compare(stored.bytes, await webCrypto(raw, iv, plain))).toBe(0);
    } else expect(stored).toMatchObject({ filename: 'a.png', type: 'image/png' });
    expect(Buffer.compare(await bytesOf(await fetchIt(storage, url, key)), plain)).toBe(0);
  });

  it.each([3, 17, 99])('survive broken lines, forgotten places and wrong offsets (%i)', async (seed) => {
    const { setTimeout: later } = globalThis;
    vi.stubGlobal('setTimeout', (f: () => void, ms: number, ...args: []) => later(f, args.length === 0 ? Math.min(ms, 2) : ms, ...args));
    const storage = new Storage();
    let random1 = seed;
    const next = (n: number) => (random1 = (random1 * 1103515245 + 12345) % 2147483648) % n;
    storage.fault = (method, n) => {
      if (n > 14) return undefined;
      if (next(4) === 0) throw new TypeError('no network');
      if (method === 'PATCH' && next(3) === 0) return next(70_000);
      if (method === 'GET' && next(3) === 0) return next(400_000);
      if (method === 'PATCH' && next(6) === 0) return new Response(null, { status: 503 });
      if (method === 'PATCH' && next(9) === 0) return Response.json({}, { status: 410 });
      return undefined;
    };
    const plain = random(400_003);
    const { url, key } = await (await upload(storage, new Blob([plain]), true)).run();
    const { iv, key: raw } = secretFromHex(key!);
    expect(Buffer.compare(storage.files.get(url)!.bytes, await webCrypto(raw, iv, plain))).toBe(0);
    let gets = 0;
    storage.fault = () => (gets++ < 3 ? [() => 70_001, () => 140_002, () => { throw new TypeError('no network'); }][gets - 1]!() : undefined);
    expect(Buffer.compare(await bytesOf(await fetchIt(storage, url, key)), plain)).toBe(0);
  }, 30_000);

  it('stop when told, and go on from there', async () => {
    const storage = new Storage();
    const controller = new AbortController();
    const plain = random(700_000);
    const { up } = await upload(storage, new Blob([plain]), true);
    storage.fault = (_method, n) => {
      if (n === 2) controller.abort();
      return undefined;
    };
    await expect(up.run(controller.signal)).rejects.toMatchObject({ code: 'cancelled' });
    const { url, key } = await up.run(quiet);
    expect(storage.log).toContain('HEAD');
    expect(Buffer.compare(await bytesOf(await fetchIt(storage, url, key)), plain)).toBe(0);
    await up.discard();
    expect(storage.files.size).toBe(0);
  });

  it.each([
    ['not-acceptable', 413],
    ['not-allowed', 403],
    ['bad-request', 400],
  ])('are refused at once where the server says %s', async (condition, status) => {
    const storage = new Storage();
    storage.refuseSlots = condition;
    await expect((await upload(storage, new Blob(['x']), false)).run()).rejects.toMatchObject({ status });
  });

  it('give nothing out where one bit is wrong', async () => {
    const storage = new Storage();
    const plain = random(300_000);
    const { url, key } = await (await upload(storage, new Blob([plain]), true)).run();
    const { bytes } = storage.files.get(url)!;
    for (const at of [0, 150_000, bytes.length - 17, bytes.length - 1]) {
      bytes[at]! ^= 1;
      const target = path.join(directory, 'tampered');
      await expect(fetchIt(storage, url, key, await sink(target))).rejects.toMatchObject({ code: 'media-tampered' });
      expect(await readdir(directory)).toEqual([]);
      bytes[at]! ^= 1;
    }
    storage.files.get(url)!.bytes = bytes.slice(0, 10);
    await expect(fetchIt(storage, url, key)).rejects.toMatchObject({ code: 'media-tampered' });
  });

  it('read from and write to files in Node', async () => {
    const storage = new Storage();
    const plain = random(500_000);
    const from = path.join(directory, 'from.bin');
    await writeFile(from, plain);
    const { run, source } = await upload(storage, from, true);
    expect(source).toMatchObject({ name: 'from.bin', size: 500_000 });
    const { url, key } = await run();
    await source.close();
    const to = path.join(directory, 'to.bin');
    const blob = await fetchIt(storage, url, key, await sink(to));
    expect(blob).toMatchObject({ size: 500_000, type: 'image/png' });
    expect(Buffer.compare(await readFile(to), plain)).toBe(0);
    expect((await readdir(directory)).sort()).toEqual(['from.bin', 'to.bin']);
  });

  it('do not send a file on that has changed meanwhile', async () => {
    const storage = new Storage();
    const from = path.join(directory, 'changing.bin');
    await writeFile(from, random(200_000));
    storage.fault = () => {
      throw new TypeError('no network');
    };
    const controller = new AbortController();
    const { up } = await upload(storage, from, true);
    setTimeout(() => controller.abort(), 30);
    await expect(up.run(controller.signal)).rejects.toMatchObject({ code: 'cancelled' });
    storage.fault = () => undefined;
    await new Promise((resolve) => setTimeout(resolve, 5));
    await writeFile(from, random(200_000));
    await expect(up.run(quiet)).rejects.toMatchObject({ code: 'file-changed' });
  });
});
