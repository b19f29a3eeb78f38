// The operator's home: queue and own conversations, the conversation, the client.
import { useQuery } from '@tanstack/react-query'
import { IconArrowForwardUp, IconCheck, IconCircleCheck } from '@tabler/icons-react'
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import { useApi } from '../api/context'
import { liveSessionsQuery, meQuery, sessionActions, sessionQuery, useSessionAction } from '../api/queries'
import type { Me, Session } from '../api/types'
import { ApiError } from '../api/client'
import { useT } from '../i18n'
import { describeError } from '../kit/errors'
import { complain } from '../kit/notify'
import { ErrorState } from '../kit/States'
import { useProvideCommands, type Command } from '../shell/commands'
import { useHotkeys } from '../shell/hotkeys'
import type { ConversationHandle } from './Conversation'
import { isMine, isOver, isWaiting, neighbour, split } from './model'
import { QueueList } from './QueueList'
import { Welcome } from './Welcome'
import { useMarkSeen } from './seen'
import css from './InboxPage.module.css'

const loadConversation = () => import('./OpenConversation')
const OpenConversation = lazy(loadConversation)
const EndDialog = lazy(() => import('./EndDialog'))
const ForwardDialog = lazy(() => import('./ForwardDialog'))

export function InboxPage() {
  const t = useT()
  const api = useApi()
  const navigate = useNavigate()
  const id = Number(useParams().id) || undefined
  const me = useQuery(meQuery(api)).data
  const live = useQuery(liveSessionsQuery(api))
  const lists = useMemo(() => split(live.data ?? [], me), [live.data, me])
  const selected = useSelected(id, live.data)
  const [asked, setAsked] = useState<{ what: 'end' | 'forward'; id: number }>()
  const [panel, setPanel] = useState(false)
  const conversation = useRef<ConversationHandle>(null)

  const open = useCallback((next: number | undefined) => void navigate(next === undefined ? '/inbox' : `/inbox/${next}`), [navigate])
  const actions = useActions(me, open)
  const session = selected.session
  // What was asked of one conversation is not asked of the next.
  if (asked && asked.id !== id) setAsked(undefined)
  const dialog = asked?.id === id ? asked?.what : undefined
  const setDialog = (what?: 'end' | 'forward') => setAsked(what && id !== undefined ? { what, id } : undefined)
  useEffect(() => void loadConversation().catch(() => undefined), []) // it is there when one is opened
  useMarkSeen(session)
  const mine = !!session && isMine(session, me)
  // Without a choice the one who waits longest; a chosen one that is still being fetched is nobody else.
  const acceptable = id === undefined ? lists.waiting[0] : session && isWaiting(session) ? session : undefined

  const accept = acceptable && (() => {
    if (acceptable.id !== id) open(acceptable.id)
    actions.accept(acceptable.id)
    requestAnimationFrame(() => conversation.current?.focus('reply'))
  })
  const end = mine ? () => setDialog('end') : undefined
  // Those who are not in a conversation may hand it on only as administrators.
  const forward = session && session.status !== 'ACW' && (mine || (isWaiting(session) && me?.admin)) ? () => setDialog('forward') : undefined
  const order = useMemo(() => [...lists.waiting, ...lists.mine], [lists])

  useHotkeys({
    a: accept,
    e: end,
    f: forward,
    r: mine ? () => conversation.current?.focus('reply') : undefined,
    n: mine ? () => conversation.current?.focus('note') : undefined,
    i: session ? () => setPanel((v) => !v) : undefined,
    j: () => open(neighbour(order, id, 1) ?? id),
    k: () => open(neighbour(order, id, -1) ?? id),
    Escape: id ? () => (panel ? setPanel(false) : open(undefined)) : undefined,
  })
  useProvideCommands('inbox', useInboxCommands({ accept, end, forward }, acceptable))

  const done = (then: () => void) => {
    setDialog(undefined)
    then()
    if (id) open(nextAfter(lists.mine, id))
  }
  return (
    <main className={css.inbox} data-open={id !== undefined || undefined} data-panel={panel || undefined}>
      <h1 className="sb-hidden">{t('nav.inbox')}</h1>
      <QueueList query={live} lists={lists} selected={id} accept={actions.accept} open={open} />
      {id === undefined ? (
        <Welcome quiet={lists.waiting.length + lists.mine.length === 0} waiting={lists.waiting.length} ready={live.isSuccess} me={me} />
      ) : session ? (
        <Suspense fallback={<ConversationSkeleton />}>
          <OpenConversation
            ref={conversation}
            session={session}
            loading={selected.loading}
            me={me}
            accept={accept}
            end={end}
            forward={forward}
            back={() => open(undefined)}
            togglePanel={() => setPanel((v) => !v)}
            panelOpen={panel}
            canNote={mine || !!me?.admin}
          />
        </Suspense>
      ) : (
        <div className={css.wide}>
          {selected.error ? (
            <ErrorState
              error={selected.error}
              retry={selected.retry}
              {...(selected.error instanceof ApiError && selected.error.status === 404 ? { title: t('inbox.gone') } : {})}
            />
          ) : (
            <ConversationSkeleton />
          )}
        </div>
      )}
      {session && (
        <Suspense>
          <EndDialog
            opened={dialog === 'end'}
            close={() => setDialog(undefined)}
            session={session}
            submit={(result, note) => done(() => actions.end(session.id, result, note))}
          />
          <ForwardDialog
            opened={dialog === 'forward'}
            close={() => setDialog(undefined)}
            session={session}
            me={me}
            submit={(target, note) => done(() => actions.forward(session.id, target, note))}
          />
        </Suspense>
      )}
    </main>
  )
}

