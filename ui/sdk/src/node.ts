// The entry for Node: brings a WebSocket for versions that have none.
import WebSocket from 'ws';
import { fallback } from './entity.ts';
import type { WebSocketConstructor } from './types.ts';

// One message per turn of the event loop, as a browser does it.
fallback.WebSocket = class extends WebSocket {
  constructor(url: string, protocols?: string | string[]) {
    super(url, protocols, { allowSynchronousEvents: false });
  }
} as unknown as WebSocketConstructor;

export * from './index.ts';
