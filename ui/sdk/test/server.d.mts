import type { WebSocketServer } from 'ws';

import type { Element } from '@xmpp/client-core';

export interface RestRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, string | undefined>;
  body: Buffer;
}
export interface Stored {
  id: string;
  stanza: string;
  time: string;
  peer?: string;
}
export class FakeServer {
  domain: string;
  url: string;
  groups: Map<string, Set<string>>;
  archives: Map<string, Stored[]>;
  sessions: Map<string, unknown>;
  rosters: Map<string, string[]>;
  mechanisms: string[];
  log: string[];
  wss?: WebSocketServer;
  offerSM: boolean;
  limit: number;
  refuse: boolean;
  refuseMessages: string;
  lieAboutProof: boolean;
  mute: boolean;
  deaf: boolean;
  afterStore?: 'drop';
  rest: (request: RestRequest) => [number, unknown] | undefined | Promise<[number, unknown] | undefined>;
  onIQ: (element: Element, payload: Element) => unknown[] | undefined;
  push(name: string, text: string): void;
  end(name: string, inner: string): void;
  user(name: string, password?: string, tokens?: string[]): string;
  parse(text: string): unknown;
  listen(port?: number): Promise<string>;
  close(): Promise<void>;
  drop(): void;
  forget(): void;
  archive(jid: string): Stored[];
  message(from: string, to: string, text?: string, options?: { id?: string; extra?: unknown[]; type?: string }): string;
  notice(group: string, attributes: Record<string, string>): void;
}
