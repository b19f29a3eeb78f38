/** A refusal by the Platform API. */
export class PlatformError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'PlatformError';
    this.status = status;
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
}

export interface Registration {
  token: string;
  username: string;
  password: string;
  isExisting: boolean;
  isProfileUpdated: boolean;
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

type Envelope<T> = { status?: number; data?: T; message?: string };

/** The Platform API: registration, tokens, and messages by request instead of by stream. */
export class Platform {
  #base: string;
  #fetch: typeof fetch;
  #username?: string;
  #password?: string;
  #token?: string;

  constructor(options: PlatformOptions) {
    const base = options.baseUrl.replace(/\/+$/, '');
    this.#base = /\/api\/v1$/.test(base) ? base : `${base}/api/v1`;
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.#username = options.username;
    this.#password = options.password;
    this.#token = options.token;
  }

  /** The server's WebSocket address. */
  get webSocketUrl(): string {
    const url = new URL(this.#base, globalThis.location?.href);
    return `${url.protocol === 'http:' ? 'ws' : 'wss'}://${url.host}/xmpp-websocket`;
  }

  /** Registers this device for a user and keeps its credential for what follows. */
  async register({ sandbox, deviceType = 'web', forceRegister, metadata, ...request }: RegisterRequest): Promise<Registration> {
    const answer = await this.#send<Registration>('POST', sandbox ? '/sandbox/register' : '/register', {
      body: { deviceType, ...request, ...(forceRegister !== undefined && { forceRegister }), ...(metadata && { metadata }) },
      anonymous: !this.#token,
    });
    this.#username = answer.username;
    this.#password = answer.password;
    this.#token = answer.token;
    return answer;
  }

  /** Fetches a token for the given or the kept credential. */
  async login(username = this.#username, password = this.#password): Promise<string> {
    const answer = await this.#send<Envelope<{ token: string }>>('POST', '/login', { body: { username, password }, anonymous: true });
    if (!answer.data?.token) throw new PlatformError(answer.status ?? 400, answer.message ?? 'no token');
    this.#username = username;
    this.#password = password;
    return (this.#token = answer.data.token);
  }

  /** A token for Client's `credentials.token`: a fresh one where the last was rejected. */
  token = async (rejected = false): Promise<string> => (this.#token && !rejected ? this.#token : this.login());

  /** Sends a text as the signed-in user. */
  async sendText(to: string, message: string, options: { chatType?: 'singlechat' | 'groupchat'; messageId?: string } = {}): Promise<{ messageId?: string }> {
    const { chatType = 'singlechat', ...more } = options;
    const answer = await this.#send<Envelope<{ messageId?: string }>>('POST', '/chat/sendmessage', {
      form: { chatType, toUser: to, messageType: 'text', message, ...more },
    });
    return answer.data ?? {};
  }

  /** A chat's messages, newest page first as the API defines it. */
  history(participant: string, query: PageQuery & { chatType?: 'singlechat' | 'groupchat'; messageId?: string; direction?: 'forward' | 'backward' } = {}): Promise<Paged<ChatRow>> {
    const { chatType = 'singlechat', ...rest } = query;
    return this.#list('/chat/history', 'chatList', { chatType, participant, ...rest });
  }

  /** The chats with what was last written in them, newest first. */
  recent(query: PageQuery = {}): Promise<Paged<ChatRow>> {
    return this.#list('/chat/recent', 'chatList', { exclude: 'notification', ...query });
  }

  users(query: PageQuery & { name?: string } = {}): Promise<Paged<UserRow>> {
    return this.#list('/users/userList', 'userList', query);
  }

  async #list<Row>(path: string, key: string, query: object): Promise<Paged<Row>> {
    const { data = {} } = await this.#send<Envelope<Record<string, unknown>>>('GET', path, { query });
    return {
      rows: (data[key] as Row[] | undefined) ?? [],
      totalPages: Number(data.totalPages ?? 0),
      totalRecords: Number(data.totalRecords ?? 0),
    };
  }

  async #send<T>(
    method: string,
    path: string,
    { query, body, form, anonymous }: { query?: object; body?: unknown; form?: Record<string, string>; anonymous?: boolean },
    renewed = false,
  ): Promise<T> {
    const search = query ? `?${new URLSearchParams(entries(query))}` : '';
    const headers: Record<string, string> = { Accept: 'application/json' };
    if (body) headers['Content-Type'] = 'application/json';
    if (!anonymous) headers.Authorization = await this.token(renewed);
    const response = await this.#fetch(`${this.#base}${path}${search}`, {
      method,
      headers,
      body: body ? JSON.stringify(body) : form ? new URLSearchParams(form) : undefined,
    });
    if (response.status === 401 && !anonymous && !renewed && this.#username && this.#password)
      return this.#send(method, path, { query, body, form, anonymous }, true);
    const answer = (await response.json().catch(() => ({}))) as T & Envelope<unknown>;
    if (!response.ok) throw new PlatformError(response.status, answer.message ?? response.statusText);
    if (typeof answer.status === 'number' && answer.status >= 400) throw new PlatformError(answer.status, answer.message ?? '');
    return answer;
  }
}

function entries(query: object): [string, string][] {
  return Object.entries(query).flatMap(([k, v]) => (v === undefined ? [] : [[k, String(v)] as [string, string]]));
}
