// Ended conversations: a table that becomes a narrow list beside the one that
// is opened.
import { ActionIcon, Button, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { IconArchive, IconFilterOff, IconSearch, IconX } from '@tabler/icons-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { Link, useNavigate, useParams, useSearchParams } from 'react-router'
import { useApi } from '../api/context'
import { flat, historyQuery, meQuery, sessionQuery, type HistoryFilter } from '../api/queries'
import type { Session } from '../api/types'
import { ClientPanel } from '../inbox/ClientPanel'
import { Conversation } from '../inbox/Conversation'
import { GuestFace } from '../inbox/GuestFace'
import { guestName, saysText } from '../inbox/model'
import { operatorName } from '../inbox/timeline'
import { parseDuration, stopwatch } from '../i18n/time'
import { useT } from '../i18n'
import { describeError } from '../kit/errors'
import { Empty, ErrorState, RowsSkeleton } from '../kit/States'
import { Ago } from '../kit/Time'
import { useHotkeys } from '../shell/hotkeys'
import '../styles/forms.css'
import css from './HistoryPage.module.css'

export default function HistoryPage() {
  const t = useT()
  const navigate = useNavigate()
  const id = Number(useParams().id) || undefined
  const [params, setParams] = useSearchParams()
  const filter: HistoryFilter = { text: params.get('text') ?? '', from: params.get('from') ?? '', to: params.get('to') ?? '' }
  const setFilter = (more: Partial<HistoryFilter>) => {
    const next = new URLSearchParams(Object.entries({ ...filter, ...more }).filter(([, v]) => v))
    setParams(next, { replace: true })
  }
  const query = useInfiniteQuery(historyQuery(useApi(), filter))
  const sessions = useMemo(() => flat(query.data?.pages ?? []).filter((s) => saysText(s, filter.text)), [query.data, filter.text])
  // A page that did not come is asked for again by the person, not by the list.
  const more = query.hasNextPage && !query.isFetchingNextPage && !query.isFetchNextPageError ? () => void query.fetchNextPage() : undefined
  useFill(sessions.length, filter.text !== '' && more !== undefined, () => more?.())
  const search = params.toString() && `?${params}`
  const close = () => void navigate(`/history${search}`)
  const step = (by: 1 | -1) => {
    const at = sessions.findIndex((s) => s.id === id)
    const next = sessions[at < 0 ? 0 : at + by]
    if (next) void navigate(`/history/${next.id}${search}`)
  }
  useHotkeys({ j: () => step(1), k: () => step(-1), Escape: id ? close : undefined })
  const filtered = !!(filter.text || filter.from || filter.to)
  return (
    <main className={css.page} data-open={id !== undefined || undefined}>
      <section className={css.list} aria-label={t('history.list')}>
        <header className={css.head}>
          <h1 className={css.title}>{t('nav.history')}</h1>
          <Filters filter={filter} set={setFilter} clear={filtered ? () => setParams({}, { replace: true }) : undefined} />
        </header>
        {query.isPending || (sessions.length === 0 && query.hasNextPage && !query.isError) ? (
          <RowsSkeleton rows={10} />
        ) : query.isError && sessions.length === 0 ? (
          <ErrorState error={query.error} retry={() => void (query.isFetchNextPageError ? query.fetchNextPage() : query.refetch())} />
        ) : sessions.length === 0 ? (
          <Empty
            icon={filtered ? <IconFilterOff size={22} stroke={1.75} /> : <IconArchive size={22} stroke={1.75} />}
            title={filtered ? t('history.noMatch') : t('history.empty')}
            text={filtered ? t('history.noMatchText') : t('history.emptyText')}
            action={
              filtered ? (
                <Button variant="default" onClick={() => setParams({}, { replace: true })}>
                  {t('history.clear')}
                </Button>
              ) : (
                <Button variant="default" component={Link} to="/inbox">
                  {t('notFound.action')}
                </Button>
              )
            }
          />
        ) : (
          <Table sessions={sessions} selected={id} search={search} more={more} />
        )}
        {query.isFetchNextPageError && sessions.length > 0 && (
          <p className={css.broken} role="alert">
            {describeError(query.error, t)}
            <Button size="compact-sm" variant="default" onClick={() => void query.fetchNextPage()}>
              {t('common.retry')}
            </Button>
          </p>
        )}
      </section>
      {id !== undefined && <Detail key={id} id={id} listed={sessions.find((s) => s.id === id)} close={close} />}
    </main>
  )
}

/** Few matches of a page: look into the next one. */
function useFill(found: number, more: boolean, next: () => void) {
  useEffect(() => {
    if (more && found < 20) next()
  })
}

function Filters({ filter, set, clear }: { filter: HistoryFilter; set(more: Partial<HistoryFilter>): void; clear: (() => void) | undefined }) {
  const t = useT()
  const [text, setText] = useState(filter.text)
  const [settled] = useDebouncedValue(text, 250)
  const latest = useRef({ filter, set })
  useEffect(() => {
    latest.current = { filter, set }
  })
  useEffect(() => {
    if (settled !== latest.current.filter.text) latest.current.set({ text: settled })
  }, [settled])
  useEffect(() => setText(filter.text), [filter.text])
  return (
    <div className={css.filters} role="search">
      <TextInput
        className={css.search!}
        leftSection={<IconSearch size={16} stroke={1.75} />}
        placeholder={t('history.search')}
        aria-label={t('history.search')}
        value={text}
        onChange={(e) => setText(e.currentTarget.value)}
      />
      <TextInput type="date" aria-label={t('history.from')} title={t('history.from')} value={filter.from} max={filter.to || undefined} onChange={(e) => set({ from: e.currentTarget.value })} className={css.date!} />
      <span className={css.dash} aria-hidden="true">
        –
      </span>
      <TextInput type="date" aria-label={t('history.to')} title={t('history.to')} value={filter.to} min={filter.from || undefined} onChange={(e) => set({ to: e.currentTarget.value })} className={css.date!} />
      {clear && (
        <ActionIcon variant="subtle" color="gray" size={36} onClick={clear} aria-label={t('history.clear')}>
          <IconX size={16} stroke={1.75} />
        </ActionIcon>
      )}
    </div>
  )
}

const rowHeight = 56

interface TableProps {
  sessions: Session[]
  selected: number | undefined
  search: string
  more: (() => void) | undefined
}

function Table({ sessions, selected, search, more }: TableProps) {
  const t = useT()
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({ count: sessions.length, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan: 8 })
  const visible = virtual.getVirtualItems()
  const lastShown = visible.at(-1)?.index ?? 0
  useEffect(() => {
    if (lastShown >= sessions.length - 10) more?.()
  }, [lastShown, sessions.length, more])
  const at = sessions.findIndex((s) => s.id === selected)
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: 'auto' })
  }, [at, virtual])
  return (
    <div className={css.table} role="table" aria-label={t('history.list')} aria-rowcount={more ? -1 : sessions.length + 1}>
      <div className={css.columns} role="row" aria-rowindex={1}>
        {(['client', 'words', 'operator', 'result', 'length', 'ended'] as const).map((c) => (
          <span key={c} role="columnheader" className={css[c]}>
            {t(`history.${c}`)}
          </span>
        ))}
      </div>
      <div ref={scroller} className={css.scroll} role="rowgroup" tabIndex={-1}>
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }} role="presentation">
          {visible.map((v) => (
            <div key={sessions[v.index]!.id} className={css.slot} style={{ height: v.size, transform: `translateY(${v.start}px)` }} role="presentation">
              <Row session={sessions[v.index]!} index={v.index} active={sessions[v.index]!.id === selected} search={search} />
            </div>
          ))}
        </div>
      </div>
    </div>
  )
}

