import { xml, type Element } from '@xmpp/client-core';
import { Archives, Followed } from './archive.ts';
import { Emitter } from './emitter.ts';
import { bare, isGroup, localOf } from './jid.ts';
import { NS } from './ns.ts';
import { uuid } from './uuid.ts';
import { Kept, pack, type Row, unpack } from './kept.ts';
import { Outbox, type Outgoing } from './outbox.ts';
import { forwarded, parseMessage, type Parsed } from './parse.ts';
import { remember } from './recent.ts';
import { Roster } from './roster.ts';
import { Stream } from './stream.ts';
import type {
  ChatState,
  ClientEvents,
  ClientOptions,
  ConnectionState,
  Contact,
  Delivery,
  HistoryPage,
  HistoryQuery,
  Message,
  PresenceUpdate,
  Receipt,
  SendOptions,
  Stanza,
} from './types.ts';

/** How many groups are followed of themselves because something arrived from them. */
const maxFollowed = 200;

/** A message that was handed to the client for sending. */
export interface Sent {
  id: string;
  /** As a listener would see it, to show at once. */
  message: Message;
  /** Resolves when the server has stored it; rejects if it refuses it or the client is closed for good. */
  acknowledged: Promise<void>;
}

/**
 * A chat client that stays connected. After a break it resumes its stream or,
 * where the server has forgotten it, reads its archives from where it was: the
 * `message` event brings every message of the followed archives once and in
 * the archive's order. The account's own archive (1-1 chats) is always
 * followed, a group's from its first message or from follow().
 */
export class Client extends Emitter<ClientEvents> {
  #options: ClientOptions;
  #stream: Stream;
  #archives: Archives;
  #roster: Roster;
  #outbox: Outbox;
  #followed = new Map<string, Followed>();
  #dropped = new Set<string>();
  #self = '';
  #state: ConnectionState = 'DISCONNECTED';
  #session = 0;
  #flushing = false;
  /** What was written before the break is being looked up: nothing may overtake it. */
  #recovering = false;
  /** What has to be read after a new session is not read yet. */
  #behind = false;
  /** The outbox has what pages left that are gone. */
  #opened?: Promise<void>;
  /** Marks that the server has not taken yet, by chat. */
  #marks = new Map<string, { id: string; stanzaId: string; written: boolean }>();

