import { localOf, type ChatMessage, type Delivery, type SentMessage, type Switchboard } from '@switchboard/sdk';
import { narrow, route } from '../route.ts';
import { settings } from '../settings.ts';
import { chats } from './chats.ts';
import { further, toLine, type Line } from './lines.ts';
import { people } from './people.ts';
import { prepare } from './prepare.ts';
import { explain, session } from './session.ts';
import { Store } from './store.ts';
import { transfers } from './transfers.ts';

const page = 30;

/** The chat that is open. */
class Talk extends Store {
  id = '';
  lines: Line[] = [];
  loading = false;
  failed = false;
  /** There is more above. */
  older = false;
  loadingOlder = false;
  /** The first line that was new when the chat was opened. */
  unreadFrom = '';
  /** Lines that came below what is looked at. */
  missed = 0;
  /** The end of the chat is in sight. */
  looking = true;
  /** The view shall go to the end. */
  toEnd = false;
  #cache = new Map<string, { lines: Line[]; older: boolean }>();
  #marked = new Set<string>();
  #composing?: ReturnType<typeof setTimeout>;

  start(board: Switchboard): void {
    this.#cache.clear();
    this.#marked.clear();
    Object.assign(this, { id: '', lines: [], older: false });
    board.on('message', (message) => this.#onMessage(message));
    board.on('delivery', ({ chat, id, state, error }) => {
      if (state === 'queued' && localOf(chat) === this.id) this.#addWaiting();
      this.#onDelivery(localOf(chat), id, state, error);
    });
    board.on('receipt', ({ chat, id, state, own }) => {
      if (!own) this.#onDelivery(localOf(chat), id, state);
    });
    board.on('gap', () => void this.load());
    board.on('connection', ({ status }) => {
      if (status !== 'CONNECTED') return;
      if (this.failed) void this.load();
      if (this.id) void people.watchPresence(this.id);
    });
  }

  /** Opens the chat with that person. */
  open(id: string): void {
    if (id === this.id) return;
    if (this.id) this.#cache.set(this.id, { lines: this.lines, older: this.older });
    this.pause();
    const unread = chats.get(id)?.unread ?? 0;
    Object.assign(this, { id, lines: [], older: false, failed: false, unreadFrom: '', missed: 0, looking: true, toEnd: true, ...this.#cache.get(id) });
    this.changed();
    if (!id) return;
    this.#addWaiting();
    void people.load(id);
    void people.watchPresence(id);
    void this.load(unread);
  }

  /** What the page before this one has not sent waits in this one. */
  #addWaiting(): void {
    const known = new Set(this.lines.map((l) => l.id));
    const waiting = session.board.queued().filter((m) => localOf(m.chat) === this.id && !known.has(m.id));
    if (waiting.length === 0) return;
    this.lines = [...this.lines, ...waiting.map(toLine)];
    this.changed();
  }

  /** Reads the newest page. */
  async load(unread = 0): Promise<void> {
    const { id } = this;
    if (!id) return;
    this.loading = true;
    this.failed = false;
    this.changed();
    try {
      const { messages, complete } = await session.board.messages(id, { limit: Math.max(page, unread) });
      if (id !== this.id) return;
      const fresh = messages.filter(shown).map(toLine);
      const ids = new Set(fresh.map((l) => l.id));
      const known = this.lines.filter((l) => !ids.has(l.id));
      const joined = this.lines.some((l) => ids.has(l.id));
      const waiting = known.filter((l) => l.state === 'queued' || l.state === 'failed' || transfers.has(l.id));
      // Older lines are kept only where the page follows them without a hole.
      const before = joined ? known.filter((l) => !waiting.includes(l) && fresh[0] && l.time < fresh[0].time) : [];
      const after = known.filter((l) => waiting.includes(l) || (fresh.length > 0 && l.time > fresh.at(-1)!.time));
      this.lines = [...before, ...fresh, ...after];
      if (!joined) this.older = !complete;
      if (unread > 0) this.unreadFrom = fresh.filter((l) => !l.own).at(-unread)?.id ?? '';
    } catch {
      if (id !== this.id) return;
      this.failed = true;
    }
    this.loading = false;
    this.seen();
    this.changed();
  }

  async loadOlder(): Promise<void> {
    const { id } = this;
    const first = this.lines.find((l) => l.state !== 'queued' && l.state !== 'failed');
    if (!first) return;
    this.loadingOlder = true;
    this.changed();
    try {
      const { messages, complete } = await session.board.messages(id, { before: first.id, limit: page });
      if (id !== this.id) return;
      const known = new Set(this.lines.map((l) => l.id));
      this.lines = [...messages.filter((m) => shown(m) && !known.has(m.id)).map(toLine), ...this.lines];
      this.older = !complete;
    } catch {
      // The button stays.
    } finally {
      this.loadingOlder = false;
      this.changed();
    }
  }

  draft(text: string): void {
    chats.with(this.id).draft = text;
    if (text) this.#compose();
    else this.pause();
  }

  send(text: string): void {
    this.#forgetTyping();
    this.#follow(session.board.sendText(this.id, text));
  }

  /** Sends files one after the other, so that they arrive in this order; the text goes with the first. */
  sendFiles(files: File[], caption: string): void {
    this.#forgetTyping();
    void (async () => {
      const { id } = this;
      let before: Promise<unknown> | undefined;
      for (const [at, file] of files.entries()) {
        const about = await prepare(file);
        const { line, ended } = transfers.send(id, file, { ...about, encrypt: settings.encrypt, caption: at === 0 ? caption : '' }, before, (state, error) => {
          if (state === 'cancelled') this.#drop(id, line.id);
          else this.#onDelivery(id, line.id, state, error);
        });
        this.#put(id, line);
        before = ended;
      }
    })();
  }

  resend(line: Line): void {
    if (line.media) return transfers.resume(line);
    this.#follow(session.board.sendText(this.id, line.text, { id: line.id }));
    this.#change(line.id, { state: 'queued', problem: undefined });
  }

  /** Says once that we are writing, and when we stop. */
  #compose(): void {
    if (!this.#composing) session.board.typing(this.id, 'composing');
    clearTimeout(this.#composing);
    this.#composing = setTimeout(() => this.pause(), 3000);
  }

  pause(): void {
    if (!this.#composing) return;
    this.#forgetTyping();
    session.board.typing(this.id, 'paused');
  }

  // A message says by itself that its writing has ended.
  #forgetTyping(): void {
    clearTimeout(this.#composing);
    this.#composing = undefined;
  }

  /** What is in sight has been read. */
  seen(): void {
    if (!this.id || document.visibilityState !== 'visible') return;
    this.missed = 0;
    chats.clear(this.id);
    const last = this.lines.findLast((l) => !l.own);
    if (!last || this.#marked.has(last.id) || last.message?.state === 'displayed') return;
    this.#marked.add(last.id);
    session.board.seen(this.id, last.id);
    this.changed();
  }

  #follow({ message, stored }: SentMessage): void {
    const chat = this.id;
    this.#put(chat, toLine(message));
    stored.catch((error) => this.#onDelivery(chat, message.id, 'failed', error as Error));
  }

  #put(chat: string, line: Line): void {
    chats.touch(chat, line);
    const cached = this.#cache.get(chat);
    // A file that was measured while another chat was opened.
    if (chat !== this.id && cached && !cached.lines.some((l) => l.id === line.id)) cached.lines = [...cached.lines, line];
    if (chat !== this.id || this.lines.some((l) => l.id === line.id)) return;
    this.lines = [...this.lines, line];
    this.unreadFrom = '';
    this.toEnd = true;
    this.changed();
  }

  #onMessage(message: ChatMessage): void {
    const chat = localOf(message.chat);
    if (message.type !== 'chat' || !shown(message)) return;
    const line = toLine(message);
    const cached = this.#cache.get(chat);
    if (chat !== this.id && cached && !cached.lines.some((l) => l.id === line.id)) cached.lines = [...cached.lines, line];
    if (chat !== this.id) return;
    if (this.lines.some((l) => l.id === line.id)) {
      this.#change(line.id, { message });
      return;
    }
    this.lines = [...this.lines, line];
    if (!line.own) {
      if (this.looking && document.visibilityState === 'visible') this.seen();
      else this.missed++;
      if (document.visibilityState !== 'visible') this.unreadFrom ||= line.id;
    }
    this.changed();
  }

  #onDelivery(chat: string, id: string, state: Delivery, error?: Error): void {
    const list = chat === this.id ? this.lines : (this.#cache.get(chat)?.lines ?? []);
    const at = list.findIndex((l) => l.id === id);
    if (at < 0) return;
    // "Displayed" is said of one message and means all before it.
    const next = list.map((l, i) => {
      const means = i === at || (state === 'displayed' && i < at && l.own && l.state !== 'failed' && l.state !== 'queued');
      return means && l.own ? { ...l, state: further(l.state, state), problem: state === 'failed' && error ? explain(error) : undefined } : l;
    });
    this.#replace(chat, next);
  }

  #change(id: string, change: Partial<Line>): void {
    this.#replace(this.id, this.lines.map((l) => (l.id === id ? { ...l, ...change } : l)));
  }

  #drop(chat: string, id: string): void {
    const list = chat === this.id ? this.lines : (this.#cache.get(chat)?.lines ?? []);
    this.#replace(chat, list.filter((l) => l.id !== id));
    const row = chats.get(chat);
    if (row?.last?.id === id) row.last = list.filter((l) => l.id !== id).at(-1);
    chats.changed();
  }

  #replace(chat: string, lines: Line[]): void {
    const cached = this.#cache.get(chat);
    if (chat === this.id) this.lines = lines;
    else if (cached) cached.lines = lines;
    this.changed();
  }
}

function shown(message: ChatMessage): boolean {
  return !!(message.text || message.file);
}

export const talk = new Talk();
session.onStart((board) => talk.start(board));
// Behind another page of a narrow window nothing is being looked at.
chats.looking = () => (document.visibilityState === 'visible' && talk.looking && (!narrow.matches || route.reading) ? talk.id : '');
