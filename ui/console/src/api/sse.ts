// A reader of server-sent events (WHATWG HTML §9.2) over fetch, because
// EventSource cannot send an Authorization header.

export interface ServerEvent {
  id: string
  event: string
  data: string
}

/** Turns chunks of text into events. Lines end in CR, LF or CRLF, and a chunk may end anywhere. */
export class EventParser {
  lastId = ''
  retry: number | undefined
  private rest = ''
  private data: string[] = []
  private type = ''

  feed(chunk: string): ServerEvent[] {
    const out: ServerEvent[] = []
    const text = this.rest + chunk
    let start = 0
    for (let i = 0; i < text.length; i++) {
      const c = text[i]
      if (c !== '\n' && c !== '\r') continue
      if (c === '\r' && i + 1 === text.length) break // the next chunk may begin with its LF
      this.line(text.slice(start, i), out)
      if (c === '\r' && text[i + 1] === '\n') i++
      start = i + 1
    }
    this.rest = text.slice(start)
    return out
  }

  private line(line: string, out: ServerEvent[]) {
    if (line === '') return this.dispatch(out)
    const colon = line.indexOf(':')
    if (colon === 0) return // a comment keeps the connection alive
    const field = colon < 0 ? line : line.slice(0, colon)
    let value = colon < 0 ? '' : line.slice(colon + 1)
    if (value.startsWith(' ')) value = value.slice(1)
    if (field === 'data') this.data.push(value)
    else if (field === 'event') this.type = value
    else if (field === 'id' && !value.includes('\0')) this.lastId = value
    else if (field === 'retry' && /^\d+$/.test(value)) this.retry = Number(value)
  }

  private dispatch(out: ServerEvent[]) {
    if (this.data.length > 0) out.push({ id: this.lastId, event: this.type || 'message', data: this.data.join('\n') })
    this.data = []
    this.type = ''
  }
}

export type StreamState = 'connecting' | 'live' | 'waiting'

export interface FollowOptions {
  url: string
  token(): Promise<string>
  renew(): Promise<string>
  onEvent(event: ServerEvent): void
  /** Called with 'live' after each (re)connection, so that the reader can catch up on what is not an event. */
  onState(state: StreamState): void
  signal: AbortSignal
  fetch?: typeof fetch
  /** Waits that long, or until it makes sense to try earlier. */
  pause?(milliseconds: number, signal: AbortSignal): Promise<void>
  /** Silence after which the connection counts as dead. */
  silence?: number
}

/** Follows the stream until the signal aborts; resumes after the last position it saw. */
export async function followEvents(options: FollowOptions): Promise<void> {
  const { signal, onState } = options
  const pause = options.pause ?? untilTimeOrOnline
  const parser = { lastId: '' }
  let failures = 0
  let refused = false
  while (!signal.aborted) {
    onState('connecting')
    try {
      const token = await (refused ? options.renew() : options.token())
      const outcome = await readOnce(options, token, parser, () => {
        failures = 0
        onState('live')
      })
      refused = outcome === 401
    } catch {
      refused = false
    }
    if (signal.aborted) return
    onState('waiting')
    await pause(backoff(failures++), signal)
  }
}

/** Half a second, doubled up to 30 s, with jitter so that a restarted server is not met by everyone at once. */
export function backoff(failures: number, random: () => number = Math.random): number {
  return Math.min(30_000, 500 * 2 ** Math.min(failures, 10)) * (0.5 + random() / 2)
}

async function readOnce(options: FollowOptions, token: string, resume: { lastId: string }, live: () => void): Promise<number> {
  const fetcher = options.fetch ?? fetch
  const attempt = new AbortController()
  const stop = () => attempt.abort()
  options.signal.addEventListener('abort', stop)
  let watchdog: ReturnType<typeof setTimeout> | undefined
  const heard = () => {
    clearTimeout(watchdog)
    watchdog = setTimeout(stop, options.silence ?? 90_000)
  }
  try {
    heard()
    const headers: Record<string, string> = { Accept: 'text/event-stream', Authorization: `Bearer ${token}` }
    if (resume.lastId) headers['Last-Event-ID'] = resume.lastId
    const response = await fetcher(options.url, { headers, signal: attempt.signal, credentials: 'omit', cache: 'no-store' })
    if (!response.ok || !response.body) return response.status
    live()
    const parser = new EventParser()
    parser.lastId = resume.lastId
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return 200
      heard()
      for (const event of parser.feed(value)) {
        resume.lastId = event.id
        options.onEvent(event)
      }
    }
  } finally {
    clearTimeout(watchdog)
    options.signal.removeEventListener('abort', stop)
    attempt.abort()
  }
}

function untilTimeOrOnline(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      window.removeEventListener('online', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    window.addEventListener('online', done)
    signal.addEventListener('abort', done)
  })
}