function Row({ session, index, active, search }: { session: Session; index: number; active: boolean; search: string }) {
  const t = useT()
  const name = guestName(session, (n) => t('session.visitor', { number: String(n) }))
  const length = parseDuration(session.length)
  const served = (session.operators ?? []).map((o) => operatorName(session, o.userId)).filter(Boolean).join(', ')
  return (
    <div className={css.row} role="row" aria-rowindex={index + 2} data-active={active || undefined}>
      <span className={css.client} role="cell">
        <GuestFace session={session} name={name} size={30} />
        <Link className={css.link} to={`/history/${session.id}${search}`} aria-current={active ? 'true' : undefined}>
          {name}
        </Link>
      </span>
      <span className={css.words} role="cell">
        {session.lastMessage?.text}
      </span>
      <span className={css.operator} role="cell">
        {served || <span className={css.quiet}>{t('history.unserved')}</span>}
      </span>
      <span className={css.result} role="cell">
        {session.result ? <span className={css.tag}>{session.result}</span> : <span className={css.quiet}>–</span>}
      </span>
      <span className={css.length} role="cell">
        {length === undefined ? '–' : stopwatch(length)}
      </span>
      <span className={css.ended} role="cell">
        <Ago at={session.ended ?? session.created} />
      </span>
    </div>
  )
}

function Detail({ id, listed, close }: { id: number; listed: Session | undefined; close(): void }) {
  const api = useApi()
  const me = useQuery(meQuery(api)).data
  const query = useQuery(sessionQuery(api, id))
  const [panel, setPanel] = useState(false)
  const session = query.data ?? listed
  if (!session) {
    return (
      <div className={css.detail}>
        {query.isError ? <ErrorState error={query.error} retry={() => void query.refetch()} /> : <RowsSkeleton rows={6} />}
      </div>
    )
  }
  return (
    <div className={css.detail} data-panel={panel || undefined}>
      <Conversation
        session={session}
        loading={query.isPending}
        me={me}
        accept={undefined}
        end={undefined}
        forward={undefined}
        back={close}
        togglePanel={() => setPanel((v) => !v)}
        panelOpen={panel}
      />
      <ClientPanel session={session} close={() => setPanel(false)} canNote={!!me && (me.admin || !!session.operators?.some((o) => o.userId === me.id))} />
    </div>
  )
}
