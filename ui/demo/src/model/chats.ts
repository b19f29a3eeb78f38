import { localOf, type ChatMessage, type ChatSummary, type Switchboard } from '@switchboard/sdk';
import { further, toLine, type Line } from './lines.ts';
import { people } from './people.ts';
import { session } from './session.ts';
import { Store } from './store.ts';

/** One row of the list. */
export interface Chat {
  id: string;
  last?: Line;
  unread: number;
  typing: boolean;
  /** What was written and not sent. */
  draft: string;
}

/** The list of chats. */
class Chats extends Store {
  loading = true;
  failed = false;
  /** The chat that is being looked at: nothing in it counts as unread. */
  looking: () => string = () => '';
  #all = new Map<string, Chat>();
  #typing = new Map<string, ReturnType<typeof setTimeout>>();

  /** Newest first. */
  get rows(): Chat[] {
    return [...this.#all.values()].filter((c) => c.last || c.draft).sort((a, b) => +(b.last?.time ?? 0) - +(a.last?.time ?? 0));
  }

  get unread(): number {
    return this.rows.reduce((n, c) => n + c.unread, 0);
  }

  get(id: string): Chat | undefined {
    return this.#all.get(id);
  }

  /** The chat with that person, new if there was none. */
  with(id: string): Chat {
    let chat = this.#all.get(id);
    if (!chat) this.#all.set(id, (chat = { id, unread: 0, typing: false, draft: '' }));
    return chat;
  }

  start(board: Switchboard): void {
    this.#all.clear();
    this.loading = true;
    board.on('message', (message) => this.#onMessage(message));
    board.on('typing', ({ chat, state }) => this.#onTyping(localOf(chat), state === 'composing'));
    board.on('delivery', ({ chat, id, state }) => {
      // Left by the page before this one.
      const waiting = state === 'queued' && board.queued().find((m) => m.id === id);
      if (waiting) this.touch(localOf(chat), toLine(waiting));
      this.#advance(localOf(chat), id, state);
    });
    board.on('receipt', ({ chat, id, state, own }) => {
      if (!own) this.#advance(localOf(chat), id, state);
      // We have read it on another device.
      else if (state === 'displayed') this.clear(localOf(chat));
    });
    board.on('gap', () => void this.load());
    board.on('connection', ({ status }) => {
      if (status === 'CONNECTED' && (this.loading || this.failed)) void this.load();
    });
  }

  async load(): Promise<void> {
    this.failed = false;
    this.changed();
    try {
      const all = await session.board.chats({ limit: 100 });
      for (const summary of all) if (summary.type === 'chat') this.#take(summary);
    } catch {
      this.failed = true;
    }
    this.loading = false;
    this.changed();
  }

  #take({ id, name, unread, last }: ChatSummary): void {
    const chat = this.with(id);
    const person = people.get(id);
    if (name && person.name === id) person.name = name;
    void people.load(id);
    if (chat.last && chat.last.time > last.time) return;
    chat.last = { id: last.id, own: last.own, time: last.time, text: last.text, ...(last.own && { state: last.state }) };
    const kind = last.kind as 'image' | 'video' | 'audio' | 'file';
    if (['image', 'video', 'audio', 'file'].includes(kind)) chat.last.media = { kind, name: last.text, type: '', size: 0, caption: '', encrypted: false, url: '' };
    chat.unread = last.own || this.looking() === id ? 0 : unread;
  }

  #onMessage(message: ChatMessage): void {
    if (message.type !== 'chat' || (!message.text && !message.file)) return;
    const id = localOf(message.chat);
    this.touch(id, toLine(message));
    void people.load(id);
    const chat = this.with(id);
    if (message.own) chat.unread = 0;
    else {
      this.#onTyping(id, false);
      if (this.looking() !== id) chat.unread++;
    }
    this.changed();
  }

  /** A line is the chat's last one, unless a later one is known. */
  touch(id: string, line: Line): void {
    const chat = this.with(id);
    if (!chat.last || chat.last.time <= line.time || chat.last.id === line.id) chat.last = line;
    this.changed();
  }

  /** Everything in the chat has been read. */
  clear(id: string): void {
    const chat = this.#all.get(id);
    if (!chat || chat.unread === 0) return;
    chat.unread = 0;
    this.changed();
  }

  #advance(chat: string, id: string, state: Parameters<typeof further>[1]): void {
    const last = this.#all.get(chat)?.last;
    if (!last?.own || (last.id !== id && state !== 'displayed')) return;
    last.state = further(last.state, state);
    this.changed();
  }

  #onTyping(id: string, typing: boolean): void {
    clearTimeout(this.#typing.get(id));
    this.with(id).typing = typing;
    // Whoever closes the page while writing does not say so.
    if (typing) this.#typing.set(id, setTimeout(() => this.#onTyping(id, false), 10_000));
    this.changed();
  }
}

export const chats = new Chats();
session.onStart((board) => chats.start(board));
