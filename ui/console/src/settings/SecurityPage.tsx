// The keys that sign tokens, and what happened.
import { Button, Select, UnstyledButton } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { IconDownload, IconHistory, IconRefresh, IconX } from '@tabler/icons-react'
import { useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { useApi } from '../api/context'
import { adminActions, auditQuery, auditPage, keys, signingKeysQuery, usersQuery } from '../api/queries'
import type { AuditEntry, SigningKey } from '../api/types'
import { useI18n, useT } from '../i18n'
import { exactTime } from '../i18n/time'
import { Confirm } from '../kit/Confirm'
import { describeError } from '../kit/errors'
import { complain } from '../kit/notify'
import { Empty, ErrorState, RowsSkeleton } from '../kit/States'
import { Ago } from '../kit/Time'
import { useAction } from '../kit/useAction'
import { auditCsv, auditDetails, auditKinds, auditText, subjectLink } from './audit'
import { save } from './importFile'
import { Page } from './Page'
import css from './table.module.css'
import own from './SecurityPage.module.css'

export default function SecurityPage() {
  const t = useT()
  return (
    <Page title={t('nav.security')} text={t('security.text')}>
      <SigningKeys />
      <AuditLog />
    </Page>
  )
}

function SigningKeys() {
  const t = useT()
  const [asking, setAsking] = useState(false)
  const query = useQuery(signingKeysQuery(useApi()))
  const rotate = useAction((api, _: void) => adminActions.rotate(api), { stale: keys.signingKeys, said: t('security.rotated'), failed: t('security.rotateFailed'), done: () => setAsking(false) })
  return (
    <section className={css.card}>
      <header className={own.head}>
        <div>
          <h2 className={own.title}>{t('security.keys')}</h2>
          <p className={own.text}>{t('security.keysText')}</p>
        </div>
        <Button variant="default" leftSection={<IconRefresh size={16} stroke={1.75} />} onClick={() => setAsking(true)}>
          {t('security.rotate')}
        </Button>
      </header>
      {query.isPending ? (
        <RowsSkeleton rows={2} />
      ) : query.isError && !query.data ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : (
        <ul className={own.keys}>
          {query.data?.map((k) => (
            <KeyRow key={k.kid} signing={k} />
          ))}
        </ul>
      )}
      <Confirm
        opened={asking}
        close={() => setAsking(false)}
        title={t('security.rotateTitle')}
        text={t('security.rotateText')}
        action={t('security.rotate')}
        busy={rotate.isPending}
        onConfirm={() => rotate.mutate()}
      />
    </section>
  )
}

function KeyRow({ signing: k }: { signing: SigningKey }) {
  const t = useT()
  const { language } = useI18n()
  return (
    <li className={own.key}>
      <code className={css.mono}>{k.kid}</code>
      <span className={css.tag} data-kind={k.current ? 'good' : undefined}>
        {t(k.current ? 'security.current' : 'security.retired')}
      </span>
      <span className={own.when}>
        {t('keys.created')} <Ago at={k.created} />
        {k.ends && ` · ${t('security.ends', { time: exactTime(Date.parse(k.ends), language) })}`}
      </span>
    </li>
  )
}

function AuditLog() {
  const t = useT()
  const api = useApi()
  const [params, setParams] = useSearchParams()
  const actor = Number(params.get('actor')) || 0
  const kind = params.get('kind') ?? ''
  const query = useInfiniteQuery(auditQuery(api, actor, kind))
  const users = useQuery(usersQuery(api)).data ?? []
  const entries = query.data?.pages.flat() ?? []
  const set = (name: string, value: string) => {
    const next = new URLSearchParams(params)
    if (value) next.set(name, value)
    else next.delete(name)
    setParams(next, { replace: true })
  }
  const people = users.map((u) => ({ value: String(u.id), label: [u.firstName, u.lastName].filter(Boolean).join(' ') || u.username }))
  if (actor && !people.some((p) => p.value === String(actor))) {
    people.unshift({ value: String(actor), label: entries.find((e) => e.actor === actor)?.actorName || `#${actor}` })
  }
  const filtered = actor !== 0 || kind !== ''
  return (
    <section className={own.log} aria-label={t('security.log')}>
      <h2 className={own.logTitle}>{t('security.log')}</h2>
      <div className={css.bar} role="search">
        <Select className={own.filter!} aria-label={t('security.actor')} placeholder={t('security.anybody')} searchable clearable value={actor ? String(actor) : null} data={people} onChange={(v) => set('actor', v ?? '')} nothingFoundMessage={t('palette.none')} />
        <Select
          className={own.filter!}
          aria-label={t('security.kind')}
          placeholder={t('security.anything')}
          searchable
          clearable
          value={kind || null}
          data={auditKinds.map((k) => ({ value: k, label: auditText(k, t) }))}
          onChange={(v) => set('kind', v ?? '')}
          nothingFoundMessage={t('palette.none')}
        />
        {filtered && (
          <Button variant="subtle" color="gray" leftSection={<IconX size={16} stroke={1.75} />} onClick={() => setParams({}, { replace: true })}>
            {t('history.clear')}
          </Button>
        )}
        <Download actor={actor} kind={kind} />
      </div>
      {query.isPending ? (
        <RowsSkeleton rows={8} />
      ) : query.isError && !query.data ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : entries.length === 0 ? (
        <Empty icon={<IconHistory size={22} stroke={1.75} />} title={t(filtered ? 'security.noMatch' : 'security.empty')} />
      ) : (
        <Entries entries={entries} only={(id) => set('actor', String(id))} />
      )}
      {query.hasNextPage && (
        <div className={css.more}>
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t('common.more')}
          </Button>
        </div>
      )}
    </section>
  )
}