  constructor(options: ClientOptions) {
    super();
    this.#options = options;
    this.#outbox = new Outbox(options.outbox && new Kept(options.outbox));
    this.#stream = new Stream(options);
    this.#archives = new Archives(this.#stream, () => this.#self);
    this.#roster = new Roster(this.#stream, {
      presence: (p) => this.emit('presence', p),
      contact: (c) => this.emit('contact', c),
      subscription: (from) => this.emit('subscription', { from }),
    });
    this.#stream.on('state', (state) => state !== 'CONNECTED' && this.#setState(state)); // that one is said when we hear everything
    this.#stream.on('error', (error) => {
      this.emit('failure', error);
      this.emit('error', error);
    });
    this.#stream.on('stanza', (stanza) => this.#onStanza(stanza));
    this.#stream.on('ack', (stanza) => {
      const { id } = stanza.attrs;
      if (!id || stanza.name !== 'message') return;
      this.#advance(id, 'sent');
      for (const [chat, mark] of this.#marks) if (mark.stanzaId === id) this.#marks.delete(chat);
    });
    this.#stream.on('ended', (ended) => this.emit('ended', ended));
    this.#stream.onSet(NS.blocking, 'block', (query) => this.#onBlock(query, true));
    this.#stream.onSet(NS.blocking, 'unblock', (query) => this.#onBlock(query, false));
    this.#stream.on('up', ({ resumed }) => this.#onUp(resumed));
    for (const [archive, last] of Object.entries(options.positions ?? {})) this.#followed.set(archive, new Followed(archive, last));
  }

  get state(): ConnectionState {
    return this.#state;
  }

  #setState(state: ConnectionState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.emit('state', state);
  }

  /** Our bare address; empty before the first connection. */
  get address(): string {
    return this.#self;
  }

  /** The domain that we are connected to. */
  get domain(): string {
    return this.#options.domain;
  }

  /** Our full address; undefined before the first connection. */
  get jid(): string | undefined {
    return this.#stream.jid;
  }

  /** Connects and stays connected. Resolves on the first CONNECTED; rejects on AUTHENTICATIONFAILED, when the server ends the stream, or on disconnect(). Network trouble is retried, not rejected. */
  connect(): Promise<void> {
    if (this.state === 'CONNECTED') return Promise.resolve();
    return new Promise((resolve, reject) => {
      let last: Error | undefined;
      let ended: Error | undefined;
      const offs = [
        this.on('error', (e) => (last = e)),
        this.on('ended', ({ code, message }) => (ended = Object.assign(new Error(message || code), { condition: code }))),
        this.on('state', (s) => {
          if (s !== 'CONNECTED' && s !== 'AUTHENTICATIONFAILED' && s !== 'DISCONNECTED') return;
          offs.forEach((off) => off());
          if (s === 'CONNECTED') resolve();
          else reject(s === 'AUTHENTICATIONFAILED' ? (last ?? new Error('sign-in was refused')) : (ended ?? aborted('disconnected')));
        }),
      ];
      this.#opened ??= this.#open();
      this.#stream.start();
    });
  }

  /** Closes the stream and does not come back; messages still queued wait for the next connect(). */
  disconnect(): Promise<void> {
    this.#opened = undefined;
    this.#outbox.release();
    return this.#stream.stop();
  }

  /** Closes the stream for good. What is on its way gets a moment to arrive; what is still queued then fails. */
  async close(): Promise<void> {
    // What an earlier page has left is given up, too.
    await (this.#opened ??= this.#open());
    if (this.state === 'CONNECTED') await this.#drained(3_000);
    const error = aborted('the connection was given up');
    const closed = this.#stream.stop();
    for (const id of this.#outbox.fail(error)) this.emit('delivery', { id, chat: this.#outbox.chatOf(id) ?? '', state: 'failed', error });
    this.#outbox.release();
    this.#opened = undefined;
    await closed;
  }

  /** Takes over the messages of pages that are gone. */
  async #open(): Promise<void> {
    const rows = await this.#outbox.open();
    for (const row of rows) {
      const { id, chat } = this.#queue(row, true);
      this.emit('delivery', { id, chat, state: 'queued' });
    }
  }

  /** Tries again at once instead of waiting for the next attempt. */
  retryNow(): void {
    this.#stream.retryNow();
  }

  /** Asks whether the connection still is one, and comes back if it is not; of itself it does so after a sleep and when the network comes back. */
  checkNow(): void {
    this.#stream.check();
  }

  /** Queues a text; it goes out as soon as there is a connection, once. */
  send(chat: string, text: string, options: SendOptions = {}): Sent {
    const { id = uuid(), type = isGroup(chat) ? 'groupchat' : 'chat', payload = [] } = options;
    const element = xml(
      'message',
      { to: chat, type, id },
      xml('body', {}, text),
      xml('origin-id', { xmlns: NS.sid, id }),
      xml('active', { xmlns: NS.states }),
      type === 'chat' && xml('request', { xmlns: NS.receipts }),
      xml('markable', { xmlns: NS.markers }),
      ...(payload as unknown as Element[]),
    );
    const known = this.#outbox.get(id);
    if (known) return { id, message: this.#outgoing(known), acknowledged: known.stored };
    const row: Row = { id, to: chat, type, time: Date.now(), xml: pack(element) };
    if (this.#outbox.took(id)) return { id, message: this.#outgoing({ row, chat: bare(chat) }), acknowledged: Promise.resolve() };
    const message = this.#queue(row);
    void this.#flush();
    return { id, message: this.#outgoing(message), acknowledged: message.stored };
  }

  /** What waits to be sent, also from before the page was loaded; in the order in which it was written. */
  queued(): Message[] {
    return this.#outbox.all().map((m) => this.#outgoing(m));
  }

  #queue(row: Row, inherited = false): Outgoing {
    const group = row.type === 'groupchat';
    if (group) this.follow(row.to);
    return this.#outbox.add(row, group ? bare(row.to) : this.#self, inherited);
  }

  /** A message of ours as a listener would see it. */
  #outgoing({ row, chat }: Pick<Outgoing, 'row' | 'chat'>): Message {
    const stanza = unpack(row.xml);
    const author = localOf(this.#self);
    return {
      id: row.id,
      chat,
      type: row.type,
      author,
      from: row.type === 'groupchat' ? `${chat}/${author}` : this.#self,
      to: row.to,
      text: stanza.getChildText('body') ?? '',
      time: new Date(row.time),
      own: true,
      source: 'live',
      stanza: stanza as unknown as Stanza,
    };
  }

  /** Whether this client has sent the message with this id, recently. */
  sent(id: string): boolean {
    return this.#outbox.knows(id);
  }

  /** Tells the chat what we are doing (XEP-0085). Lost without harm while disconnected. */
  typing(chat: string, state: ChatState = 'composing'): void {
    const type = isGroup(chat) ? 'groupchat' : 'chat';
    this.#post(xml('message', { to: chat, type }, xml(state, { xmlns: NS.states }), xml('no-store', { xmlns: NS.hints })));
  }

  /** Tells the chat that everything up to this message was read (XEP-0333). */
  markDisplayed(chat: string, id: string): void {
    remember(this.#marks, bare(chat), { id, stanzaId: uuid(), written: false }, maxFollowed);
    this.#mark();
  }

  /** Sends the marks that wait; one that is lost with its stream goes again. */
  #mark(): void {
    if (!this.#stream.isUp) return;
    for (const [chat, mark] of this.#marks) {
      if (mark.written) continue;
      mark.written = true;
      const group = isGroup(chat);
      const attributes = { to: chat, type: group ? 'groupchat' : 'chat', id: mark.stanzaId };
      this.#post(xml('message', attributes, xml('displayed', { xmlns: NS.markers, id: mark.id }), xml(group ? 'no-store' : 'store', { xmlns: NS.hints })));
    }
  }

  /** A page of a chat's archive: of a group's own, or of ours with that peer. */
  async history(chat: string, query: HistoryQuery = {}): Promise<HistoryPage> {
    const group = isGroup(chat);
    if (!this.#self) await this.#stream.ready();
    const page = await this.#archives.page(
      group ? bare(chat) : this.#self,
      { ...query, ...(!group && { with: bare(chat) }) },
      'history',
    );
    return {
      messages: page.items.flatMap((p) => p.message ?? []),
      receipts: page.items.flatMap((p) => receipts(p, 'history')),
      complete: page.complete,
      first: page.first,
      last: page.last,
    };
  }

  /** Follows a group from an archive id on, or from now: what it says while we are away is caught up. */
  follow(group: string, after?: string): void {
    const archive = bare(group);
    this.#dropped.delete(archive);
    if (this.#followed.has(archive)) return;
    const followed = new Followed(archive, after);
    this.#followed.set(archive, followed);
    if (this.#stream.isUp) void this.#catchUp(followed, this.#session);
  }

  unfollow(group: string): void {
    this.#followed.delete(bare(group));
  }

  /** Archive ids up to which everything was emitted, by archive: give them to the next Client's options. */
  positions(): Record<string, string> {
    return Object.fromEntries([...this.#followed].flatMap(([jid, f]) => (f.last === undefined ? [] : [[jid, f.last]])));
  }

  /** Announces ourselves; a `show` of '' means available. */
  setPresence(show: PresenceUpdate['show'] = '', status = ''): void {
    this.#roster.setOwn(show, status);
  }

  /** Lets somebody who is no contact see our presence, as long as this client runs (RFC 6121 §4.6). */
  showPresence(jid: string): void {
    this.#roster.show(bare(jid));
  }

  /** Ends what showPresence() began, and takes them for gone. False if it had not begun. */
  hidePresence(jid: string): boolean {
    return this.#roster.forget(bare(jid));
  }

  /** The roster as known now. */
  contacts(): Contact[] {
    return this.#roster.contacts();
  }

  /** The streams of a contact that are available now. */
  presences(contact: string): PresenceUpdate[] {
    return this.#roster.presences(bare(contact));
  }

  /** Adds or renames a contact (RFC 6121 §2.3). */
  setContact(jid: string, name = '', groups: string[] = []): Promise<void> {
    return this.#roster.set(bare(jid), name, groups);
  }

  removeContact(jid: string): Promise<void> {
    return this.#roster.remove(bare(jid));
  }

  /** Asks to see a contact's presence. */
  subscribe(jid: string): void {
    this.#post(xml('presence', { to: bare(jid), type: 'subscribe' }));
  }

  /** Lets a contact see ours, or not. */
  answerSubscription(jid: string, allow: boolean): void {
    this.#post(xml('presence', { to: bare(jid), type: allow ? 'subscribed' : 'unsubscribed' }));
  }

  /** Sends an IQ with one child and resolves with the answer; for what this SDK does not know. */
  async request(type: 'get' | 'set', to: string | undefined, child: Stanza): Promise<Stanza> {
    const iq = xml('iq', { type, to, id: uuid() }, child as unknown as Element);
    return (await this.#stream.request(iq)) as unknown as Stanza;
  }

  /** Waits until everything was acknowledged, the connection is lost, or the time is up. */
  #drained(time: number): Promise<void> {
    if (this.#outbox.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        offs.forEach((off) => off());
        resolve();
      };
      const timer = setTimeout(done, time);
      const offs = [this.on('state', done), this.on('delivery', () => this.#outbox.size === 0 && done())];
    });
  }

  #post(stanza: Element): void {
    this.#stream.send(stanza).catch(() => {});
  }

  #onUp(resumed: boolean): void {
    this.#self = bare(this.#stream.jid ?? '');
    if (resumed) {
      this.#mark();
      // The stream may have broken before everything was read, and for longer than the question waits for an answer.
      if (this.#behind) return void this.#recover(++this.#session);
      this.#setState('CONNECTED');
      return void this.#flush();
    }
    for (const mark of this.#marks.values()) mark.written = false;
    const session = ++this.#session;
    if (!this.#followed.has(this.#self)) this.#followed.set(this.#self, new Followed(this.#self));
    for (const followed of this.#followed.values()) followed.held ??= [];
    if (this.#options.presence !== false) this.#roster.start();
    this.#post(xml('iq', { type: 'set', id: uuid() }, xml('enable', { xmlns: NS.carbons })));
    if (this.#options.notices) this.#askForNotices();
    for (const archive of this.#dropped) this.emit('gap', { archive });
    this.#dropped.clear();
    // Without a place in our archive, what is written before we have one would be missed by whoever believes us to be there.
    if (this.#followed.get(this.#self)?.last !== undefined) this.#setState('CONNECTED');
    this.#mark();
    // A page that was there a moment ago may be gone by now.
    this.#opened = this.#opened?.then(() => this.#open());
    void this.#recover(session);
  }

  /** Whoever asks for the block list hears of its changes (XEP-0191 §3.3). */
  #askForNotices(): void {
    this.#post(xml('iq', { type: 'set', id: uuid() }, xml('enable', { xmlns: NS.notice })));
    this.#post(xml('iq', { type: 'get', id: uuid() }, xml('blocklist', { xmlns: NS.blocking })));
  }

  #onBlock(query: Element, blocked: boolean): void {
    this.emit('blocked', { jids: query.getChildren('item').map((item) => item.attrs.jid ?? ''), blocked });
  }

  #onNotice(stanza: Element): void {
    const notice = stanza.getChild('notice', NS.notice);
    // Anybody may write such an element; only the server's own counts.
    if (!notice || stanza.attrs.from !== this.#options.domain) return;
    const fields = notice.getChildren('field').map((field) => [field.attrs.name ?? '', field.text()]);
    this.emit('notice', { kind: notice.attrs.kind ?? '', jid: notice.attrs.jid ?? '', fields: Object.fromEntries(fields) });
  }

  /** After a new session: read what was missed, find out what of ours arrived, send the rest. */
  async #recover(session: number): Promise<void> {
    this.#behind = true;
    // Nothing is written before it is known what waits.
    this.#recovering = true;
    await this.#opened;
    if (session !== this.#session) return;
    for (const message of this.#outbox.all()) message.archive ||= this.#self;
    const doubtful = this.#outbox.uncertain();
    this.#recovering = doubtful.length > 0;
    const connected = () => session === this.#session && this.#stream.isUp && this.#setState('CONNECTED');
    await Promise.all([...this.#followed.values()].map((f) => this.#catchUp(f, session).finally(() => f.archive === this.#self && connected())));
    // Broken off, what is doubtful stays so: it is looked up when the stream is back.
    if (session !== this.#session || !this.#stream.isUp) return;
    this.#behind = this.#recovering = false;
    for (const message of doubtful) message.written = message.inherited = false;
    await this.#flush();
  }

  async #catchUp(followed: Followed, session: number): Promise<void> {
    followed.held ??= [];
    const uncertain = this.#outbox.uncertain(followed.archive);
    const inherited = uncertain.filter((m) => m.inherited);
    const [oldest] = uncertain.filter((m) => !m.inherited);
    const from = oldest?.anchor ?? followed.last;
    try {
      if (from === undefined || (oldest && oldest.anchor === undefined)) await this.#baseline(followed);
      if (inherited.length > 0) await this.#lookUp(followed.archive, inherited.find((m) => m.anchor !== undefined)?.anchor, session);
      if (from !== undefined) await this.#readFrom(followed, from, session);
    } catch (error) {
      if (session !== this.#session || !this.#stream.isUp) return; // the next session starts over
      this.emit('error', error as Error);
      this.emit('gap', { archive: followed.archive });
      followed.last = undefined;
      await this.#baseline(followed).catch(() => {});
    }
    if (session !== this.#session) return;
    const held = followed.held ?? [];
    followed.held = undefined;
    for (const parsed of held) this.#deliver(followed, parsed);
  }

  /** Finds out which messages of an earlier page have arrived; what else stands there is not told again. */
  async #lookUp(archive: string, anchor: string | undefined, session: number): Promise<void> {
    for (let after = anchor; ; ) {
      const page = await this.#archives.page(archive, { after, limit: 100 }, 'catchup').catch((error: Error & { condition?: string }) => {
        if (error.condition !== 'item-not-found' || after === undefined) throw error;
        return undefined; // The archive has lost the place: its newest page has to do.
      });
      if (session !== this.#session) return;
      for (const parsed of page?.items ?? []) this.#settle(parsed);
      if (page && (page.complete || !page.last || after === undefined || page.last === after)) return;
      after = page?.last;
    }
  }

  async #readFrom(followed: Followed, from: string, session: number): Promise<void> {
    let after = from;
    for (;;) {
      const page = await this.#archives.page(followed.archive, { after, limit: 100 }, 'catchup');
      if (session !== this.#session) return;
      for (const parsed of page.items) this.#deliver(followed, parsed);
      if (page.complete || !page.last || page.last === after) return;
      after = page.last;
    }
  }

  /** Learns where an archive ends now. The newest page also tells which of our uncertain messages arrived. */
  async #baseline(followed: Followed): Promise<void> {
    const uncertain = this.#outbox.uncertain(followed.archive).length > 0;
    const page = await this.#archives.page(followed.archive, { limit: uncertain ? 100 : 1 }, 'catchup');
    for (const parsed of page.items) this.#settle(parsed);
    followed.last ??= page.last ?? '';
  }

  async #flush(): Promise<void> {
    if (this.#flushing || this.#recovering) return;
    this.#flushing = true;
    try {
      for (let batch = this.#outbox.toWrite(); batch.length > 0 && this.#stream.isUp; batch = this.#outbox.toWrite()) {
        for (const message of batch) message.archive ||= this.#self;
        this.#outbox.anchor(batch, (archive) => this.#followed.get(archive)?.last);
        for (const next of batch) {
          if (!this.#stream.isUp || this.#recovering) return;
          if (next.written || !this.#outbox.get(next.id)) continue;
          next.written = true;
          await this.#stream.send(this.#outbox.stanza(next)).catch(() => {});
        }
      }
    } finally {
      this.#flushing = false;
    }
  }

  #advance(id: string, state: Delivery, more: { by?: string; archiveId?: string; error?: Error } = {}): void {
    const chat = this.#outbox.chatOf(id);
    // What was received has been sent: a receipt may be quicker than the acknowledgement.
    if (chat !== undefined && (state === 'delivered' || state === 'displayed') && this.#outbox.advance(id, 'sent')) this.emit('delivery', { id, chat, state: 'sent' });
    if (chat === undefined || !this.#outbox.advance(id, state, more.error)) return;
    this.emit('delivery', { id, chat, state, ...more });
  }

  #onStanza(stanza: Element): void {
    if (stanza.name === 'presence') return this.#roster.onPresence(stanza);
    if (stanza.name !== 'message') return;
    if (stanza.attrs.type === 'error') return this.#onError(stanza);
    if (stanza.attrs.type === 'headline') return this.#onNotice(stanza);
    if (this.#archives.collect(stanza)) return;
    const carbon = stanza.getChild('received', NS.carbons) ?? stanza.getChild('sent', NS.carbons);
    if (carbon) {
      const inner = forwarded(carbon);
      // XEP-0280 §11: only our own account may send us copies.
      if (inner && stanza.attrs.from === this.#self)
        this.#accept(parseMessage(inner.stanza, this.#self, 'carbon', { time: inner.time }));
      return;
    }
    this.#accept(parseMessage(stanza, this.#self, 'live'));
  }

  #onError(stanza: Element): void {
    const error = stanza.getChild('error');
    const condition = error?.getChildElements()[0]?.name ?? 'undefined-condition';
    const text = error?.getChildElements().find((el) => el.name === 'text')?.text();
    const { id, from = '' } = stanza.attrs;
    // Others than whom it went to, the server, and our own account have nothing to say about it.
    if (!id || !['', this.#self, this.#options.domain, this.#outbox.chatOf(id)].includes(bare(from))) return;
    this.#advance(id, 'failed', { error: Object.assign(new Error(text || condition), { condition }) });
  }

  /** A live message or carbon: into its archive's order. */
  #accept(parsed: Parsed | undefined): void {
    if (!parsed) return;
    if (!parsed.archiveId) return this.#dispatch(parsed);
    let followed = this.#followed.get(parsed.archive);
    if (!followed) {
      this.#followed.set(parsed.archive, (followed = new Followed(parsed.archive)));
      this.#limitFollowed();
    }
    if (followed.held) followed.held.push(parsed);
    else this.#deliver(followed, parsed);
  }

  /** Forgets the groups that were quiet longest; their silence cannot be told from a hole any more. */
  #limitFollowed(): void {
    for (const archive of this.#followed.keys()) {
      if (this.#followed.size <= maxFollowed) return;
      if (archive === this.#self) continue;
      this.#followed.delete(archive);
      this.#dropped.add(archive);
    }
  }

  #deliver(followed: Followed, parsed: Parsed): void {
    if (followed.note(parsed)) this.#dispatch(parsed);
  }

  #dispatch(parsed: Parsed): void {
    const { message, chat, author, own, displayed } = parsed;
    const known = this.#settle(parsed);
    if (displayed && !own) this.emit('displayed', { chat, id: displayed.id, author });
    for (const receipt of receipts(parsed, message?.source ?? 'live')) this.emit('receipt', receipt);
    if (parsed.state && !own && message?.source !== 'catchup') this.emit('typing', { chat, author, state: parsed.state });
    if (!message) return;
    if (known) return;
    if (parsed.wantsReceipt && !own && message.type === 'chat' && this.#options.receipts !== false) this.#sendReceipt(message);
    this.emit('message', message);
    if (message.conversation) this.emit('conversation', { chat, notice: message.conversation, message });
  }

  /** What a stanza says of messages that this client has sent; true for the archive's copy, or the group's echo, of one. */
  #settle({ message, chat, own, received, displayed }: Parsed): boolean {
    // Only the chat that it was sent to can say that it has come there.
    if (received && !own && this.#outbox.chatOf(received.id) === chat) this.#advance(received.id, 'delivered', { by: received.by });
    if (displayed && !own && this.#outbox.chatOf(displayed.id) === chat) this.#advance(displayed.id, 'displayed', { by: displayed.by });
    if (!message || !own || !this.#outbox.knows(message.id)) return false;
    this.#advance(message.id, 'sent', { archiveId: message.archiveId });
    return true;
  }

  /** XEP-0184 §5. */
  #sendReceipt(message: Message): void {
    this.#post(
      xml(
        'message',
        { to: message.source === 'live' ? message.from : bare(message.from), type: 'chat', id: uuid() },
        xml('received', { xmlns: NS.receipts, id: message.id }),
        xml('store', { xmlns: NS.hints }),
      ),
    );
  }
}

/** What a stanza says of other messages. */
function receipts({ received, displayed, chat, own }: Parsed, source: Message['source']): Receipt[] {
  const list: Receipt[] = [];
  if (received) list.push({ ...received, chat, own, source, state: 'delivered' });
  if (displayed) list.push({ ...displayed, chat, own, source, state: 'displayed' });
  return list;
}

function aborted(message: string): Error {
  return Object.assign(new Error(message), { name: 'AbortError' });
}
