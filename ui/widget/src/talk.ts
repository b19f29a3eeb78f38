import { Client, localOf, uuid, type ClientOptions, type ConversationNotice, type Delivery, type HistoryPage, type Message } from '@switchboard/sdk';
import { ApiError, type Conversation, type OpenRequest, type Token, type Visitor, type WidgetApi } from './api.ts';
import type { Memory } from './memory.ts';

/** One line of the conversation as the panel shows it. */
export interface Line {
  id: string;
  kind: 'text' | 'system';
  own: boolean;
  author: string;
  text: string;
  time: Date;
  state?: Delivery;
  notice?: ConversationNotice;
}

export type Phase = 'loading' | 'greeting' | 'waiting' | 'active' | 'ended' | 'error';

/** The state of the conversation; the panel draws it. */
export interface TalkState {
  phase: Phase;
  /** ok, lost (retrying by itself), elsewhere (another tab has the stream), refused (the visitor is signed out). */
  connection: 'ok' | 'lost' | 'elsewhere' | 'refused';
  lines: Line[];
  operator?: string;
  place?: number;
  typing: boolean;
  /** The first message is on its way. */
  opening: boolean;
  failure?: 'network' | 'too-many';
  feedback: 'none' | 'sending' | 'sent';
  older: boolean;
  unread: number;
}

/** The events that the page may listen to (public contract: setAppEventCallback). */
export type TalkEvent = 'chatSessionCreated' | 'chatSessionStarted' | 'chatSessionEnded';

export interface TalkOptions {
  api: WidgetApi;
  memory: Memory;
  language: string;
  preset?: string;
  params(): Record<string, string>;
  changed(state: TalkState): void;
  event(type: TalkEvent): void;
  /** Whether the visitor sees the conversation now. */
  visible(): boolean;
  /** For tests. */
  client?: (options: ClientOptions) => Client;
  now?: () => number;
}

const initial: TalkState = {
  phase: 'loading',
  connection: 'ok',
  lines: [],
  operator: undefined,
  place: undefined,
  failure: undefined,
  typing: false,
  opening: false,
  feedback: 'none',
  older: false,
  unread: 0,
};

/** The visitor's conversation: opens it over REST, holds it over XMPP, remembers it between pages. */
export class Talk {
  state: TalkState = initial;
  #o: TalkOptions;
  #client?: Client;
  #conversation?: { id: string; groupJid: string };
  #token?: { value: string; until: number };
  #oldest?: string;
  #typingTimer?: ReturnType<typeof setTimeout>;
  #poll?: ReturnType<typeof setInterval>;
  #composing?: ReturnType<typeof setTimeout>;
  #lastFirst?: Omit<OpenRequest, 'messageId'> & { messageId?: string };

  constructor(options: TalkOptions) {
    this.#o = options;
  }