function Entries({ entries, only }: { entries: AuditEntry[]; only(actor: number): void }) {
  const t = useT()
  return (
    <table className={css.table}>
      <thead>
        <tr>
          <th scope="col">{t('security.what')}</th>
          <th scope="col">{t('security.about')}</th>
          <th scope="col">{t('security.actor')}</th>
          <th scope="col">{t('webhooks.time')}</th>
        </tr>
      </thead>
      <tbody>
        {entries.map((e) => {
          const link = subjectLink(e)
          const name = e.subjectName || (e.subject ? `#${e.subject}` : '')
          const details = auditDetails(e, t)
          return (
            <tr key={e.position}>
              <td>
                <span className={css.main}>{auditText(e.kind, t)}</span>
                {details && <span className={own.details}>{details}</span>}
              </td>
              <td>{link ? <Link className={own.link} to={link}>{name}</Link> : name}</td>
              <td>
                {e.actor ? (
                  <UnstyledButton className={own.actor} title={t('security.only', { name: e.actorName })} onClick={() => only(e.actor)}>
                    {e.actorName || `#${e.actor}`}
                  </UnstyledButton>
                ) : (
                  <span className={css.sub}>{t('security.server')}</span>
                )}
              </td>
              <td className={css.time}>
                <Ago at={e.time} />
              </td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

const most = 10_000 // rows of a download: enough to read, and it ends

/** All that the filter finds, not only what is on screen. */
function Download({ actor, kind }: { actor: number; kind: string }) {
  const t = useT()
  const api = useApi()
  const [busy, setBusy] = useState(false)
  const run = async () => {
    setBusy(true)
    try {
      const all: AuditEntry[] = []
      for (let before = 0; all.length < most; ) {
        const page = await auditPage(api, actor, kind, before, 500)
        all.push(...page)
        if (page.length < 500) break
        before = page.at(-1)!.position
      }
      save('audit.csv', auditCsv(all))
    } catch (error) {
      complain(t('security.downloadFailed'), describeError(error, t))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Button variant="default" className={own.download!} loading={busy} leftSection={<IconDownload size={16} stroke={1.75} />} onClick={() => void run()}>
      CSV
    </Button>
  )
}
