// Bubbles by author and day, system lines between them, ticks under one's own.
import { Button, Loader, Skeleton } from '@mantine/core'
import { IconAlertCircle, IconArrowDown, IconCheck, IconChecks, IconClock, IconMessageOff, IconPaperclip } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Fragment, memo, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { useApi } from '../api/context'
import { groupsQuery } from '../api/queries'
import type { Session } from '../api/types'
import type { Transcript } from '../chat/transcript'
import { useI18n, useT, type MessageKey } from '../i18n'
import { clockTime, dayLabel, exactTime } from '../i18n/time'
import { Avatar } from '../kit/Avatar'
import { Empty, ErrorState } from '../kit/States'
import { useMinute } from '../kit/Time'
import { linkify } from './linkify'
import { guestFace } from './model'
import { operatorName, rows, type Bubble, type Notice, type Run, type SendState } from './timeline'
import '@switchboard/theme/dots.css'
import css from './TranscriptView.module.css'

interface Props {
  session: Session
  transcript: Transcript
  guest: string
}

export function TranscriptView({ session, transcript, guest }: Props) {
  const t = useT()
  const { language } = useI18n()
  const today = new Date(useMinute()).toDateString()
  const face = useMemo(() => guestFace(session), [session])
  const list = useMemo(() => rows(transcript.items), [transcript.items])
  const { scroller, onScroll, atEnd, toEnd } = useStickToEnd(transcript.items.length, transcript.guestTyping)

  if (transcript.status === 'loading') return <TranscriptSkeleton />
  if (transcript.status === 'error') return <div className={css.fill}><ErrorState error={transcript.error} retry={transcript.reload} /></div>
  return (
    <div className={css.frame}>
      <div ref={scroller} className={css.scroll} onScroll={onScroll} role="log" aria-label={t('conversation.log', { name: guest })} tabIndex={0}>
        <div className={css.content}>
          {transcript.older && <Older load={transcript.older} loading={transcript.loadingOlder} root={scroller} />}
          {list.length === 0 && <Empty icon={<IconMessageOff size={22} stroke={1.75} />} title={t('conversation.empty')} />}
          {list.map((row) =>
            row.type === 'day' ? (
              <p key={row.key} className={css.day}>
                <span>{dayLabel(row.time, Date.parse(today), language)}</span>
              </p>
            ) : row.type === 'notice' ? (
              <NoticeLine key={row.key} notice={row.notice} />
            ) : (
              <RunView key={row.key} run={row.run} name={authorName(row.run, session, guest, t)} face={face} transcript={transcript} />
            ),
          )}
          {transcript.guestTyping && (
            <p className={css.typing}>
              <span className={`sb-dots ${css.dots}`} aria-hidden="true">
                <i />
                <i />
                <i />
              </span>
              {t('conversation.typing', { name: guest })}
            </p>
          )}
        </div>
      </div>
      {!atEnd && (
        <Button className={css.toEnd} size="xs" variant="default" radius="xl" leftSection={<IconArrowDown size={14} />} onClick={toEnd}>
          {t('conversation.toEnd')}
        </Button>
      )}
    </div>
  )
}

/** Stays at the newest word unless the reader has scrolled up; older pages do not move what is read. */
function useStickToEnd(count: number, typing: boolean) {
  const scroller = useRef<HTMLDivElement>(null)
  const [atEnd, setAtEnd] = useState(true)
  const stick = useRef(true)
  const height = useRef(0)
  const toEnd = useCallback(() => {
    const el = scroller.current
    if (!el) return
    stick.current = true
    setAtEnd(true)
    el.scrollTop = el.scrollHeight
  }, [])
  useLayoutEffect(() => {
    const el = scroller.current
    if (!el) return
    if (stick.current) el.scrollTop = el.scrollHeight
    else if (el.scrollTop < 120) el.scrollTop += el.scrollHeight - height.current // a page came in above
    height.current = el.scrollHeight
  }, [count, typing])
  useEffect(() => {
    const el = scroller.current
    if (!el) return
    const observer = new ResizeObserver(() => {
      if (stick.current) el.scrollTop = el.scrollHeight
    })
    observer.observe(el)
    return () => observer.disconnect()
  })
  const onScroll = useCallback(() => {
    const el = scroller.current
    if (!el) return
    const end = el.scrollHeight - el.scrollTop - el.clientHeight < 60
    stick.current = end
    setAtEnd(end)
  }, [])
  return { scroller, onScroll, atEnd, toEnd }
}

function Older({ load, loading, root }: { load(): void; loading: boolean; root: React.RefObject<HTMLDivElement | null> }) {
  const t = useT()
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    const el = button.current
    if (!el) return
    const observer = new IntersectionObserver((entries) => entries.some((e) => e.isIntersecting) && load(), { root: root.current })
    observer.observe(el)
    return () => observer.disconnect()
  }, [load, root])
  return (
    <div className={css.older}>
      <Button ref={button} size="xs" variant="subtle" color="gray" onClick={load} disabled={loading} leftSection={loading && <Loader size={12} />}>
        {t('conversation.older')}
      </Button>
    </div>
  )
}

