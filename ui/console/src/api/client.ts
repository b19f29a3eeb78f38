// The one door to the server: the Public API, with the caller's own token.

export const apiBase = '/public/api/v1'

/** What the client needs of the sign-in: a valid token, a fresh one when the server refused it, and a way out. */
export interface TokenSource {
  token(): Promise<string>
  renew(): Promise<string>
  lost(): void
}

/** A refusal or failure. status 0: the server was not reached. fields: what was wrong with which input. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly code = '',
    readonly fields: Record<string, string> = {},
    readonly body: unknown = undefined,
  ) {
    super(message)
    this.name = 'ApiError'
  }
}

/** Part of a list, and the length of the whole. */
export interface Paged<T> {
  items: T[]
  total: number
}

type Scalar = string | number | boolean | null | undefined
export type Query = Record<string, Scalar | Scalar[]>

/** Writes a query as the contract wants it: arrays as repeated keys, nothing for empty values. */
export function queryString(query: Query): string {
  const out = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    for (const v of Array.isArray(value) ? value : [value]) {
      if (v !== undefined && v !== null && v !== '') out.append(key, String(v))
    }
  }
  const s = out.toString()
  return s ? `?${s}` : ''
}

/** Reads an error body: {field: message, …}, ModelState arrays, {code, message}, or nothing at all. */
export function readError(status: number, body: unknown): ApiError {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return new ApiError(status, '', '', {}, body)
  const fields: Record<string, string> = {}
  let message = ''
  let code = ''
  for (const [key, value] of Object.entries(body)) {
    const text = Array.isArray(value) ? value.filter((v) => typeof v === 'string').join(' ') : value
    if (typeof text !== 'string' || text === '') continue
    if (key === 'message' || key === 'error_description' || key === 'detail') message = text
    else if (key === 'code' || key === 'error') code = text
    else fields[key] = text
  }
  return new ApiError(status, message || Object.values(fields)[0] || '', code, fields, body)
}

export class ApiClient {
  constructor(
    private readonly tokens: TokenSource,
    private readonly fetcher: typeof fetch = (...args) => fetch(...args),
  ) {}

  get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
    return this.call<T>('GET', path + queryString(query), undefined, signal)
  }
  /** A page of a list, and how long the whole list is. */
  async page<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<Paged<T>> {
    const response = await this.answer('GET', path + queryString(query), undefined, signal)
    const items = (await this.read<T[] | undefined>(response)) ?? []
    const total = Number(response.headers.get('X-Total-Count') ?? items.length)
    return { items, total }
  }
  /** Sends a file and hears of each JSON line of the answer as it comes. */
  async upload<T>(path: string, file: Blob, type: string, onLine: (line: T) => void, signal: AbortSignal): Promise<void> {
    const response = await this.answer('POST', path, new Blob([file], { type }), signal)
    if (!response.ok || !response.body) return this.read(response)
    try {
      for await (const line of lines(response.body)) onLine(JSON.parse(line) as T)
    } catch (cause) {
      throw unreached(cause)
    }
  }
  post<T = void>(path: string, body?: unknown): Promise<T> {
    return this.call<T>('POST', path, body)
  }
  put<T = void>(path: string, body?: unknown): Promise<T> {
    return this.call<T>('PUT', path, body)
  }
  delete<T = void>(path: string): Promise<T> {
    return this.call<T>('DELETE', path)
  }

  private async call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    return this.read<T>(await this.answer(method, path, body, signal))
  }

  private async answer(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    let response = await this.once(await this.tokens.token(), method, path, body, signal)
    if (response.status === 401) {
      response = await this.once(await this.tokens.renew(), method, path, body, signal)
      if (response.status === 401) this.tokens.lost()
    }
    return response
  }

  private async read<T>(response: Response): Promise<T> {
    const parsed = await readBody(response)
    if (!response.ok) throw readError(response.status, parsed)
    return parsed as T
  }

  private async once(token: string, method: string, path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = { Accept: 'application/json', Authorization: `Bearer ${token}` }
    const init: RequestInit = { method, headers, credentials: 'omit', cache: 'no-store' }
    if (body instanceof Blob) init.body = body // it brings its type
    else if (body !== undefined) {
      headers['Content-Type'] = 'application/json'
      init.body = JSON.stringify(body)
    }
    if (signal) init.signal = signal
    try {
      return await this.fetcher(`${apiBase}/${path}`, init)
    } catch (cause) {
      throw unreached(cause)
    }
  }
}

/** What was broken off on purpose stays what it is; the rest is a server that is not reached, or no longer. */
function unreached(cause: unknown): unknown {
  return cause instanceof DOMException && cause.name === 'AbortError' ? cause : new ApiError(0, '')
}

/** The lines of a stream of text, as they come. */
async function* lines(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  for (let rest = ''; ; ) {
    const { done, value } = await reader.read()
    const parts = (rest + (value ?? '')).split('\n')
    rest = done ? '' : parts.pop()!
    for (const line of parts) if (line.trim()) yield line
    if (done) return
  }
}

async function readBody(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined
  const text = await response.text()
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
