// One webhook: its secret, what it hears, what was delivered, and again.
import { ActionIcon, Button, Skeleton, UnstyledButton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { IconArrowLeft, IconChevronRight, IconPencil, IconRefresh, IconSend, IconTrash } from '@tabler/icons-react'
import { Fragment, useState } from 'react'
import { Link, useNavigate, useParams } from 'react-router'
import { ApiError } from '../api/client'
import { useApi } from '../api/context'
import { adminActions, deliveriesQuery, keys, webhookQuery } from '../api/queries'
import type { Delivery, Webhook } from '../api/types'
import { useI18n, useT, type MessageKey } from '../i18n'
import { exactTime } from '../i18n/time'
import { Confirm } from '../kit/Confirm'
import { CodeBlock } from '../kit/Copy'
import { Secret } from '../kit/Secret'
import { Empty, ErrorState, RowsSkeleton } from '../kit/States'
import { Ago } from '../kit/Time'
import { useAction } from '../kit/useAction'
import { deliveryState, payloadText } from './delivery'
import { withoutPassword } from './eventTypes'
import { Page } from './Page'
import { WebhookDialog } from './WebhookForm'
import css from './table.module.css'
import own from './WebhookPage.module.css'

export default function WebhookPage() {
  const t = useT()
  const id = Number(useParams().id)
  const query = useQuery(webhookQuery(useApi(), id))
  const [deleted, setDeleted] = useState(false)
  const back = (
    <Link to="/settings/webhooks" className={own.back}>
      <IconArrowLeft size={16} stroke={1.75} aria-hidden="true" /> {t('nav.webhooks')}
    </Link>
  )
  const gone = query.error instanceof ApiError && query.error.status === 404 && !deleted // elsewhere while it was on screen
  if (!query.data || gone) {
    return (
      <Page title={t('webhooks.one')} back={back}>
        {query.isError ? <ErrorState error={query.error} retry={() => void query.refetch()} /> : <Skeleton height={160} />}
      </Page>
    )
  }
  return <Loaded webhook={query.data} back={back} deleted={() => setDeleted(true)} />
}

function Loaded({ webhook, back, deleted }: { webhook: Webhook; back: React.ReactNode; deleted(): void }) {
  const t = useT()
  const navigate = useNavigate()
  const [editing, setEditing] = useState(false)
  const [deleting, setDeleting] = useState(false)
  const remove = useAction(adminActions.deleteWebhook, {
    stale: keys.webhooks, said: t('webhooks.deleted'), failed: t('webhooks.deleteFailed'),
    done() {
      deleted()
      void navigate('/settings/webhooks')
    },
  })
  const action = (
    <div className={own.actions}>
      <Button variant="default" leftSection={<IconPencil size={16} stroke={1.75} />} onClick={() => setEditing(true)}>
        {t('common.edit')}
      </Button>
      <Button variant="default" leftSection={<IconTrash size={16} stroke={1.75} />} onClick={() => setDeleting(true)}>
        {t('common.delete')}
      </Button>
    </div>
  )
  return (
    <Page title={withoutPassword(webhook.callbackUrl)} back={back} action={action} long>
      <section className={css.card}>
        <h2 className={own.title}>{t('webhooks.events')}</h2>
        <span className={css.tags}>
          {webhook.eventTypes.map((e) => (
            <span key={e} className={css.tag}>
              {e}
            </span>
          ))}
        </span>
        {webhook.secret && <SigningSecret secret={webhook.secret} />}
      </section>
      <Deliveries webhook={webhook} />
      <WebhookDialog opened={editing} close={() => setEditing(false)} webhook={webhook} />
      <Confirm
        opened={deleting}
        close={() => setDeleting(false)}
        title={t('webhooks.deleteTitle')}
        text={t('webhooks.deleteText')}
        action={t('common.delete')}
        danger
        busy={remove.isPending}
        onConfirm={() => remove.mutate({ id: webhook.id })}
      />
    </Page>
  )
}

function SigningSecret({ secret }: { secret: string }) {
  const t = useT()
  return (
    <>
      <h2 className={own.title} style={{ marginTop: 'var(--sb-4)' }}>
        {t('webhooks.secret')}
      </h2>
      <p className={css.cardText} style={{ marginBottom: 'var(--sb-2)' }}>{t('webhooks.secretText')}</p>
      <Secret label={t('webhooks.secret')} value={secret} />
    </>
  )
}

function Deliveries({ webhook }: { webhook: Webhook }) {
  const t = useT()
  const query = useQuery(deliveriesQuery(useApi(), webhook.id))
  const replay = useAction(adminActions.replay, { stale: keys.deliveries(webhook.id), said: t('webhooks.replayed'), failed: t('webhooks.replayFailed') })
  return (
    <section className={own.deliveries}>
      <header className={own.head}>
        <h2>{t('webhooks.deliveries')}</h2>
        <ActionIcon variant="subtle" color="gray" size={32} onClick={() => void query.refetch()} aria-label={t('common.refresh')}>
          <IconRefresh size={16} stroke={1.75} />
        </ActionIcon>
      </header>
      {query.isPending ? (
        <RowsSkeleton rows={5} />
      ) : query.isError && !query.data ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : query.data?.length === 0 ? (
        <Empty icon={<IconSend size={22} stroke={1.75} />} title={t('webhooks.noDeliveries')} text={t('webhooks.noDeliveriesText')} />
      ) : (
        <table className={css.table}>
          <thead>
            <tr>
              <th scope="col">{t('webhooks.event')}</th>
              <th scope="col">{t('webhooks.status')}</th>
              <th scope="col" className={css.number}>{t('webhooks.attempts')}</th>
              <th scope="col">{t('webhooks.time')}</th>
              <th scope="col"><span className="sb-hidden">{t('common.actions')}</span></th>
            </tr>
          </thead>
          <tbody>
            {query.data?.map((d) => (
              <DeliveryRow key={d.id} delivery={d} busy={replay.isPending} replay={() => replay.mutate({ id: webhook.id, deliveryId: d.id })} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}

const stateKeys = { delivered: 'delivery.delivered', pending: 'delivery.pending', failed: 'delivery.failed' } as const satisfies Record<string, MessageKey>
const stateTone = { delivered: 'good', pending: 'warn', failed: 'bad' } as const

function DeliveryRow({ delivery, busy, replay }: { delivery: Delivery; busy: boolean; replay(): void }) {
  const t = useT()
  const { language } = useI18n()
  const [open, setOpen] = useState(false)
  const state = deliveryState(delivery)
  return (
    <Fragment>
      <tr>
        <td>
          <UnstyledButton className={own.toggle} aria-expanded={open} onClick={() => setOpen((v) => !v)}>
            <IconChevronRight size={14} className={own.chevron} aria-hidden="true" />
            <span className={css.main}>{delivery.eventType}</span>
          </UnstyledButton>
        </td>
        <td>
          <span className={css.tag} data-kind={stateTone[state]}>
            {t(stateKeys[state])}
            {delivery.responseStatus ? ` · ${delivery.responseStatus}` : ''}
          </span>
        </td>
        <td className={`${css.number} ${css.wideOnly}`}>{delivery.attempts ?? '–'}</td>
        <td className={css.time}>
          <Ago at={delivery.created} />
        </td>
        <td className={css.end}>
          <Button size="compact-sm" variant="subtle" color="gray" disabled={busy} onClick={replay}>
            {t('webhooks.replay')}
          </Button>
        </td>
      </tr>
      {open && (
        <tr>
          <td colSpan={5} className={own.payload}>
            {delivery.error && <p className={own.error}>{delivery.error}</p>}
            {delivery.nextAttempt && state === 'pending' && <p className={css.sub}>{t('webhooks.next', { time: exactTime(Date.parse(delivery.nextAttempt), language) })}</p>}
            <CodeBlock label={t('webhooks.payload')} code={payloadText(delivery.payload)} />
          </td>
        </tr>
      )}
    </Fragment>
  )
}
