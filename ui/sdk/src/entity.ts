import { Client, type Authenticate, type Entity, type Mechanism, type SocketShape } from '@xmpp/client-core';
import createCallee from '@xmpp/iq/callee.js';
import createCaller from '@xmpp/iq/caller.js';
import createMiddleware from '@xmpp/middleware';
import createBinding from '@xmpp/resource-binding';
import createSASL from '@xmpp/sasl';
import createFeatures from '@xmpp/stream-features';
import createManagement from '@xmpp/stream-management';
import Transport from '@xmpp/websocket/lib/Connection.js';
import Mechanisms from 'saslmechanisms';
import { onlyWhatFits } from './fit.ts';
import type { WebSocketConstructor } from './types.ts';

/** The WebSocket used where neither the options nor the runtime bring one; set by the Node entry. */
export const fallback: { WebSocket?: WebSocketConstructor } = {};

export interface EntityOptions {
  url: string;
  domain: string;
  resource?: string;
  /** In the order of preference. */
  mechanisms: { name: string; mech: new () => Mechanism }[];
  authenticate: Authenticate;
  WebSocket?: WebSocketConstructor;
}

/**
 * One XMPP connection, put together from the parts of @xmpp/client. Its own
 * client() also brings TCP, DNS and a reconnection that a browser cannot
 * bundle or that we do differently.
 */
export function createEntity(options: EntityOptions): Entity {
  const entity = new Client({ service: options.url, domain: options.domain });
  entity.transports = [transport(options.WebSocket)];
  onlyWhatFits(entity);
  const middleware = createMiddleware({ entity });
  const streamFeatures = createFeatures({ middleware });
  const saslFactory = new Mechanisms();
  saslFactory._mechs = options.mechanisms;
  // The order is that of negotiation: sign in, then resume, else bind and enable.
  createSASL({ streamFeatures, saslFactory }, options.authenticate);
  const streamManagement = createManagement({ streamFeatures, entity, middleware });
  // After stream management, which otherwise never sees, and never counts, the answers that the caller takes.
  const iqCaller = createCaller({ middleware, entity });
  const iqCallee = createCallee({ middleware, entity });
  createBinding({ iqCaller, streamFeatures }, options.resource);
  iqCallee.get('urn:xmpp:ping', 'ping', () => ({}));
  return Object.assign(entity, { iqCaller, iqCallee, saslFactory, streamManagement });
}

/** The library's transport, with another WebSocket constructor where one is wanted or needed. */
function transport(wanted?: WebSocketConstructor): typeof Transport {
  const Socket = wanted ?? (globalThis.WebSocket as unknown as WebSocketConstructor | undefined) ?? fallback.WebSocket;
  if (!Socket) throw new Error('this runtime has no WebSocket; pass one in the options');
  const Base = Transport.prototype.Socket;
  class Derived extends (Transport as new () => object) {}
  Object.assign(Derived.prototype, {
    Socket: class extends Base {
      connect(url: string): void {
        this.url = url;
        this.secure = /^wss:/.test(url) || ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname);
        this._attachSocket(new Socket(url, ['xmpp']));
      }
    } as new () => SocketShape,
  });
  return Derived as unknown as typeof Transport;
}
