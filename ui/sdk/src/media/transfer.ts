import type { Client, Sent } from '../client.ts';
import { filePayload, kindOf, payload, typeOf } from '../content.ts';
import { asError, cancelled, SwitchboardError } from '../error.ts';
import type { Attachment, ChatMessage, FileInput, FileOptions, FileTransfer, TransferProgress } from '../model.ts';
import type { Source } from './source.ts';
import type { Upload } from './upload.ts';

export interface TransferPorts {
  /** Waits for a connection. */
  client: (signal: AbortSignal) => Promise<Client>;
  send: (chat: string, body: string, options: { id: string; payload: ReturnType<typeof payload> }) => Sent;
  domain: string;
  encrypt: boolean;
  /** Rejects where this kind of file is switched off. */
  allowed: (kind: Attachment['kind']) => Promise<void>;
  fetch: typeof fetch;
  progress: (progress: TransferProgress) => void;
  /** Nothing more will come of this transfer. */
  over: (transfer: Transfer) => void;
}

/** A file on its way: uploaded, then sent as a message. */
export class Transfer implements FileTransfer {
  readonly id: string;
  message: ChatMessage;
  state: FileTransfer['state'] = 'running';
  #stored!: Promise<ChatMessage>;
  #ports: TransferPorts;
  #options: FileOptions;
  #input: FileInput;
  #controller?: AbortController;
  #settle!: { resolve: (m: ChatMessage) => void; reject: (error: SwitchboardError) => void };
  #source?: Source;
  #upload?: Upload;
  #run: Promise<void>;

  constructor(message: ChatMessage, input: FileInput, options: FileOptions, ports: TransferPorts) {
    this.id = message.id;
    this.message = message;
    this.#input = input;
    this.#options = options;
    this.#ports = ports;
    this.#promise();
    if (options.signal?.aborted) this.cancel();
    options.signal?.addEventListener('abort', () => this.cancel(), { once: true });
    this.#run = this.#start();
  }

  get stored(): Promise<ChatMessage> {
    return this.#stored;
  }

  pause(): void {
    if (this.state !== 'running') return;
    this.state = 'paused';
    this.#controller?.abort();
  }

  resume(): void {
    if (this.state !== 'paused' && this.state !== 'failed') return;
    if (this.state === 'failed') this.#promise();
    this.state = 'running';
    this.#run = this.#run.then(() => this.#start());
  }

  cancel(): void {
    if (this.state === 'done' || this.state === 'cancelled') return;
    this.state = 'cancelled';
    this.#controller?.abort();
    this.#settle.reject(cancelled());
    void this.#upload?.discard();
    void this.#source?.close();
    this.#ports.over(this);
  }

  #promise(): void {
    this.#stored = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    this.#stored.catch(() => {});
  }

  async #start(): Promise<void> {
    if (this.state !== 'running') return;
    const { signal } = (this.#controller = new AbortController());
    try {
      const uploaded = await (await this.#prepare()).run(signal);
      // From here on the message's way is that of a text: it waits for a connection by itself.
      const sent = this.#send(uploaded);
      this.state = 'done';
      await this.#source?.close();
      await sent.acknowledged;
      this.message = { ...this.message, state: 'sent' };
      this.#settle.resolve(this.message);
      this.#ports.over(this);
    } catch (error) {
      if (signal.aborted) {
        // Opened while it was being cancelled.
        if ((this.state as string) === 'cancelled') await this.#source?.close();
        return;
      }
      this.state = 'failed';
      this.#settle.reject(asError(error, 'upload-failed'));
    }
  }

  async #prepare(): Promise<Upload> {
    if (this.#upload) return this.#upload;
    const { openSource } = await import('./source.ts');
    const { Upload } = await import('./upload.ts');
    const { encrypt, fetch, client } = this.#ports;
    const source = (this.#source ??= await openSource(this.#input));
    const name = this.#options.name || source.name || 'file';
    const type = this.#options.type || source.type || typeOf(name);
    const kind = this.#options.kind ?? kindOf(type);
    if (source.size === 0) throw new SwitchboardError(400, 'the file is empty', 'file-empty');
    this.message = { ...this.message, kind, file: { ...this.message.file!, kind, name, type, size: source.size } };
    if (encrypt) await this.#ports.allowed(kind);
    return (this.#upload = new Upload({ source, name, type, encrypt, client, fetch, progress: (done, total) => this.#progress(done, total) }));
  }

  #progress(done: number, total: number): void {
    const { id, chat } = this.message;
    const progress = { id, chat, done, total, percent: percent(done, total) };
    this.#ports.progress(progress);
    report(this.#options.onProgress, progress);
  }

  #send({ url, key }: { url: string; key?: string }): Sent {
    const file: Attachment = { ...this.message.file!, url, ...(key && { key }) };
    const { body, elements } = filePayload(file);
    const { chat, id } = this.message;
    const sent = this.#ports.send(chat, body, { id, payload: [...payload(chat, this.#ports.domain, '', this.#options), ...elements] });
    this.message = { ...this.message, file, stanza: sent.message.stanza };
    return sent;
  }
}

/** Whole percents; 100 is said only of everything. */
export function percent(done: number, total: number): number {
  return total > 0 ? Math.floor((done / total) * 100) : 100;
}

/** Tells an app's function; what it throws is the app's, not a failure of the transfer. */
export function report(listener: ((progress: TransferProgress) => void) | undefined, progress: TransferProgress): void {
  try {
    listener?.(progress);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
