import type { Element } from '@xmpp/client-core';
import type { Delivery } from './types.ts';

/** A message on its way out. */
export interface Outgoing {
  id: string;
  chat: string;
  archive: string;
  stanza: () => Element;
  /** Written to a stream and not acknowledged yet. */
  written: boolean;
  /** The archive's newest id when it was first written: the server can only have stored it after that. */
  anchor?: string;
  resolve: () => void;
  reject: (error: Error) => void;
}

const order: Delivery[] = ['queued', 'sent', 'delivered', 'displayed', 'failed'];

/**
 * Messages wait here until the server has taken them. Ids are made by the
 * client, so one that may or may not have arrived can be looked up in the
 * archive before it is sent again.
 */
export class Outbox {
  #waiting = new Map<string, Outgoing>();
  #states = new Map<string, { chat: string; state: Delivery }>();

  add(message: Outgoing): void {
    this.#waiting.set(message.id, message);
    this.#remember(message.id, message.chat, 'queued');
  }

  get(id: string): Outgoing | undefined {
    return this.#waiting.get(id);
  }

  /** Was sent by this client, recently. */
  knows(id: string): boolean {
    return this.#states.has(id);
  }

  chatOf(id: string): string | undefined {
    return this.#states.get(id)?.chat;
  }

  /** Those still to be written, in the order in which they were sent. */
  toWrite(): Outgoing[] {
    return [...this.#waiting.values()].filter((m) => !m.written);
  }

  /** Written, not acknowledged: whether they arrived is unknown after a stream's end. */
  uncertain(): Outgoing[] {
    return [...this.#waiting.values()].filter((m) => m.written);
  }

  /** Moves a message on; false if it is unknown or was further already. */
  advance(id: string, state: Delivery, error?: Error): boolean {
    const known = this.#states.get(id);
    if (!known || order.indexOf(known.state) >= order.indexOf(state)) return false;
    if (state === 'failed' && known.state !== 'queued' && known.state !== 'sent') return false;
    known.state = state;
    const waiting = this.#waiting.get(id);
    if (waiting) {
      this.#waiting.delete(id);
      if (state === 'failed') waiting.reject(error ?? new Error('the message was refused'));
      else waiting.resolve();
    }
    return true;
  }

  /** How many wait to be acknowledged. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Gives up everything that waits. */
  fail(error: Error): string[] {
    const ids = [...this.#waiting.keys()];
    return ids.filter((id) => this.advance(id, 'failed', error));
  }

  #remember(id: string, chat: string, state: Delivery): void {
    this.#states.set(id, { chat, state });
    if (this.#states.size <= 2000) return;
    for (const old of this.#states.keys()) {
      if (!this.#waiting.has(old)) {
        this.#states.delete(old);
        return;
      }
    }
  }
}
