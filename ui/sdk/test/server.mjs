// A small XMPP server for tests and for screens without the real one. It speaks
// enough of RFC 7395, SASL, XEP-0198, 0280, 0313 and of groups, and can be told
// to lose things. It is a stand-in: nothing here is a model for the server.
import { createHash, createHmac, pbkdf2Sync, randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { xml } from '@xmpp/client-core';
import parse from '@xmpp/xml/lib/parse.js';
import { WebSocketServer } from 'ws';

const FRAMING = 'urn:ietf:params:xml:ns:xmpp-framing';
const SASL = 'urn:ietf:params:xml:ns:xmpp-sasl';
const SM = 'urn:xmpp:sm:3';
const MAM = 'urn:xmpp:mam:2';
const RSM = 'http://jabber.org/protocol/rsm';
const CARBONS = 'urn:xmpp:carbons:2';
const STANZAS = 'urn:ietf:params:xml:ns:xmpp-stanzas';
const b64 = (text) => Buffer.from(text, 'utf8').toString('base64');
const unb64 = (text) => Buffer.from(text, 'base64').toString('utf8');
const bare = (jid) => jid.split('/')[0];
const local = (jid) => jid.split('@')[0];

/** One bound stream; it outlives its socket until it is forgotten. */
class Session {
  constructor(server, account, resource) {
    this.server = server;
    this.account = account;
    this.jid = `${account}@${server.domain}/${resource}`;
    this.id = randomUUID();
    this.sm = false;
    this.inbound = 0;
    this.outbound = 0;
    this.unacked = [];
    this.socket = undefined;
    this.available = false;
  }

  stanza(element) {
    element.attrs.xmlns = 'jabber:client';
    const text = element.toString();
    if (this.sm) {
      this.outbound++;
      this.unacked.push(text);
    }
    if (!this.server.mute) this.socket?.send(text);
  }

  acknowledged(h) {
    this.unacked.splice(0, this.unacked.length - (this.outbound - h));
  }
}

export class FakeServer {
  domain = 'localhost';
  /** localpart → { password, tokens } */
  accounts = new Map();
  /** group JID → Set of localparts */
  groups = new Map();
  /** bare or group JID → [{ id, stanza, time }] */
  archives = new Map();
  sessions = new Map();
  mechanisms = ['OAUTHBEARER', 'SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN'];
  offerSM = true;
  /** XEP-0478: what a stanza may have; 0 says nothing. */
  limit = 0;
  /** Stanzas to clients are counted but not written. */
  mute = false;
  /** Frames from clients are thrown away. */
  deaf = false;
  /** What to do with the next message after it was stored: 'drop' the socket before acknowledging. */
  afterStore = undefined;
  /** Every element received, as text. */
  log = [];
  /** Called with each message that was stored: (from bare, to bare, element). */
  onMessage = () => {};
  rosters = new Map();
  /** Connections are cut before the handshake. */
  refuse = false;
  /** Condition with which messages are refused. */
  refuseMessages = '';
  lieAboutProof = false;
  /** Answers HTTP requests: ({ method, path, query, headers, body }) → [status, JSON]. */
  rest = () => undefined;
  /** IQs that are not known here: (element, payload) → children of the result, or undefined. */
  onIQ = () => undefined;
  url = '';

  /** Text to element, for payloads in tests. */
  parse(text) {
    return parse(text);
  }

  user(name, password = 'secret', tokens = []) {
    this.accounts.set(name, { password, tokens: new Set(tokens) });
    return `${name}@${this.domain}`;
  }

  async listen(port = 0) {
    this.http = createServer((request, response) => this.#request(request, response));
    this.attach(this.http);
    await new Promise((resolve) => this.http.listen(port, '127.0.0.1', resolve));
    this.url = `ws://127.0.0.1:${this.http.address().port}/xmpp-websocket`;
    return this.url;
  }

  async #request(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const url = new URL(request.url, 'http://localhost');
    const asked = { method: request.method, path: url.pathname, query: url.searchParams, headers: request.headers, body: Buffer.concat(chunks) };
    const [status, body] = (await this.rest(asked)) ?? [404, { status: 404, message: 'no such path' }];
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  }

  attach(http) {
    this.wss = new WebSocketServer({ noServer: true, handleProtocols: (p) => (p.has('xmpp') ? 'xmpp' : false) });
    http.on('upgrade', (request, socket, head) => {
      if (this.refuse) return socket.destroy();
      this.wss.handleUpgrade(request, socket, head, (ws) => this.#connection(ws));
    });
  }

  async close() {
    for (const ws of this.wss.clients) ws.terminate();
    await new Promise((resolve) => this.http.close(resolve));
  }

  /** Writes a stanza to every stream of an account. */
  push(name, text) {
    for (const session of this.sessions.values()) if (session.account === name) session.stanza(parse(text));
  }

  /** Ends every stream of an account with a stream error. */
  end(name, inner) {
    for (const session of [...this.sessions.values()].filter((s) => s.account === name)) {
      session.socket?.send(`<stream:error xmlns:stream='http://etherx.jabber.org/streams'>${inner}</stream:error>`);
      this.sessions.delete(session.id);
      session.socket?.close();
    }
  }

  /** Cuts every connection as a dead network does. */
  drop() {
    for (const ws of this.wss.clients) ws.terminate();
  }

  /** Cuts every connection and forgets the streams: resumption fails. */
  forget() {
    this.sessions.clear();
    this.drop();
  }

  archive(jid) {
    if (!this.archives.has(jid)) this.archives.set(jid, []);
    return this.archives.get(jid);
  }

  #store(jid, element, entry = {}) {
    const id = randomBytes(6).toString('hex');
    this.archive(jid).push({ id, stanza: element.toString(), time: new Date().toISOString(), ...entry });
    return id;
  }

  /** Sends a message as if `from` (a full address) had. */
  message(from, to, text, { id = randomUUID(), extra = [], type } = {}) {
    const group = this.groups.has(bare(to));
    this.route(
      xml('message', { from, to, id, type: type ?? (group ? 'groupchat' : 'chat') }, text === undefined ? null : xml('body', {}, text), ...extra),
    );
    return id;
  }

  /** A conversation notice from the group itself. */
  notice(group, attributes) {
    const element = xml('message', { from: group, to: group, type: 'groupchat', id: randomUUID() },
      xml('conversation', { xmlns: 'urn:switchboard:conversation:0', ...attributes }));
    this.#group(group, group, element, undefined);
  }

  route(element, session) {
    const to = bare(element.attrs.to);
    const from = bare(element.attrs.from);
    if (this.groups.has(to)) {
      const occupant = `${to}/${local(from)}`;
      return this.#group(to, occupant, element, session);
    }
    const worth = element.getChild('body') || element.getChild('received', 'urn:xmpp:receipts') || element.getChild('store', 'urn:xmpp:hints');
    const mine = worth && this.#store(from, element, { peer: to });
    const theirs = worth && from !== to && this.#store(to, element, { peer: from });
    this.onMessage(from, to, element);
    for (const other of this.sessions.values()) {
      const jid = bare(other.jid);
      if (jid === to) other.stanza(withId(element, to, theirs));
      else if (jid === from && other !== session && worth) other.stanza(carbon('sent', from, other.jid, withId(element, from, mine)));
    }
  }

  #group(group, from, element, session) {
    element.attrs.from = from;
    const worth = element.getChild('body') || element.getChild('conversation', 'urn:switchboard:conversation:0');
    const id = worth && this.#store(group, element);
    this.onMessage(from, group, element);
    for (const other of this.sessions.values()) {
      if (!this.groups.get(group).has(other.account)) continue;
      if (!worth && other === session) continue;
      const copy = withId(element, group, id);
      copy.attrs.to = other.jid;
      other.stanza(copy);
    }
  }

  #connection(ws) {
    const state = { ws, account: undefined, session: undefined, mech: undefined };
    ws.on('message', (data) => {
      if (this.deaf) return;
      const text = data.toString();
      this.log.push(text);
      const element = parse(text);
      const send = (el) => ws.send(el.toString());
      if (element.is('open', FRAMING)) return this.#open(state, send);
      if (element.is('close', FRAMING)) {
        if (state.session) this.sessions.delete(state.session.id);
        send(xml('close', { xmlns: FRAMING }));
        return ws.close();
      }
      if (element.getNS() === SASL) return this.#sasl(state, element, send);
      if (element.getNS() === SM) return this.#management(state, element, send);
      this.#stanza(state, element);
    });
    ws.on('close', () => {
      if (state.session?.socket === ws) {
        state.session.socket = undefined;
        if (!state.session.sm) this.sessions.delete(state.session.id);
      }
    });
  }

  #open(state, send) {
    send(xml('open', { xmlns: FRAMING, from: this.domain, id: randomUUID(), version: '1.0' }));
    const features = state.account
      ? [xml('bind', { xmlns: 'urn:ietf:params:xml:ns:xmpp-bind' }), this.offerSM && xml('sm', { xmlns: SM }), this.limit && xml('limits', { xmlns: 'urn:xmpp:stream-limits:0' }, xml('max-bytes', {}, String(this.limit)))]
      : [xml('mechanisms', { xmlns: SASL }, ...this.mechanisms.map((m) => xml('mechanism', {}, m)))];
    send(xml('stream:features', { 'xmlns:stream': 'http://etherx.jabber.org/streams' }, ...features));
  }

  #sasl(state, element, send) {
    const text = element.text() === '=' ? '' : unb64(element.text());
    const fail = (condition = 'not-authorized') => send(xml('failure', { xmlns: SASL }, xml(condition)));
    const succeed = (account, final = '') => {
      state.account = account;
      send(xml('success', { xmlns: SASL }, final && b64(final)));
    };
    const challenge = (value) => send(xml('challenge', { xmlns: SASL }, b64(value)));
    if (element.name === 'auth') state.mech = element.attrs.mechanism;
    if (state.mech === 'OAUTHBEARER') {
      if (text === '\x01') return fail();
      const token = /\x01auth=Bearer ([^\x01]*)\x01/.exec(text)?.[1];
      const found = [...this.accounts].find(([, a]) => a.tokens.has(token));
      return found ? succeed(found[0]) : challenge('{"status":"invalid_token"}');
    }
    if (state.mech === 'PLAIN') {
      const [, name, password] = text.split('\0');
      return this.accounts.get(name)?.password === password ? succeed(name) : fail();
    }
    return this.#scram(state, element, text, { challenge, fail, succeed });
  }

  #scram(state, element, text, { challenge, fail, succeed }) {
    const hash = state.mech === 'SCRAM-SHA-1' ? 'sha1' : 'sha256';
    if (element.name === 'auth') {
      const [, name, nonce] = /^n,,n=([^,]*),r=(.*)$/.exec(text);
      state.scram = { name: name.replaceAll('=2C', ',').replaceAll('=3D', '='), bare: text.slice(3), salt: randomBytes(16) };
      state.scram.first = `r=${nonce}${randomBytes(9).toString('base64')},s=${state.scram.salt.toString('base64')},i=4096`;
      return challenge(state.scram.first);
    }
    const { name, bare: firstBare, first, salt } = state.scram;
    const [, without, proof] = /^(.*),p=(.*)$/.exec(text);
    const password = this.accounts.get(name)?.password ?? randomUUID();
    const salted = pbkdf2Sync(password, salt, 4096, hash === 'sha1' ? 20 : 32, hash);
    const hmac = (key, data) => createHmac(hash, key).update(data).digest();
    const clientKey = hmac(salted, 'Client Key');
    const message = `${firstBare},${first},${without}`;
    const signature = hmac(createHash(hash).update(clientKey).digest(), message);
    const wanted = Buffer.from(clientKey.map((b, i) => b ^ signature[i])).toString('base64');
    if (proof !== wanted) return fail();
    const server = hmac(hmac(salted, 'Server Key'), message).toString('base64');
    succeed(name, `v=${this.lieAboutProof ? b64('lie') : server}`);
  }

  #management(state, element, send) {
    const { session } = state;
    if (element.name === 'enable') {
      session.sm = true;
      session.inbound = 0;
      return send(xml('enabled', { xmlns: SM, id: session.id, resume: 'true' }));
    }
    if (element.name === 'r') return send(xml('a', { xmlns: SM, h: String(session.inbound) }));
    if (element.name === 'a') return session.acknowledged(Number(element.attrs.h));
    const old = this.sessions.get(element.attrs.previd);
    if (!old || old.account !== state.account)
      return send(xml('failed', { xmlns: SM }, xml('item-not-found', { xmlns: STANZAS })));
    old.socket?.terminate();
    old.socket = state.ws;
    state.session = old;
    old.acknowledged(Number(element.attrs.h));
    send(xml('resumed', { xmlns: SM, previd: old.id, h: String(old.inbound) }));
    if (!this.mute) for (const text of old.unacked) state.ws.send(text);
  }

  #stanza(state, element) {
    const iq = element.name === 'iq' && element.getChildElements()[0];
    const bind = iq && iq.is('bind', 'urn:ietf:params:xml:ns:xmpp-bind');
    if (bind) {
      const session = new Session(this, state.account, iq.getChildText('resource') || randomBytes(4).toString('hex'));
      session.socket = state.ws;
      state.session = session;
      this.sessions.set(session.id, session);
      return session.stanza(xml('iq', { type: 'result', id: element.attrs.id },
        xml('bind', { xmlns: 'urn:ietf:params:xml:ns:xmpp-bind' }, xml('jid', {}, session.jid))));
    }
    const { session } = state;
    if (session.sm) session.inbound++;
    element.attrs.from = session.jid;
    if (iq) return this.#iq(session, element, iq);
    if (element.name === 'presence') return this.#presence(session, element);
    if (this.refuseMessages) {
      return session.stanza(xml('message', { type: 'error', id: element.attrs.id, from: element.attrs.to, to: session.jid },
        xml('error', { type: 'cancel' }, xml(this.refuseMessages, { xmlns: STANZAS }))));
    }
    this.route(element, session);
    if (this.afterStore === 'drop') {
      this.afterStore = undefined;
      state.ws.terminate();
    }
  }

  #presence(session, element) {
    if (element.attrs.to) return;
    session.available = element.attrs.type !== 'unavailable';
    const me = bare(session.jid);
    for (const other of this.sessions.values()) {
      if (other === session || !this.rosters.get(me)?.includes(bare(other.jid))) continue;
      other.stanza(xml('presence', { ...element.attrs, to: other.jid }));
      if (other.available) session.stanza(xml('presence', { from: other.jid, to: session.jid }));
    }
  }

  #iq(session, element, child) {
    const reply = (...children) => session.stanza(xml('iq', { type: 'result', id: element.attrs.id, to: session.jid }, ...children));
    const error = (condition) => session.stanza(xml('iq', { type: 'error', id: element.attrs.id },
      xml('error', { type: 'cancel' }, xml(condition, { xmlns: STANZAS }))));
    if (element.attrs.type !== 'get' && element.attrs.type !== 'set') return undefined;
    if (child.is('enable', CARBONS)) return reply();
    if (child.is('query', 'jabber:iq:roster')) {
      const items = (this.rosters.get(bare(session.jid)) ?? []).map((jid) => xml('item', { jid, subscription: 'both' }));
      return reply(element.attrs.type === 'get' ? xml('query', { xmlns: 'jabber:iq:roster' }, ...items) : undefined);
    }
    if (child.is('query', MAM)) return this.#mam(session, element, child, reply, error);
    const answer = this.onIQ(element, child);
    return answer ? reply(...answer) : error('service-unavailable');
  }

  #mam(session, element, query, reply, error) {
    const archive = element.attrs.to ? bare(element.attrs.to) : bare(session.jid);
    const set = query.getChild('set', RSM);
    const peer = query.getChild('x', 'jabber:x:data')?.getChildren('field').find((f) => f.attrs.var === 'with')?.getChildText('value');
    const field = (name) => query.getChild('x', 'jabber:x:data')?.getChildren('field').find((f) => f.attrs.var === name)?.getChildText('value');
    const [start, end] = [field('start'), field('end')];
    let items = this.archive(archive).filter((m) => (!peer || m.peer === peer) && (!start || m.time >= start) && (!end || m.time <= end));
    const after = set?.getChildText('after');
    const before = set?.getChildText('before');
    const at = (id) => items.findIndex((m) => m.id === id);
    if ((after && at(after) < 0) || (before && at(before) < 0)) return error('item-not-found');
    if (after) items = items.slice(at(after) + 1);
    if (before) items = items.slice(0, at(before));
    const max = Number(set?.getChildText('max') ?? 50);
    const complete = items.length <= max;
    items = set?.getChild('before') ? items.slice(-max) : items.slice(0, max);
    for (const m of items) {
      const inner = parse(m.stanza);
      inner.attrs.xmlns = 'jabber:client';
      session.stanza(xml('message', { from: archive, to: session.jid },
        xml('result', { xmlns: MAM, queryid: query.attrs.queryid, id: m.id },
          xml('forwarded', { xmlns: 'urn:xmpp:forward:0' }, xml('delay', { xmlns: 'urn:xmpp:delay', stamp: m.time }), inner))));
    }
    return reply(xml('fin', { xmlns: MAM, complete: String(complete) },
      xml('set', { xmlns: RSM }, ...(items.length > 0 ? [xml('first', {}, items[0].id), xml('last', {}, items.at(-1).id)] : []))));
  }
}

function withId(element, by, id) {
  const copy = parse(element.toString());
  if (id) copy.append(xml('stanza-id', { xmlns: 'urn:xmpp:sid:0', by, id }));
  return copy;
}

function carbon(kind, from, to, element) {
  element.attrs.xmlns = 'jabber:client';
  return xml('message', { from, to }, xml(kind, { xmlns: CARBONS }, xml('forwarded', { xmlns: 'urn:xmpp:forward:0' }, element)));
}
