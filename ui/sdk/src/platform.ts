import { SwitchboardError } from './error.ts';

/** A refusal by the Platform API; status 0 where there was no answer. */
export class PlatformError extends SwitchboardError {
  constructor(status: number, message: string, code = '', cause?: unknown) {
    super(status, message, code, cause);
    this.name = 'PlatformError';
  }
}

export interface PlatformOptions {
  /** `https://host/api/v1`; a bare origin is completed. */
  baseUrl: string;
  /** A device's or user's name and password: tokens are then fetched and renewed by themselves. */
  username?: string;
  password?: string;
  token?: string;
  fetch?: typeof fetch;
  /** Told of each new token. */
  onToken?: (token: string) => void;
}

/** One call of the API. */
export interface ApiCall {
  query?: object;
  /** Sent as JSON; a FormData or URLSearchParams as it is. */
  body?: unknown;
  /** Without a token. */
  anonymous?: boolean;
  signal?: AbortSignal;
}

export interface RegisterRequest {
  licenseKey: string;
  userIdentifier: string;
  /** Default `web`. */
  deviceType?: string;
  /** Use the trial path, which asks for no proof of identity. */
  sandbox?: boolean;
  /** At the device limit: log the oldest device out (the server's default) or be refused with 405. */
  forceRegister?: boolean;
  metadata?: Record<string, string | number | boolean>;
  /** Signed by the app's backend: says who the user is. */
  identityToken?: string;
}

export interface Registration {
  token: string;
  username: string;
  password: string;
  isExisting: boolean;
  isProfileUpdated: boolean;
  isSandbox?: boolean;
  userJid?: string;
  config: { xmppDomain: string; xmppHost: string; xmppPortWeb: string; [name: string]: unknown };
}

/** A row of /chat/history and /chat/recent. */
export interface ChatRow {
  chatType: 'singlechat' | 'groupchat';
  messageType: string;
  messageId: string;
  message: string;
  fromUser: string;
  toUser: string;
  sentTime: string;
  messageTime?: number;
  participant?: string;
  participantName?: string;
  unread?: number;
  media?: { caption?: string; fileKey?: string; fileName?: string; fileUrl?: string; fileSize?: number; fileType?: string; duration?: number; originalWidth?: number; originalHeight?: number; thumbImage?: string };
  [name: string]: unknown;
}

export interface UserRow {
  userId: string;
  username: string;
  nickName: string;
  image: string;
  [name: string]: unknown;
}

export interface Paged<Row> {
  rows: Row[];
  totalPages: number;
  totalRecords: number;
}

export interface PageQuery {
  page?: number;
  size?: number;
}

/** The shape of every answer but the registrations'. */
export interface Envelope<T> {
  status?: number;
  data?: T;
  message?: string;
  code?: string;
}

/** The Platform API: registration, tokens, and calls that renew their token. */
export class Platform {
  #base: string;
  #fetch: typeof fetch;
  #username?: string;
  #password?: string;
  #token?: string;
  #onToken?: (token: string) => void;
  #renewal?: Promise<string>;
  /** Changes with the credential: an answer for the one before comes too late. */
  #epoch = 0;

  constructor(options: PlatformOptions) {
    const base = options.baseUrl.replace(/\/+$/, '');
    this.#base = /\/api\/v1$/.test(base) ? base : `${base}/api/v1`;
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.#username = options.username;
    this.#password = options.password;
    this.#token = options.token;
    this.#onToken = options.onToken;
  }

  /** Where the API is, without a slash at the end. */
  get baseUrl(): string {
    return this.#base;
  }

  /** The server's WebSocket address. */
  get webSocketUrl(): string {
    const url = new URL(this.#base, globalThis.location?.href);
    return `${url.protocol === 'http:' ? 'ws' : 'wss'}://${url.host}/xmpp-websocket`;
  }

  /** The token in use, if there is one. */
  get currentToken(): string | undefined {
    return this.#token;
  }

  /** The user's or device's name, once known. */
  get username(): string | undefined {
    return this.#username;
  }

  /** Takes a credential or token for the calls that follow; an absent part is forgotten. */
  use({ username, password, token }: { username?: string; password?: string; token?: string }): void {
    this.#username = username;
    this.#password = password;
    this.#token = token;
    this.#renewal = undefined;
    this.#epoch++;
  }

  /** Takes a token and leaves the credential, which renews it. */
  useToken(token: string): void {
    this.#token = token;
  }

  /** An address of the server: absolute ones as they are; empty for what is no address of a file. */
  resolve(path: string): string {
    const base = new URL(this.#base, globalThis.location?.href);
    const { protocol, href } = new URL(path && URL.canParse(path, base) ? path : 'data:,', base);
    return /^https?:$/.test(protocol) ? href : '';
  }

  /** Registers this device for a user and keeps its credential for what follows. */
  async register({ sandbox, deviceType = 'web', ...request }: RegisterRequest): Promise<Registration> {
    const answer = await this.#send<Registration>('POST', sandbox ? '/sandbox/register' : '/register', {
      body: { deviceType, ...request },
      // A token is a proof of who asks, where one is needed and there is no better one.
      anonymous: !this.#token || sandbox || !!request.identityToken,
    });
    this.use(answer);
    this.#take(answer.token);
    return answer;
  }