function ConversationSkeleton() {
  const t = useT()
  return <div className={css.skeleton} role="status" aria-label={t('common.loading')} />
}

function nextAfter(mine: Session[], id: number): number | undefined {
  const rest = mine.filter((s) => s.id !== id)
  const at = mine.findIndex((s) => s.id === id)
  return (rest[at] ?? rest.at(-1))?.id
}

/** The opened session: in full from the server, until then as the list knows it. */
function useSelected(id: number | undefined, list: Session[] | undefined) {
  const api = useApi()
  const inList = list?.find((s) => s.id === id)
  const query = useQuery({ ...sessionQuery(api, id ?? 0), enabled: id !== undefined })
  const full = query.data?.id === id ? query.data : undefined
  // The list is refreshed first and oftener: what changes quickly comes from it.
  const session = full && inList ? { ...full, ...fresh(inList) } : (full ?? inList)
  return { session, loading: query.isPending, error: query.error, retry: () => void query.refetch() }
}

function fresh(s: Session): Partial<Session> {
  const { status, operators, queue, lastMessage, unread, groupJid } = s
  return { status, ...(operators && { operators }), ...(queue !== undefined && { queue }), ...(lastMessage && { lastMessage }), ...(unread !== undefined && { unread }), ...(groupJid && { groupJid }) }
}

export type ForwardTarget = { operatorGroupId: number } | { userId: number }

function useActions(me: Me | undefined, open: (id: number) => void) {
  const t = useT()
  const refused = (title: string) => (error: unknown, v: { id: number }) => {
    const late = error instanceof ApiError && (error.status === 409 || error.status === 404)
    complain(title, late ? t('inbox.tooLate') : describeError(error, t))
    if (!late) open(v.id)
  }
  const accept = useSessionAction(
    sessionActions.accept,
    (s) => {
      const joined = { userId: me?.id ?? 0, userName: me?.username ?? '', firstName: me?.firstName ?? '', lastName: me?.lastName ?? '', joined: new Date().toISOString() }
      return { ...s, status: 'ACTIVE', started: s.started ?? joined.joined, operators: [...(s.operators ?? []), joined] }
    },
    refused(t('inbox.acceptFailed')),
  )
  const end = useSessionAction(sessionActions.end, () => undefined, refused(t('inbox.endFailed')))
  const forward = useSessionAction(sessionActions.forward, () => undefined, refused(t('inbox.forwardFailed')))
  const acceptOne = accept.mutate
  return {
    accept: useCallback((id: number) => acceptOne({ id }), [acceptOne]),
    end: (id: number, result: string, note: string) => end.mutate({ id, ...(result && { result }), ...(note && { note }) }),
    forward: (id: number, target: ForwardTarget, note: string) => forward.mutate({ id, ...target, ...(note && { note }) }),
  }
}

function useInboxCommands(run: { accept: (() => void) | undefined; end: (() => void) | undefined; forward: (() => void) | undefined }, acceptable: Session | undefined) {
  const t = useT()
  const latest = useRef(run)
  latest.current = run
  const can = { accept: !!run.accept && !!acceptable, end: !!run.end, forward: !!run.forward }
  return useMemo(() => {
    const group = t('palette.here')
    const icon = { size: 18, stroke: 1.75 }
    const list: Command[] = []
    if (can.accept) list.push({ id: 'accept', label: t('shortcuts.accept'), group, keys: 'a', icon: <IconCheck {...icon} />, run: () => latest.current.accept?.() })
    if (can.forward) list.push({ id: 'forward', label: t('shortcuts.forward'), group, keys: 'f', icon: <IconArrowForwardUp {...icon} />, run: () => latest.current.forward?.() })
    if (can.end) list.push({ id: 'end', label: t('shortcuts.end'), group, keys: 'e', icon: <IconCircleCheck {...icon} />, run: () => latest.current.end?.() })
    return list
  }, [t, can.accept, can.end, can.forward])
}
