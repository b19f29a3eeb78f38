import { ghash } from '@noble/ciphers/_polyval.js';
import { SwitchboardError } from '../error.ts';

/** Bytes of a key, an initialisation vector and a tag, as XEP-0454 has them. */
export const keyLength = 32;
export const ivLength = 12;
export const tagLength = 16;
const block = 16;

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * AES-256-GCM (NIST SP 800-38D) of one stream in pieces: WebCrypto has GCM for
 * whole messages only, so it does the counter mode here, from any block on,
 * and GHASH runs along over the ciphertext. There is no additional data.
 */
export class GcmStream {
  /** Bytes of ciphertext that the tag covers so far. */
  hashed = 0;
  #key: CryptoKey;
  #iv: Bytes;
  #hash: ReturnType<typeof ghash.create>;
  #mask: Bytes;

  private constructor(key: CryptoKey, iv: Bytes, hash: ReturnType<typeof ghash.create>, mask: Bytes) {
    this.#key = key;
    this.#iv = iv;
    this.#hash = hash;
    this.#mask = mask;
  }

  static async create(key: Bytes, iv: Bytes, size = Infinity): Promise<GcmStream> {
    if (!globalThis.crypto?.subtle) throw new SwitchboardError(400, 'encryption needs a secure page (https)', 'encryption-unavailable');
    if (key.length !== keyLength || iv.length !== ivLength) throw new SwitchboardError(400, 'the key has the wrong length', 'key-invalid');
    const secret = await crypto.subtle.importKey('raw', key, 'AES-CTR', false, ['encrypt']);
    const zero = new Uint8Array(block);
    // §7.1: H is the encrypted zero block, and the tag is masked with the encrypted J0.
    const subkey = await ctr(secret, zero, zero);
    const mask = await ctr(secret, counter(iv, 1), zero);
    return new GcmStream(secret, iv, ghash.create(subkey, Math.min(size, 1 << 20)), mask);
  }

  /** Encrypts or decrypts, which are the same, the bytes at an offset of whole blocks. */
  async crypt(bytes: Bytes, offset: number): Promise<Bytes> {
    // §7.1: the text begins at the second counter value.
    return bytes.length === 0 ? bytes : ctr(this.#key, counter(this.#iv, 2 + offset / block), bytes);
  }

  /** Takes the ciphertext that follows into the tag: whole blocks, but for the last piece. */
  hash(ciphertext: Bytes): void {
    if (this.hashed % block !== 0) throw new Error('a piece after the last one');
    if (ciphertext.length > 0) this.#hash.update(ciphertext);
    this.hashed += ciphertext.length;
  }

  /** The tag of everything that was hashed; the stream is used up. */
  tag(): Bytes {
    const lengths = new Uint8Array(block);
    new DataView(lengths.buffer).setBigUint64(8, BigInt(this.hashed) * 8n);
    const digest = this.#hash.update(lengths).digest();
    return Uint8Array.from(digest, (b, i) => b ^ this.#mask[i]!);
  }
}

async function ctr(key: CryptoKey, start: Bytes, bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-CTR', counter: start, length: 32 }, key, bytes));
}

function counter(iv: Bytes, value: number): Bytes {
  const start = new Uint8Array(block);
  start.set(iv);
  new DataView(start.buffer).setUint32(ivLength, value);
  return start;
}

/** Compares without telling by time where they differ. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ (b[i] ?? 0);
  return difference === 0;
}

/** XEP-0454 §4: initialisation vector, then key, in hexadecimal. */
export function secretToHex(iv: Uint8Array, key: Uint8Array): string {
  return [...iv, ...key].map((b) => b.toString(16).padStart(2, '0')).join('');
}

/** The vector has 12 bytes; some clients still write 16, which no stream here can have. */
export function secretFromHex(text: string): { iv: Bytes; key: Bytes } {
  if (!/^[0-9a-f]{88}$/i.test(text)) throw new SwitchboardError(400, 'the key of the file is not understood', 'key-invalid');
  const bytes = Uint8Array.from(text.match(/../g)!, (pair) => parseInt(pair, 16));
  return { iv: bytes.slice(0, ivLength), key: bytes.slice(ivLength) };
}
