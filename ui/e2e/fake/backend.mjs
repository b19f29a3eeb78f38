// A stand-in for the server, for looking at screens without one: the built
// pages, /widget/v1, the part of the Platform API that the demo calls, and XMPP.
// It keeps everything in memory and believes everybody.
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { FakeServer } from '../../sdk/test/server.mjs';

const dist = path.resolve(import.meta.dirname, '../../dist');
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json' };
// As the real server sends it: a page that breaks it is noticed here.
const csp = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

export class FakeBackend {
  xmpp = new FakeServer();
  config = { companyName: 'Tarn & Timber', accent: '#1261d3', greeting: '', state: 1, language: 'en', features: {} };
  conversations = new Map();
  feedback = [];
  opened = [];
  /** Path prefixes that answer 503. */
  broken = [];
  /** The language that pages say they are in. */
  lang = '';
  /** Milliseconds before every API answer. */
  delay = 0;
  #next = 1;

  async listen(port = 0) {
    this.http = createServer((request, response) => {
      this.#serve(request, response).catch((error) => {
        response.writeHead(500).end(String(error.stack));
      });
    });
    this.xmpp.attach(this.http);
    await new Promise((resolve) => this.http.listen(port, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${this.http.address().port}`;
    return this.url;
  }

  close() {
    this.xmpp.drop();
    this.http.closeAllConnections();
    return new Promise((resolve) => this.http.close(resolve));
  }

  async #serve(request, response) {
    const url = new URL(request.url, 'http://fake');
    const api = ['/widget/v1/', '/api/v1/', '/public/api/v1/'].some((p) => url.pathname.startsWith(p));
    if (!api) return this.#file(url.pathname, response);
    // The widget calls from other sites: without credentials, with its token.
    if (request.method === 'OPTIONS')
      return response
        .writeHead(204, { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Methods': 'GET, POST', 'Access-Control-Allow-Headers': 'Authorization, Content-Type' })
        .end();
    if (this.delay) await new Promise((resolve) => setTimeout(resolve, this.delay));
    if (this.broken.some((p) => url.pathname.startsWith(p))) return reply(response, 503, { message: 'unavailable' });
    let text = '';
    for await (const chunk of request) text += chunk;
    const form = request.headers['content-type']?.includes('urlencoded');
    const body = form ? Object.fromEntries(new URLSearchParams(text)) : text ? JSON.parse(text) : {};
    const token = (request.headers.authorization ?? '').replace(/^bearer /i, '');
    const me = [...this.xmpp.accounts].find(([, a]) => a.tokens.has(token))?.[0];
    const route = `${request.method} ${url.pathname}`;
    if (url.pathname.startsWith('/widget/v1/')) return this.#widget(route, url, body, me, response);
    return this.#platform(route, url, body, me, response);
  }

  #file(pathname, response) {
    let name = pathname.replace(/^\/api(?=\/|$)/, '/portal');
    if (name.endsWith('openapi.json') || name.startsWith('/portal/openapi/')) return reply(response, 200, openapi);
    let file = path.join(dist, name);
    if (existsSync(file) && statSync(file).isDirectory()) file = path.join(file, 'index.html');
    if (!file.startsWith(dist) || !existsSync(file)) return response.writeHead(404).end('not found');
    const headers = { 'Content-Type': types[path.extname(file)] ?? 'application/octet-stream', 'Access-Control-Allow-Origin': '*' };
    if (file.endsWith('.html')) headers['Content-Security-Policy'] = csp;
    const content = readFileSync(file);
    response.writeHead(200, headers).end(this.lang && file.endsWith('.html') ? String(content).replace('lang="en"', `lang="${this.lang}"`) : content);
  }

  #token(name) {
    const token = randomUUID();
    this.xmpp.accounts.get(name).tokens.add(token);
    return token;
  }

  #widget(route, url, body, me, response) {
    if (route === 'GET /widget/v1/config') return reply(response, 200, this.config);
    if (route === 'POST /widget/v1/visitors') {
      const username = `v-${randomBytes(5).toString('hex')}`;
      const secret = randomUUID();
      const jid = this.xmpp.user(username, secret);
      return reply(response, 201, { username, secret, jid, accessToken: this.#token(username), expiresIn: 3600 });
    }
    if (route === 'POST /widget/v1/token') {
      if (this.xmpp.accounts.get(body.username)?.password !== body.secret) return reply(response, 401, { message: 'unknown visitor' });
      return reply(response, 200, { accessToken: this.#token(body.username), expiresIn: 3600 });
    }
    if (!me) return reply(response, 401, { message: 'sign in first' });
    if (route === 'POST /widget/v1/conversations') return reply(response, 201, this.#open(me, body));
    if (route === 'GET /widget/v1/conversations/current') {
      const found = [...this.conversations.values()].find((c) => c.visitor === me && c.status !== 'CLOSED');
      return found ? reply(response, 200, shape(found)) : response.writeHead(204, { 'Access-Control-Allow-Origin': '*' }).end();
    }
    const [, id, what] = /^\/widget\/v1\/conversations\/([^/]+)\/(leave|feedback)$/.exec(url.pathname) ?? [];
    const conversation = this.conversations.get(id);
    if (!conversation || conversation.visitor !== me) return reply(response, 404, { message: 'no such conversation' });
    if (what === 'leave') this.end(id);
    else this.feedback.push(body);
    return response.writeHead(204, { 'Access-Control-Allow-Origin': '*' }).end();
  }

  #open(visitor, body) {
    const id = String(this.#next++);
    const groupJid = `c${id}-${randomBytes(3).toString('hex')}@mix.${this.xmpp.domain}`;
    this.xmpp.groups.set(groupJid, new Set([visitor]));
    const conversation = { id, groupJid, visitor, status: 'WAITING', place: 2, body };
    this.conversations.set(id, conversation);
    this.opened.push(body);
    this.xmpp.message(`${visitor}@${this.xmpp.domain}/rest`, groupJid, body.text, { id: body.messageId });
    this.#notice(conversation, 'queued', { place: '2' });
    this.onOpened?.(conversation);
    return shape(conversation);
  }

  #notice(c, event, more = {}) {
    this.xmpp.notice(c.groupJid, { id: c.id, event, status: c.status, ...more });
  }

  /** The newest conversation. */
  get latest() {
    return [...this.conversations.values()].at(-1);
  }

  place(n, id = this.latest.id) {
    const c = this.conversations.get(id);
    c.place = n;
    this.#notice(c, 'queued', { place: String(n) });
  }

  /** An operator accepts. */
  join(name, localpart = 'mia', id = this.latest.id) {
    const c = this.conversations.get(id);
    Object.assign(c, { status: 'ACTIVE', operator: { name }, localpart });
    this.xmpp.groups.get(c.groupJid).add(localpart);
    this.#notice(c, 'operator-joined', { operator: name });
  }

  say(text, id = this.latest.id) {
    const c = this.conversations.get(id);
    return this.xmpp.message(`${c.localpart}@${this.xmpp.domain}/console`, c.groupJid, text);
  }

  type(state = 'composing', id = this.latest.id) {
    const c = this.conversations.get(id);
    const from = `${c.localpart}@${this.xmpp.domain}/console`;
    this.xmpp.message(from, c.groupJid, undefined, { extra: [this.xmpp.parse(`<${state} xmlns='http://jabber.org/protocol/chatstates'/>`)] });
  }

  displayed(messageId, id = this.latest.id) {
    const c = this.conversations.get(id);
    const from = `${c.localpart}@${this.xmpp.domain}/console`;
    this.xmpp.message(from, c.groupJid, undefined, { extra: [this.xmpp.parse(`<displayed xmlns='urn:xmpp:chat-markers:0' id='${messageId}'/>`)] });
  }

  end(id = this.latest.id) {
    const c = this.conversations.get(id);
    c.status = 'CLOSED';
    this.#notice(c, 'ended');
  }

  #platform(route, url, body, me, response) {
    const at = route.replace('/api/v1', '');
    const domain = this.xmpp.domain;
    if (at === 'GET /public/Users/me' || at === 'GET /public/api/v1/Users/me') return reply(response, 401, { message: 'sign in' });
    if (at === 'POST /sandbox/register') {
      if (this.trial === false) return reply(response, 403, { status: 403, message: 'not in trial mode' });
      const existing = this.xmpp.accounts.has(body.userIdentifier);
      if (!existing) this.xmpp.user(body.userIdentifier, randomUUID());
      const { password } = this.xmpp.accounts.get(body.userIdentifier);
      for (const other of this.xmpp.accounts.keys()) this.#befriend(body.userIdentifier, other);
      return reply(response, 200, {
        token: this.#token(body.userIdentifier), username: body.userIdentifier, password, isExisting: existing, isProfileUpdated: false,
        config: { xmppDomain: domain, xmppHost: '127.0.0.1', xmppPortWeb: '' },
      });
    }
    if (!me) return reply(response, 401, { status: 401, message: 'Token Expired' });
    if (at === 'GET /chat/recent') {
      const last = new Map();
      for (const m of this.xmpp.archive(`${me}@${domain}`)) {
        const text = /<body>([^]*?)<\/body>/.exec(m.stanza)?.[1];
        if (text) last.set(m.peer, { chatType: 'singlechat', messageType: 'text', messageId: m.id, message: text, participant: m.peer.split('@')[0],
          fromUser: m.stanza.includes(`from="${me}@`) ? me : m.peer.split('@')[0], toUser: me, messageTime: Date.parse(m.time), sentTime: '', unread: 0 });
      }
      return reply(response, 200, { status: 200, data: { chatList: [...last.values()].reverse(), totalPages: 1, totalRecords: last.size } });
    }
    if (at === 'GET /users/userList') {
      const userList = [...this.xmpp.accounts.keys()].filter((n) => !n.startsWith('v-')).map((userId) => ({ userId, username: userId, nickName: userId, image: '' }));
      return reply(response, 200, { status: 200, data: { userList, totalPages: 1, totalRecords: userList.length } });
    }
    return reply(response, 404, { status: 404, message: 'not in the stand-in' });
  }

  #befriend(a, b) {
    if (a === b) return;
    for (const [x, y] of [[a, b], [b, a]]) {
      const jid = `${x}@${this.xmpp.domain}`;
      const list = this.xmpp.rosters.get(jid) ?? [];
      this.xmpp.rosters.set(jid, [...new Set([...list, `${y}@${this.xmpp.domain}`])]);
    }
  }
}

