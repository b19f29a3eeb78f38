import type { Mechanism } from '@xmpp/client-core';

/**
 * Our SASL mechanisms for @xmpp/client. Its own PLAIN and SCRAM-SHA-1 are not
 * used: they are limited to Latin-1, SCRAM is absent from its browser build,
 * and neither the server's signature nor SHA-256 is covered.
 *
 * The library base64-codes "binary strings" (one character per byte), so every
 * mechanism converts to and from UTF-8 itself.
 */

const utf8 = (text: string) => new TextEncoder().encode(text);
const binary = (bytes: Uint8Array) => String.fromCharCode(...bytes);
const bytes = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));

/** RFC 7628 §3.1: token sign-in. A refused token comes as a challenge that is answered by one 0x01 before the failure. */
export function oauthBearer(): new () => Mechanism {
  return class implements Mechanism {
    name = 'OAUTHBEARER';
    clientFirst = true;
    #refused = false;
    response(credentials: Record<string, unknown>): string {
      return this.#refused ? '\x01' : `n,,\x01auth=Bearer ${credentials.token as string}\x01\x01`;
    }
    challenge(): void {
      this.#refused = true;
    }
  };
}

/** RFC 4616. */
export function plain(): new () => Mechanism {
  return class implements Mechanism {
    name = 'PLAIN';
    clientFirst = true;
    response(credentials: Record<string, unknown>): string {
      return binary(utf8(`\0${credentials.username as string}\0${credentials.password as string}`));
    }
    challenge(): void {}
  };
}

/**
 * RFC 5802 and RFC 7677. `onInstance` receives each instance, since the
 * library does not hand the final server message to a mechanism: the stream
 * passes it to `final`, which throws unless the server proved that it knows
 * the password too.
 */
export function scram(hash: 'SHA-1' | 'SHA-256', onInstance: (m: Mechanism) => void): new () => Mechanism {
  return class implements Mechanism {
    name = `SCRAM-${hash}`;
    clientFirst = true;
    #nonce = binary2base64(crypto.getRandomValues(new Uint8Array(18)));
    #firstBare = '';
    #serverFirst = '';
    #signature?: Uint8Array;

    constructor() {
      onInstance(this);
    }

    async response(credentials: Record<string, unknown>): Promise<string> {
      if (this.#serverFirst) return this.#proof(credentials.password as string);
      const name = (credentials.username as string).replaceAll('=', '=3D').replaceAll(',', '=2C');
      this.#firstBare = `n=${name},r=${this.#nonce}`;
      return binary(utf8(`n,,${this.#firstBare}`));
    }

    challenge(text: string): void {
      this.#serverFirst = text;
    }

    async #proof(password: string): Promise<string> {
      const fields = parse(this.#serverFirst);
      const iterations = Number(fields.i);
      if (!fields.r?.startsWith(this.#nonce) || !fields.s || !(iterations >= 1 && iterations <= 1_000_000))
        throw new Error('the server sent a malformed SCRAM challenge');
      const key = await crypto.subtle.importKey('raw', utf8(password.normalize('NFKC')), 'PBKDF2', false, ['deriveBits']);
      const salted = new Uint8Array(
        await crypto.subtle.deriveBits(
          { name: 'PBKDF2', hash, salt: bytes(atob(fields.s)), iterations },
          key,
          hash === 'SHA-1' ? 160 : 256,
        ),
      );
      const clientKey = await hmac(hash, salted, utf8('Client Key'));
      const storedKey = new Uint8Array(await crypto.subtle.digest(hash, clientKey));
      const finalBare = `c=biws,r=${fields.r}`;
      const message = utf8(`${this.#firstBare},${this.#serverFirst},${finalBare}`);
      const clientSignature = await hmac(hash, storedKey, message);
      const serverKey = await hmac(hash, salted, utf8('Server Key'));
      this.#signature = await hmac(hash, serverKey, message);
      const proof = clientKey.map((b, i) => b ^ clientSignature[i]!);
      return `${finalBare},p=${binary2base64(proof)}`;
    }

    final(text: string): void {
      if (!this.#signature || parse(text).v !== binary2base64(this.#signature))
        throw new Error('the server did not prove that it knows the password');
    }
  };
}

async function hmac(hash: string, key: BufferSource, data: BufferSource): Promise<Uint8Array<ArrayBuffer>> {
  const k = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash }, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', k, data));
}

function parse(text: string): Record<string, string> {
  return Object.fromEntries(text.split(',').map((part) => [part.slice(0, 1), part.slice(2)]));
}

function binary2base64(b: Uint8Array): string {
  return btoa(binary(b));
}