  /** Fetches a token for the given or the kept credential, and keeps both. */
  async login(username = this.#username, password = this.#password): Promise<string> {
    const epoch = this.#epoch;
    const token = await this.tokenFor(username ?? '', password ?? '');
    if (epoch !== this.#epoch) throw new PlatformError(401, 'signed out meanwhile', 'not-signed-in');
    this.#username = username;
    this.#password = password;
    this.#take(token);
    return token;
  }

  /** Fetches a token for a credential without keeping either. */
  async tokenFor(username: string, password: string): Promise<string> {
    const answer = await this.#send<Envelope<{ token: string }>>('POST', '/login', { body: { username, password }, anonymous: true });
    if (!answer.data?.token) throw new PlatformError(answer.status ?? 400, answer.message ?? 'no token');
    return answer.data.token;
  }

  /** A token for Client's `credentials.token`: a fresh one where the last was rejected. */
  token = async (rejected = false): Promise<string> => {
    if (this.#token && !rejected) return this.#token;
    if (this.#username === undefined || this.#password === undefined) throw new PlatformError(401, 'not signed in', 'not-signed-in');
    // Calls that fail together share one renewal.
    const renewal = (this.#renewal ??= this.login().finally(() => {
      if (this.#renewal === renewal) this.#renewal = undefined;
    }));
    return renewal;
  };

  /** Sends a text as the signed-in user. */
  async sendText(to: string, message: string, options: { chatType?: 'singlechat' | 'groupchat'; replyTo?: string } = {}): Promise<{ messageId?: string }> {
    const { chatType = 'singlechat', replyTo } = options;
    const form = new URLSearchParams(entries({ chatType, toUser: to, messageType: 'text', message, replyTo }));
    return (await this.call<{ messageId?: string }>('POST', '/chat/sendmessage', { body: form })).data ?? {};
  }

  /** A chat's messages, newest page first as the API defines it. */
  history(participant: string, query: PageQuery & { chatType?: 'singlechat' | 'groupchat'; messageId?: string; direction?: 'forward' | 'backward' } = {}): Promise<Paged<ChatRow>> {
    const { chatType = 'singlechat', ...rest } = query;
    return this.list('/chat/history', 'chatList', { chatType, participant, ...rest });
  }

  /** The chats with what was last written in them, newest first. */
  recent(query: PageQuery = {}): Promise<Paged<ChatRow>> {
    return this.list('/chat/recent', 'chatList', { exclude: 'notification', ...query });
  }

  users(query: PageQuery & { name?: string; metadataKey?: string; metadataValues?: string } = {}): Promise<Paged<UserRow>> {
    return this.list('/users/userList', 'userList', query);
  }

  /** A page of any listing of the API. */
  async list<Row>(path: string, key: string, query: object): Promise<Paged<Row>> {
    const { data = {} } = await this.call<Record<string, unknown>>('GET', path, { query });
    return {
      rows: (data[key] as Row[] | undefined) ?? [],
      totalPages: Number(data.totalPages ?? 0),
      totalRecords: Number(data.totalRecords ?? 0),
    };
  }

  /** Any call of the API. An expired token is renewed and the call repeated, once. */
  call<T>(method: string, path: string, call: ApiCall = {}): Promise<Envelope<T>> {
    return this.#send(method, path, call);
  }

  /** The same for an answer that is no JSON. */
  async raw(method: string, path: string, { query, body, anonymous, signal }: ApiCall = {}): Promise<Response> {
    const search = query ? `?${new URLSearchParams(entries(query))}` : '';
    const plain = body instanceof FormData || body instanceof URLSearchParams;
    const attempt = async (token: string | undefined): Promise<Response> => {
      const headers: Record<string, string> = { Accept: 'application/json' };
      if (body !== undefined && !plain) headers['Content-Type'] = 'application/json';
      if (token) headers.Authorization = token;
      const init = { method, headers, signal, body: plain ? (body as BodyInit) : body === undefined ? undefined : JSON.stringify(body) };
      return this.#fetch(`${this.#base}${path}${search}`, init).catch((error: Error) => {
        if (error.name === 'AbortError') throw error;
        throw new PlatformError(0, 'the server cannot be reached', 'unreachable', error);
      });
    };
    const token = anonymous ? undefined : await this.token();
    const response = await attempt(token);
    if (response.status !== 401 || anonymous || !this.#username || !this.#password) return response;
    await response.body?.cancel();
    // Another call may have renewed it meanwhile.
    return attempt(await this.token(this.#token === token));
  }

  async #send<T>(method: string, path: string, call: ApiCall): Promise<T> {
    const response = await this.raw(method, path, call);
    const answer = (await response.json().catch(() => ({}))) as T & Envelope<unknown>;
    const status = response.ok && typeof answer.status === 'number' ? answer.status : response.status;
    if (status >= 400) throw new PlatformError(status, answer.message || response.statusText, answer.code);
    return answer;
  }

  #take(token: string): void {
    this.#token = token;
    this.#onToken?.(token);
  }
}

function entries(query: object): [string, string][] {
  return Object.entries(query).flatMap(([k, v]) => (v === undefined || v === '' ? [] : [[k, String(v)] as [string, string]]));
}
