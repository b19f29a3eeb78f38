import { xml } from '@xmpp/client-core';
import type { Client } from '../src/index.ts';

/** A storage as the server's: slots by XEP-0363, bytes by tus. It can be told to fail. */
export class Storage {
  files = new Map<string, { size: number; bytes: Uint8Array; secret: string; filename: string; type: string }>();
  log: string[] = [];
  /** Called before each request; may throw (no network), give an answer, or say how many bytes of a PATCH arrive before the line breaks. */
  fault: (method: string, n: number) => Response | number | undefined = () => undefined;
  refuseSlots?: string;
  #requests = 0;

  client = {
    domain: 'localhost',
    request: async (_type: string, _to: string, request: { attrs: Record<string, string> }) => {
      if (this.refuseSlots) throw Object.assign(new Error(this.refuseSlots), { condition: this.refuseSlots });
      const url = `http://store/media/${this.files.size}/${request.attrs.filename}`;
      const secret = `Bearer s${this.files.size}`;
      this.files.set(url, { size: Number(request.attrs.size), bytes: new Uint8Array(), secret, filename: request.attrs.filename!, type: request.attrs['content-type']! });
      return xml('iq', {}, xml('slot', { xmlns: 'urn:xmpp:http:upload:0' }, xml('put', { url }, xml('header', { name: 'Authorization' }, secret)), xml('get', { url })));
    },
  } as unknown as Client;

  fetch = (async (url: string, init: RequestInit = {}) => {
    const method = init.method ?? 'GET';
    const headers = new Headers(init.headers);
    this.log.push(`${method} ${headers.get('Upload-Offset') ?? headers.get('Range') ?? ''}`.trim());
    if (init.signal?.aborted) throw new DOMException('aborted', 'AbortError');
    const fault = this.fault(method, this.#requests++);
    if (fault instanceof Response) return fault;
    const file = this.files.get(url);
    if (!file) return Response.json({ status: 404, message: 'gone' }, { status: 404 });
    if (method === 'GET') return this.#get(file.bytes, headers.get('Range'), fault);
    if (headers.get('Authorization') !== file.secret) return new Response(null, { status: 403 });
    const at = { 'Upload-Offset': String(file.bytes.length), 'Upload-Length': String(file.size) };
    if (method === 'HEAD') return new Response(null, { headers: at });
    if (method === 'DELETE') {
      this.files.delete(url);
      return new Response(null, { status: 204 });
    }
    if (Number(headers.get('Upload-Offset')) !== file.bytes.length) return new Response(null, { status: 409, headers: at });
    const body = (init.body as Uint8Array).slice(0, fault);
    file.bytes = Buffer.concat([file.bytes, body]);
    if (fault !== undefined) throw new TypeError('the line broke');
    return new Response(null, { status: 204, headers: { 'Upload-Offset': String(file.bytes.length) } });
  }) as typeof fetch;

  #get(all: Uint8Array, range: string | null, breakAfter: number | undefined): Response {
    const start = range ? Number(/bytes=(\d+)-/.exec(range)![1]) : 0;
    const bytes = all.slice(start);
    const headers = { 'Content-Length': String(bytes.length) };
    const body = new ReadableStream({
      start(controller) {
        for (let i = 0; i < bytes.length; i += 70_001) {
          if (breakAfter !== undefined && i >= breakAfter) return controller.error(new TypeError('the line broke'));
          controller.enqueue(bytes.slice(i, i + 70_001));
        }
        controller.close();
      },
    });
    return new Response(body, { status: range ? 206 : 200, headers });
  }
}

export function random(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i += 65_536) crypto.getRandomValues(bytes.subarray(i, i + 65_536));
  return bytes;
}
