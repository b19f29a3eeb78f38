// The left rail: where one can go, what waits there, and who one is.
import { Kbd, Menu, Tooltip, UnstyledButton, useMantineColorScheme, type MantineColorScheme } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import {
  IconAdjustments, IconApi, IconBell, IconBuilding, IconBuildingStore, IconCheck, IconChevronUp, IconCloudOff, IconDeviceDesktop, IconExternalLink, IconFlag, IconHistory,
  IconInbox, IconKey, IconKeyboard, IconLogout, IconMessageHeart, IconMoon, IconSearch, IconSettings, IconShieldLock, IconSun, IconUsers, IconWebhook,
} from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { Link, useLocation } from 'react-router'
import { useApi } from '../api/context'
import { useStreamState } from '../api/live'
import { companyQuery, keys, meQuery, setState } from '../api/queries'
import type { Me, OperatorStateKind } from '../api/types'
import { useAuth } from '../auth/Gate'
import { languages, useI18n, useT, type Language, type MessageKey } from '../i18n'
import { Avatar } from '../kit/Avatar'
import { describeError } from '../kit/errors'
import { Logo } from '../kit/Logo'
import { complain } from '../kit/notify'
import { settingsPages } from '../settings/pages'
import { setAlerts, useAlertsState } from './alerts'
import css from './Rail.module.css'

interface Props {
  counts: { waiting: number; unread: number }
  moderation: { reports: number; feedback: number }
  openPalette(): void
  openHelp(): void
}

const icon = { size: 18, stroke: 1.75, 'aria-hidden': true } as const
const settingsIcons: Record<(typeof settingsPages)[number][0], ReactNode> = {
  '/settings/accounts': <IconUsers {...icon} />,
  '/settings/features': <IconAdjustments {...icon} />,
  '/settings/keys': <IconKey {...icon} />,
  '/settings/webhooks': <IconWebhook {...icon} />,
  '/settings/security': <IconShieldLock {...icon} />,
  '/settings/company': <IconBuilding {...icon} />,
}

export function Rail({ counts, moderation, openPalette, openHelp }: Props) {
  const t = useT()
  const api = useApi()
  const me = useQuery(meQuery(api)).data
  const company = useQuery(companyQuery(api)).data
  const { pathname } = useLocation()
  const reports = { count: moderation.reports, counted: t('nav.openReports', { count: moderation.reports }) }
  return (
    <nav className={css.rail} aria-label={t('nav.title')}>
      <div className={css.head}>
        <Logo size={24} />
        <span className={css.company}>{company?.name ?? 'Switchboard'}</span>
        {me?.admin && company?.trial && (
          <Link to="/settings/features" className={css.trial} title={t('company.trialText')}>
            {t('nav.trial')}
          </Link>
        )}
      </div>
      <UnstyledButton className={css.search} onClick={openPalette} aria-keyshortcuts="Control+K">
        <IconSearch {...icon} size={16} />
        <span className={css.label}>{t('palette.short')}</span>
        <Kbd size="xs" className={css.kbd} aria-hidden="true">
          Ctrl K
        </Kbd>
      </UnstyledButton>
      <div className={css.links}>
        <Item to="/inbox" icon={<IconInbox {...icon} />} label={t('nav.inbox')} count={counts.waiting + counts.unread} urgent={counts.waiting > 0} counted={t('nav.counts', { waiting: counts.waiting, unread: counts.unread })} />
        <Item to="/history" icon={<IconHistory {...icon} />} label={t('nav.history')} />
        {me?.admin && (
          <>
            <div className={css.only390}>
              <Item to="/reports" active={pathname === '/reports' || pathname === '/feedback'} icon={<IconFlag {...icon} />} label={t('nav.reports')} {...reports} />
            </div>
            <div className={css.only390}>
              <Item to="/settings/accounts" active={pathname.startsWith('/settings')} icon={<IconSettings {...icon} />} label={t('nav.settings')} />
            </div>
            <Section title={t('nav.moderation')}>
              <Item to="/reports" icon={<IconFlag {...icon} />} label={t('nav.reports')} {...reports} />
              <Item to="/feedback" icon={<IconMessageHeart {...icon} />} label={t('nav.feedback')} count={moderation.feedback} counted={t('nav.newFeedback', { count: moderation.feedback })} />
            </Section>
            <Section title={t('nav.settings')}>
              {settingsPages.map(([to, label]) => (
                <Item key={to} to={to} icon={settingsIcons[to]} label={t(label)} />
              ))}
            </Section>
          </>
        )}
        {me && (
          <Section title={t('nav.tools')}>
            <Outside href="/api" icon={<IconApi {...icon} />} label={t('nav.portal')} />
            <Outside href="/demo/shop" icon={<IconBuildingStore {...icon} />} label={t('nav.shop')} />
          </Section>
        )}
      </div>
      <div className={css.foot}>
        <Connection />
        <OwnState me={me} openHelp={openHelp} />
      </div>
    </nav>
  )
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className={css.section} role="group" aria-label={title}>
      <span className={css.sectionTitle} aria-hidden="true">
        {title}
      </span>
      {children}
    </div>
  )
}

