import type { Visitor } from './api.ts';

/** What is kept of a conversation between pages. */
export interface Kept {
  id: string;
  groupJid: string;
  operator?: string;
}

/** Nothing is written before the visitor acts; a browser that refuses storage just forgets. */
export class Memory {
  #visitor: string;
  #conversation: string;
  #open: string;

  constructor(company: string, scope: string) {
    this.#visitor = `switchboard:${company}:visitor`;
    this.#conversation = `switchboard:${company}:conversation:${scope}`;
    this.#open = `switchboard:${company}:open:${scope}`;
  }

  get visitor(): Visitor | undefined {
    return read<Visitor>(() => localStorage, this.#visitor);
  }

  set visitor(value: Visitor | undefined) {
    write(() => localStorage, this.#visitor, value);
  }

  get conversation(): Kept | undefined {
    return read<Kept>(() => localStorage, this.#conversation);
  }

  set conversation(value: Kept | undefined) {
    write(() => localStorage, this.#conversation, value);
  }

  get open(): boolean {
    return !!read<boolean>(() => sessionStorage, this.#open);
  }

  set open(value: boolean) {
    write(() => sessionStorage, this.#open, value || undefined);
  }
}

function read<T>(storage: () => Storage, key: string): T | undefined {
  try {
    const text = storage().getItem(key);
    return text ? (JSON.parse(text) as T) : undefined;
  } catch {
    return undefined;
  }
}

function write(storage: () => Storage, key: string, value: unknown): void {
  try {
    if (value === undefined) storage().removeItem(key);
    else storage().setItem(key, JSON.stringify(value));
  } catch {
    // Storage may be full or forbidden.
  }
}
