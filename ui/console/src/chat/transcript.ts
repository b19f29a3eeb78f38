// What a conversation's pane shows and can do, whichever way the words come:
// the chat's archive for one's own conversations, the Public API's transcript
// for previews, for the past, and where XMPP cannot get through.
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { useApi } from '../api/context'
import { keys, sessionActions } from '../api/queries'
import type { Me, Session } from '../api/types'
import { isMine } from '../inbox/model'
import { fromActivities, merge, type Bubble, type Item } from '../inbox/timeline'
import { useChat, useTimeline } from './context'

export interface Transcript {
  items: Item[]
  status: 'loading' | 'ready' | 'error'
  error?: unknown
  reload(): void
  older: (() => void) | undefined
  loadingOlder: boolean
  guestTyping: boolean
  send(text: string): void
  resend(id: string): void
  discard(id: string): void
  typing(composing: boolean): void
}

export function useTranscript(session: Session, me: Me | undefined, loading: boolean): Transcript {
  const { store, mode } = useChat()
  const group = isMine(session, me) ? session.groupJid : undefined
  const chat = useTimeline(mode === 'rest' ? undefined : group)
  const rest = useRestSending(session)
  const live = group !== undefined && mode !== 'rest' && chat.status !== 'error'

  const operators = useMemo(() => new Set(session.operators?.map((o) => o.userName.toLowerCase())), [session.operators])
  const items = useMemo(() => {
    const said = chat.items.map((item) => withSide(item, operators))
    if (live && chat.status === 'ready') return said
    // Until the archive has answered, the same words as the API tells them.
    return merge(fromActivities(session, me?.id), live ? said : rest.pending)
  }, [live, chat.status, chat.items, operators, session, me?.id, rest.pending])

  const unread = items.length > 0 && live
  useMarkRead(unread ? group : undefined, items.length)

  if (live && store) {
    return {
      items,
      status: chat.status === 'loading' && items.length === 0 ? 'loading' : 'ready',
      reload: () => void store.load(group),
      older: chat.complete ? undefined : () => void store.older(group),
      loadingOlder: chat.loadingOlder,
      guestTyping: chat.typing.some((author) => author !== me?.username && !operators.has(author)),
      send: (text) => store.send(group, text),
      resend: (id) => store.resend(group, id),
      discard: (id) => store.discard(group, id),
      typing: (composing) => store.typing(group, composing),
    }
  }
  return {
    items,
    status: live || (loading && items.length === 0) ? 'loading' : 'ready',
    reload: () => group && void store?.load(group),
    older: undefined,
    loadingOlder: false,
    guestTyping: false,
    send: rest.send,
    resend: rest.resend,
    discard: rest.discard,
    typing: () => {},
  }
}

function withSide(item: Item, operators: Set<string>): Item {
  return item.kind === 'text' && item.side === 'guest' && operators.has(item.author.toLowerCase()) ? { ...item, side: 'operator' } : item
}

/** Reading is told to the group only while the tab is in front. */
function useMarkRead(group: string | undefined, count: number) {
  const { store, connected } = useChat()
  useEffect(() => {
    if (!group || !store) return
    const mark = () => {
      if (document.visibilityState === 'visible') store.markRead(group)
    }
    mark()
    document.addEventListener('visibilitychange', mark)
    return () => document.removeEventListener('visibilitychange', mark)
  }, [group, store, connected, count])
}

function useRestSending(session: Session) {
  const api = useApi()
  const client = useQueryClient()
  const [all, setAll] = useState<(Bubble & { session: number })[]>([])
  const pending = useMemo(() => all.filter((b) => b.session === session.id), [all, session.id])
  const drop = (id: string) => setAll((list) => list.filter((b) => b.id !== id))
  const send = (text: string) => {
    const id = crypto.randomUUID()
    setAll((list) => [...list, { kind: 'text', id, session: session.id, side: 'me', author: '', text, time: Date.now(), state: 'sending' }])
    sessionActions.send(api, { id: session.id, text, messageId: id }).then(
      () => client.invalidateQueries({ queryKey: keys.sessions }).finally(() => drop(id)),
      () => setAll((list) => list.map((b) => (b.id === id ? { ...b, state: 'failed' } : b))),
    )
  }
  return {
    pending,
    send,
    discard: drop,
    resend(id: string) {
      const bubble = all.find((b) => b.id === id)
      drop(id)
      if (bubble) send(bubble.text)
    },
  }
}
