import { xml, type Element } from '@xmpp/client-core';
import type { MessageStorage, OutboxOptions } from './types.ts';
import { uuid } from './uuid.ts';

/** An element as JSON: name, attributes, children. */
export type Packed = [name: string, attributes: Record<string, string>, ...children: (string | Packed)[]];

/** An unsent message, as it is kept. */
export interface Row {
  id: string;
  to: string;
  type: 'chat' | 'groupchat';
  time: number;
  xml: Packed;
  /** Outgoing.anchor; absent for one that was never written. */
  anchor?: string;
}

const maxRows = 500;
const maxSize = 1_000_000;

export function pack({ name, attrs, children }: Element): Packed {
  return [name, attrs, ...children.map((c) => (typeof c === 'string' ? c : pack(c)))];
}

export function unpack([name, attrs, ...children]: Packed): Element {
  return xml(name, { ...attrs }, ...children.map((c) => (typeof c === 'string' ? c : unpack(c))));
}

/**
 * Unsent messages in a storage, so that they outlive the page. Each page has a
 * slot of its own and holds a lock on it: what stands in a slot that nobody
 * holds is of a page that is gone, and the next one takes it over. A storage
 * that is full or refused keeps nothing, and nothing else comes of that.
 */
export class Kept {
  #storage: MessageStorage;
  #key: string;
  #slot: string;
  #rows = new Map<string, string>();
  #dirty = false;
  #release?: () => void;

  constructor({ storage, key }: OutboxOptions) {
    this.#storage = storage;
    this.#key = key;
    this.#slot = `${key}:${uuid()}`;
  }

  /** Takes the own slot, and over what pages have left that are gone. */
  async open(): Promise<Row[]> {
    this.#release ??= await hold(this.#slot);
    const found = new Map<string, Row>();
    for (const slot of this.#slots()) {
      const release = slot === this.#slot ? undefined : await hold(slot);
      if (!release) continue;
      for (const row of this.#read(slot)) found.set(row.id, row);
      for (const row of found.values()) this.put(row);
      this.save();
      this.#remove(slot);
      release();
    }
    return [...found.values()].sort((a, b) => a.time - b.time);
  }

  /** The messages that stand in our slot: another page may have taken some over while we were not connected. */
  ids(): Set<string> {
    return new Set(this.#read(this.#slot).map((row) => row.id));
  }

  put(row: Row): void {
    this.#rows.set(row.id, JSON.stringify(row));
    this.#later();
  }

  delete(id: string): void {
    if (this.#rows.delete(id)) this.#later();
  }

  /** What happens at once is written once. */
  #later(): void {
    if (!this.#dirty) queueMicrotask(() => this.#dirty && this.save());
    this.#dirty = true;
  }

  save(): void {
    this.#dirty = false;
    let size = 0;
    const rows = [...this.#rows.values()].slice(0, maxRows).filter((row) => (size += row.length) <= maxSize);
    try {
      if (rows.length === 0) return this.#storage.removeItem(this.#slot);
      this.#list(this.#slot);
      this.#storage.setItem(this.#slot, `[${rows}]`);
    } catch {
      // Rather nothing than what is not true any more.
      this.#remove(this.#slot);
    }
  }

  /** Lets another page take over what is kept. */
  release(): void {
    if (this.#dirty) this.save();
    if (this.#rows.size === 0) this.#remove(this.#slot);
    this.#release?.();
    this.#release = undefined;
  }

  #remove(slot: string): void {
    try {
      this.#storage.removeItem(slot);
      this.#list('', slot);
    } catch {
      // It is refused.
    }
  }

  #list(more: string, less = ''): void {
    const slots = this.#slots();
    if (more && slots.includes(more)) return;
    const left = [...slots, more].filter((slot) => slot && slot !== less);
    if (left.length > 0) this.#storage.setItem(this.#key, JSON.stringify(left));
    else this.#storage.removeItem(this.#key);
  }

  #slots(): string[] {
    return this.#parse(this.#key).filter((slot): slot is string => typeof slot === 'string' && slot.startsWith(`${this.#key}:`));
  }

  #read(slot: string): Row[] {
    return this.#parse(slot).filter((row): row is Row => {
      const { id, to, xml: element } = (row ?? {}) as Partial<Row>;
      return typeof id === 'string' && typeof to === 'string' && Array.isArray(element) && element[0] === 'message';
    });
  }

  #parse(key: string): unknown[] {
    try {
      const value: unknown = JSON.parse(this.#storage.getItem(key) ?? '[]');
      return Array.isArray(value) ? value : [];
    } catch {
      return [];
    }
  }
}

/** Takes a lock until it is released or the page ends; undefined where another page has it. Without the Web Locks API everything is free. */
async function hold(name: string): Promise<(() => void) | undefined> {
  const locks = globalThis.navigator?.locks;
  if (!locks) return () => {};
  return new Promise((resolve) => {
    locks
      .request(name, { ifAvailable: true }, (lock) => (lock ? new Promise<void>((release) => resolve(release)) : resolve(undefined)))
      .catch(() => resolve(() => {}));
  });
}

/** The browser's storage. Pages can tell each other's slots apart only by locks: where these are missing, each tab has a storage of its own. */
export function browserStorage(): MessageStorage | undefined {
  try {
    return globalThis.navigator?.locks ? globalThis.localStorage : globalThis.sessionStorage;
  } catch {
    return undefined; // Forbidden to this page.
  }
}
