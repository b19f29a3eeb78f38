// As many rows as there are accounts; only the pages that are looked at are
// fetched, and only the rows on screen exist.
import { ActionIcon, Menu, Skeleton } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useQueries, useQuery } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { IconArrowBackUp, IconDots, IconKey, IconTrash, IconUserCheck, IconUserOff } from '@tabler/icons-react'
import { useLayoutEffect, useRef, useState } from 'react'
import { Link } from 'react-router'
import type { Paged } from '../api/client'
import { useApi } from '../api/context'
import { accountPage, accountsQuery, meQuery } from '../api/queries'
import type { Account } from '../api/types'
import { useT } from '../i18n'
import { Avatar } from '../kit/Avatar'
import { Ago } from '../kit/Time'
import type { Ask } from './AccountDialogs'
import css from './table.module.css'
import own from './AccountsPage.module.css'

interface Props {
  first: Paged<Account>
  search: string
  kind: string
  selected: number | undefined
  /** The query of the page's address, for links. */
  at: string
  ask(ask: Ask): void
}

export function AccountTable({ first, search, kind, selected, at, ask }: Props) {
  const t = useT()
  const api = useApi()
  const me = useQuery(meQuery(api)).data
  const list = useRef<HTMLDivElement>(null)
  const [margin, setMargin] = useState(0)
  useLayoutEffect(() => {
    const measure = () => list.current && setMargin(list.current.offsetTop)
    measure()
    window.addEventListener('resize', measure)
    return () => window.removeEventListener('resize', measure)
  }, [])
  const narrow = useMediaQuery('(max-width: 760px)') ?? false
  const virtual = useVirtualizer({
    count: first.total,
    getScrollElement: () => list.current?.closest('main') ?? null,
    estimateSize: () => (narrow ? 84 : 56),
    overscan: 10,
    scrollMargin: margin,
  })
  useLayoutEffect(() => virtual.measure(), [virtual, narrow])
  const visible = virtual.getVirtualItems()
  const pages = [...new Set(visible.map((v) => Math.floor(v.index / accountPage)))].filter((p) => p > 0)
  const others = useQueries({ queries: pages.map((p) => accountsQuery(api, search, kind, p)) })
  const row = (index: number): Account | undefined => {
    const page = Math.floor(index / accountPage)
    const items = page === 0 ? first.items : others[pages.indexOf(page)]?.data?.items
    return items?.[index % accountPage]
  }
  return (
    <div role="table" aria-label={t('nav.accounts')} aria-rowcount={first.total + 1}>
      <div role="rowgroup" className={own.columns}>
        <div role="row" aria-rowindex={1} style={{ display: 'contents' }}>
          <span role="columnheader">{t('accounts.account')}</span>
          <span role="columnheader">{t('accounts.role')}</span>
          <span role="columnheader">{t('accounts.state')}</span>
          <span role="columnheader" className={own.number}>{t('accounts.devices')}</span>
          <span role="columnheader">{t('accounts.lastSeen')}</span>
          <span role="columnheader"><span className="sb-hidden">{t('common.actions')}</span></span>
        </div>
      </div>
      <div ref={list} role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {visible.map((v) => {
          const account = row(v.index)
          return (
            <div key={v.key} role="presentation" className={own.slot} style={{ height: v.size, transform: `translateY(${v.start - margin}px)` }}>
              {account ? (
                <Row account={account} index={v.index} own={account.id === me?.id} active={account.id === selected} at={at} ask={ask} />
              ) : (
                <Blank index={v.index} />
              )}
            </div>
          )
        })}
      </div>
    </div>
  )
}

function Blank({ index }: { index: number }) {
  return (
    <div className={own.row} role="row" aria-rowindex={index + 2}>
      <span role="cell" className={own.who}>
        <Skeleton circle height={32} />
        <Skeleton height={14} width={`${30 + ((index * 17) % 30)}%`} />
      </span>
    </div>
  )
}

interface RowProps {
  account: Account
  index: number
  own: boolean
  active: boolean
  at: string
  ask(ask: Ask): void
}

function Row({ account: a, index, own: self, active, at, ask }: RowProps) {
  const t = useT()
  return (
    <div className={own.row} role="row" aria-rowindex={index + 2} data-active={active || undefined} data-off={!a.enabled || undefined}>
      <span role="cell" className={own.who}>
        <Avatar name={a.name || a.username} seed={a.username} size={32} />
        <span className={own.words}>
          <Link className={own.name} to={`/settings/accounts/${a.id}${at}`} aria-current={active ? 'true' : undefined}>
            {a.name || a.username}
          </Link>
          <span className={own.sub}>{[a.name ? a.username : '', a.email].filter(Boolean).join(' · ') || a.jid}</span>
        </span>
      </span>
      <span role="cell" className={own.role}>
        <RoleTag account={a} />
      </span>
      <span role="cell" className={own.state}>
        <StateTag account={a} />
      </span>
      <span role="cell" className={own.number}>{a.devices ?? 0}</span>
      <span role="cell" className={own.time}>{a.lastSeen ? <Ago at={a.lastSeen} /> : t('common.never')}</span>
      <span role="cell" className={own.menu}>
        <RowMenu account={a} own={self} ask={ask} />
      </span>
    </div>
  )
}

export function RoleTag({ account: a }: { account: Account }) {
  const t = useT()
  return (
    <span className={css.tag} data-kind={a.admin ? 'accent' : undefined}>
      {a.admin ? t('role.admin') : t(`kind.${a.kind}`)}
    </span>
  )
}

export function StateTag({ account: a }: { account: Account }) {
  const t = useT()
  const [kind, text] = a.deleting ? (['warn', 'accounts.deleting'] as const) : a.enabled ? (['good', 'accounts.enabled'] as const) : (['bad', 'accounts.disabled'] as const)
  return (
    <span className={css.tag} data-kind={kind}>
      {t(text)}
    </span>
  )
}

function RowMenu({ account, own: self, ask }: { account: Account; own: boolean; ask(ask: Ask): void }) {
  const t = useT()
  const icon = { size: 16, stroke: 1.75 }
  return (
    <Menu position="bottom-end" width={200} portalProps={{ target: 'main' }}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={32} aria-label={t('accounts.actionsFor', { name: account.username })}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {account.deleting ? (
          <Menu.Item leftSection={<IconArrowBackUp {...icon} />} onClick={() => ask({ what: 'restore', account })}>
            {t('accounts.restore')}
          </Menu.Item>
        ) : (
          <>
            <Menu.Item leftSection={<IconKey {...icon} />} onClick={() => ask({ what: 'reset', account })}>
              {t('accounts.reset')}
            </Menu.Item>
            <Menu.Item leftSection={account.enabled ? <IconUserOff {...icon} /> : <IconUserCheck {...icon} />} onClick={() => ask({ what: account.enabled ? 'block' : 'unblock', account })} disabled={self}>
              {t(account.enabled ? 'accounts.disable' : 'accounts.enable')}
            </Menu.Item>
            <Menu.Divider />
            <Menu.Item leftSection={<IconTrash {...icon} />} color="var(--sb-danger-text)" onClick={() => ask({ what: 'delete', account })} disabled={self}>
              {t('common.delete')}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}
