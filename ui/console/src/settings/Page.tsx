// What every settings page has: a title, a sentence, an action; on a phone
// also the way to its siblings.
import { useQuery } from '@tanstack/react-query'
import { IconLock } from '@tabler/icons-react'
import { useEffect, useRef, type ReactNode } from 'react'
import { NavLink, useLocation } from 'react-router'
import { useApi } from '../api/context'
import { meQuery } from '../api/queries'
import { useT } from '../i18n'
import { Empty } from '../kit/States'
import { moderationPages, settingsPages } from './pages'
import '../styles/forms.css'
import css from './Page.module.css'

interface Props {
  title: string
  text?: string
  action?: ReactNode
  back?: ReactNode
  /** The title is an address: smaller, so that it fits. */
  long?: boolean
  children: ReactNode
}

export function Page({ title, text, action, back, long, children }: Props) {
  const t = useT()
  const me = useQuery(meQuery(useApi())).data
  const { pathname } = useLocation()
  const moderation = moderationPages.some(([to]) => pathname.startsWith(to))
  const tabs = useRef<HTMLElement>(null)
  useEffect(() => {
    void tabs.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [pathname])
  if (me && !me.admin) {
    return (
      <main className={css.page}>
        <Empty heading icon={<IconLock size={22} stroke={1.75} />} title={t('settings.adminOnly')} text={t('settings.adminOnlyText')} />
      </main>
    )
  }
  return (
    <main className={css.page}>
      <nav ref={tabs} className={css.tabs} aria-label={t(moderation ? 'nav.moderation' : 'nav.settings')}>
        {(moderation ? moderationPages : settingsPages).map(([to, label]) => (
          <NavLink key={to} to={to} className={({ isActive }) => `${css.tab} ${isActive ? css.active : ''}`}>
            {t(label)}
          </NavLink>
        ))}
      </nav>
      <div className={css.inner}>
        {back}
        <header className={css.head}>
          <div className={css.heading}>
            <h1 className={css.title} data-long={long || undefined}>{title}</h1>
            {text && <p className={css.text}>{text}</p>}
          </div>
          {action}
        </header>
        {children}
      </div>
    </main>
  )
}
