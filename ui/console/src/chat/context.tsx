// The operator's own XMPP stream, opened with the same token as the API. The
// client is loaded beside the first screen, not before it.
import { useQuery } from '@tanstack/react-query'
import { createContext, useContext, useEffect, useState, useSyncExternalStore, type ReactNode } from 'react'
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
}

const Context = createContext<Value>({ store: undefined, gaveUp: false })

export function ChatProvider({ auth, children }: { auth: Auth; children: ReactNode }) {
  const jid = useQuery(meQuery(useApi())).data?.jid
  const [store, setStore] = useState<ChatStore>()
  const [gaveUp, setGaveUp] = useState(false)
  useEffect(() => {
    if (!jid) return
    const timer = setTimeout(() => setGaveUp(true), patience)
    const stop = connect(auth, jid, setStore, () => setGaveUp(true))
    return () => {
      clearTimeout(timer)
      setStore(undefined)
      stop()
    }
  }, [auth, jid])
  return <Context value={{ store, gaveUp }}>{children}</Context>
}

function connect(auth: Auth, jid: string, ready: (store: ChatStore) => void, failed: () => void) {
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

export function useChat(): { store: ChatStore | undefined; mode: ChatMode; connected: boolean } {
  const { store, gaveUp } = useContext(Context)
  const ever = useSyncExternalStore(store?.subscribe ?? never, () => store?.everConnected ?? false)
  const connected = useSyncExternalStore(store?.subscribe ?? never, () => store?.state === 'CONNECTED')
  return { store, connected, mode: ever ? 'chat' : gaveUp ? 'rest' : 'connecting' }
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