function authorName(run: Run, session: Session, guest: string, t: ReturnType<typeof useT>): string {
  if (run.side === 'guest') return guest
  if (run.side === 'me') return t('conversation.you')
  if (run.side === 'bot') return t('conversation.bot')
  const byId = operatorName(session, Number(run.author))
  const byName = session.operators?.find((o) => o.userName.toLowerCase() === run.author.toLowerCase())
  return byId ?? (byName ? (operatorName(session, byName.userId) ?? run.author) : run.author || t('conversation.operator'))
}

type Face = ReturnType<typeof guestFace>

const RunView = memo(function RunView({ run, name, face, transcript }: { run: Run; name: string; face: Face; transcript: Transcript }) {
  const { language } = useI18n()
  const last = run.bubbles.at(-1)!
  return (
    <div className={css.run} data-side={run.side}>
      {run.side !== 'me' && <Avatar name={name} size={28} {...(run.side === 'guest' ? face : { seed: run.author })} />}
      <div className={css.bubbles}>
        <p className={run.side === 'me' ? 'sb-hidden' : css.author}>{name}</p>
        {run.bubbles.map((b) => (
          <Fragment key={b.id}>
            <p className={css.bubble} data-state={b.state} title={exactTime(b.time, language)} dir="auto">
              {linkify(b.text).map((part, i) =>
                part.href ? (
                  <a key={i} href={part.href} target="_blank" rel="noopener noreferrer nofollow">
                    {part.text}
                  </a>
                ) : (
                  part.text
                ),
              )}
            </p>
            {b.state === 'failed' && <Failed bubble={b} transcript={transcript} />}
          </Fragment>
        ))}
        {last.state !== 'failed' && (
          <p className={css.meta}>
            <time dateTime={new Date(last.time).toISOString()}>{clockTime(last.time, language)}</time>
            {run.side === 'me' && last.state && <Tick state={last.state} />}
          </p>
        )}
      </div>
    </div>
  )
})

function Failed({ bubble, transcript }: { bubble: Bubble; transcript: Transcript }) {
  const t = useT()
  return (
    <p className={css.failed} role="alert">
      <IconAlertCircle size={14} aria-hidden="true" />
      {t('conversation.notSent')}
      <button type="button" onClick={() => transcript.resend(bubble.id)}>
        {t('common.retry')}
      </button>
      <button type="button" onClick={() => transcript.discard(bubble.id)}>
        {t('conversation.discard')}
      </button>
    </p>
  )
}

const ticks: Record<Exclude<SendState, 'failed'>, [typeof IconCheck, MessageKey]> = {
  sending: [IconClock, 'tick.sending'],
  sent: [IconCheck, 'tick.sent'],
  delivered: [IconChecks, 'tick.delivered'],
  read: [IconChecks, 'tick.read'],
}

function Tick({ state }: { state: SendState }) {
  const t = useT()
  if (state === 'failed') return null
  const [Icon, label] = ticks[state]
  return (
    <span className={css.tick} data-state={state} title={t(label)}>
      <Icon size={14} stroke={2} role="img" aria-label={t(label)} />
    </span>
  )
}

const noticeKeys: Record<string, MessageKey> = {
  queued: 'notice.queued',
  'operator-joined': 'notice.joined',
  'operator-left': 'notice.left',
  'visitor-left': 'notice.guestLeft',
  forwarded: 'notice.forwarded',
  ended: 'notice.ended',
}

function NoticeLine({ notice }: { notice: Notice }) {
  const t = useT()
  const { language } = useI18n()
  const groups = useQuery({ ...groupsQuery(useApi()), enabled: notice.groupId !== undefined }).data
  const key = noticeKeys[notice.event]
  if (!key) return null
  const who = notice.who ?? groups?.find((g) => g.id === notice.groupId)?.name ?? t('conversation.somebody')
  return (
    <p className={css.notice}>
      <span>{t(key, { who })}</span>
      <time dateTime={new Date(notice.time).toISOString()} title={exactTime(notice.time, language)}>
        {clockTime(notice.time, language)}
      </time>
      {notice.text && (
        <span className={css.noticeText}>
          <IconPaperclip size={12} aria-hidden="true" /> {notice.text}
        </span>
      )}
    </p>
  )
}

function TranscriptSkeleton() {
  const t = useT()
  const widths = [44, 62, 30, 52, 38]
  return (
    <div className={css.fill} role="status" aria-label={t('common.loading')}>
      <div className={css.loading}>
        {widths.map((w, i) => (
          <Skeleton key={i} height={i % 2 ? 54 : 36} width={`${w}%`} ml={i % 2 ? 'auto' : 0} radius="md" />
        ))}
      </div>
    </div>
  )
}
