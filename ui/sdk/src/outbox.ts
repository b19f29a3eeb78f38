import type { Element } from '@xmpp/client-core';
import { bare } from './jid.ts';
import { type Kept, type Row, unpack } from './kept.ts';
import type { Delivery } from './types.ts';

/** A message on its way out. */
export interface Outgoing {
  row: Row;
  id: string;
  chat: string;
  archive: string;
  /** Written to a stream and not acknowledged yet. */
  written: boolean;
  /** Taken over from a page that is gone: what stands in the archive behind the anchor is not this page's to tell. */
  inherited: boolean;
  /** The archive's newest id when it was first written: the server can only have stored it after that. */
  anchor?: string;
  /** Settles with the server's word. */
  stored: Promise<void>;
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
  #kept?: Kept;
  #left = false;

  constructor(kept?: Kept) {
    this.#kept = kept;
  }

  /** Takes a message; the archive is '' where it is not known yet. */
  add(row: Row, archive: string, inherited = false): Outgoing {
    const { id } = row;
    const chat = bare(row.to);
    let resolve!: () => void;
    let reject!: (error: Error) => void;
    const stored = new Promise<void>((yes, no) => ([resolve, reject] = [yes, no]));
    stored.catch(() => {});
    const message: Outgoing = { row, id, chat, archive, written: inherited, inherited, anchor: row.anchor, stored, resolve, reject };
    this.#waiting.set(id, message);
    this.#remember(id, chat, 'queued');
    this.#kept?.put(row);
    return message;
  }

  /** Takes over what pages have left that are gone, and looks whether one has taken ours meanwhile. */
  async open(): Promise<Row[]> {
    const kept = this.#kept;
    if (!kept) return [];
    const left = this.#left ? kept.ids() : undefined;
    this.#left = false;
    for (const message of this.#waiting.values()) if (left && !left.has(message.id)) message.written = message.inherited = true;
    const rows = await kept.open();
    for (const { id } of rows) if (this.took(id)) kept.delete(id);
    return rows.filter(({ id }) => !this.knows(id));
  }

  /** Leaves what waits to the next page that comes, or to ourselves. */
  release(): void {
    this.#left = true;
    this.#kept?.release();
  }

  get(id: string): Outgoing | undefined {
    return this.#waiting.get(id);
  }

  /** Everything that waits, in the order in which it was sent. */
  all(): Outgoing[] {
    return [...this.#waiting.values()];
  }

  /** Was sent by this client, recently. */
  knows(id: string): boolean {
    return this.#states.has(id);
  }

  /** The server has taken it. */
  took(id: string): boolean {
    const { state } = this.#states.get(id) ?? {};
    return state !== undefined && state !== 'queued' && state !== 'failed';
  }

  chatOf(id: string): string | undefined {
    return this.#states.get(id)?.chat;
  }

  /** Those still to be written. */
  toWrite(): Outgoing[] {
    return this.all().filter((m) => !m.written);
  }

  /** Written, not acknowledged: whether they arrived is unknown after a stream's end. */
  uncertain(archive?: string): Outgoing[] {
    return this.all().filter((m) => m.written && (archive === undefined || m.archive === archive));
  }

  /** Notes where the archives ended before these are written: a page that takes them over has to know. */
  anchor(messages: Outgoing[], last: (archive: string) => string | undefined): void {
    for (const message of messages) {
      message.anchor ??= last(message.archive);
      if (message.anchor === message.row.anchor) continue;
      message.row.anchor = message.anchor;
      this.#kept?.put(message.row);
    }
    this.#kept?.save();
  }

  stanza({ row }: Outgoing): Element {
    return unpack(row.xml);
  }

  /** Moves a message on; false if it is unknown or was further already. */
  advance(id: string, state: Delivery, error?: Error): boolean {
    const known = this.#states.get(id);
    if (!known || order.indexOf(known.state) >= order.indexOf(state)) return false;
    if (state === 'failed' && known.state !== 'queued' && known.state !== 'sent') return false;
    known.state = state;
    this.#kept?.delete(id);
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