interface ItemProps {
  to: string
  icon: ReactNode
  label: string
  active?: boolean
  count?: number
  /** The count in words. */
  counted?: string
  urgent?: boolean
}

function Item({ to, icon, label, active, count = 0, counted, urgent }: ItemProps) {
  const { pathname } = useLocation()
  const here = active ?? (pathname === to || pathname.startsWith(`${to}/`))
  return (
    <Tooltip label={label} position="right" classNames={{ tooltip: css.tip! }}>
      <Link to={to} className={`${css.item} ${here ? css.active : ''}`} aria-current={here ? 'page' : undefined}>
        {icon}
        <span className={css.label}>{label}</span>
        {count > 0 && (
          <>
            <span className={css.count} data-waiting={urgent || undefined} aria-hidden="true">
              {count > 99 ? '99+' : count}
            </span>
            <span className="sb-hidden">, {counted}</span>
          </>
        )}
      </Link>
    </Tooltip>
  )
}

function Outside({ href, icon, label }: { href: string; icon: ReactNode; label: string }) {
  const t = useT()
  return (
    <Tooltip label={label} position="right" classNames={{ tooltip: css.tip! }}>
      <a href={href} target="_blank" rel="noopener" className={css.item}>
        {icon}
        <span className={css.label}>{label}</span>
        <span className="sb-hidden"> {t('nav.newTab')}</span>
        <IconExternalLink size={14} stroke={1.75} className={css.external} aria-hidden="true" />
      </a>
    </Tooltip>
  )
}

function Connection() {
  const t = useT()
  const state = useStreamState()
  return (
    <div role="status">
      {state === 'waiting' && (
        <p className={css.offline}>
          <IconCloudOff size={16} stroke={1.75} aria-hidden="true" />
          <span className={css.label}>{t('shell.reconnecting')}</span>
        </p>
      )}
    </div>
  )
}

export function fullName(me: Pick<Me, 'firstName' | 'lastName' | 'username'>): string {
  return [me.firstName, me.lastName].filter(Boolean).join(' ') || me.username
}

const stateNames: Record<OperatorStateKind, MessageKey> = {
  ONLINE: 'state.ONLINE', AWAY: 'state.AWAY', BREAK: 'state.BREAK', OFFLINE: 'state.OFFLINE', DISCONNECTED: 'state.OFFLINE',
  BEFORE_CALL: 'state.BUSY', ON_CALL: 'state.BUSY', AFTER_CALL: 'state.BUSY',
}

