// The entry for Node: brings a WebSocket for versions that have none, and files by their paths.
import { openAsBlob, promises as fs } from 'node:fs';
import path from 'node:path';
import WebSocket from 'ws';
import { fallback } from './entity.ts';
import { invalid } from './error.ts';
import { hooks } from './hooks.ts';
import type { WebSocketConstructor } from './types.ts';

// One message per turn of the event loop, as a browser does it.
fallback.WebSocket = class extends WebSocket {
  constructor(url: string, protocols?: string | string[]) {
    super(url, protocols, { allowSynchronousEvents: false });
  }
} as unknown as WebSocketConstructor;

hooks.openPath = async (file) => {
  const handle = await fs.open(file, 'r').catch((error) => {
    throw invalid(`this file cannot be read: ${error.message}`, 'file-invalid');
  });
  const { size, mtimeMs } = await handle.stat();
  return {
    size,
    name: path.basename(file),
    type: '',
    read: async (start, end) => {
      // A stream cipher must not see two texts under one key.
      if ((await handle.stat()).mtimeMs !== mtimeMs) throw new Error('the file has changed');
      const bytes = new Uint8Array(end - start);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
      return bytes.subarray(0, bytesRead);
    },
    close: () => handle.close().catch(() => {}),
  };
};

hooks.fileSink = async (file) => {
  const draft = `${file}.${crypto.randomUUID()}.part`;
  const handle = await fs.open(draft, 'wx', 0o600);
  return {
    write: async (bytes) => void (await handle.write(bytes)),
    finish: async (type) => {
      await handle.close();
      await fs.rename(draft, file);
      return openAsBlob(file, { type });
    },
    drop: async () => {
      await handle.close().catch(() => {});
      await fs.rm(draft, { force: true });
    },
  };
};

export * from './index.ts';
