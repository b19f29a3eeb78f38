// The right column: what is known of the client.
import { ActionIcon, Button, Skeleton, Textarea } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { IconExternalLink, IconStarFilled, IconX } from '@tabler/icons-react'
import { useState, type ReactNode } from 'react'
import { Link } from 'react-router'
import { useApi } from '../api/context'
import { earlierSessionsQuery, keys, patchSession, sessionActions } from '../api/queries'
import type { Session } from '../api/types'
import { useI18n, useT } from '../i18n'
import { languageName } from '../i18n/format'
import { parseDuration, stopwatch } from '../i18n/time'
import { Avatar } from '../kit/Avatar'
import { channelName } from '../kit/ChannelIcon'
import { CopyIcon } from '../kit/Copy'
import { describeError } from '../kit/errors'
import { complain } from '../kit/notify'
import { Ago } from '../kit/Time'
import { guestEmail, guestFace, guestName, guestPhone, isOver, ownParams } from './model'
import css from './ClientPanel.module.css'

const browsers: Record<string, string> = {
  CHROME: 'Chrome', FF: 'Firefox', SAFARI: 'Safari', EDGE: 'Edge', CHROMIUM_EDGE: 'Edge', OPERA: 'Opera', IE_11: 'Internet Explorer',
}
const systems: Record<string, string> = { WINDOWS: 'Windows', OSX: 'macOS', LINUX: 'Linux', ANDROID: 'Android', IOS: 'iOS' }

interface Props {
  session: Session
  close(): void
  canNote: boolean
}

export function ClientPanel({ session, close, canNote }: Props) {
  const t = useT()
  const name = guestName(session, (n) => t('session.visitor', { number: String(n) }))
  const [email, phone] = [guestEmail(session), guestPhone(session)]
  const own = Object.entries(session.guest?.callParams ?? {}).filter(([key]) => !ownParams.has(key))
  return (
    <aside className={css.panel} aria-label={t('client.title')}>
      <div className={css.top}>
        <h2 className={css.topTitle}>{t('client.title')}</h2>
        <ActionIcon variant="subtle" color="gray" onClick={close} className={css.close} aria-label={t('common.close')}>
          <IconX size={18} stroke={1.75} />
        </ActionIcon>
      </div>
      <div className={css.scroll}>
        <div className={css.who}>
          <Avatar name={name} {...guestFace(session)} size={44} />
          <div className={css.whoText}>
            <p className={css.name}>{name}</p>
            {email && <Contact value={email} href={`mailto:${email}`} label={t('client.email')} />}
            {phone && <Contact value={phone} href={`tel:${phone}`} label={t('client.phone')} />}
          </div>
        </div>
        <Details session={session} />
        {own.length > 0 && (
          <Block title={t('client.parameters')}>
            <dl className={css.list}>
              {own.map(([key, value]) => (
                <Line key={key} label={key} value={value} />
              ))}
            </dl>
          </Block>
        )}
        <Note session={session} editable={canNote} />
        {(session.guestFeedbackStars ?? 0) > 0 && <Feedback session={session} />}
        <Earlier session={session} />
      </div>
    </aside>
  )
}

function Contact({ value, href, label }: { value: string; href: string; label: string }) {
  const t = useT()
  return (
    <p className={css.contact}>
      <a href={href}>{value}</a>
      <CopyIcon value={value} label={t('common.copyThing', { thing: label })} />
    </p>
  )
}

function Block({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={css.block}>
      <h3 className={css.title}>{title}</h3>
      {children}
    </section>
  )
}

function Line({ label, value }: { label: string; value: ReactNode }) {
  if (value === undefined || value === null || value === '') return null
  return (
    <div className={css.line}>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  )
}

function Details({ session }: { session: Session }) {
  const t = useT()
  const { language } = useI18n()
  const g = session.guest ?? {}
  const waited = parseDuration(session.waited)
  const length = parseDuration(session.length)
  return (
    <Block title={t('client.details')}>
      <dl className={css.list}>
        <Line label={t('client.page')} value={session.url && <PageLink url={session.url} />} />
        <Line label={t('client.browser')} value={g.browser && (browsers[g.browser] ?? t('client.other'))} />
        <Line label={t('client.os')} value={g.os && (systems[g.os] ?? t('client.other'))} />
        <Line label={t('client.language')} value={g.language && languageName(g.language, language)} />
        <Line label={t('client.ip')} value={g.ipAddress} />
        <Line label={t('client.channel')} value={channelName(session.channel, t)} />
        <Line label={t('client.widget')} value={session.widget} />
        <Line label={t('client.queue')} value={session.queue?.name} />
        <Line label={t('client.arrived')} value={<Ago at={session.created} />} />
        <Line label={t('client.waited')} value={waited !== undefined && session.started ? stopwatch(waited) : undefined} />
        <Line label={t('client.length')} value={length !== undefined && isOver(session) ? stopwatch(length) : undefined} />
        <Line label={t('end.result')} value={session.result} />
      </dl>
    </Block>
  )
}

