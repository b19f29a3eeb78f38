// What users reported: who, whom, with which words, and what became of it.
import { Button, Modal, SegmentedControl, Textarea } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { IconArrowBackUp, IconCheck, IconFile, IconFlag, IconUserCheck, IconUserOff, IconUsersGroup, IconX } from '@tabler/icons-react'
import { useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { useApi } from '../api/context'
import { adminActions, keys, reportsQuery } from '../api/queries'
import type { Report, ReportedMessage } from '../api/types'
import { useT } from '../i18n'
import { Avatar } from '../kit/Avatar'
import { Confirm } from '../kit/Confirm'
import { Empty } from '../kit/States'
import { Ago } from '../kit/Time'
import { useAction } from '../kit/useAction'
import { Page } from '../settings/Page'
import { FormError } from '../kit/FormError'
import layout from '../kit/Form.module.css'
import table from '../settings/table.module.css'
import { Entries } from './Entries'
import { aboutName, local, reportStates, type ReportState } from './model'
import css from './moderation.module.css'

export default function ReportsPage() {
  const t = useT()
  const [params, setParams] = useSearchParams()
  const state = reportStates.find((s) => s === params.get('state')) ?? 'open'
  const query = useInfiniteQuery(reportsQuery(useApi(), state))
  return (
    <Page title={t('nav.reports')} text={t('reports.text')}>
      <div className={table.bar}>
        <SegmentedControl
          styles={{ label: { fontWeight: 500 } }}
          aria-label={t('reports.state')}
          value={state}
          onChange={(value) => setParams(value === 'open' ? {} : { state: value }, { replace: true })}
          data={reportStates.map((s) => ({ value: s, label: t(`reports.${s}`) }))}
        />
      </div>
      <Entries
        query={query}
        empty={<Empty icon={<IconFlag size={22} stroke={1.75} />} title={t(`reports.none.${state}`)} {...(state === 'open' ? { text: t('reports.noneText') } : {})} />}
      >
        {(r) => <Card report={r} />}
      </Entries>
    </Page>
  )
}

function Card({ report: r }: { report: Report }) {
  const t = useT()
  const name = aboutName(r)
  return (
    <article className={css.card} aria-label={t('reports.about', { name })}>
      <header className={css.head}>
        {r.about.group ? (
          <span className={css.groupIcon}>
            <IconUsersGroup size={20} stroke={1.75} aria-hidden="true" />
          </span>
        ) : (
          <Avatar name={name} seed={local(r.about.jid)} size={40} />
        )}
        <div className={css.words}>
          <h2 className={css.name}>
            {r.about.accountId ? <Link to={`/settings/accounts/${r.about.accountId}`}>{name}</Link> : name}
            {r.about.blocked && (
              <span className={table.tag} data-kind="bad">
                {t('accounts.disabled')}
              </span>
            )}
          </h2>
          <p className={css.sub}>
            {t(r.about.group ? 'reports.group' : 'reports.user')} · {local(r.about.jid)}
          </p>
        </div>
        <p className={css.by}>
          {t('reports.by', { name: r.reporter ? r.reporter.name || r.reporter.username : t('reports.gone') })} · <Ago at={r.created} />
        </p>
      </header>
      {r.messages.length > 0 ? (
        <ol className={css.messages} aria-label={t('reports.messages')}>
          {r.messages.map((m, i) => (
            <Message key={m.id || i} message={m} />
          ))}
        </ol>
      ) : (
        <p className={css.sub}>{t('reports.noMessages')}</p>
      )}
      {r.state !== 'open' && (
        <p className={css.outcome}>
          <span className={table.tag} data-kind={r.state === 'resolved' ? 'good' : undefined}>
            {t(`reports.${r.state}`)}
          </span>{' '}
          {r.handler && (r.handler.name || r.handler.username)} {r.handled && <Ago at={r.handled} />}
          {r.note && <span className={css.note}>{r.note}</span>}
        </p>
      )}
      <Actions report={r} />
    </article>
  )
}

function Message({ message: m }: { message: ReportedMessage }) {
  const file = m.file.split('/').at(-1)
  return (
    <li className={css.message}>
      <p className={css.said}>
        {m.publisher && <strong>{local(m.publisher)}</strong>}
        {m.publisher && m.time && ' · '}
        {m.time && <Ago at={m.time} />}
      </p>
      {m.text && <p className={css.text}>{m.text}</p>}
      {file && (
        <p className={css.file}>
          <IconFile size={16} stroke={1.75} aria-hidden="true" /> {file}
        </p>
      )}
    </li>
  )
}

function Actions({ report: r }: { report: Report }) {
  const t = useT()
  const [blocking, setBlocking] = useState(false)
  const [resolving, setResolving] = useState(false)
  const name = aboutName(r)
  const icon = { size: 16, stroke: 1.75 }
  const handle = useAction(adminActions.handleReport, { stale: keys.reports, failed: t('reports.failed') })
  const moderate = useAction(adminActions.moderate, {
    stale: keys.reports, failed: t('reports.failed'), said: t(r.about.blocked ? 'reports.unblocked' : 'reports.blocked', { name }), done: () => setBlocking(false),
  })
  const set = (state: ReportState) => handle.mutate({ id: r.id, state, note: r.note })
  const gone = !r.about.group && !r.about.accountId
  return (
    <div className={css.actions}>
      {r.state === 'open' ? (
        <>
          <Button leftSection={<IconCheck {...icon} />} onClick={() => setResolving(true)}>
            {t('reports.resolve')}
          </Button>
          <Button variant="default" leftSection={<IconX {...icon} />} loading={handle.isPending} onClick={() => set('dismissed')}>
            {t('reports.dismiss')}
          </Button>
        </>
      ) : (
        <Button variant="default" leftSection={<IconArrowBackUp {...icon} />} loading={handle.isPending} onClick={() => set('open')}>
          {t('reports.reopen')}
        </Button>
      )}
      {!gone &&
        (r.about.blocked ? (
          <Button variant="subtle" leftSection={<IconUserCheck {...icon} />} loading={moderate.isPending} onClick={() => moderate.mutate({ jid: r.about.jid, blocked: false })}>
            {t('accounts.enable')}
          </Button>
        ) : (
          <Button variant="subtle" color="red" leftSection={<IconUserOff {...icon} />} onClick={() => setBlocking(true)}>
            {t(r.about.group ? 'reports.blockGroup' : 'reports.blockUser')}
          </Button>
        ))}
      <Confirm
        opened={blocking}
        close={() => setBlocking(false)}
        title={t('accounts.blockTitle', { name })}
        text={t(r.about.group ? 'reports.blockGroupText' : 'accounts.blockText')}
        action={t('accounts.disable')}
        danger
        busy={moderate.isPending}
        onConfirm={() => moderate.mutate({ jid: r.about.jid, blocked: true })}
      />
      <ResolveDialog report={r} opened={resolving} close={() => setResolving(false)} />
    </div>
  )
}

function ResolveDialog({ report: r, opened, close }: { report: Report; opened: boolean; close(): void }) {
  const t = useT()
  const [note, setNote] = useState(r.note)
  const handle = useAction(adminActions.handleReport, { stale: keys.reports, said: t('reports.done'), done: close })
  return (
    <Modal opened={opened} onClose={close} title={t('reports.resolveTitle', { name: aboutName(r) })} size={460} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <form
        className={layout.form}
        onSubmit={(e) => {
          e.preventDefault()
          handle.mutate({ id: r.id, state: 'resolved', note: note.trim() })
        }}
      >
        <Textarea data-autofocus label={t('reports.note')} description={t('reports.noteText')} rows={4} maxLength={5000} value={note} onChange={(e) => setNote(e.currentTarget.value)} />
        {handle.error && (
          <FormError error={handle.error} />
        )}
        <div className={layout.buttons}>
          <Button variant="default" onClick={close}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" loading={handle.isPending}>
            {t('reports.resolve')}
          </Button>
        </div>
      </form>
    </Modal>
  )
}
