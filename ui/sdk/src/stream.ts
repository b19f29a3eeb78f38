import { xml, type Authenticate, type Element, type Entity, type Mechanism } from '@xmpp/client-core';
import { createEntity } from './entity.ts';
import { Emitter } from './emitter.ts';
import { bare } from './jid.ts';
import { NS } from './ns.ts';
import { oauthBearer, plain, scram } from './sasl.ts';
import type { ClientOptions, ConnectionState } from './types.ts';

interface StreamEvents {
  state: ConnectionState;
  /** The stream is usable; resumed means that nothing was lost and no session state is to be set up. */
  up: { resumed: boolean };
  stanza: Element;
  /** The server has taken a stanza of ours (XEP-0198). */
  ack: Element;
  /** The server ended the stream and will not have this device back. */
  ended: { code: string; message: string };
  error: Error;
}

/** Failures that a new attempt with the same credentials cannot mend. */
const fatalSASL = new Set(['not-authorized', 'account-disabled', 'credentials-expired', 'invalid-authzid', 'invalid-mechanism', 'mechanism-too-weak', 'encryption-required']);

/**
 * A connection that stays up: it negotiates through @xmpp/client, resumes by
 * stream management and tries again with growing pauses. Each attempt gets an
 * entity of its own, so a late event of a dead socket cannot disturb the next.
 */
export class Stream extends Emitter<StreamEvents> {
  state: ConnectionState = 'DISCONNECTED';
  #options: ClientOptions;
  #entity?: Entity;
  #running = false;
  /** Which start() the loop belongs to: one that was stopped does not go on beside the next. */
  #turn = 0;
  #rejectedToken = false;
  /** The next attempt needs no pause: it brings another token. */
  #atOnce = false;
  #lastToken?: string;
  #wake?: () => void;
  #up = false;
  /** The session that was said to be up, by its id for resumption. */
  #announced = '';
  /** Ends the attempt that is under way. */
  #end?: (error: Error) => void;
  #probe?: ReturnType<typeof setTimeout>;
  #clock?: ReturnType<typeof setInterval>;
  #setHandlers: { ns: string; name: string; handler: (query: Element, from: string | undefined) => void }[] = [];

  constructor(options: ClientOptions) {
    super();
    this.#options = options;
  }

  /** Our full address once bound. */
  get jid(): string | undefined {
    return this.#entity?.jid?.toString();
  }

  /** Usable at this moment. */
  get isUp(): boolean {
    return this.#up;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    globalThis.addEventListener?.('online', this.check);
    globalThis.document?.addEventListener('visibilitychange', this.check);
    this.#watchClock();
    void this.#run(++this.#turn);
  }

