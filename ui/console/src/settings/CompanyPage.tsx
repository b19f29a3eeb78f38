// The tenant: its names and keys, and whether it is still a playground.
import { Alert, Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useState } from 'react'
import { useApi } from '../api/context'
import { adminActions, companyQuery, keys } from '../api/queries'
import { useI18n, useT } from '../i18n'
import { widgetSnippet } from '../inbox/Welcome'
import { Confirm } from '../kit/Confirm'
import { CodeBlock, CopyField } from '../kit/Copy'
import { ErrorState, RowsSkeleton } from '../kit/States'
import { useAction } from '../kit/useAction'
import { Page } from './Page'
import css from './table.module.css'
import own from './CompanyPage.module.css'

export default function CompanyPage() {
  const t = useT()
  const { language } = useI18n()
  const query = useQuery(companyQuery(useApi()))
  const c = query.data
  if (!c) {
    return (
      <Page title={t('nav.company')}>{query.isError ? <ErrorState error={query.error} retry={() => void query.refetch()} /> : <RowsSkeleton rows={6} />}</Page>
    )
  }
  return (
    <Page title={c.name} text={t('company.text')}>
      {c.trial && <Trial />}
      <section className={css.card}>
        <h2 className={own.title}>{t('company.address')}</h2>
        <p className={css.cardText}>{t('company.addressText')}</p>
        <div className={css.two}>
          {c.domain && <CopyField label={t('company.domain')} value={c.domain} />}
          {c.licenseKey && <CopyField label={t('company.licence')} value={c.licenseKey} />}
          <CopyField label={t('company.guid')} value={c.companyGuid} />
          <CopyField label={t('company.websocket')} value={`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/xmpp-websocket`} />
        </div>
        <dl className={own.facts}>
          {c.language && (
            <div>
              <dt>{t('client.language')}</dt>
              <dd>{new Intl.DisplayNames(language, { type: 'language', fallback: 'code' }).of(c.language)}</dd>
            </div>
          )}
          {c.timezone && (
            <div>
              <dt>{t('company.timezone')}</dt>
              <dd>{c.timezone}</dd>
            </div>
          )}
          <div>
            <dt>{t('company.id')}</dt>
            <dd className="sb-numbers">{c.id}</dd>
          </div>
        </dl>
      </section>
      <section className={css.card}>
        <h2 className={own.title}>{t('company.widget')}</h2>
        <p className={css.cardText}>{t('company.widgetText')}</p>
        <CodeBlock label="HTML" code={widgetSnippet(c.companyGuid)} />
      </section>
    </Page>
  )
}

function Trial() {
  const t = useT()
  const [asking, setAsking] = useState(false)
  const end = useAction((api, _: void) => adminActions.endTrial(api), { stale: keys.company, said: t('company.trialEnded'), failed: t('company.trialFailed'), done: () => setAsking(false) })
  return (
    <>
      <Alert color="yellow" variant="light" icon={<IconAlertTriangle size={18} />} title={t('company.trial')} mb="md" classNames={{ title: own.alertTitle! }}>
        <div className={own.trial}>
          <p>{t('company.trialText')}</p>
          <Button variant="default" onClick={() => setAsking(true)}>
            {t('company.endTrial')}
          </Button>
        </div>
      </Alert>
      <Confirm
        opened={asking}
        close={() => setAsking(false)}
        title={t('company.endTrialTitle')}
        text={t('company.endTrialText')}
        action={t('company.endTrial')}
        busy={end.isPending}
        onConfirm={() => end.mutate()}
      />
    </>
  )
}
