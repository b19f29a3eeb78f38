/** Where a download goes until it is known to be whole and genuine. */
export interface Sink {
  /** Takes the bytes that follow; they may be reused after it has resolved. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Gives out everything that was written. */
  finish(type: string): Promise<Blob>;
  /** Throws it away. */
  drop(): Promise<void>;
}

/** Keeps the pieces as Blobs, which browsers hold outside of the page's memory and on disk where they are large. */
export function blobSink(): Sink {
  let parts: Blob[] = [];
  return {
    write: async (bytes) => void parts.push(new Blob([bytes])),
    finish: async (type) => new Blob(parts, { type }),
    drop: async () => void (parts = []),
  };
}