  /** Nothing will be attempted any more. */
  #quit(): void {
    this.#running = false;
    this.#turn++;
    globalThis.removeEventListener?.('online', this.check);
    globalThis.document?.removeEventListener('visibilitychange', this.check);
    clearInterval(this.#clock);
    clearTimeout(this.#probe);
    this.#probe = undefined;
    if (this.#entity) failRequests(this.#entity, new Error('the connection was closed'));
  }

  async stop(): Promise<void> {
    const entity = this.#entity;
    this.#up = false;
    this.#quit();
    this.#entity = undefined;
    this.#wake?.();
    this.#set('DISCONNECTED');
    if (entity) {
      // A server that does not answer any more is not waited for as long as one that is to sign us in.
      entity.timeout = Math.min(entity.timeout, 2_000);
      await entity.stop().catch(() => abandon(entity));
    }
  }

  /** Answers IQ sets from the server or our own account; others are refused. */
  onSet(ns: string, name: string, handler: (query: Element, from: string | undefined) => void): void {
    this.#setHandlers.push({ ns, name, handler });
  }

  /** Ends the pause before the next attempt. */
  retryNow = (): void => this.#wake?.();

  /**
   * Tries again at once; and where there is a connection, asks whether it is
   * still one: after a sleep or a change of networks a socket may be dead
   * without having said so.
   */
  check = (): void => {
    this.#wake?.();
    const entity = this.#entity;
    if (!this.#up || !entity?.streamManagement.enabled || this.#probe) return;
    this.#probe = setTimeout(() => {
      this.#probe = undefined;
      if (this.#entity === entity) this.#end?.(new Error('the server does not answer any more'));
    }, 5_000);
    entity.send(xml('r', { xmlns: NS.sm })).catch(() => {});
  };

  /** A clock that has jumped was asleep. */
  #watchClock(): void {
    const step = 5_000;
    let last = Date.now();
    clearInterval(this.#clock);
    this.#clock = setInterval(() => {
      const slept = Date.now() - last > 3 * step;
      last = Date.now();
      if (slept) this.check();
    }, step);
    (this.#clock as { unref?: () => void }).unref?.();
  }

  async send(element: Element): Promise<void> {
    if (!this.#up || !this.#entity) throw new Error('not connected');
    await this.#entity.send(element);
  }

  /** Sends an IQ and resolves with the answer; waits for a connection if there is none now. */
  async request(iq: Element, timeout = 30_000): Promise<Element> {
    await this.ready(timeout);
    return this.#entity!.iqCaller.request(iq, timeout);
  }

  /** Resolves when the stream is usable; rejects when that takes too long, or when nobody attempts it. */
  ready(timeout = 30_000): Promise<void> {
    if (this.#up) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => finish(new Error('not connected')), timeout);
      const offUp = this.on('up', () => finish());
      const offState = this.on('state', (s) => {
        if (s === 'DISCONNECTED' || s === 'AUTHENTICATIONFAILED') finish(new Error('not connected'));
      });
      const finish = (error?: Error) => {
        clearTimeout(timer);
        offUp();
        offState();
        if (error) reject(error);
        else resolve();
      };
      if (!this.#running) finish(new Error('not connected'));
    });
  }

  #set(state: ConnectionState): void {
    if (this.state === state) return;
    this.state = state;
    this.emit('state', state);
  }

  async #run(turn: number): Promise<void> {
    let failures = 0;
    this.#set('CONNECTING');
    while (turn === this.#turn) {
      try {
        await this.#attempt(() => (failures = 0));
      } catch (error) {
        if (turn !== this.#turn) return;
        this.emit('error', error as Error);
        if (this.#isFatal(error as Error & { condition?: string; status?: number })) return;
      }
      if (turn !== this.#turn) return;
      this.#set('RECONNECTING');
      await this.#pause(failures++);
    }
  }

  /** Decides whether to give up; leaves the loop's state set. */
  #isFatal(error: Error & { condition?: string; status?: number }): boolean {
    const condition = error.condition ?? '';
    const ended = endReason(error);
    if (ended) {
      this.#quit();
      this.emit('ended', ended);
      this.#set('DISCONNECTED');
      return true;
    }
    const refused = (error.name === 'SASLError' && fatalSASL.has(condition)) || [400, 401, 403].includes(error.status ?? 0);
    if (!refused) return false;
    const { credentials } = this.#options;
    if ('token' in credentials && typeof credentials.token === 'function' && !this.#rejectedToken && this.#lastToken) {
      this.#rejectedToken = this.#atOnce = true;
      return false;
    }
    this.#quit();
    this.#set('AUTHENTICATIONFAILED');
    return true;
  }

  #pause(failures: number): Promise<void> {
    const { maxDelay = 30_000 } = this.#options;
    const base = this.#atOnce ? 0 : Math.min(maxDelay, 250 * 2 ** failures);
    this.#atOnce = false;
    return new Promise((resolve) => {
      const timer = setTimeout(done, base * (0.5 + Math.random() / 2));
      this.#wake = done;
      function done() {
        clearTimeout(timer);
        resolve();
      }
    });
  }

  /** One connection from first byte to last: resolves when it ended, rejects when it failed. */
  #attempt(onUp: () => void): Promise<void> {
    const previous = this.#entity;
    const entity = this.#build(previous);
    this.#entity = entity;
    return new Promise((resolve, reject) => {
      let settled = false;
      // What arrives before the session is set up has its place behind what that reads.
      let early: Element[] | undefined = [];
      const timer = setTimeout(() => end(Object.assign(new Error('the server did not answer in time'), { name: 'TimeoutError' })), this.#options.timeout ?? 10_000);
      const end = (error?: Error) => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        this.#up = false;
        clearTimeout(this.#probe);
        this.#probe = undefined;
        abandon(entity);
        if (error) reject(error);
        else resolve();
      };
      this.#end = end;
      const up = (again: boolean) => {
        if (settled || this.#up || this.#entity !== entity) return;
        clearTimeout(timer);
        this.#up = true;
        this.#rejectedToken = false;
        // A session whose first connection broke before it was up is resumed, and has still to be set up.
        const resumed = again && this.#announced === entity.streamManagement.id;
        this.#announced = entity.streamManagement.id;
        if (!resumed && previous) failRequests(previous, new Error('the connection was lost'));
        onUp();
        this.#set('CONNECTED');
        this.emit('up', { resumed });
        for (const stanza of early ?? []) this.emit('stanza', stanza);
        early = undefined;
      };
      this.#listen(entity, up, end);
      entity.on('stanza', (stanza) => {
        if (this.#entity !== entity || stanza.name === 'iq') return;
        if (early) early.push(stanza);
        else this.emit('stanza', stanza);
      });
      entity
        .connect(this.#options.url)
        .then(() => entity.open({ domain: this.#options.domain }))
        .catch((error: Error) => end(error));
    });
  }

  #listen(entity: Entity, up: (resumed: boolean) => void, end: (error?: Error) => void): void {
    const sm = entity.streamManagement;
    let smOffered = false;
    let online = false;
    entity.on('error', (error) => end(error));
    entity.on('disconnect', () => end());
    entity.on('nonza', (element) => {
      if (element.is('a', NS.sm) && this.#entity === entity) {
        clearTimeout(this.#probe);
        this.#probe = undefined;
      }
      if (element.is('features', NS.streams)) smOffered = !!element.getChild('sm', NS.sm);
      // The library notes the answer in a promise continuation: be usable after that.
      else if (online && (element.is('enabled', NS.sm) || element.is('failed', NS.sm))) setTimeout(() => up(false), 0);
    });
    entity.on('online', () => {
      online = true;
      if (!smOffered || sm.enabled) setTimeout(() => up(false), 0);
    });
    sm.on('resumed', () => queueMicrotask(() => up(true)));
    sm.on('ack', (stanza) => this.emit('ack', stanza));
  }

  #build(previous?: Entity): Entity {
    const { url, domain, resource, WebSocket } = this.#options;
    let scramInstance: Mechanism | undefined;
    const authenticate: Authenticate = async (done, mechanisms, _fast, entity) => {
      const secure = entity.isSecure();
      const usable = mechanisms.filter((m) => m !== 'PLAIN' || secure);
      const mechanism = usable[0];
      if (!mechanism) throw Object.assign(new Error('the server offers no sign-in that fits'), { name: 'SASLError', condition: 'invalid-mechanism' });
      let final = '';
      entity.on('nonza', (el) => {
        if (el.is('success', NS.sasl)) final = el.text();
      });
      await done(await this.#secrets(), mechanism);
      // RFC 6120 §6.4.6: the server's proof comes with <success/>.
      if (final && scramInstance?.final) await scramInstance.final(atob(final));
    };
    const entity = createEntity({ url, domain, resource, mechanisms: this.#mechanisms((m) => (scramInstance = m)), authenticate, WebSocket });
    entity.timeout = this.#options.timeout ?? 10_000;
    for (const { ns, name, handler } of this.#setHandlers) {
      entity.iqCallee.set(ns, name, ({ stanza, element }) => {
        const { from } = stanza.attrs;
        // RFC 6121 §2.1.6: a push from anybody else is to be ignored.
        if (from && from !== domain && bare(from) !== bare(entity.jid?.toString() ?? '')) return undefined;
        handler(element, from);
        return {};
      });
    }
    const sm = entity.streamManagement;
    sm.timeout = 20_000;
    sm.requestAckDebounce = 60;
    if (previous) {
      const old = previous.streamManagement;
      sm.id = old.id;
      sm.inbound = old.inbound;
      sm.outbound = old.outbound;
      sm.outbound_q = old.outbound_q;
      sm.max = old.max;
      entity.jid = previous.jid;
      entity.iqCaller.handlers = previous.iqCaller.handlers;
    }
    return entity;
  }

  #mechanisms(onScram: (m: Mechanism) => void): { name: string; mech: new () => Mechanism }[] {
    if ('token' in this.#options.credentials) return [{ name: 'OAUTHBEARER', mech: oauthBearer() }];
    const hashes = globalThis.crypto?.subtle ? (['SHA-256', 'SHA-1'] as const) : [];
    return [
      ...hashes.map((hash) => ({ name: `SCRAM-${hash}`, mech: scram(hash, onScram) })),
      { name: 'PLAIN', mech: plain() },
    ];
  }

  async #secrets(): Promise<Record<string, unknown>> {
    const { credentials } = this.#options;
    if (!('token' in credentials)) return { ...credentials };
    const { token } = credentials;
    this.#lastToken = typeof token === 'function' ? await token(this.#rejectedToken) : token;
    return { token: this.#lastToken };
  }
}

/** Why a stream error is the last word, if it is. */
function endReason(error: Error & { condition?: string; text?: string; application?: Element }): { code: string; message: string } | undefined {
  const { application, text = '' } = error;
  if (application?.is('ended', NS.notice)) return { code: application.attrs.code ?? '', message: text };
  // RFC 6120 §4.9.3.3: another stream took our place. Coming back would throw that one out in turn.
  return error.condition === 'conflict' ? { code: 'conflict', message: text } : undefined;
}

function failRequests(entity: Entity, error: Error): void {
  for (const deferred of entity.iqCaller.handlers.values()) deferred.reject(error);
  entity.iqCaller.handlers.clear();
}

/** Cuts an entity off its socket and timers without asking anybody. */
function abandon(entity: Entity): void {
  const raw = entity.socket?.socket;
  entity._detachSocket();
  entity._detachParser();
  entity._status('disconnect');
  raw?.addEventListener('error', () => {});
  raw?.close();
}