function OwnState({ me, openHelp }: { me: Me | undefined; openHelp(): void }) {
  const t = useT()
  const api = useApi()
  const auth = useAuth()
  const client = useQueryClient()
  const change = useMutation({
    mutationFn: (stateKind: OperatorStateKind) => setState(api, { userId: me!.id, stateKind }),
    onMutate: (stateKind) => {
      const before = client.getQueryData<Me>(keys.me)
      client.setQueryData<Me>(keys.me, (m) => m && { ...m, operatorState: stateKind })
      return before
    },
    onError: (error, _, before) => {
      client.setQueryData(keys.me, before)
      complain(t('state.failed'), describeError(error, t))
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.states }),
  })
  const leave = async () => {
    if (me) await setState(api, { userId: me.id, stateKind: 'OFFLINE' }).catch(() => undefined)
    await auth.signOut()
  }
  const name = me ? fullName(me) : ''
  const state = me?.operatorState ?? 'OFFLINE'
  return (
    <Menu position="top-start" width={232} offset={6} withinPortal={false}>
      <Menu.Target>
        <UnstyledButton className={css.self}>
          <Avatar name={name || '?'} seed={me?.username ?? ''} size={30} dot={state} />
          <span className={css.who}>
            <span className={css.name}>{name || <span className="sb-hidden">{t('common.loading')}</span>}</span>
            <span className={css.state}>{me ? t(stateNames[state] ?? 'state.OFFLINE') : ''}</span>
          </span>
          <IconChevronUp size={16} stroke={1.75} className={css.chevron} aria-hidden="true" />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('self.availability')}</Menu.Label>
        {(['ONLINE', 'AWAY'] as const).map((kind) => (
          <Menu.Item
            key={kind}
            leftSection={<span className={css.stateDot} data-state={kind} />}
            rightSection={state === kind && <IconCheck size={16} aria-hidden="true" />}
            aria-current={state === kind}
            onClick={() => me && change.mutate(kind)}
          >
            {t(stateNames[kind])}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Preferences />
        <Alerts />
        <Menu.Item leftSection={<IconKeyboard {...icon} size={16} />} onClick={openHelp} rightSection={<Kbd size="xs">?</Kbd>}>
          {t('shortcuts.title')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout {...icon} size={16} />} onClick={() => void leave()}>
          {t('self.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

function Alerts() {
  const t = useT()
  const state = useAlertsState()
  return (
    <Menu.Item
      leftSection={<IconBell {...icon} size={16} />}
      rightSection={state === 'on' && <IconCheck size={16} aria-hidden="true" />}
      aria-current={state === 'on'}
      disabled={state === 'blocked'}
      title={state === 'blocked' ? t('alerts.blocked') : undefined}
      onClick={() => void setAlerts(state !== 'on')}
    >
      {t('alerts.title')}
    </Menu.Item>
  )
}

function Preferences() {
  const t = useT()
  const { language, setLanguage } = useI18n()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const schemes: [MantineColorScheme, string, ReactNode][] = [
    ['auto', t('theme.system'), <IconDeviceDesktop key="a" {...icon} size={16} />],
    ['light', t('theme.light'), <IconSun key="l" {...icon} size={16} />],
    ['dark', t('theme.dark'), <IconMoon key="d" {...icon} size={16} />],
  ]
  return (
    <>
      <Menu.Sub position="right-end">
        <Menu.Sub.Target>
          <Menu.Sub.Item leftSection={schemes.find(([value]) => value === colorScheme)?.[2]}>{t('theme.title')}</Menu.Sub.Item>
        </Menu.Sub.Target>
        <Menu.Sub.Dropdown>
          {schemes.map(([value, label, node]) => (
            <Menu.Item
              key={value}
              leftSection={node}
              rightSection={colorScheme === value && <IconCheck size={16} aria-hidden="true" />}
              aria-current={colorScheme === value}
              onClick={() => setColorScheme(value)}
            >
              {label}
            </Menu.Item>
          ))}
        </Menu.Sub.Dropdown>
      </Menu.Sub>
      <Menu.Sub position="right-end">
        <Menu.Sub.Target>
          <Menu.Sub.Item leftSection={<span className={css.lang} aria-hidden="true">{language.toUpperCase()}</span>}>{t('language.title')}</Menu.Sub.Item>
        </Menu.Sub.Target>
        <Menu.Sub.Dropdown>
          {(Object.keys(languages) as Language[]).map((code) => (
            <Menu.Item
              key={code}
              lang={code}
              onClick={() => setLanguage(code)}
              aria-current={language === code}
              rightSection={language === code && <IconCheck size={16} aria-hidden="true" />}
            >
              {languages[code]}
            </Menu.Item>
          ))}
        </Menu.Sub.Dropdown>
      </Menu.Sub>
    </>
  )
}