  /** Picks up where the visitor was on the last page, or greets. */
  async resume(): Promise<void> {
    const { memory, api } = this.#o;
    if (!memory.visitor) return this.#set({ phase: 'greeting' });
    const kept = memory.conversation;
    this.#set({ phase: 'loading', failure: undefined });
    try {
      const current = await api.current(await this.#tokenFor(false));
      if (current && kept && current.id === kept.id) await this.#enter(current);
      else if (kept) await this.#showEnded(kept);
      else this.#set({ phase: 'greeting' });
    } catch (error) {
      if (isGone(error)) {
        this.#forget();
        this.#set({ phase: 'greeting' });
      } else this.#fail(error, 'error');
    }
  }

  /** The first message opens a conversation; later ones go into it. */
  async send(text: string, details: { name?: string; email?: string } = {}): Promise<void> {
    const body = text.trim();
    if (!body) return;
    this.#stopComposing(false);
    if (this.#conversation && this.#client) {
      const sent = this.#client.send(this.#conversation.groupJid, body);
      this.#append(lineOf(sent.message, 'queued'));
      return;
    }
    await this.#open({ text: body, ...details });
  }

  /** Tries the first message again after a failure. */
  async retry(): Promise<void> {
    if (this.#lastFirst) await this.#open(this.#lastFirst);
    else await this.resume();
  }

  /** Sends a refused message again under its id. */
  resend(id: string): void {
    const line = this.state.lines.find((l) => l.id === id);
    if (!line) return;
    if (!this.#conversation) {
      void this.retry();
      return;
    }
    this.#update(id, { state: 'queued' });
    this.#client?.send(this.#conversation.groupJid, line.text, { id });
  }

  /** The visitor is typing. */
  composing(): void {
    if (!this.#conversation || !this.#client || this.state.phase !== 'active') return;
    if (!this.#composing) this.#client.typing(this.#conversation.groupJid, 'composing');
    clearTimeout(this.#composing);
    this.#composing = setTimeout(() => this.#stopComposing(true), 4000);
  }

  #stopComposing(tell: boolean): void {
    if (!this.#composing) return;
    clearTimeout(this.#composing);
    this.#composing = undefined;
    if (tell && this.#conversation) this.#client?.typing(this.#conversation.groupJid, 'paused');
  }

  async older(): Promise<void> {
    if (!this.#client || !this.#conversation || !this.#oldest) return;
    const page = await this.#client.history(this.#conversation.groupJid, { before: this.#oldest, limit: 50 });
    this.#oldest = page.first ?? this.#oldest;
    const known = new Set(this.state.lines.map((l) => l.id));
    const lines = page.messages.filter((m) => !known.has(m.id)).map((m) => lineOf(m));
    this.#set({ lines: [...lines, ...this.state.lines], older: !page.complete });
  }

  /** The visitor ends the conversation. */
  async leave(): Promise<void> {
    if (!this.#conversation) return;
    try {
      await this.#o.api.leave(await this.#tokenFor(false), this.#conversation.id);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status >= 500) return this.#set({ connection: 'lost' });
    }
    this.#end();
  }

  async feedback(stars: number, text: string): Promise<void> {
    if (!this.#conversation || stars < 1) return;
    this.#set({ feedback: 'sending', failure: undefined });
    try {
      await this.#o.api.feedback(await this.#tokenFor(false), this.#conversation.id, stars, text.trim());
      this.#set({ feedback: 'sent' });
    } catch (error) {
      this.#set({ feedback: 'none', failure: reason(error) });
    }
  }

  /** Back to the greeting; the ended conversation is forgotten here. */
  restart(): void {
    this.#close();
    this.#o.memory.conversation = undefined;
    this.#conversation = undefined;
    this.#lastFirst = undefined;
    this.#set({ ...initial, phase: 'greeting' });
  }

  /** Everything that is shown has been seen. */
  seen(): void {
    const last = this.state.lines.findLast((l) => !l.own && l.kind === 'text');
    if (this.state.unread > 0) this.#set({ unread: 0 });
    if (last && this.#conversation && this.#client && this.state.phase === 'active' && this.#marked !== last.id) {
      this.#marked = last.id;
      this.#client.markDisplayed(this.#conversation.groupJid, last.id);
    }
  }
  #marked = '';
  #started = false;
  /** Counts what was heard of the conversation's state: an answer from before it is stale. */
  #news = 0;

  /** Connects again: at once after a loss, or after another tab took the stream. */
  reconnect(): void {
    if (this.state.connection === 'elsewhere') this.#client?.connect().catch(() => {});
    else this.#client?.retryNow();
  }

  dispose(): void {
    this.#close();
  }

  async #open(request: Omit<OpenRequest, 'messageId'> & { messageId?: string }): Promise<void> {
    if (this.state.opening) return;
    const { api, memory, language, preset } = this.#o;
    const first = (this.#lastFirst = { ...request, messageId: request.messageId ?? uuid() });
    const known = !!memory.visitor;
    const line: Line = { id: first.messageId, kind: 'text', own: true, author: '', text: first.text, time: new Date(), state: 'queued' };
    this.#set({ opening: true, failure: undefined, lines: [line] });
    try {
      if (!memory.visitor) {
        const { username, secret, jid, ...token } = await api.visitor(language);
        memory.visitor = { username, secret, jid };
        this.#keepToken(token);
      }
      const params = { oo1_widget_lang: language, ...this.#o.params() };
      const conversation = await api.open(await this.#tokenFor(false), {
        ...first,
        url: globalThis.location?.href,
        ...(preset && { widget: preset }),
        params,
      });
      this.#lastFirst = undefined;
      this.#update(first.messageId, { state: 'sent' });
      this.#o.event('chatSessionCreated');
      await this.#enter(conversation);
    } catch (error) {
      if (isGone(error) && known) {
        // The visitor of an earlier visit was erased: start as a new one.
        this.#forget();
        this.#set({ opening: false });
        return this.#open(first);
      }
      this.#update(first.messageId, { state: 'failed' });
      this.#set({ opening: false, failure: reason(error) });
    }
  }

  async #enter(conversation: Conversation): Promise<void> {
    this.#conversation = { id: conversation.id, groupJid: conversation.groupJid };
    this.#keep();
    // On an earlier page the operator was there already.
    this.#started = !!this.#o.memory.conversation?.operator;
    this.#set({ opening: false, ...this.#standing(conversation) });
    this.#watch();
    this.#connect();
    await this.#load();
  }

  #standing(conversation: Conversation): Partial<TalkState> {
    const operator = conversation.operator?.name;
    const phase = phaseOf(conversation.status, !!operator);
    return { phase, operator, place: phase === 'waiting' ? conversation.place : undefined };
  }

  async #showEnded(kept: { id: string; groupJid: string; operator?: string }): Promise<void> {
    this.#conversation = kept;
    this.#started = true;
    this.#connect();
    await this.#load();
    this.#set({ phase: 'ended', operator: kept.operator });
    this.#close();
  }

  #connect(): void {
    const { api, memory } = this.#o;
    const visitor = memory.visitor;
    if (this.#client || !visitor) return;
    const options: ClientOptions = {
      url: api.webSocketUrl,
      domain: visitor.jid.slice(visitor.jid.indexOf('@') + 1),
      credentials: { token: (rejected) => this.#tokenFor(rejected) },
      receipts: false,
    };
    const client = (this.#client = this.#o.client?.(options) ?? new Client(options));
    client.on('message', (m) => this.#onMessage(m));
    client.on('conversation', ({ chat, notice }) => {
      if (chat === this.#conversation?.groupJid) this.#onNotice(notice);
    });
    client.on('delivery', ({ id, state }) => this.#update(id, { state }));
    client.on('displayed', ({ chat, id }) => {
      if (chat === this.#conversation?.groupJid) this.#displayed(id);
    });
    client.on('typing', ({ chat, author, state }) => {
      if (chat === this.#conversation?.groupJid && author !== localOf(visitor.jid)) this.#showTyping(state === 'composing');
    });
    client.on('gap', ({ archive }) => {
      if (archive === this.#conversation?.groupJid) void this.#load();
    });
    client.on('state', (state) => {
      if (this.#client !== client) return;
      const connection = ({ CONNECTED: 'ok', DISCONNECTED: 'elsewhere', AUTHENTICATIONFAILED: 'refused' } as const)[state as string] ?? undefined;
      if (connection) this.#set({ connection });
      else if (state === 'RECONNECTING') this.#set({ connection: 'lost' });
      if (state === 'CONNECTED') void this.#check();
    });
    if (this.#conversation) client.follow(this.#conversation.groupJid);
    client.connect().catch(() => {});
  }

  /** The newest page of the archive, below what is shown already. */
  async #load(): Promise<void> {
    const client = this.#client;
    if (!client || !this.#conversation) return;
    try {
      const asked = this.#conversation;
      const page = await client.history(asked.groupJid, { limit: 50 });
      if (this.#conversation === asked) this.#merge(page);
    } catch {
      // Shown as a lost connection; the next page load or gap asks again.
    }
  }

  #merge(page: HistoryPage): void {
    const shown = this.state.lines;
    const archived = new Set(page.messages.map((m) => m.id));
    const states = new Map(shown.map((l) => [l.id, l.state]));
    const lines = page.messages.map((m) => lineOf(m, m.own ? furthest(states.get(m.id)) : undefined));
    // What stands above the page stays there; what is not in it was said since, or waits to be sent.
    const at = shown.findIndex((l) => archived.has(l.id));
    const above = shown.slice(0, Math.max(at, 0)).filter((l) => !isUnsent(l));
    const last = lines.at(-1)?.time ?? new Date(0);
    const missed = at < 0 && !page.complete;
    const since = shown.filter((l, i) => !archived.has(l.id) && (isUnsent(l) || (missed ? l.time > last : i > at)));
    if (above.length === 0) this.#oldest = page.first;
    this.#set({ lines: [...above, ...lines, ...since], ...(above.length === 0 && { older: !page.complete }) });
    const joined = lines.findLast((l) => l.notice?.event === 'operator-joined');
    if (joined) this.#begin(joined.notice?.operator);
  }

  #onMessage(message: Message): void {
    if (message.chat !== this.#conversation?.groupJid) return;
    if (this.state.lines.some((l) => l.id === message.id)) return;
    this.#append(lineOf(message, message.own ? 'sent' : undefined));
    if (message.own || !message.text) return;
    this.#showTyping(false);
    if (this.#o.visible()) this.seen();
    else this.#set({ unread: this.state.unread + 1 });
  }

  #onNotice(notice: ConversationNotice): void {
    this.#news++;
    if (notice.operator && notice.event === 'operator-joined')
      return this.#set({ phase: 'active', operator: notice.operator, place: undefined });
    if (notice.event === 'ended' || phaseOf(notice.status, false) === 'ended') return this.#end();
    if (notice.event === 'queued' || notice.event === 'operator-left' || notice.event === 'forwarded')
      this.#set({ phase: phaseOf(notice.status, false), operator: undefined, place: notice.place ?? this.state.place });
    void this.#check();
  }

  /** Asks where the conversation stands: notices may have been missed while we were away. */
  async #check(): Promise<void> {
    const { phase } = this.state;
    if (phase !== 'waiting' && phase !== 'active') return;
    const asked = this.#conversation;
    const news = this.#news;
    try {
      const current = await this.#o.api.current(await this.#tokenFor(false));
      if (this.#conversation !== asked || this.#news !== news) return this.#check();
      if (current && current.id === asked?.id && phaseOf(current.status, false) !== 'ended') return this.#set(this.#standing(current));
      // What was said last may have been missed, and the end closes the stream.
      await this.#load();
      if (this.#conversation === asked) this.#end();
    } catch {
      // The next check asks again.
    }
  }

  #end(): void {
    if (this.state.phase === 'ended') return;
    this.#news++;
    this.#showTyping(false);
    this.#set({ phase: 'ended', place: undefined, connection: 'ok' });
    this.#close();
    this.#o.event('chatSessionEnded');
  }

  /** While waiting, the place in the queue is asked for now and then. */
  #watch(): void {
    clearInterval(this.#poll);
    this.#poll = setInterval(() => {
      if (this.state.phase === 'waiting') void this.#check();
    }, 15_000);
  }

  #close(): void {
    clearInterval(this.#poll);
    this.#stopComposing(false);
    const client = this.#client;
    this.#client = undefined;
    void client?.disconnect();
  }

  #keep(operator?: string): void {
    const { memory } = this.#o;
    if (!this.#conversation) return;
    const known = operator ?? (memory.conversation?.id === this.#conversation.id ? memory.conversation.operator : undefined);
    memory.conversation = { ...this.#conversation, ...(known && { operator: known }) };
  }

  /** An operator is there: a notice, an answer to a check or the archive is the first to say so. */
  #begin(operator?: string): void {
    this.#keep(operator);
    if (this.#started) return;
    this.#started = true;
    this.#o.event('chatSessionStarted');
  }

  #forget(): void {
    this.#o.memory.visitor = undefined;
    this.#o.memory.conversation = undefined;
    this.#token = undefined;
    this.#conversation = undefined;
  }

  #keepToken(token: Token): void {
    this.#token = { value: token.accessToken, until: this.#now() + (token.expiresIn - 60) * 1000 };
  }

  async #tokenFor(rejected: boolean): Promise<string> {
    if (rejected || !this.#token || this.#token.until < this.#now()) {
      const visitor: Visitor | undefined = this.#o.memory.visitor;
      if (!visitor) throw new ApiError(401, 'no visitor');
      this.#keepToken(await this.#o.api.token(visitor));
    }
    return this.#token!.value;
  }

  #now(): number {
    return this.#o.now?.() ?? Date.now();
  }

  #showTyping(typing: boolean): void {
    clearTimeout(this.#typingTimer);
    if (typing) this.#typingTimer = setTimeout(() => this.#set({ typing: false }), 10_000);
    if (this.state.typing !== typing) this.#set({ typing });
  }

  #append(line: Line): void {
    this.#set({ lines: [...this.state.lines, line] });
  }

  #update(id: string, change: Partial<Line>): void {
    this.#set({ lines: this.state.lines.map((l) => (l.id === id ? { ...l, ...change } : l)) });
  }

  /** XEP-0333 §5: a marker means every earlier message too. */
  #displayed(id: string): void {
    const at = this.state.lines.findIndex((l) => l.id === id);
    const lines = this.state.lines.map((l, i) => (i <= at && l.own && l.state && l.state !== 'failed' ? { ...l, state: 'displayed' as const } : l));
    this.#set({ lines });
  }

  #fail(error: unknown, phase: Phase): void {
    this.#set({ phase, failure: reason(error) });
  }

  #set(change: Partial<TalkState>): void {
    this.state = { ...this.state, ...change };
    this.#o.changed(this.state);
    if (change.phase === 'active') this.#begin(this.state.operator);
  }
}

function lineOf(m: Message, state?: Delivery): Line {
  return {
    id: m.id,
    kind: m.conversation ? 'system' : 'text',
    own: m.own,
    author: m.author,
    text: m.text,
    time: m.time,
    ...(state && { state }),
    ...(m.conversation && { notice: m.conversation }),
  };
}

/** It waits for a connection, or was refused. */
function isUnsent(line: Line): boolean {
  return line.state === 'queued' || line.state === 'failed';
}

/** What the archive holds was sent at least. */
function furthest(state: Delivery | undefined): Delivery {
  return state === 'delivered' || state === 'displayed' ? state : 'sent';
}

/** SessionStatus of the Public API → what the visitor sees. */
function phaseOf(status: string, operator: boolean): 'waiting' | 'active' | 'ended' {
  const s = status.toUpperCase();
  if (s === 'CLOSED' || s === 'ACW' || s === 'BLACKLISTED' || s === 'ENDED') return 'ended';
  return s === 'ACTIVE' || (operator && s === '') ? 'active' : 'waiting';
}

function reason(error: unknown): 'network' | 'too-many' {
  return error instanceof ApiError && error.status === 429 ? 'too-many' : 'network';
}

/** The server does not know the visitor any more. */
function isGone(error: unknown): boolean {
  return error instanceof ApiError && [401, 403, 404].includes(error.status);
}
