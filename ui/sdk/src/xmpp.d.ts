// What this package uses of @xmpp/client 0.14.0 and its parts, which ship no types.
declare module '@xmpp/client-core' {
  export interface Element {
    name: string;
    attrs: Record<string, string>;
    children: (Element | string)[];
    is(name: string, xmlns?: string): boolean;
    getChild(name: string, xmlns?: string): Element | undefined;
    getChildText(name: string, xmlns?: string): string | null;
    getChildren(name: string, xmlns?: string): Element[];
    getChildElements(): Element[];
    getNS(): string | undefined;
    append(child: Element): Element;
    text(): string;
    toString(): string;
  }
  type Child = Element | string | null | undefined | false;
  export function xml(
    name: string,
    attrs?: Record<string, string | number | null | undefined>,
    ...children: (Child | Child[])[]
  ): Element;

  export interface Mechanism {
    name: string;
    clientFirst: boolean;
    response(credentials: Record<string, unknown>): string | Promise<string>;
    challenge(text: string): void | Promise<void>;
    final?(text: string): void | Promise<void>;
  }
  export interface StreamManagement {
    enabled: boolean;
    enableSent: boolean;
    id: string;
    inbound: number;
    outbound: number;
    outbound_q: { stanza: Element; stamp: string }[];
    max: number | null;
    timeout: number;
    requestAckInterval: number;
    requestAckDebounce: number;
    on(event: 'ack' | 'fail', listener: (stanza: Element) => void): void;
    on(event: 'resumed', listener: () => void): void;
  }
  export interface Deferred {
    resolve(value: unknown): void;
    reject(error: Error): void;
  }
  export interface SocketShape {
    url: string;
    secure: boolean;
    socket: { close(): void; addEventListener(type: string, listener: () => void): void } | null;
    _attachSocket(socket: unknown): void;
  }
  export interface Transport {
    new (): unknown;
    prototype: { Socket: new () => SocketShape };
  }
  export interface Entity {
    jid: { toString(): string } | null;
    status: string;
    timeout: number;
    socket: SocketShape | null;
    transports: Transport[];
    saslFactory: { _mechs: { name: string; mech: new () => Mechanism }[] };
    streamManagement: StreamManagement;
    iqCaller: { handlers: Map<string, Deferred>; request(iq: Element, timeout?: number): Promise<Element> };
    iqCallee: {
      get(ns: string, name: string, handler: (ctx: { stanza: Element; element: Element }) => unknown): void;
      set(ns: string, name: string, handler: (ctx: { stanza: Element; element: Element }) => unknown): void;
    };
    isSecure(): boolean;
    connect(service: string): Promise<void>;
    open(options: { domain: string; lang?: string }): Promise<unknown>;
    stop(): Promise<unknown>;
    send(element: Element): Promise<void>;
    on(event: 'stanza' | 'nonza', listener: (element: Element) => void): void;
    emit(event: 'stanza', element: Element): unknown;
    on(event: 'online' | 'disconnect', listener: () => void): void;
    on(event: 'error', listener: (error: Error & { condition?: string }) => void): void;
    _detachSocket(): void;
    _detachParser(): void;
    _status(status: string): void;
  }
  export type Authenticate = (
    done: (credentials: Record<string, unknown>, mechanism: string) => Promise<void>,
    mechanisms: string[],
    fast: unknown,
    entity: Entity,
  ) => Promise<void>;
  export const Client: new (options: { service: string; domain: string }) => Entity;
}
declare module '@xmpp/websocket' {
  const Transport: import('@xmpp/client-core').Transport;
  export default Transport;
}
declare module '@xmpp/websocket/lib/Connection.js' {
  export { default } from '@xmpp/websocket';
}
declare module '@xmpp/middleware' {
  const part: (parts: object) => unknown;
  export default part;
}
declare module '@xmpp/stream-features' {
  const part: (parts: object) => unknown;
  export default part;
}
declare module '@xmpp/iq/caller.js' {
  const part: (parts: object) => import('@xmpp/client-core').Entity['iqCaller'];
  export default part;
}
declare module '@xmpp/iq/callee.js' {
  const part: (parts: object) => import('@xmpp/client-core').Entity['iqCallee'];
  export default part;
}
declare module '@xmpp/sasl' {
  const part: (parts: object, authenticate: import('@xmpp/client-core').Authenticate) => unknown;
  export default part;
}
declare module '@xmpp/resource-binding' {
  const part: (parts: object, resource?: string) => unknown;
  export default part;
}
declare module '@xmpp/stream-management' {
  const part: (parts: object) => import('@xmpp/client-core').StreamManagement;
  export default part;
}
declare module 'saslmechanisms' {
  const Factory: new () => import('@xmpp/client-core').Entity['saslFactory'];
  export default Factory;
}
