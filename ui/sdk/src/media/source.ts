import { invalid } from '../error.ts';
import { hooks } from '../hooks.ts';

/** A file that is read by pieces. */
export interface Source {
  size: number;
  name: string;
  type: string;
  /** The bytes from `start` up to `end`. */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/** Opens a File or Blob, or in Node the file at a path. */
export async function openSource(file: Blob | string): Promise<Source> {
  if (typeof file !== 'string') return blobSource(file);
  if (!hooks.openPath) throw invalid('a path names a file in Node only', 'file-invalid');
  return hooks.openPath(file);
}

function blobSource(blob: Blob): Source {
  return {
    size: blob.size,
    name: 'name' in blob && typeof blob.name === 'string' ? blob.name : '',
    type: blob.type,
    read: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
    close: async () => {},
  };
}
