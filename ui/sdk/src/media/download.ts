import { cancelled, SwitchboardError } from '../error.ts';
import { GcmStream, same, secretFromHex, tagLength } from './gcm.ts';
import type { Sink } from './sink.ts';
import { pause } from './upload.ts';

export interface DownloadRequest {
  url: string;
  /** Vector and key in hexadecimal, of an encrypted file. */
  key?: string;
  type: string;
  sink: Sink;
  headers: () => Promise<Record<string, string>>;
  fetch: typeof fetch;
  signal?: AbortSignal;
  progress: (done: number, total: number) => void;
}

/** Whole blocks. */
const piece = 256 * 1024;
/** Attempts without a single new byte. */
const patience = 6;

/**
 * Downloads a file, going on where a break has stopped it. What is encrypted is
 * decrypted on the way into the sink, which gives nothing out before the tag
 * of the whole was right.
 */
export async function download(request: DownloadRequest): Promise<Blob> {
  const { sink } = request;
  const signal = request.signal ?? new AbortController().signal;
  try {
    const taker = request.key ? await Decryption.create(request.key, sink) : new Collection(sink);
    await receive(request, taker, signal);
    await taker.end();
    return await sink.finish(request.type);
  } catch (error) {
    await sink.drop();
    throw signal.aborted ? cancelled() : error;
  }
}

interface Taker {
  take(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  end(): Promise<void>;
}

async function receive({ url, headers, fetch, progress }: DownloadRequest, taker: Taker, signal: AbortSignal): Promise<void> {
  let done = 0;
  for (let failures = 0; ; ) {
    const before = done;
    try {
      const range: Record<string, string> = done > 0 ? { Range: `bytes=${done}-` } : {};
      const response = await fetch(url, { headers: { ...(await headers()), ...range }, signal, cache: 'no-store' });
      if (response.status === 416) return;
      if (!response.ok || !response.body) throw new SwitchboardError(response.status, 'the file cannot be had', 'download-refused');
      // A server that ignores the range begins again: what we have is skipped.
      let skip = response.status === 206 ? 0 : done;
      const length = Number(response.headers.get('Content-Length') ?? 0);
      const total = length && length + (response.status === 206 ? done : 0);
      const reader = response.body.getReader();
      try {
        for (;;) {
          const { value, done: end } = await reader.read();
          if (signal.aborted) throw cancelled();
          if (end) break;
          const bytes = value.subarray(Math.min(skip, value.length));
          skip -= value.length - bytes.length;
          await taker.take(bytes);
          done += bytes.length;
          if (bytes.length > 0) progress(done, total || done);
        }
      } finally {
        reader.cancel().catch(() => {});
      }
      if (total && done < total) throw new Error('the download ended early');
      return;
    } catch (error) {
      const { status = 0 } = error as { status?: number };
      if (signal.aborted || (status >= 400 && status < 500)) throw error;
      failures = done > before ? 0 : failures + 1;
      if (failures >= patience) throw error instanceof SwitchboardError ? error : new SwitchboardError(0, 'the server cannot be reached', 'unreachable', error);
      await pause(failures, signal);
    }
  }
}

/** Makes pieces of one size of whatever arrives. */
class Pieces {
  #buffer = new Uint8Array(piece);
  #filled = 0;
  #each: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;

  constructor(each: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>) {
    this.#each = each;
  }

  async add(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + piece - this.#filled);
      this.#buffer.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === piece) await this.flush();
    }
  }

  async flush(): Promise<void> {
    const bytes = this.#buffer.slice(0, this.#filled);
    this.#filled = 0;
    if (bytes.length > 0) await this.#each(bytes);
  }
}

class Collection implements Taker {
  #pieces: Pieces;
  constructor(sink: Sink) {
    this.#pieces = new Pieces((bytes) => sink.write(bytes));
  }
  take(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.#pieces.add(bytes);
  }
  end(): Promise<void> {
    return this.#pieces.flush();
  }
}

class Decryption implements Taker {
  #cipher: GcmStream;
  #pieces: Pieces;
  /** The last bytes so far: they are the tag if no more come. */
  #tail = new Uint8Array(0);

  private constructor(cipher: GcmStream, sink: Sink) {
    this.#cipher = cipher;
    this.#pieces = new Pieces(async (bytes) => {
      const offset = cipher.hashed;
      cipher.hash(bytes);
      await sink.write(await cipher.crypt(bytes, offset));
    });
  }

  static async create(secret: string, sink: Sink): Promise<Decryption> {
    const { iv, key } = secretFromHex(secret);
    return new Decryption(await GcmStream.create(key, iv), sink);
  }

  async take(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const all = new Uint8Array(this.#tail.length + bytes.length);
    all.set(this.#tail);
    all.set(bytes, this.#tail.length);
    const text = Math.max(0, all.length - tagLength);
    this.#tail = all.slice(text);
    await this.#pieces.add(all.subarray(0, text));
  }

  async end(): Promise<void> {
    await this.#pieces.flush();
    if (!same(this.#cipher.tag(), this.#tail)) throw new SwitchboardError(400, 'the file is not what was sent: its seal does not fit', 'media-tampered');
  }
}
