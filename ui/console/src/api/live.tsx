// One event stream for the whole console. An event does not carry the new
// state, it says what is stale: the queries on screen ask again.
import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import { createContext, useContext, useEffect, useState, type ReactNode } from 'react'
import type { Auth } from '../auth/oidc'
import { apiBase } from './client'
import { keys } from './queries'
import { followEvents, type ServerEvent, type StreamState } from './sse'
import type { LedgerEvent } from './types'

/** The query keys that an event makes stale. */
export function staleKeys(kind: string, subject?: number): readonly (readonly unknown[])[] {
  if (kind === 'message') return [keys.live, keys.ones]
  if (kind === 'position') return []
  return [...stateKeys(kind, subject), keys.audit]
}

/** What may put a conversation into the history, which has many pages, or change it there. */
const over = /\.(ended|operator-left|operator-concluded|changed)$/

function stateKeys(kind: string, subject?: number): readonly (readonly unknown[])[] {
  switch (kind.split('.')[0]) {
    case 'conversation':
      return over.test(kind) ? [keys.sessions] : [keys.live, keys.ones, keys.earlier]
    case 'operator':
      return [keys.states, keys.me]
    case 'account':
      return [keys.accounts, keys.users, keys.me, keys.reports, keys.feedback] // who deletes an account may say why
    case 'device':
      return [keys.accounts]
    case 'key':
      return [keys.apiKeys]
    case 'webhook':
      return subject ? [keys.webhook(subject), keys.webhooks] : [keys.webhooks]
    case 'tenant':
      return [keys.company]
    case 'report':
    case 'group':
      return [keys.reports]
    case 'feedback':
      return [keys.feedback]
    case 'signing':
      return [keys.signingKeys]
  }
  return []
}

/**
 * Collects stale keys and refetches them together: the first at once, then at
 * most every `interval`, so that a busy tenant does not turn each event into
 * a request.
 */
export class Refresher {
  private pending = new Map<string, readonly unknown[]>()
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly refresh: (key: readonly unknown[]) => void,
    private readonly interval = 750,
  ) {}

  add(queryKeys: readonly (readonly unknown[])[]) {
    for (const key of queryKeys) this.pending.set(JSON.stringify(key), key)
    if (this.timer === undefined && this.pending.size > 0) this.flush()
  }

  stop() {
    clearTimeout(this.timer)
    this.timer = undefined
    this.pending.clear()
  }

  private flush = () => {
    this.timer = undefined
    if (this.pending.size === 0) return
    const due = [...this.pending.values()]
    this.pending.clear()
    this.timer = setTimeout(this.flush, this.interval)
    for (const key of due) this.refresh(key)
  }
}

function readEvent(event: ServerEvent): LedgerEvent | undefined {
  try {
    const data = JSON.parse(event.data) as Partial<LedgerEvent>
    return { position: Number(event.id), time: '', ...data, kind: data.kind ?? event.event }
  } catch {
    return undefined
  }
}

const LiveContext = createContext<StreamState>('connecting')

/** Whether the console is up to date by itself right now. */
export const useStreamState = () => useContext(LiveContext)

export function LiveProvider({ auth, children }: { auth: Auth; children: ReactNode }) {
  const client = useQueryClient()
  const [state, setState] = useState<StreamState>('connecting')
  useEffect(() => start(auth, client, setState), [auth, client])
  return <LiveContext value={state}>{children}</LiveContext>
}

function start(auth: Auth, client: QueryClient, setState: (state: StreamState) => void) {
  const abort = new AbortController()
  const refresher = new Refresher((queryKey) => void client.invalidateQueries({ queryKey }))
  let connections = 0
  void followEvents({
    url: `${apiBase}/events`,
    token: auth.token,
    renew: auth.renew,
    signal: abort.signal,
    onState(state) {
      setState(state)
      if (state === 'live' && connections++ > 0) void client.invalidateQueries() // what fell into the gap
    },
    onEvent(event) {
      const fact = readEvent(event)
      if (fact) refresher.add(staleKeys(fact.kind, fact.subject))
    },
  })
  return () => {
    abort.abort()
    refresher.stop()
  }
}
