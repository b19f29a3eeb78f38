// The inbox with nothing open: what waits, or three things to try that each
// end in something alive.
import { Kbd } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { IconArrowRight, IconBuildingStore, IconKey, IconMessages } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { useApi } from '../api/context'
import { companyQuery } from '../api/queries'
import type { Me } from '../api/types'
import { useT } from '../i18n'
import { CodeBlock } from '../kit/Copy'
import css from './Welcome.module.css'

export function Welcome({ quiet, waiting, ready, me }: { quiet: boolean; waiting: number; ready: boolean; me: Me | undefined }) {
  const t = useT()
  const company = useQuery(companyQuery(useApi())).data
  if (!ready) return <div className={css.page} />
  if (!quiet) {
    return (
      <div className={css.page}>
        <div className={css.pick}>
          <p className={css.pickTitle}>{waiting > 0 ? t('welcome.waiting', { count: waiting }) : t('welcome.pick')}</p>
          {waiting > 0 && (
            <p className={css.pickText}>
              {t('welcome.press')} <Kbd>a</Kbd> {t('welcome.toAccept')}
            </p>
          )}
        </div>
      </div>
    )
  }
  return (
    <div className={css.page} data-quiet>
      <div className={css.inner}>
        <h2 className={css.title}>{me ? t('welcome.title', { name: me.firstName || me.username }) : t('welcome.titlePlain')}</h2>
        <p className={css.text}>{t('welcome.text')}</p>
        <ol className={css.cards}>
          <Card icon={<IconMessages size={20} stroke={1.75} />} title={t('welcome.hello.title')} text={t('welcome.hello.text')}>
            <a href="/demo" target="_blank" rel="noopener" className={css.go}>
              {t('welcome.hello.go')} <IconArrowRight size={16} aria-hidden="true" />
            </a>
          </Card>
          <Card icon={<IconBuildingStore size={20} stroke={1.75} />} title={t('welcome.widget.title')} text={t('welcome.widget.text')}>
            <a href="/demo/shop" target="_blank" rel="noopener" className={css.go}>
              {t('welcome.widget.go')} <IconArrowRight size={16} aria-hidden="true" />
            </a>
          </Card>
          <Card icon={<IconKey size={20} stroke={1.75} />} title={t('welcome.api.title')} text={t('welcome.api.text')}>
            {me?.admin && (
              <Link to="/settings/keys" className={css.go}>
                {t('welcome.api.go')} <IconArrowRight size={16} aria-hidden="true" />
              </Link>
            )}
            <a href="/api" target="_blank" rel="noopener" className={css.go}>
              {t('nav.portal')} <IconArrowRight size={16} aria-hidden="true" />
            </a>
          </Card>
        </ol>
        {company && <CodeBlock label={t('welcome.snippet')} code={widgetSnippet(company.companyGuid)} />}
      </div>
    </div>
  )
}

/** One tag puts the widget on a page. */
export function widgetSnippet(companyGuid: string): string {
  return `<script async src="${location.origin}/widget/widget.js" data-company="${companyGuid}"></script>`
}

function Card({ icon, title, text, children }: { icon: ReactNode; title: string; text: string; children: ReactNode }) {
  return (
    <li className={css.card}>
      <span className={css.icon}>{icon}</span>
      <h3 className={css.cardTitle}>{title}</h3>
      <p className={css.cardText}>{text}</p>
      <div className={css.links}>{children}</div>
    </li>
  )
}
