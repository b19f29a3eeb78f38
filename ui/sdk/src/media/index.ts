// What is loaded when the first file is received.
import { invalid } from '../error.ts';
import { hooks } from '../hooks.ts';
import { blobSink, type Sink } from './sink.ts';

export { download } from './download.ts';

/** Where a download goes: a Blob, or in Node the file at a path. */
export async function sink(path?: string): Promise<Sink> {
  if (path === undefined) return blobSink();
  if (!hooks.fileSink) throw invalid('a path names a file in Node only', 'file-invalid');
  return hooks.fileSink(path);
}
