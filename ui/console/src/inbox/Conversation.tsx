// The middle column: who it is, what was said, and what to say next.
import { ActionIcon, Button, Kbd, Tooltip } from '@mantine/core'
import { IconArrowForwardUp, IconArrowLeft, IconCircleCheck, IconLayoutSidebarRight, IconPlugConnectedX } from '@tabler/icons-react'
import { useImperativeHandle, useRef, type Ref } from 'react'
import type { Me, Session } from '../api/types'
import { useChat } from '../chat/context'
import { useTranscript } from '../chat/transcript'
import { useI18n, useT } from '../i18n'
import { ChannelIcon } from '../kit/ChannelIcon'
import { Ago, Since } from '../kit/Time'
import { Composer, type ComposerHandle, type ComposerMode } from './Composer'
import { guestName, isMine, isOver, isWaiting } from './model'
import { Status } from './Status'
import { operatorName } from './timeline'
import { TranscriptView } from './TranscriptView'
import css from './Conversation.module.css'

export interface ConversationHandle {
  focus(mode: ComposerMode): void
}

export interface ConversationProps {
  ref?: Ref<ConversationHandle>
  session: Session
  loading: boolean
  me: Me | undefined
  accept: (() => void) | undefined
  end: (() => void) | undefined
  forward: (() => void) | undefined
  back(): void
  togglePanel(): void
  panelOpen: boolean
}

export function Conversation({ ref, session, loading, me, accept, end, forward, back, togglePanel, panelOpen }: ConversationProps) {
  const t = useT()
  const composer = useRef<ComposerHandle>(null)
  useImperativeHandle(ref, () => ({ focus: (mode) => composer.current?.focus(mode) }), [])
  const transcript = useTranscript(session, me, loading)
  const name = guestName(session, (n) => t('session.visitor', { number: String(n) }))
  const mine = isMine(session, me)
  return (
    <section className={css.column} aria-label={t('conversation.with', { name })}>
      <header className={css.head}>
        <ActionIcon variant="subtle" color="gray" size={36} className={css.back} onClick={back} aria-label={t('common.back')}>
          <IconArrowLeft size={20} stroke={1.75} />
        </ActionIcon>
        <div className={css.title}>
          <h2 className={css.name}>{name}</h2>
          <p className={css.sub}>
            <Status session={session} />
            <ChannelIcon channel={session.channel} source={session.source} className={css.channel} />
            <Timing session={session} />
          </p>
        </div>
        <div className={css.actions}>
          {forward && (
            <Tool label={t('inbox.forward')} k="F" onClick={forward} icon={<IconArrowForwardUp size={18} stroke={1.75} />} />
          )}
          {end && session.status !== 'ACW' && <Tool label={t('inbox.end')} k="E" onClick={end} icon={<IconCircleCheck size={18} stroke={1.75} />} />}
          <Tooltip label={t('client.toggle')}>
            <ActionIcon variant="subtle" color="gray" size={36} className={css.panelToggle} onClick={togglePanel} aria-label={t('client.toggle')} aria-expanded={panelOpen}>
              <IconLayoutSidebarRight size={20} stroke={1.75} />
            </ActionIcon>
          </Tooltip>
        </div>
      </header>
      <TranscriptView session={session} transcript={transcript} guest={name} />
      {mine && <Taken />}
      {mine && session.status !== 'ACW' ? (
        <Composer ref={composer} session={session} transcript={transcript} guest={name} />
      ) : (
        <Footer session={session} me={me} accept={accept} end={end} />
      )}
    </section>
  )
}

/** Everything still works, only less quickly; which connection is quick is for the person to say. */
function Taken() {
  const t = useT()
  const { taken, takeOver } = useChat()
  return (
    <div role="status">
      {taken && (
        <p className={css.taken}>
          <IconPlugConnectedX size={16} stroke={1.75} aria-hidden="true" />
          <span>{t('conversation.taken')}</span>
          <Button size="compact-sm" variant="default" onClick={takeOver}>
            {t('conversation.takeOver')}
          </Button>
        </p>
      )}
    </div>
  )
}

function Key({ k }: { k: string }) {
  return (
    <span className={css.key} aria-hidden="true">
      {k}
    </span>
  )
}

function Tool({ label, k, onClick, icon }: { label: string; k: string; onClick(): void; icon: React.ReactNode }) {
  return (
    <Tooltip label={<>{label} <Kbd size="xs">{k}</Kbd></>}>
      <Button variant="default" leftSection={icon} onClick={onClick} className={css.tool} aria-label={label} aria-keyshortcuts={k.toLowerCase()}>
        <span className={css.toolLabel}>{label}</span>
      </Button>
    </Tooltip>
  )
}

function Timing({ session }: { session: Session }) {
  const t = useT()
  if (isWaiting(session)) return <span>{t('conversation.waiting')} <Since at={session.created} className={css.numbers} /></span>
  if (isOver(session) || session.status === 'ACW') return session.ended ? <Ago at={session.ended} /> : null
  return <span>{t('conversation.running')} <Since at={session.started ?? session.created} className={css.numbers} /></span>
}

function Footer({ session, me, accept, end }: Pick<ConversationProps, 'session' | 'me' | 'accept' | 'end'>) {
  const t = useT()
  const { language } = useI18n()
  if (isWaiting(session)) {
    return (
      <footer className={css.footer}>
        <p>{session.queue?.name ? t('conversation.inQueue', { queue: session.queue.name }) : t('conversation.inAQueue')}</p>
        {accept && (
          <Button onClick={accept} rightSection={<Key k="A" />}>
            {t('inbox.accept')}
          </Button>
        )}
      </footer>
    )
  }
  if (end) {
    return (
      <footer className={css.footer}>
        <p>{t('conversation.left')}</p>
        <Button onClick={end} rightSection={<Key k="E" />}>
          {t('conversation.giveResult')}
        </Button>
      </footer>
    )
  }
  if (isOver(session)) {
    return (
      <footer className={css.footer}>
        <p>{session.result ? t('conversation.overResult', { result: session.result }) : t('conversation.over')}</p>
      </footer>
    )
  }
  const names = (session.operators ?? []).filter((o) => !o.left && o.userId !== me?.id).map((o) => operatorName(session, o.userId) ?? '')
  return (
    <footer className={css.footer}>
      <p>{t('conversation.others', { names: new Intl.ListFormat(language).format(names) || '–' })}</p>
    </footer>
  )
}