/** The server's word on where the visitor was; only web addresses become links. */
function PageLink({ url }: { url: string }) {
  const parsed = URL.parse?.(url) ?? (URL.canParse(url) ? new URL(url) : null)
  if (!parsed || !/^https?:$/.test(parsed.protocol)) return url
  return (
    <a href={parsed.href} target="_blank" rel="noopener noreferrer" className={css.page} title={url}>
      <span>{parsed.host + (parsed.pathname === '/' ? '' : parsed.pathname)}</span>
      <IconExternalLink size={12} aria-hidden="true" />
    </a>
  )
}

/** What was begun of a note survives a look at another conversation. */
function useNoteDraft(id: number): [string | undefined, (text: string | undefined) => void] {
  const key = `switchboard.console.draft.panel.${id}`
  const [draft, setDraft] = useState(() => sessionStorage.getItem(key) ?? undefined)
  return [
    draft,
    (text) => {
      if (text === undefined) sessionStorage.removeItem(key)
      else sessionStorage.setItem(key, text)
      setDraft(text)
    },
  ]
}

function Note({ session, editable }: { session: Session; editable: boolean }) {
  const t = useT()
  const api = useApi()
  const client = useQueryClient()
  const [draft, setDraft] = useNoteDraft(session.id)
  const saved = session.note ?? ''
  const save = useMutation({
    mutationFn: (note: string) => sessionActions.note(api, { id: session.id, note }),
    onMutate(note) {
      patchSession(client, session.id, (s) => ({ ...s, note }))
      return saved
    },
    onSuccess: () => setDraft(undefined),
    onError(error, _note, before) {
      patchSession(client, session.id, (s) => ({ ...s, note: before ?? '' }))
      complain(t('note.failed'), describeError(error, t))
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.session(session.id) }),
  })
  if (!editable && !saved) return null
  const changed = draft !== undefined && draft.trim() !== saved
  return (
    <Block title={t('client.note')}>
      {editable ? (
        <>
          <Textarea
            autosize
            minRows={2}
            maxRows={8}
            maxLength={10_000}
            value={draft ?? saved}
            placeholder={t('client.notePlaceholder')}
            aria-label={t('client.note')}
            classNames={{ input: css.note! }}
            onChange={(e) => setDraft(e.currentTarget.value)}
          />
          {changed && (
            <div className={css.noteActions}>
              <Button size="compact-sm" variant="subtle" color="gray" onClick={() => setDraft(undefined)}>
                {t('common.cancel')}
              </Button>
              <Button size="compact-sm" loading={save.isPending} onClick={() => save.mutate(draft.trim())}>
                {t('common.save')}
              </Button>
            </div>
          )}
        </>
      ) : (
        <p className={css.noteText}>{saved}</p>
      )}
    </Block>
  )
}

function Feedback({ session }: { session: Session }) {
  const t = useT()
  const stars = session.guestFeedbackStars ?? 0
  return (
    <Block title={t('client.feedback')}>
      <p className={css.stars} role="img" aria-label={t('client.stars', { count: stars })}>
        {Array.from({ length: 5 }, (_, i) => (
          <IconStarFilled key={i} size={16} data-on={i < stars || undefined} />
        ))}
      </p>
      {session.guestFeedbackText && <p className={css.quote}>{session.guestFeedbackText}</p>}
    </Block>
  )
}

function Earlier({ session }: { session: Session }) {
  const t = useT()
  const query = useQuery(earlierSessionsQuery(useApi(), session))
  const others = (query.data ?? []).filter((s) => s.id !== session.id).slice(0, 8)
  return (
    <Block title={t('client.earlier')}>
      {query.isPending ? (
        <Skeleton height={14} width="70%" radius="sm" />
      ) : query.isError ? (
        <p className={css.quiet}>
          {t('client.earlierFailed')}{' '}
          <button type="button" className={css.inline} onClick={() => void query.refetch()}>
            {t('common.retry')}
          </button>
        </p>
      ) : others.length === 0 ? (
        <p className={css.quiet}>{t('client.first')}</p>
      ) : (
        <ul className={css.earlier}>
          {others.map((s) => (
            <li key={s.id}>
              <Link to={isOver(s) ? `/history/${s.id}` : `/inbox/${s.id}`}>
                <span className={css.earlierText}>{s.result || s.lastMessage?.text || channelName(s.channel, t)}</span>
                <Ago at={s.ended ?? s.created} className={css.quiet} />
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Block>
  )
}
