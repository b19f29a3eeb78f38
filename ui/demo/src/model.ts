import { Client, localOf, Platform, PlatformError, type ChatRow, type ConnectionState, type Delivery, type Message } from '@switchboard/sdk';

/** One message as the page shows it. */
export interface Line {
  id: string;
  own: boolean;
  text: string;
  time: Date;
  state?: Delivery;
}

/** One row of the list. */
export interface Chat {
  id: string;
  jid: string;
  text: string;
  own: boolean;
  time?: Date;
  unread: number;
  online: boolean;
  typing: boolean;
}

interface Open {
  jid: string;
  lines: Line[];
  loading: boolean;
  first?: string;
  older: boolean;
}

const kept = 'switchboard-demo';
const licenseKey = 'trial';

/** The demo's whole state; the page redraws on every change. */
export class Model {
  me = '';
  state: ConnectionState = 'DISCONNECTED';
  chats = new Map<string, Chat>();
  people: string[] = [];
  open?: Open;
  problem?: 'trial' | string;
  busy = false;
  #platform?: Platform;
  #client?: Client;
  #domain = '';
  #changed: () => void;
  #composing?: ReturnType<typeof setTimeout>;
  #typing = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** A tab that was signed in before a reload is signed in again. */
  restore(): void {
    const text = sessionStorage.getItem(kept);
    if (text) void this.signIn(text);
  }

