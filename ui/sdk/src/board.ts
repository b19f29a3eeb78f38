import { xml } from '@xmpp/client-core';
import { Chats } from './chats.ts';
import { Client, type Sent } from './client.ts';
import { payload, readContent, typeOf } from './content.ts';
import { Emitter } from './emitter.ts';
import { asError, cancelled, invalid, SwitchboardError } from './error.ts';
import { bare, domainOf, groupDomain, isGroup, localOf } from './jid.ts';
import { browserStorage } from './kept.ts';
import { percent, report, Transfer } from './media/transfer.ts';
import { checkMetadata, People, type ProfileSet } from './people.ts';
import { Platform } from './platform.ts';
import type * as M from './model.ts';
import { Qr } from './qr.ts';
import type { ChatState, Message, Notice, Stanza } from './types.ts';
import { uuid } from './uuid.ts';

/**
 * A user's connection to the service: signs in, stays connected, sends and
 * reads messages and files, and keeps the profile. Methods throw, or reject
 * with, SwitchboardError. Users are named by id or address alike.
 *
 * ```ts
 * const board = new Switchboard({ apiBaseUrl: 'https://chat.example', licenseKey: 'trial', trial: true });
 * board.on('message', (m) => console.log(m.author, m.text));
 * await board.register('anna');
 * await board.connect();
 * await board.sendText('ben', 'hello').stored;
 * ```
 */
export class Switchboard extends Emitter<M.BoardEvents> {
  /** The API's calls that have no method here. */
  readonly platform: Platform;
  /** Encrypt the files that are sent from now on. */
  encryptMedia: boolean;
  #options: M.BoardOptions;
  #people: People;
  #chats: Chats;
  #qr?: Qr;
  #fetch: typeof fetch;
  #credentials?: M.Credentials;
  #client?: Client;
  #domain = '';
  #userId = '';
  #webSocketUrl?: string;
  #online = new Map<string, boolean>();
  /** With whom presence is shared again when nobody blocks any more. */
  #hidden = new Set<string>();
  #transfers = new Set<Transfer>();
  #status: M.ConnectionStatus = 'DISCONNECTED';
  /** Signing in and out, one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Aborted when the connection is given up: a connect() from before does not open it again. */
  #ends = new AbortController();
  /** Blocks and unblocks of this device that its stream has not heard of yet. */
  #blocking = new Set<string>();