function shape({ id, groupJid, status, place, operator }) {
  return { id, groupJid, status, ...(status === 'WAITING' && { place }), ...(operator && { operator }) };
}

function reply(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Access-Control-Allow-Origin': '*' }).end(JSON.stringify(body));
}

const answer = { 200: { description: 'The account', content: { 'application/json': { schema: { $ref: '#/components/schemas/Account' } } } }, 401: { description: 'Sign in first' } };
const openapi = {
  openapi: '3.1.0',
  info: { title: 'Switchboard', version: 'stand-in', description: 'Two dialects, one server. This document is a stand-in for looking at the page.' },
  tags: [{ name: 'Users' }, { name: 'Webhooks', description: 'Signed deliveries' }],
  paths: {
    '/public/api/v1/Users/me': { get: { tags: ['Users'], summary: 'Who am I', responses: answer } },
    '/public/api/v1/Webhooks': {
      get: { tags: ['Webhooks'], summary: 'All webhooks', responses: answer },
      post: { tags: ['Webhooks'], summary: 'Create a webhook', requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Account' } } } }, responses: answer },
    },
    '/public/api/v1/Webhooks/{id}': {
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'integer' } }],
      put: { tags: ['Webhooks'], summary: 'Change a webhook', responses: answer },
      delete: { tags: ['Webhooks'], summary: 'Delete a webhook', responses: answer },
    },
  },
  components: {
    schemas: { Account: { type: 'object', properties: { id: { type: 'integer' }, username: { type: 'string' } } } },
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
  },
  security: [{ bearer: [] }],
};
