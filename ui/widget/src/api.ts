/** What the widget asks the server for beside XMPP: /widget/v1. */

export interface Config {
  /** The company's id, where the page asked by an alias. */
  companyGuid?: string;
  companyName: string;
  accent?: string;
  greeting?: string;
  /** 0 nobody is there, 1 somebody is, 2 all are busy. */
  state: 0 | 1 | 2;
  language?: string;
  features?: Record<string, unknown>;
}

export interface Visitor {
  username: string;
  secret: string;
  jid: string;
}

export interface Token {
  accessToken: string;
  expiresIn: number;
}

export interface Conversation {
  id: string;
  groupJid: string;
  status: string;
  place?: number;
  operator?: { name: string };
}

export interface OpenRequest {
  text: string;
  messageId: string;
  url?: string;
  widget?: string;
  name?: string;
  email?: string;
  params?: Record<string, string>;
}

export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

export class WidgetApi {
  readonly base: string;
  company: string;

  constructor(base: string, company: string) {
    this.base = base;
    this.company = company;
  }

  /** The server's WebSocket address. */
  get webSocketUrl(): string {
    return `${this.base.replace(/^http/, 'ws')}/xmpp-websocket`;
  }

  async config(): Promise<Config> {
    const config = await this.#send<Config>('GET', `config?c=${encodeURIComponent(this.company)}`);
    this.company = config.companyGuid ?? this.company;
    return config;
  }

  visitor(language: string): Promise<Visitor & Token> {
    return this.#send('POST', 'visitors', { companyGuid: this.company, language });
  }

  token({ username, secret }: Visitor): Promise<Token> {
    return this.#send('POST', 'token', { companyGuid: this.company, username, secret });
  }

  open(token: string, request: OpenRequest): Promise<Conversation> {
    return this.#send('POST', 'conversations', request, token);
  }

  /** The visitor's open conversation, if there is one. */
  async current(token: string): Promise<Conversation | undefined> {
    return (await this.#send<Conversation | undefined>('GET', 'conversations/current', undefined, token)) || undefined;
  }

  leave(token: string, id: string): Promise<void> {
    return this.#send('POST', `conversations/${encodeURIComponent(id)}/leave`, {}, token);
  }

  feedback(token: string, id: string, stars: number, text: string): Promise<void> {
    return this.#send('POST', `conversations/${encodeURIComponent(id)}/feedback`, { stars, ...(text && { text }) }, token);
  }

  async #send<T>(method: string, path: string, body?: unknown, token?: string): Promise<T> {
    const response = await fetch(`${this.base}/widget/v1/${path}`, {
      method,
      // The token says who we are: the widget neither sends nor takes cookies.
      credentials: 'omit',
      headers: {
        Accept: 'application/json',
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(token && { Authorization: `Bearer ${token}` }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    let answer: unknown;
    try {
      answer = text ? JSON.parse(text) : undefined;
    } catch {
      answer = undefined;
    }
    if (!response.ok) throw new ApiError(response.status, (answer as { message?: string } | undefined)?.message ?? response.statusText);
    return answer as T;
  }
}