  constructor(options: M.BoardOptions) {
    super();
    const { apiBaseUrl = globalThis.location?.origin, licenseKey, listeners = {} } = options;
    if (typeof licenseKey !== 'string' || licenseKey === '') throw invalid('License key is invalid', 'license-invalid');
    if (!isHTTP(apiBaseUrl)) throw invalid('apiBaseUrl is no address', 'api-base-url-invalid');
    this.#options = options;
    this.encryptMedia = options.encryptMedia ?? false;
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.platform = new Platform({ baseUrl: apiBaseUrl, fetch: this.#fetch, onToken: (token) => this.emit('token', token) });
    this.#people = new People(this.platform, () => this.#domain);
    this.#chats = new Chats(this.platform, () => this.client, () => this.#domain);
    for (const [event, listener] of Object.entries(listeners)) this.on(event as keyof M.BoardEvents, listener as never);
  }

  // --- signing in -------------------------------------------------------

  /** Makes a device of the user and keeps its credential: connect() follows. */
  async register(userId: string, { force = true, metadata, identityToken }: M.RegisterOptions = {}): Promise<M.Registered> {
    if (typeof userId !== 'string' || userId === '' || utf8Length(userId) > 191) throw invalid('the user identifier has 1 to 191 characters', 'identifier-invalid');
    if (metadata) checkMetadata(metadata);
    const { signal } = this.#ends;
    return this.#inTurn(async () => this.#register(userId, force, metadata, identityToken ?? (await this.#identity(userId, signal))));
  }

  async #register(userId: string, force: boolean, metadata?: M.Metadata, identityToken?: string): Promise<M.Registered> {
    const { licenseKey, trial: sandbox, deviceType } = this.#options;
    // The credential of somebody else is no proof for this user.
    if (this.#userId && this.#userId !== userId) this.platform.use({});
    const answer = await this.platform.register({
      licenseKey,
      userIdentifier: userId,
      sandbox,
      deviceType,
      forceRegister: force,
      ...(metadata && { metadata }),
      identityToken,
    });
    const { username, password, token, config } = answer;
    if (this.#userId !== username) await this.#drop();
    this.#userId = username;
    this.#credentials = { username, password };
    this.#domain = config.xmppDomain;
    if (typeof config.webSocketUrl === 'string') this.#webSocketUrl = config.webSocketUrl;
    return {
      userId: username,
      jid: answer.userJid ?? this.jid(username),
      username,
      password,
      token,
      existing: answer.isExisting,
      profileSet: answer.isProfileUpdated,
      trial: answer.isSandbox ?? !!sandbox,
    };
  }

  /**
   * Connects and stays connected, with the credential that register() or a QR
   * code gave, or with the one given here. Resolves on the first connection;
   * rejects when the server refuses. Without a network it goes on trying.
   */
  async connect(credentials?: M.Credentials): Promise<void> {
    const { signal } = this.#ends;
    if (credentials) await this.#inTurn(() => this.#signIn(credentials));
    if (signal.aborted) throw cancelled();
    await this.client.connect().catch((error: Error) => {
      const why = asError(error);
      throw why.code === 'cancelled' || why.status === 403 || why.status === 429 ? why : new SwitchboardError(401, why.message, why.code || 'not-authorized', why);
    });
  }

  /** Closes the connection; connect() opens it again. Messages that are queued wait for that. */
  async disconnect(): Promise<void> {
    this.#end();
    await this.#client?.disconnect();
  }

  /** Closes the connection and gives the device up: its credential ends, and what was queued is not sent. */
  logout(): Promise<void> {
    this.#end();
    return this.#inTurn(async () => {
      await this.#drop();
      try {
        const current = (await this.#people.devices()).find((d) => d.current);
        if (current) await this.#people.removeDevice(current.id);
      } catch {
        // Without a network, or with a device that ended already, there is nothing to give up.
      }
      this.#forget();
    });
  }

  // --- who and where ----------------------------------------------------

  /** How the connection stands. */
  get status(): M.ConnectionStatus {
    return this.#status;
  }

  /** The own address; empty before signing in. */
  get address(): string {
    return this.#userId && this.jid(this.#userId);
  }

  /** The own user id; empty before signing in. */
  get userId(): string {
    return this.#userId;
  }

  /** The domain of the application's addresses; empty before signing in. */
  get domain(): string {
    return this.#domain;
  }

  /** The connection itself, for what this class has no method for. */
  get client(): Client {
    if (!this.#userId) throw new SwitchboardError(400, 'register first, or connect with a user name and a password', 'not-registered');
    return (this.#client ??= this.#connection());
  }

  /** The address of a user; an address stays as it is. */
  jid(user: string): string {
    return user.includes('@') ? bare(user) : `${user}@${this.#domain}`;
  }

  /** The address of a group. */
  groupJid(group: string): string {
    return group.includes('@') ? bare(group) : `${group}@${groupDomain(this.#domain)}`;
  }

  // --- tokens -----------------------------------------------------------

  /** A token for the API; with a user name and password one for them, which is not kept. */
  token(credentials?: M.Credentials): Promise<string> {
    return credentials ? this.platform.tokenFor(credentials.username, credentials.password) : this.platform.token();
  }

  /** Uses a token from now on. */
  useToken(token: string): void {
    this.platform.useToken(token);
  }

  // --- people -----------------------------------------------------------

  /** Somebody's profile; without an argument our own. */
  profile(user = this.#userId): Promise<M.Profile> {
    return this.#people.profile(user);
  }

  /** Changes the own profile; what is absent stays. Contacts and own devices hear of it. */
  setProfile(change: M.ProfileChange): Promise<ProfileSet> {
    return this.#people.setProfile(change);
  }

  /** Seconds since somebody was last active. */
  lastSeen(user: string): Promise<M.LastSeen> {
    return this.#people.lastSeen(user);
  }

  /** Hides us from somebody and them from us: messages, presence, profile, typing, last seen. */
  block(user: string): Promise<void> {
    return this.#block(user, true);
  }

  unblock(user: string): Promise<void> {
    return this.#block(user, false);
  }

  async #block(user: string, blocked: boolean): Promise<void> {
    const mark = blockMark(user, blocked);
    // The server tells every device, this one too, and may do so before it answers.
    if (this.status === 'CONNECTED') this.#blocking.add(mark);
    try {
      await this.#people.block(user, blocked);
    } catch (error) {
      this.#blocking.delete(mark);
      throw error;
    }
  }

  /** Whom we block. */
  blocked(): Promise<M.Person[]> {
    return this.#people.blockList(false);
  }

  /** Who blocks us. */
  blockedBy(): Promise<M.Person[]> {
    return this.#people.blockList(true);
  }

  /** The users of the application, a page at a time. */
  users(query: M.PeopleQuery = {}): Promise<M.PeoplePage> {
    return this.#people.users(query);
  }

  /** Our contacts and everybody we have a chat with. */
  contacts(query: M.PeopleQuery = {}): Promise<M.PeoplePage> {
    return this.#people.contacts(query);
  }

  /** Our own metadata. */
  metadata(): Promise<M.Metadata> {
    return this.#people.metadata();
  }

  /** Replaces our own metadata: at most three pairs. */
  setMetadata(metadata: M.Metadata): Promise<M.Metadata> {
    return this.#people.setMetadata(metadata);
  }

  /** What of the service is on. */
  features(): Promise<M.Features> {
    return this.#people.features();
  }

  /** Tells the people who run the application something. */
  feedback(title: string, description: string): Promise<void> {
    return this.#people.feedback(title, description);
  }

  /** Reports a user or group to the administrators, with at most five messages. */
  report(about: string, messages: M.ReportedMessage[] = []): Promise<void> {
    return this.#people.report(about, isGroup(about) ? 'groupchat' : 'chat', messages);
  }

  /** Deletes the own account and everything in it; this ends every device at once. */
  deleteAccount(reason: string, feedback?: string): Promise<void> {
    return this.#inTurn(async () => {
      await this.#people.deleteAccount(reason, feedback);
      await this.#drop();
      this.#forget();
    });
  }

  /** The logins of the own account. */
  devices(): Promise<M.Device[]> {
    return this.#people.devices();
  }

  /** Ends one of them. */
  removeDevice(id: string): Promise<void> {
    return this.#people.removeDevice(id);
  }

  // --- messages ---------------------------------------------------------

  /** Sends a text to a user, or to a group by its address. Without a connection it waits for one. */
  sendText(to: string, text: string, options: M.TextOptions = {}): M.SentMessage {
    if (typeof text !== 'string' || text === '') throw invalid('the text is empty', 'text-empty');
    if (options.metadata) checkMetadata(options.metadata);
    const chat = this.#chat(to);
    this.#partner(chat);
    const sent = this.client.send(chat, text, { id: options.id, payload: payload(chat, this.#domain, text, options) });
    return this.#sent(sent);
  }

  /** What waits to be sent, also from before the page was loaded; in the order in which it was written. */
  queued(): M.ChatMessage[] {
    return this.client.queued().map((message) => this.#own(message));
  }

  /** Says whether we are writing. */
  typing(chat: string, state: ChatState = 'composing'): void {
    this.client.typing(this.#chat(chat), state);
  }

  /** Marks a chat as read up to this message. */
  seen(chat: string, messageId: string): void {
    if (!messageId) throw invalid('a message is named by its id', 'message-id-invalid');
    const jid = this.#chat(chat);
    this.client.markDisplayed(jid, messageId);
    this.#chats.note({ chat: jid, id: messageId, state: 'displayed', own: true });
  }

  /** The list of chats, latest first. */
  async chats(query: M.ChatsQuery = {}): Promise<M.ChatSummary[]> {
    const list = await this.#chats.recent(query);
    for (const { jid } of list) this.#partner(jid);
    return list;
  }

  /** A page of a chat's messages, oldest first; without `before` and `after` the newest. */
  messages(chat: string, query: M.MessagesQuery = {}): Promise<M.MessagesPage> {
    return this.#guard(() => this.#chats.messages(this.#chat(chat), query));
  }

  /** One message of a chat. */
  message(chat: string, id: string): Promise<M.ChatMessage> {
    return this.#guard(() => this.#chats.byId(this.#chat(chat), id));
  }

  // --- files ------------------------------------------------------------

  /** Uploads a file and sends it as a message. Without a connection it waits for one; a break is survived. */
  sendFile(to: string, file: M.FileInput, options: M.FileOptions = {}): M.FileTransfer {
    if (!(file instanceof Blob) && (typeof file !== 'string' || file === '')) throw invalid('this is no file', 'file-invalid');
    if (options.thumbnail && (!options.thumbnail.startsWith('data:image/') || options.thumbnail.length > 12_000))
      throw invalid('a thumbnail is a data: URL of at most 12 000 characters', 'thumbnail-invalid');
    if (options.metadata) checkMetadata(options.metadata);
    const chat = this.#chat(to);
    const { client } = this;
    const transfer = new Transfer(this.#draft(chat, options), file, options, {
      client: (signal) => connected(client, signal),
      send: (...args) => client.send(...args),
      domain: this.#domain,
      encrypt: options.encrypt ?? this.encryptMedia,
      allowed: (kind) => this.#allowed(kind),
      fetch: this.#fetch,
      progress: (progress) => this.emit('upload', progress),
      over: (ended) => this.#transfers.delete(ended),
    });
    if (transfer.state === 'running') this.#transfers.add(transfer);
    return transfer;
  }

  /** Downloads the file of a message: verified and decrypted where it is encrypted. */
  async download(what: M.ChatMessage | M.Attachment, options: M.DownloadOptions = {}): Promise<Blob> {
    const file = 'stanza' in what ? what.file : what;
    if (!file?.url || !URL.canParse(file.url, globalThis.location?.href)) throw invalid('there is no file in this message', 'file-invalid');
    const { id = 'id' in what ? what.id : '', chat = 'chat' in what ? what.chat : '', signal } = options;
    const url = file.url.replace(/^aesgcm:/, 'https:');
    const known = file.type || typeOf(new URL(url, globalThis.location?.href).pathname);
    const type = showable(known) ? known : 'application/octet-stream';
    const { download, sink } = await import('./media/index.ts');
    return this.#guard(async () =>
      download({
        url,
        key: file.key,
        type,
        signal,
        sink: await sink(options.path),
        fetch: this.#fetch,
        headers: async (): Promise<Record<string, string>> => (this.#isMedia(url) ? { Authorization: await this.platform.token() } : {}),
        progress: (done, total) => {
          const progress = { id, chat, done, total, percent: percent(done, total) };
          this.emit('download', progress);
          report(options.onProgress, progress);
        },
      }),
    );
  }

  /** The address of a file by its token; an address stays as it is. */
  mediaUrl(token: string): string {
    return /^(https?|aesgcm):/i.test(token) ? token : `${this.platform.baseUrl}/media/download?fileToken=${encodeURIComponent(token)}`;
  }

  /** Whether our token may go to an address that perhaps somebody else has written: to the API's files, and to none of its calls. */
  #isMedia(url: string): boolean {
    const { origin, pathname } = new URL(url, globalThis.location?.href);
    const base = new URL(this.platform.baseUrl, globalThis.location?.href);
    return origin === base.origin && pathname.startsWith(`${base.pathname}/media/`);
  }

  // --- signing in by a code ---------------------------------------------

  /** Shows a code by which another device signs this page in; or approves one. */
  get qr(): Qr {
    return (this.#qr ??= new Qr(this.platform, this.#people, this.#options.licenseKey, this.#fetch));
  }

  // --- inside -----------------------------------------------------------

  #chat(to: string): string {
    if (typeof to !== 'string' || to === '') throw invalid('a chat is named by an id or address', 'jid-invalid');
    return this.jid(to);
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw asError(error);
    }
  }

  #sent({ id, message, acknowledged }: Sent): M.SentMessage {
    const read = this.#own(message);
    const stored = acknowledged.then(
      () => ({ ...read, state: 'sent' as const }),
      (error) => Promise.reject(asError(error)),
    );
    stored.catch(() => {});
    return { id, message: read, stored };
  }

  #own(message: Message): M.ChatMessage {
    // Before the first connection the client does not know who we are.
    return { ...readContent({ ...message, author: this.#userId }), from: message.from || this.address, state: 'queued' };
  }

  /** Who has a chat with us sees whether we are there, and the other way round, without being a contact. */
  #partner(chat: string): void {
    if (!isGroup(chat) && chat !== this.address && !this.#hidden.has(chat)) this.#client?.showPresence(chat);
  }

  /** A message as it will be, before its file is there. */
  #draft(chat: string, options: M.FileOptions): M.ChatMessage {
    const { kind = 'file', name = '', type = '', caption = '', width, height, duration, thumbnail } = options;
    const size = { ...(width && { width }), ...(height && { height }), ...(duration && { duration }), ...(thumbnail && { thumbnail }) };
    return {
      id: options.id ?? uuid(),
      chat,
      type: isGroup(chat) ? 'groupchat' : 'chat',
      author: this.#userId,
      from: this.address,
      to: chat,
      text: caption,
      time: new Date(),
      own: true,
      source: 'live',
      stanza: xml('message') as unknown as Stanza,
      kind,
      file: { kind, url: '', name, type, size: 0, caption, ...size },
      replyTo: options.replyTo,
      mentions: options.mentions ?? [],
      topicId: options.topicId,
      metadata: options.metadata,
      state: 'queued',
    };
  }

  /** The server cannot see what an encrypted file is: what is switched off is refused here. */
  async #allowed(kind: M.Attachment['kind']): Promise<void> {
    const features = await this.features();
    const flag = { image: 'isImageAttachmentEnabled', video: 'isVideoAttachmentEnabled', audio: 'isAudioAttachmentEnabled', file: 'isDocumentAttachmentEnabled' }[kind];
    if (features.isAttachmentEnabled === false || features[flag] === false) throw new SwitchboardError(403, `files of this kind (${kind}) are switched off`, 'feature-off');
  }

  /** The app may take its time to find a proof; who leaves does not wait for it. */
  async #identity(userId: string, leaves: AbortSignal): Promise<string | undefined> {
    const { identityToken } = this.#options;
    if (typeof identityToken !== 'function') return identityToken;
    if (leaves.aborted) throw cancelled();
    return Promise.race([identityToken(userId), new Promise<never>((_, refuse) => leaves.addEventListener('abort', () => refuse(cancelled())))]);
  }

  #end(): void {
    this.#ends.abort();
    this.#ends = new AbortController();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#turn.then(work);
    this.#turn = run.catch(() => {});
    return run;
  }

