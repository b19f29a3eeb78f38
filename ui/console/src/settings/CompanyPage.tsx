// The tenant: its names and keys, and whether it is still a playground.
import { useQuery } from '@tanstack/react-query'
import { useApi } from '../api/context'
import { companyQuery } from '../api/queries'
import { useI18n, useT } from '../i18n'
import { languageName } from '../i18n/format'
import { widgetSnippet } from '../inbox/Welcome'
import { CodeBlock, CopyField } from '../kit/Copy'
import { ErrorState, RowsSkeleton } from '../kit/States'
import { Page } from './Page'
import { TrialBanner } from './TrialBanner'
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
      <TrialBanner company={c} />
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
              <dd>{languageName(c.language, language)}</dd>
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
