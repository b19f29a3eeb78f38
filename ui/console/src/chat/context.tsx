// The operator's own XMPP stream, opened with the same token as the API. The
// client is loaded beside the first screen, not before it.
import { useQuery } from '@tanstack/react-query'
import { createContext, useCallback, useContext, useEffect, useState, useSyncExternalStore, type ReactNode } from 'react'
import { useApi } from '../api/context'
import { meQuery } from '../api/queries'
import type { Auth } from '../auth/oidc'
import { ChatStore, type Timeline } from './store'

/** After that long without a stream the console goes on over REST. */
const patience = 5_000

interface Value {
  store: ChatStore | undefined
  /** The stream did not come up: a proxy may be in its way. */
  gaveUp: boolean
  /** Another connection of this sign-in has the stream: taking it back without being asked would go on for ever. */
  taken: boolean
  takeOver(): void
}

const Context = createContext<Value>({ store: undefined, gaveUp: false, taken: false, takeOver() {} })

export function ChatProvider({ auth, children }: { auth: Auth; children: ReactNode }) {
  const jid = useQuery(meQuery(useApi())).data?.jid
  const [store, setStore] = useState<ChatStore>()
  const [gaveUp, setGaveUp] = useState(false)
  const [taken, setTaken] = useState(false)
  const [attempt, setAttempt] = useState(0)
  useEffect(() => {
    if (!jid) return
    setTaken(false)
    const timer = setTimeout(() => setGaveUp(true), patience)
    const ended = (code: string) => {
      if (code === 'conflict') setTaken(true)
      else auth.renew().catch(() => undefined) // the device is gone: the provider says so, and asks to sign in again
    }
    const stop = connect(auth, jid, { ready: setStore, failed: () => setGaveUp(true), ended })
    return () => {
      clearTimeout(timer)
      setStore(undefined)
      stop()
    }
  }, [auth, jid, attempt])
  const takeOver = useCallback(() => setAttempt((n) => n + 1), [])
  return <Context value={{ store, gaveUp, taken, takeOver }}>{children}</Context>
}

interface Hears {
  ready(store: ChatStore): void
  failed(): void
  ended(code: string): void
}

function connect(auth: Auth, jid: string, { ready, failed, ended }: Hears) {
  let stopped = false
  let stop = () => {}
  import('@switchboard/sdk').then(({ Client, domainOf }) => {
    if (stopped) return
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
    const client = new Client({
      url: `${scheme}://${location.host}/xmpp-websocket`,
      domain: domainOf(jid),
      credentials: { token: (rejected) => (rejected ? auth.renew() : auth.token()) },
    })
    const store = new ChatStore(client)
    client.on('ended', ({ code }) => stopped || ended(code))
    stop = () => {
      store.close()
      void client.disconnect()
    }
    ready(store)
    client.connect().catch(failed)
  }, failed)
  return () => {
    stopped = true
    stop()
  }
}

export type ChatMode = 'chat' | 'connecting' | 'rest'

export function useChat(): { store: ChatStore | undefined; mode: ChatMode; connected: boolean; taken: boolean; takeOver(): void } {
  const { store, gaveUp, taken, takeOver } = useContext(Context)
  const ever = useSyncExternalStore(store?.subscribe ?? never, () => store?.everConnected ?? false)
  const connected = useSyncExternalStore(store?.subscribe ?? never, () => store?.state === 'CONNECTED')
  return { store, connected, taken, takeOver, mode: taken ? 'rest' : ever ? 'chat' : gaveUp ? 'rest' : 'connecting' }
}

const never = () => () => {}
const nothing: Timeline = { items: [], status: 'loading', complete: true, loadingOlder: false, typing: [] }

/** The timeline of a group, kept up to date; loads it when first asked. */
export function useTimeline(group: string | undefined): Timeline {
  const { store } = useContext(Context)
  useEffect(() => {
    if (group) store?.open(group)
  }, [store, group])
  return useSyncExternalStore(store?.subscribe ?? never, () => (store && group ? store.timeline(group) : nothing))
}
