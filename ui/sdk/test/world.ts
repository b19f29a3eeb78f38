import { FakeServer, type RestRequest } from './server.mjs';

type Answer = [number, unknown];
type Handler = (request: RestRequest, user: string) => Answer | undefined;

const ok = (data: unknown = {}): Answer => [200, { status: 200, data, message: 'ok' }];

/** The fake XMPP server with a REST side: enough to register, to connect, and to note every call. */
export class World {
  server = new FakeServer();
  calls: { method: string; path: string; query: Record<string, string>; body: unknown; token?: string }[] = [];
  /** By "METHOD /path", what comes after /api/v1; they stand before the ones below. */
  handlers = new Map<string, Handler>();
  /** Tokens that count, with their user. */
  tokens = new Map<string, string>();
  #next = 1;

  async start(): Promise<string> {
    this.server.rest = (request) => this.#answer(request);
    await this.server.listen();
    return this.url;
  }

  get url(): string {
    return this.server.url.replace('ws:', 'http:').replace('/xmpp-websocket', '');
  }

  on(call: string, answer: Handler | Answer | unknown[] | object): void {
    this.handlers.set(call, typeof answer === 'function' ? (answer as Handler) : () => (Array.isArray(answer) && typeof answer[0] === 'number' ? (answer as Answer) : ok(answer)));
  }

  /** The bodies or queries of the calls of one kind. */
  asked(call: string): unknown[] {
    return this.calls.filter((c) => `${c.method} ${c.path}` === call).map((c) => (c.method === 'GET' ? c.query : c.body));
  }

  token(user: string): string {
    const token = `t${this.#next++}`;
    this.tokens.set(token, user);
    const account = (this.server as unknown as { accounts: Map<string, { password: string; tokens: Set<string> }> }).accounts;
    if (!account.has(user)) this.server.user(user, `p-${user}`);
    account.get(user)!.tokens.add(token);
    return token;
  }

  /** Tokens end: calls with them are 401, streams are refused. */
  expire(): void {
    this.tokens.clear();
    for (const account of (this.server as unknown as { accounts: Map<string, { tokens: Set<string> }> }).accounts.values()) account.tokens.clear();
  }

  #answer(request: RestRequest): Answer | undefined {
    const path = request.path.replace(/^\/api\/v1/, '');
    const body = parseBody(request);
    const { authorization: token } = request.headers;
    this.calls.push({ method: request.method, path, query: Object.fromEntries(request.query), body, token });
    const user = this.tokens.get(token ?? '') ?? '';
    const call = `${request.method} ${path}`;
    const anonymous = ['POST /login', 'POST /register', 'POST /sandbox/register'].includes(call) || path.startsWith('/login/');
    if (!anonymous && !user) return [401, { status: 401, message: 'Token Expired' }];
    const handled = this.handlers.get(call)?.(request, user);
    if (handled) return handled;
    if (path.endsWith('/register')) return this.#register((body as { userIdentifier: string }).userIdentifier);
    if (path === '/login') return this.#login(body as { username: string; password: string });
    const [, named] = /^\/users\/([a-z0-9]+)$/.exec(path) ?? [];
    if (named && request.method === 'GET' && named.length < 8) return ok({ userId: named, userJid: `${named}@localhost`, nickName: named.toUpperCase(), image: '/media/x' });
    return undefined;
  }

  #register(name: string): Answer {
    const token = this.token(name);
    return [200, { token, username: name, password: `p-${name}`, isExisting: false, isProfileUpdated: false, isSandbox: true, userJid: `${name}@localhost`, config: { xmppDomain: 'localhost', webSocketUrl: this.server.url } }];
  }

  #login({ username, password }: { username: string; password: string }): Answer {
    if (password !== `p-${username}`) return [401, { status: 401, message: 'wrong', code: 'credentials-wrong' }];
    return ok({ token: this.token(username) });
  }
}

function parseBody({ headers, body }: RestRequest): unknown {
  const text = body.toString();
  const type = headers['content-type'] ?? '';
  if (type.includes('json')) return JSON.parse(text || '{}');
  if (type.includes('urlencoded')) return Object.fromEntries(new URLSearchParams(text));
  return text;
}

export async function until(condition: () => boolean, what = 'the condition'): Promise<void> {
  const end = Date.now() + 25_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited too long for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}
