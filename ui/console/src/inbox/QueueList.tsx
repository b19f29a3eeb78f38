// The left column: who waits, whom I serve, whom others serve.
import { Button, Skeleton, UnstyledButton } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import { IconChevronRight } from '@tabler/icons-react'
import { useEffect, useMemo, useState } from 'react'
import { Link } from 'react-router'
import type { Session } from '../api/types'
import { useT } from '../i18n'
import { stopwatch } from '../i18n/time'
import { useRows } from '../kit/rows'
import { ErrorState } from '../kit/States'
import { Ago, useSecond } from '../kit/Time'
import { GuestFace } from './GuestFace'
import { guestName, urgency, type Lists } from './model'
import { unreadOf, useSeen } from './seen'
import css from './QueueList.module.css'

type Section = keyof Lists
type Entry = { type: 'head'; section: Section; count: number } | { type: 'none'; section: Section } | { type: 'row'; section: Section; session: Session }

interface Props {
  query: UseQueryResult<Session[]>
  lists: Lists
  selected: number | undefined
  accept(id: number): void
  open(id: number): void
}

export function QueueList({ query, lists, selected, accept, open }: Props) {
  const t = useT()
  const [showOthers, setShowOthers] = useState(false)
  const entries = useMemo(() => flatten(lists, showOthers), [lists, showOthers])
  return (
    <section className={`${css.column} queue-column`} aria-label={t('inbox.list')}>
      {query.isPending ? (
        <ListSkeleton />
      ) : query.isError && !query.data ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : (
        <Virtual entries={entries} selected={selected} accept={accept} open={open} showOthers={showOthers} toggleOthers={() => setShowOthers((v) => !v)} />
      )}
    </section>
  )
}

function flatten(lists: Lists, showOthers: boolean): Entry[] {
  const out: Entry[] = []
  for (const section of ['waiting', 'mine', 'others'] as const) {
    const sessions = lists[section]
    if (section === 'others' && sessions.length === 0) continue
    out.push({ type: 'head', section, count: sessions.length })
    if (section === 'others' && !showOthers) continue
    if (sessions.length === 0) out.push({ type: 'none', section })
    for (const session of sessions) out.push({ type: 'row', section, session })
  }
  return out
}

const heights = { head: 40, none: 44, row: 68 }

interface VirtualProps extends Pick<Props, 'selected' | 'accept' | 'open'> {
  entries: Entry[]
  showOthers: boolean
  toggleOthers(): void
}

function Virtual({ entries, selected, accept, open, showOthers, toggleOthers }: VirtualProps) {
  const t = useT()
  const { scroller, scrollTo, from, to, at, total } = useRows(useMemo(() => entries.map((e) => heights[e.type]), [entries]))
  const chosen = entries.findIndex((e) => e.type === 'row' && e.session.id === selected)
  useEffect(() => scrollTo(chosen), [chosen, scrollTo])
  return (
    <div ref={scroller} className={css.scroll} tabIndex={-1}>
      <div className={css.canvas} style={{ height: total }}>
        {entries.slice(from, to).map((e, i) => (
          <div key={e.type === 'row' ? e.session.id : `${e.type} ${e.section}`} className={css.slot} style={{ height: heights[e.type], transform: `translateY(${at[from + i]}px)` }}>
            {e.type === 'head' ? (
              <Head section={e.section} count={e.count} {...(e.section === 'others' ? { open: showOthers, toggle: toggleOthers } : {})} />
            ) : e.type === 'none' ? (
              <p className={css.none}>{t(e.section === 'waiting' ? 'inbox.nobodyWaits' : 'inbox.noneMine')}</p>
            ) : (
              <Row
                session={e.session}
                section={e.section}
                active={e.session.id === selected}
                accept={() => {
                  open(e.session.id)
                  accept(e.session.id)
                }}
              />
            )}
          </div>
        ))}
      </div>
    </div>
  )
}

function Head({ section, count, open, toggle }: { section: Section; count: number; open?: boolean; toggle?(): void }) {
  const t = useT()
  const label = t(`inbox.${section}`)
  if (toggle) {
    return (
      <UnstyledButton className={css.head} aria-expanded={open} onClick={toggle}>
        <IconChevronRight size={14} className={css.chevron} aria-hidden="true" />
        {label} <span className={css.number}>{count}</span>
      </UnstyledButton>
    )
  }
  return (
    <h2 className={css.head}>
      {label} <span className={css.number}>{count}</span>
    </h2>
  )
}

interface RowProps {
  session: Session
  section: Section
  active: boolean
  accept(): void
}

function Row({ session, section, active, accept }: RowProps) {
  const t = useT()
  const name = guestName(session, (n) => t('session.visitor', { number: String(n) }))
  const seen = useSeen()
  const unread = section === 'mine' && !active ? unreadOf(session, seen[session.id]) : 0
  return (
    <div className={css.row} data-active={active || undefined} data-unread={unread > 0 || undefined}>
      <Link to={`/inbox/${session.id}`} className={css.link} aria-current={active ? 'true' : undefined} draggable={false}>
        <GuestFace session={session} name={name} size={36} />
        <span className={css.body}>
          <span className={css.line}>
            <span className={css.name}>{name}</span>
            {section === 'waiting' ? <Waiting since={session.created} /> : <Ago at={session.lastMessage?.time ?? session.created} className={css.time} />}
          </span>
          <span className={css.line}>
            <span className={css.last}>
              {session.lastMessage ? (
                <>
                  {!session.lastMessage.fromGuest && <span className={css.you}>{t('inbox.youPrefix')} </span>}
                  {session.lastMessage.text}
                </>
              ) : (
                t('inbox.noWords')
              )}
            </span>
            {unread > 0 && (
              <span className={css.unread}>
                {unread}
                <span className="sb-hidden"> {t('inbox.unread')}</span>
              </span>
            )}
            {section === 'waiting' && session.queue?.name && <span className={css.queue}>{session.queue.name}</span>}
          </span>
        </span>
      </Link>
      {section === 'waiting' && (
        // the second click of a double click would meet whoever has moved up
        <Button size="compact-sm" className={css.accept} onClick={(e) => e.detail < 2 && accept()} aria-label={t('inbox.acceptName', { name })}>
          {t('inbox.accept')}
        </Button>
      )}
    </div>
  )
}

function Waiting({ since }: { since: string }) {
  const t = useT()
  const waited = useSecond() - Date.parse(since)
  return (
    <span className={css.wait} data-urgency={urgency(waited)} title={t('inbox.waits')}>
      {stopwatch(waited)}
    </span>
  )
}

function ListSkeleton() {
  const t = useT()
  return (
    <div role="status" aria-label={t('common.loading')} className={css.loading}>
      <Skeleton height={14} width={90} my={13} radius="sm" />
      {Array.from({ length: 5 }, (_, i) => (
        <div key={i} className={css.loadingRow}>
          <Skeleton height={36} width={36} circle />
          <div>
            <Skeleton height={12} width={`${70 - i * 6}%`} radius="sm" />
            <Skeleton height={12} width={`${88 - i * 7}%`} mt={8} radius="sm" />
          </div>
        </div>
      ))}
    </div>
  )
}
