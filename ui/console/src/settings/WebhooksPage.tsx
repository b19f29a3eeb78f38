// Where events are sent.
import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { IconChevronRight, IconPlus, IconWebhook } from '@tabler/icons-react'
import { useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { useApi } from '../api/context'
import { webhooksQuery } from '../api/queries'
import { useT } from '../i18n'
import { Empty, ErrorState, RowsSkeleton } from '../kit/States'
import { withoutPassword } from './eventTypes'
import { Page } from './Page'
import { WebhookDialog } from './WebhookForm'
import css from './table.module.css'

export default function WebhooksPage() {
  const t = useT()
  const navigate = useNavigate()
  const [creating, setCreating] = useState(false)
  const query = useQuery(webhooksQuery(useApi()))
  const create = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)}>
      {t('webhooks.create')}
    </Button>
  )
  return (
    <Page title={t('nav.webhooks')} text={t('webhooks.text')} action={create}>
      {query.isPending ? (
        <RowsSkeleton rows={4} />
      ) : query.isError && !query.data ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : query.data?.length === 0 ? (
        <Empty icon={<IconWebhook size={22} stroke={1.75} />} title={t('webhooks.empty')} text={t('webhooks.emptyText')} action={create} />
      ) : (
        <table className={css.table}>
          <thead>
            <tr>
              <th scope="col">{t('webhooks.url')}</th>
              <th scope="col">{t('webhooks.events')}</th>
              <th scope="col"><span className="sb-hidden">{t('common.actions')}</span></th>
            </tr>
          </thead>
          <tbody>
            {query.data?.map((w) => (
              <tr key={w.id}>
                <td>
                  <Link to={`/settings/webhooks/${w.id}`} className={`${css.main} ${css.rowLink}`}>
                    {withoutPassword(w.callbackUrl)}
                  </Link>
                </td>
                <td>
                  <span className={css.tags}>
                    {w.eventTypes.slice(0, 4).map((e) => (
                      <span key={e} className={css.tag}>
                        {e}
                      </span>
                    ))}
                    {w.eventTypes.length > 4 && (
                      <span className={css.tag} title={w.eventTypes.slice(4).join(', ')}>
                        +{w.eventTypes.length - 4}
                      </span>
                    )}
                  </span>
                </td>
                <td className={css.end}>
                  <Button component={Link} to={`/settings/webhooks/${w.id}`} size="compact-sm" variant="subtle" color="gray" rightSection={<IconChevronRight size={14} />}>
                    {t('webhooks.deliveries')}
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <WebhookDialog opened={creating} close={() => setCreating(false)} done={(id) => void navigate(`/settings/webhooks/${id}`)} />
    </Page>
  )
}