  /** Takes a credential that did not come from register(): a token, and our address, are asked for. */
  async #signIn(credentials: M.Credentials): Promise<void> {
    const { username, password } = credentials;
    if (!username || !password) throw invalid('a user name and a password are needed', 'credentials-invalid');
    const known = this.#credentials;
    if (known?.username === username && known.password === password && this.#domain) return;
    // A credential that is wrong leaves everything as it is.
    const token = await this.platform.tokenFor(username, password);
    await this.#drop();
    this.#forget();
    this.platform.use({ username, password, token });
    this.emit('token', token);
    const { jid } = await this.#people.profile(username);
    this.#domain = domainOf(jid);
    this.#userId = localOf(jid);
    this.#credentials = { username, password };
  }

  /** Ends the connection for good: what it had queued is given up. */
  async #drop(): Promise<void> {
    // What an earlier page has left to send is given up even where we never connected.
    const client = this.#userId ? this.client : undefined;
    this.#client = undefined;
    this.#userId = '';
    for (const transfer of this.#transfers) transfer.cancel();
    this.#online.clear();
    this.#hidden.clear();
    this.#blocking.clear();
    await client?.close();
    this.#setStatus('DISCONNECTED');
  }

  #forget(): void {
    this.platform.use({});
    this.#credentials = undefined;
    this.#userId = '';
  }

  #setStatus(status: M.ConnectionStatus, why: { code?: string; message?: string } = {}): void {
    if (this.#status === status) return;
    this.#status = status;
    this.emit('connection', { status, ...why });
  }

  #connection(): Client {
    const { maxDelay, timeout, WebSocket, storage = browserStorage() } = this.#options;
    const client = new Client({
      url: this.#webSocketUrl ?? this.platform.webSocketUrl,
      domain: this.#domain,
      credentials: { token: this.platform.token },
      notices: true,
      maxDelay,
      timeout,
      WebSocket,
      ...(storage && { outbox: { storage, key: `switchboard-outbox:${this.address}` } }),
    });
    const own = <T extends unknown[]>(handle: (...args: T) => void) => (...args: T): void => {
      if (this.#client === client) handle(...args);
    };
    client.on('state', own((state) => this.#setStatus(state)));
    client.on('failure', own((error) => this.#onFailure(error, client)));
    client.on('ended', own((ended) => this.#onEnded(ended)));
    client.on('error', own((error) => this.emit('error', error)));
    client.on('gap', own((gap) => this.emit('gap', gap)));
    client.on('message', own((message) => {
      this.#partner(message.chat);
      this.emit('message', this.#chats.take(message));
    }));
    client.on('delivery', own((delivery) => this.emit('delivery', delivery)));
    client.on('receipt', own((receipt) => {
      this.#chats.note(receipt);
      this.emit('receipt', receipt);
    }));
    client.on('typing', own((typing) => this.emit('typing', typing)));
    client.on('presence', own(({ contact }) => this.#onPresence(contact, client)));
    client.on('blocked', own(({ jids, blocked }) => jids.forEach((jid) => {
      this.#hide(jid, blocked, client);
      this.emit('blocked', { jid, blocked, own: this.#blocking.delete(blockMark(jid, blocked)) });
    })));
    client.on('notice', own((notice) => this.#onNotice(notice)));
    return client;
  }

  /** Says why an attempt failed, then what follows. */
  #onFailure(error: Error & { condition?: string; status?: number }, client: Client): void {
    const refused = error.name === 'SASLError' || (error.status ?? 0) >= 400 || (error as { application?: unknown }).application || error.condition === 'conflict';
    if (refused) return;
    const status = error.name === 'TimeoutError' ? 'CONNECTIONTIMEOUT' : error.name === 'StreamError' ? 'ERROROCCURED' : 'CONNECTIONFAILED';
    this.#setStatus(status, { code: error.condition, message: error.message });
    queueMicrotask(() => {
      if (this.#client === client) this.#setStatus(client.state);
    });
  }

  #onEnded({ code, message }: { code: string; message: string }): void {
    // The credential has ended with the stream; a conflict is about the stream alone.
    if (code !== 'conflict') {
      this.platform.use({});
      this.#credentials = undefined;
    }
    const client = this.#client;
    // Nobody will send what waits. This has its turn before whatever the app does about it.
    if (code === 'account-deleted') void this.#inTurn(async () => void (this.#client === client && (await this.#drop())));
    this.#setStatus('DISCONNECTED', { code, message });
    if (code === 'account-blocked') this.emit('adminBlocked', { jid: this.address, blocked: true });
    if (code === 'account-deleted') this.emit('deleted', { jid: this.address });
    this.emit('ended', { code: code as M.EndReason, message });
  }

  #onPresence(contact: string, client: Client): void {
    if (contact === this.address) return; // Our other devices.
    const online = client.presences(contact).length > 0;
    if ((this.#online.get(contact) ?? false) === online) return;
    this.#online.set(contact, online);
    this.emit('presence', { jid: contact, userId: localOf(contact), online });
  }

  /** Whoever blocks or is blocked is gone for the other side, until that ends. */
  #hide(jid: string, hidden: boolean, client: Client): void {
    if (!hidden) {
      if (this.#hidden.delete(jid)) this.#partner(jid);
      return;
    }
    if (client.hidePresence(jid)) this.#hidden.add(jid);
    this.#onPresence(jid, client);
  }

  #onNotice({ kind, jid, fields }: Notice): void {
    switch (kind) {
      case 'profile':
        return this.emit('profile', this.#people.fromNotice(jid, fields));
      case 'deleted':
        return this.emit('deleted', { jid });
      case 'admin-blocked':
      case 'admin-unblocked':
        return this.emit('adminBlocked', { jid, blocked: kind === 'admin-blocked' });
      case 'blocked-by':
      case 'unblocked-by':
        if (this.#client) this.#hide(jid, kind === 'blocked-by', this.#client);
        return this.emit('blockedBy', { jid, blocked: kind === 'blocked-by' });
      case 'features':
        return this.emit('features', Object.fromEntries(Object.entries(fields).map(([flag, value]) => [flag, value === 'true'])));
      case 'device-added':
        return this.emit('device', { type: fields.type ?? '' });
    }
  }
}

/** Waits until a client is connected. */
function connected(client: Client, signal: AbortSignal): Promise<Client> {
  if (client.state === 'CONNECTED') return Promise.resolve(client);
  return new Promise((resolve, reject) => {
    const off = client.on('state', (state) => {
      if (state !== 'CONNECTED') return;
      done();
      resolve(client);
    });
    const stop = () => {
      done();
      reject(cancelled());
    };
    const done = () => {
      off();
      signal.removeEventListener('abort', stop);
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}

/** Types that a page may show from a blob: URL without running anything: never documents, nor SVG. */
function showable(type: string): boolean {
  return /^(image\/(?!svg)|video\/|audio\/|application\/pdf$|text\/plain$)/.test(type);
}

function isHTTP(url: unknown): url is string {
  return typeof url === 'string' && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** What the server's word of a block is known again by. */
function blockMark(user: string, blocked: boolean): string {
  return `${(localOf(user) || user).toLowerCase()} ${blocked}`;
}
