import type { Delivery, FileOptions, FileTransfer } from '@switchboard/sdk';
import { kindOf, toLine, type Line, type Media } from './lines.ts';
import { explain, session } from './session.ts';
import { Store } from './store.ts';

/** What is under way for a file. */
export interface Transfer {
  direction: 'up' | 'down';
  state: 'idle' | 'running' | 'paused' | 'failed' | 'done';
  /** 0 to 1. */
  progress: number;
  /** Where the plain content is, once it is. */
  url?: string;
  problem?: string;
}

interface Job extends Transfer {
  upload?: FileTransfer;
  done?: Done;
  stop?: AbortController;
}

/** Hears how sending a file went. */
type Done = (state: Delivery | 'cancelled', error?: Error) => void;

/** Pictures up to this size are fetched without being asked for. */
const eager = 16_000_000;

/** Files on their way up and down, by the message's id. */
class Transfers extends Store {
  #jobs = new Map<string, Job>();
  #redraw = 0;

  start(): void {
    for (const { url, upload, stop } of this.#jobs.values()) {
      upload?.pause();
      stop?.abort();
      if (url?.startsWith('blob:')) URL.revokeObjectURL(url);
    }
    this.#jobs.clear();
  }

  /** Something of ours is still on its way. */
  has(id: string): boolean {
    const job = this.#jobs.get(id);
    return job?.direction === 'up' && job.state !== 'done';
  }

  of(line: Line): Transfer {
    const job = this.#jobs.get(line.id);
    if (job) return job;
    // What is not encrypted, the browser loads and streams by itself.
    const direct = line.media && !line.media.encrypted && line.media.kind !== 'file' ? line.media.url : undefined;
    return { direction: 'down', state: 'idle', progress: 0, url: direct };
  }

  /** Uploads a file when the one before it has ended, and sends it. The line is there at once, its states come later. */
  send(to: string, file: File, options: FileOptions, before: Promise<unknown> | undefined, done: Done): { line: Line; ended: Promise<unknown> } {
    const upload = session.board.sendFile(to, file, { ...options, onProgress: ({ id, percent }) => this.#set(id, { state: 'running', progress: percent / 100 }) });
    const { width, height, duration, thumbnail: thumb, caption = '', encrypt = false } = options;
    const media: Media = { kind: kindOf(file.type), name: file.name, type: file.type, size: file.size, caption, width, height, duration, thumb, encrypted: encrypt, url: '' };
    const line: Line = { ...toLine(upload.message), state: 'queued', media };
    this.#jobs.set(line.id, { direction: 'up', state: 'running', progress: 0, url: URL.createObjectURL(file), upload, done });
    this.#watch(line.id, upload, done);
    if (before) {
      upload.pause();
      void before.then(() => this.#jobs.get(line.id)?.state === 'running' && upload.resume());
    }
    return { line, ended: upload.stored.catch(() => undefined) };
  }

  #watch(id: string, upload: FileTransfer, done: Done): void {
    upload.stored.then(
      () => {
        this.#set(id, { state: 'done', problem: undefined });
        done('sent');
      },
      (error: Error) => {
        if (upload.state === 'cancelled') {
          this.#jobs.delete(id);
          return done('cancelled');
        }
        this.#set(id, { state: 'failed', problem: explain(error) });
        done('failed', error);
      },
    );
  }

  /** Fetches a picture that has come into sight, unless it is a large one. */
  show(line: Line): void {
    if (!this.#jobs.has(line.id) && line.media!.size <= eager) void this.#fetch(line);
  }

  /** Fetches what is needed to show the file. */
  load(line: Line): void {
    void this.#fetch(line);
  }

  async #fetch(line: Line): Promise<string | undefined> {
    const known = this.#jobs.get(line.id);
    if (known?.url || known?.state === 'running') return known.url;
    const stop = new AbortController();
    this.#jobs.set(line.id, { direction: 'down', state: 'running', progress: 0, stop });
    this.#later();
    try {
      const blob = await session.board.download(line.message!, { signal: stop.signal, onProgress: ({ percent }) => this.#set(line.id, { progress: percent / 100 }) });
      const url = URL.createObjectURL(blob);
      this.#set(line.id, { state: 'done', progress: 1, url, problem: undefined });
      return url;
    } catch (error) {
      this.#set(line.id, stop.signal.aborted ? { state: 'paused', progress: 0 } : { state: 'failed', problem: explain(error) });
      return undefined;
    }
  }

  /** Pauses an upload, ends a download. */
  pause(line: Line): void {
    const job = this.#jobs.get(line.id);
    job?.stop?.abort();
    if (!job?.upload) return;
    job.upload.pause();
    this.#set(line.id, { state: 'paused' });
  }

  resume(line: Line): void {
    const job = this.#jobs.get(line.id);
    if (!job?.upload) return void this.#fetch(line);
    const failed = job.state === 'failed';
    this.#set(line.id, { state: 'running', problem: undefined });
    job.upload.resume();
    if (failed) this.#watch(line.id, job.upload, job.done!);
    job.done?.('queued');
  }

  /** Gives an upload up: the message is not sent. */
  cancel(line: Line): void {
    this.#jobs.get(line.id)?.upload?.cancel();
  }

  /** Gives the file to the browser's downloads. */
  async save(line: Line): Promise<void> {
    const url = this.of(line).url?.startsWith('blob:') ? this.of(line).url : await this.#fetch(line);
    if (!url) return;
    const link = document.createElement('a');
    link.href = url;
    link.download = line.media!.name;
    link.click();
  }

  #set(id: string, change: Partial<Job>): void {
    const job = this.#jobs.get(id);
    if (!job) return;
    Object.assign(job, change);
    this.#later();
  }

  // Progress comes often: one drawing per frame is enough, and none while one is being made.
  #later(): void {
    if (this.#redraw) return;
    this.#redraw = requestAnimationFrame(() => {
      this.#redraw = 0;
      this.changed();
    });
  }
}

export const transfers = new Transfers();
session.onStart(() => transfers.start());
