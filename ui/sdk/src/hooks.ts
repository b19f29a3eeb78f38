import type { Source } from './media/source.ts';
import type { Sink } from './media/sink.ts';

/** What only some runtimes can do; set by the Node entry. */
export const hooks: {
  openPath?: (path: string) => Promise<Source>;
  fileSink?: (path: string) => Promise<Sink>;
} = {};