  async signIn(name: string): Promise<void> {
    this.busy = true;
    this.problem = undefined;
    this.#changed();
    try {
      const platform = (this.#platform = new Platform({ baseUrl: location.origin }));
      const me = await platform.register({ licenseKey, userIdentifier: name, sandbox: true });
      sessionStorage.setItem(kept, name);
      this.me = me.username;
      this.#domain = me.config.xmppDomain;
      this.#connect(platform);
      await Promise.all([this.#loadRecent(), this.#loadPeople()]);
    } catch (error) {
      this.problem = error instanceof PlatformError && [401, 403, 405].includes(error.status) ? 'trial' : (error as Error).message;
      this.me = '';
      void this.#client?.disconnect();
    }
    this.busy = false;
    this.#changed();
  }

  async signOut(): Promise<void> {
    sessionStorage.removeItem(kept);
    await this.#client?.disconnect();
    this.me = '';
    this.open = undefined;
    this.chats.clear();
    this.#changed();
  }

  #connect(platform: Platform): void {
    const client = (this.#client = new Client({
      url: platform.webSocketUrl,
      domain: this.#domain,
      credentials: { token: platform.token },
    }));
    client.on('state', (state) => {
      this.state = state;
      if (state === 'CONNECTED') void this.#loadPeople();
      this.#changed();
    });
    client.on('message', (m) => this.#onMessage(m));
    client.on('delivery', ({ id, state }) => {
      if (this.open) this.open.lines = this.open.lines.map((l) => (l.id === id ? { ...l, state } : l));
      this.#changed();
    });
    client.on('displayed', ({ chat, id }) => {
      const { open } = this;
      const at = open?.jid === chat ? open.lines.findIndex((l) => l.id === id) : -1;
      if (open && at >= 0) open.lines = open.lines.map((l, i) => (i <= at && l.own && l.state !== 'failed' ? { ...l, state: 'displayed' } : l));
      this.#changed();
    });
    client.on('typing', ({ chat, state }) => this.#onTyping(chat, state === 'composing'));
    client.on('presence', ({ contact }) => {
      const chat = this.chats.get(contact);
      if (chat) chat.online = client.presences(contact).length > 0;
      this.#changed();
    });
    // Whoever takes part in the demo may see who is there.
    client.on('subscription', ({ from }) => {
      client.answerSubscription(from, true);
      if (!client.contacts().some((c) => c.jid === from && (c.subscription === 'to' || c.subscription === 'both'))) client.subscribe(from);
    });
    client.on('gap', () => {
      if (this.open) void this.select(this.open.jid);
    });
    client.connect().catch(() => {});
  }

  reconnect(): void {
    this.#client?.connect().catch(() => {});
  }

  jidOf(id: string): string {
    return `${id}@${this.#domain}`;
  }

  async #loadRecent(): Promise<void> {
    const { rows } = await this.#platform!.recent({ size: 50 });
    await Promise.all(rows.filter((row) => row.chatType === 'singlechat').map((row) => this.#takeRecent(row)));
  }

  /** What waited for us while we were away comes over the stream and is counted there as unread. */
  async #takeRecent(row: ChatRow): Promise<void> {
    const mine = (id: string) => (localOf(id) || id) === this.me;
    const other = row.participant ?? (mine(row.fromUser) ? row.toUser : row.fromUser);
    // The newest entry may be a receipt; the row shows what was written.
    const written = row.message ? row : (await this.#platform!.history(other, { size: 20 })).rows.find((r) => r.message);
    if (!written) return;
    const chat = this.#chat(this.jidOf(localOf(other) || other));
    const time = written.messageTime ? epoch(written.messageTime) : undefined;
    if (chat.time && time && chat.time > time) return;
    Object.assign(chat, { text: written.message, own: mine(written.fromUser), time });
  }

  async #loadPeople(): Promise<void> {
    try {
      const { rows } = await this.#platform!.users({ size: 50 });
      this.people = rows.map((r) => r.userId || r.username).filter((id) => id && id !== this.me);
      this.#changed();
    } catch {
      // The list is a convenience: names can be typed.
    }
  }

  #chat(jid: string): Chat {
    let chat = this.chats.get(jid);
    if (!chat) {
      const online = (this.#client?.presences(jid).length ?? 0) > 0;
      this.chats.set(jid, (chat = { id: localOf(jid), jid, text: '', own: false, unread: 0, online, typing: false }));
    }
    return chat;
  }

  async select(jid: string): Promise<void> {
    const client = this.#client!;
    const chat = this.#chat(jid);
    if (!client.contacts().some((c) => c.jid === jid && c.subscription === 'both')) client.subscribe(jid);
    const open: Open = (this.open = { jid, lines: [], loading: true, older: false });
    this.#changed();
    try {
      const page = await client.history(jid, { limit: 40 });
      const live = open.lines.filter((l) => !page.messages.some((m) => m.id === l.id));
      open.lines = [...page.messages.filter((m) => m.text).map(line), ...live];
      open.first = page.first;
      open.older = !page.complete;
    } catch (error) {
      this.problem = (error as Error).message;
    }
    open.loading = false;
    chat.unread = 0;
    this.#markSeen();
    this.#changed();
  }

  close(): void {
    this.open = undefined;
    this.#changed();
  }

  async older(): Promise<void> {
    const { open } = this;
    if (!open?.first) return;
    const page = await this.#client!.history(open.jid, { before: open.first, limit: 40 });
    open.lines = [...page.messages.filter((m) => m.text).map(line), ...open.lines];
    open.first = page.first ?? open.first;
    open.older = !page.complete;
    this.#changed();
  }

  send(text: string): void {
    if (!this.open || !text.trim()) return;
    clearTimeout(this.#composing);
    this.#composing = undefined;
    const { message } = this.#client!.send(this.open.jid, text.trim());
    this.open.lines = [...this.open.lines, { ...line(message), state: 'queued' }];
    this.#touch(message);
    this.#changed();
  }

  resend(l: Line): void {
    if (!this.open) return;
    this.#client!.send(this.open.jid, l.text, { id: l.id });
    this.open.lines = this.open.lines.map((x) => (x.id === l.id ? { ...x, state: 'queued' } : x));
    this.#changed();
  }

  composing(): void {
    const { open } = this;
    if (!open) return;
    if (!this.#composing) this.#client!.typing(open.jid, 'composing');
    clearTimeout(this.#composing);
    this.#composing = setTimeout(() => {
      this.#composing = undefined;
      this.#client!.typing(open.jid, 'paused');
    }, 3000);
  }

  /** The page came to the front: what is shown has been read. */
  seen(): void {
    this.#markSeen();
    this.#changed();
  }

  #markSeen(): void {
    if (!this.open || document.visibilityState !== 'visible') return;
    const last = this.open.lines.findLast((l) => !l.own);
    this.#chat(this.open.jid).unread = 0;
    if (last && last.id !== this.#marked) {
      this.#marked = last.id;
      this.#client!.markDisplayed(this.open.jid, last.id);
    }
  }
  #marked = '';

  #onMessage(m: Message): void {
    if (m.type !== 'chat' || !m.text) return;
    const isOpen = this.open?.jid === m.chat;
    if (isOpen && !this.open!.lines.some((l) => l.id === m.id)) this.open!.lines = [...this.open!.lines, line(m)];
    this.#touch(m);
    if (!m.own) {
      this.#onTyping(m.chat, false);
      if (isOpen) this.#markSeen();
      if (!isOpen || document.visibilityState !== 'visible') this.#chat(m.chat).unread++;
    }
    this.#changed();
  }

  #touch(m: Message): void {
    const chat = this.#chat(m.chat);
    Object.assign(chat, { text: m.text, own: m.own, time: m.time });
  }

  #onTyping(jid: string, typing: boolean): void {
    clearTimeout(this.#typing.get(jid));
    const chat = this.#chat(jid);
    chat.typing = typing;
    if (typing) this.#typing.set(jid, setTimeout(() => this.#onTyping(jid, false), 8000));
    this.#changed();
  }
}

function line(m: Message): Line {
  return { id: m.id, own: m.own, text: m.text, time: m.time, ...(m.own && { state: 'sent' as const }) };
}

/** The API counts in seconds, milliseconds or microseconds, depending on the call. */
function epoch(n: number): Date {
  if (n > 1e14) return new Date(n / 1000);
  return new Date(n > 1e11 ? n : n * 1000);
}

/** A name as the platform accepts it. */
export function identifier(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
}
