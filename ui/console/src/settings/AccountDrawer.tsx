// One account beside the list: who it is, where it is signed in, what can be
// done about it.
import { ActionIcon, Button, Drawer } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { IconArrowBackUp, IconBrowser, IconDeviceLaptop, IconDeviceMobile, IconKey, IconLogout, IconTrash, IconUserCheck, IconUserOff } from '@tabler/icons-react'
import { useState } from 'react'
import { ApiError } from '../api/client'
import { useApi } from '../api/context'
import { accountQuery, devicesQuery, meQuery } from '../api/queries'
import type { Account, Device } from '../api/types'
import { useI18n, useT } from '../i18n'
import { exactTime } from '../i18n/time'
import { Avatar } from '../kit/Avatar'
import { CopyField } from '../kit/Copy'
import { ErrorState, RowsSkeleton } from '../kit/States'
import { Ago } from '../kit/Time'
import type { Ask } from './AccountDialogs'
import { RoleTag, StateTag } from './AccountTable'
import { deviceName, isBrowser, isPhone } from './accountWords'
import css from './AccountDrawer.module.css'

interface Props {
  id: number | undefined
  /** A question about it is on screen. */
  asking: boolean
  ask(ask: Ask): void
  close(): void
}

export function AccountDrawer({ id, asking, ask, close }: Props) {
  const t = useT()
  const [shown, setShown] = useState(id)
  if (id !== undefined && id !== shown) setShown(id) // stays while it slides away
  const query = useQuery({ ...accountQuery(useApi(), shown ?? 0), enabled: shown !== undefined })
  const a = query.data
  const gone = query.error instanceof ApiError && query.error.status === 404 // erased while it was on screen
  return (
    <Drawer
      opened={id !== undefined}
      onClose={close}
      position="right"
      size={460}
      padding="lg"
      closeOnEscape={!asking}
      trapFocus={!asking}
      transitionProps={{ duration: 140 }}
      overlayProps={{ backgroundOpacity: 0.3 }}
      title={<span className="sb-hidden">{t('accounts.details', { name: a?.username ?? '' })}</span>}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      {query.isError && (!a || gone) ? <ErrorState error={query.error} retry={() => void query.refetch()} /> : a ? <Body account={a} ask={ask} /> : <RowsSkeleton rows={5} />}
    </Drawer>
  )
}

function Body({ account: a, ask }: { account: Account; ask(ask: Ask): void }) {
  const t = useT()
  const { language } = useI18n()
  const me = useQuery(meQuery(useApi())).data
  const self = a.id === me?.id
  const icon = { size: 16, stroke: 1.75 }
  return (
    <div className={css.body}>
      <div className={css.head}>
        <Avatar name={a.name || a.username} seed={a.username} size={52} />
        <div className={css.who}>
          <h2 className={css.name}>{a.name || a.username}</h2>
          <p className={css.tags}>
            <RoleTag account={a} />
            <StateTag account={a} />
          </p>
        </div>
      </div>
      {a.deleting && <p className={css.notice}>{t('accounts.deletingOn', { time: exactTime(Date.parse(a.deleting), language) })}</p>}
      <div className={css.actions}>
        {a.deleting ? (
          <Button variant="default" leftSection={<IconArrowBackUp {...icon} />} onClick={() => ask({ what: 'restore', account: a })}>
            {t('accounts.restore')}
          </Button>
        ) : (
          <>
            <Button variant="default" leftSection={<IconKey {...icon} />} onClick={() => ask({ what: 'reset', account: a })}>
              {t('accounts.reset')}
            </Button>
            <Button variant="default" disabled={self} leftSection={a.enabled ? <IconUserOff {...icon} /> : <IconUserCheck {...icon} />} onClick={() => ask({ what: a.enabled ? 'block' : 'unblock', account: a })}>
              {t(a.enabled ? 'accounts.disable' : 'accounts.enable')}
            </Button>
            <Button variant="default" disabled={self} leftSection={<IconTrash {...icon} />} onClick={() => ask({ what: 'delete', account: a })}>
              {t('common.delete')}
            </Button>
          </>
        )}
      </div>
      <dl className={css.facts}>
        <Fact name={t('accounts.username')}>{a.username}</Fact>
        {a.email && <Fact name={t('accounts.email')}>{a.email}</Fact>}
        <Fact name={t('accounts.createdAt')}><Ago at={a.created} /></Fact>
        <Fact name={t('accounts.lastSeen')}>{a.lastSeen ? <Ago at={a.lastSeen} /> : t('common.never')}</Fact>
      </dl>
      {a.jid && <CopyField label={t('accounts.jid')} value={a.jid} />}
      <Devices account={a} ask={ask} />
    </div>
  )
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Devices({ account, ask }: { account: Account; ask(ask: Ask): void }) {
  const t = useT()
  const query = useQuery(devicesQuery(useApi(), account.id))
  return (
    <section className={css.devices} aria-label={t('accounts.devices')}>
      <h3 className={css.title}>
        {t('accounts.devices')}
        {query.data && query.data.length > 0 && <span className={css.count}>{query.data.length}</span>}
      </h3>
      {query.isPending ? (
        <RowsSkeleton rows={2} />
      ) : query.isError && !query.data ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : query.data?.length === 0 ? (
        <p className={css.none}>{t('devices.none')}</p>
      ) : (
        <ul className={css.list}>
          {query.data?.map((d) => (
            <DeviceRow key={d.id} device={d} revoke={() => ask({ what: 'revoke', account, device: d })} />
          ))}
        </ul>
      )}
    </section>
  )
}

function DeviceRow({ device, revoke }: { device: Device; revoke(): void }) {
  const t = useT()
  const name = deviceName(device, t)
  const Icon = isPhone(device) ? IconDeviceMobile : isBrowser(device) ? IconBrowser : IconDeviceLaptop
  return (
    <li className={css.device}>
      <span className={css.icon}>
        <Icon size={18} stroke={1.75} aria-hidden="true" />
      </span>
      <span className={css.words}>
        <span className={css.deviceName}>{name}</span>
        <span className={css.when}>
          {t('devices.created')} <Ago at={device.created} />
          {device.lastUsed && (
            <>
              {' · '}
              {t('devices.lastUsed')} <Ago at={device.lastUsed} />
            </>
          )}
        </span>
      </span>
      <ActionIcon variant="subtle" color="gray" size={34} title={t('devices.revoke')} aria-label={t('devices.revokeName', { name })} onClick={revoke}>
        <IconLogout size={18} stroke={1.75} />
      </ActionIcon>
    </li>
  )
}
