// Who can sign in: search, create, enable, disable, new password.
import { ActionIcon, Button, Menu, Modal, SegmentedControl, Select, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { IconDots, IconKey, IconPlus, IconSearch, IconTrash, IconUserCheck, IconUserOff, IconUsers } from '@tabler/icons-react'
import { useState } from 'react'
import { useApi } from '../api/context'
import { accountsQuery, adminActions, keys, meQuery } from '../api/queries'
import type { Account, AccountRole } from '../api/types'
import { useT } from '../i18n'
import { Avatar } from '../kit/Avatar'
import { Confirm } from '../kit/Confirm'
import { CopyField } from '../kit/Copy'
import { describeError } from '../kit/errors'
import { newPassword } from '../kit/password'
import { Empty, ErrorState, RowsSkeleton } from '../kit/States'
import { Ago } from '../kit/Time'
import { fieldError, useAction } from '../kit/useAction'
import { Page } from './Page'
import css from './table.module.css'

const kinds = ['', 'operator', 'user', 'visitor'] as const

export default function AccountsPage() {
  const t = useT()
  const [search, setSearch] = useState('')
  const [kind, setKind] = useState<string>('')
  const [settled] = useDebouncedValue(search.trim(), 200)
  const [creating, setCreating] = useState(false)
  const query = useInfiniteQuery(accountsQuery(useApi(), settled, kind))
  const accounts = query.data?.pages.flat() ?? []
  const create = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)}>
      {t('accounts.create')}
    </Button>
  )
  return (
    <Page title={t('nav.accounts')} text={t('accounts.text')} action={create}>
      <div className={css.bar} role="search">
        <TextInput
          className={css.search!}
          leftSection={<IconSearch size={16} stroke={1.75} />}
          placeholder={t('accounts.search')}
          aria-label={t('accounts.search')}
          value={search}
          onChange={(e) => setSearch(e.currentTarget.value)}
        />
        <SegmentedControl styles={{ label: { fontWeight: 500 } }} aria-label={t('accounts.kind')} value={kind} onChange={setKind} data={kinds.map((k) => ({ value: k, label: t(`accounts.kind.${k || 'all'}`) }))} />
      </div>
      {query.isPending ? (
        <RowsSkeleton />
      ) : query.isError && accounts.length === 0 ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : accounts.length === 0 ? (
        <Empty
          icon={<IconUsers size={22} stroke={1.75} />}
          title={settled || kind ? t('accounts.noMatch') : t('accounts.empty')}
          {...(settled || kind ? {} : { action: create })}
        />
      ) : (
        <Table accounts={accounts} />
      )}
      {query.hasNextPage && (
        <div className={css.more}>
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t('common.more')}
          </Button>
        </div>
      )}
      <CreateDialog opened={creating} close={() => setCreating(false)} />
    </Page>
  )
}

function Table({ accounts }: { accounts: Account[] }) {
  const t = useT()
  const me = useQuery(meQuery(useApi())).data
  const [resetting, setResetting] = useState<Account>()
  const [deleting, setDeleting] = useState<Account>()
  const enable = useAction(adminActions.enable, { stale: keys.accounts, failed: t('accounts.changeFailed') })
  const remove = useAction(adminActions.deleteAccount, { stale: keys.accounts, said: t('accounts.deleted'), failed: t('accounts.changeFailed'), done: () => setDeleting(undefined) })
  return (
    <>
      <table className={css.table}>
        <thead>
          <tr>
            <th scope="col">{t('accounts.account')}</th>
            <th scope="col">{t('accounts.role')}</th>
            <th scope="col">{t('accounts.state')}</th>
            <th scope="col" className={css.number}>{t('accounts.devices')}</th>
            <th scope="col">{t('accounts.lastSeen')}</th>
            <th scope="col"><span className="sb-hidden">{t('common.actions')}</span></th>
          </tr>
        </thead>
        <tbody>
          {accounts.map((a) => (
            <tr key={a.id} className={a.enabled ? undefined : css.off}>
              <td>
                <span className={css.who}>
                  <Avatar name={a.name || a.username} seed={a.username} size={32} />
                  <span className={css.whoText}>
                    <span className={css.main}>{a.name || a.username}</span>
                    <br />
                    <span className={css.sub}>{[a.name ? a.username : '', a.email].filter(Boolean).join(' · ') || a.jid}</span>
                  </span>
                </span>
              </td>
              <td>
                <span className={css.tag} data-kind={a.admin ? 'accent' : undefined}>
                  {a.admin ? t('role.admin') : t(`kind.${a.kind}`)}
                </span>
              </td>
              <td>
                <span className={css.tag} data-kind={a.enabled ? 'good' : undefined}>
                  {t(a.enabled ? 'accounts.enabled' : 'accounts.disabled')}
                </span>
              </td>
              <td className={`${css.number} ${css.wideOnly}`}>{a.devices ?? 0}</td>
              <td className={`${css.time} ${css.wideOnly}`}>{a.lastSeen ? <Ago at={a.lastSeen} /> : t('common.never')}</td>
              <td className={css.end}>
                <RowMenu
                  account={a}
                  own={a.id === me?.id}
                  toggle={() => enable.mutate({ id: a.id, isEnabled: !a.enabled })}
                  reset={() => setResetting(a)}
                  remove={() => setDeleting(a)}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <ResetDialog account={resetting} close={() => setResetting(undefined)} />
      <Confirm
        opened={!!deleting}
        close={() => setDeleting(undefined)}
        title={t('accounts.deleteTitle', { name: deleting?.username ?? '' })}
        text={t('accounts.deleteText')}
        action={t('common.delete')}
        danger
        busy={remove.isPending}
        onConfirm={() => deleting && remove.mutate({ id: deleting.id })}
      />
    </>
  )
}

function RowMenu({ account, own, toggle, reset, remove }: { account: Account; own: boolean; toggle(): void; reset(): void; remove(): void }) {
  const t = useT()
  const icon = { size: 16, stroke: 1.75 }
  return (
    <Menu position="bottom-end" width={200} withinPortal={false}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={32} aria-label={t('accounts.actionsFor', { name: account.username })}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconKey {...icon} />} onClick={reset}>
          {t('accounts.reset')}
        </Menu.Item>
        <Menu.Item leftSection={account.enabled ? <IconUserOff {...icon} /> : <IconUserCheck {...icon} />} onClick={toggle} disabled={own}>
          {t(account.enabled ? 'accounts.disable' : 'accounts.enable')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconTrash {...icon} />} color="var(--sb-danger-text)" onClick={remove} disabled={own}>
          {t('common.delete')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

function CreateDialog({ opened, close }: { opened: boolean; close(): void }) {
  const t = useT()
  return (
    <Modal opened={opened} onClose={close} title={t('accounts.createTitle')} size={460} closeOnClickOutside={false} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <CreateForm close={close} />
    </Modal>
  )
}

function CreateForm({ close }: { close(): void }) {
  const t = useT()
  const [form, setForm] = useState({ username: '', name: '', email: '', role: 'operator' as AccountRole })
  const [made, setMade] = useState<{ username: string; password: string }>()
  const create = useAction(adminActions.createAccount, {
    stale: keys.accounts,
    done: (result, v) => setMade({ username: v.username, password: result.password ?? v.password ?? '' }),
  })
  const set = (more: Partial<typeof form>) => setForm((f) => ({ ...f, ...more }))
  if (made) return <Secret {...made} text={t('accounts.created')} close={close} />
  const error = create.error
  const known = ['username', 'name', 'email', 'role'].some((n) => fieldError(error, n))
  return (
    <form
      className={css.form}
      onSubmit={(e) => {
        e.preventDefault()
        const { username, name, email, role } = form
        create.mutate({ username: username.trim(), role, password: newPassword(), ...(name.trim() && { name: name.trim() }), ...(email.trim() && { email: email.trim() }) })
      }}
    >
      <TextInput
        data-autofocus
        required
        label={t('accounts.username')}
        description={t('accounts.usernameText')}
        value={form.username}
        maxLength={191}
        autoComplete="off"
        spellCheck={false}
        error={fieldError(error, 'username')}
        onChange={(e) => set({ username: e.currentTarget.value })}
      />
      <TextInput label={t('accounts.name')} value={form.name} maxLength={200} autoComplete="off" error={fieldError(error, 'name')} onChange={(e) => set({ name: e.currentTarget.value })} />
      <TextInput type="email" label={t('accounts.email')} value={form.email} maxLength={200} autoComplete="off" error={fieldError(error, 'email')} onChange={(e) => set({ email: e.currentTarget.value })} />
      <Select
        label={t('accounts.role')}
        allowDeselect={false}
        value={form.role}
        error={fieldError(error, 'role')}
        onChange={(role) => set({ role: (role ?? 'operator') as AccountRole })}
        data={(['operator', 'admin', 'user'] as const).map((r) => ({ value: r, label: t(`role.${r}`) }))}
        description={t(`role.${form.role}.text`)}
      />
      {error && !known && <p role="alert" className={css.tag} data-kind="bad" style={{ whiteSpace: 'normal' }}>{describeError(error, t)}</p>}
      <div className={css.buttons}>
        <Button variant="default" onClick={close}>
          {t('common.cancel')}
        </Button>
        <Button type="submit" loading={create.isPending}>
          {t('accounts.create')}
        </Button>
      </div>
    </form>
  )
}

function ResetDialog({ account, close }: { account: Account | undefined; close(): void }) {
  const t = useT()
  const [made, setMade] = useState<string>()
  const reset = useAction(adminActions.password, { stale: keys.accounts, failed: t('accounts.changeFailed'), done: (_, v) => setMade(v.password) })
  const done = () => {
    close()
    setMade(undefined)
  }
  if (account && made) {
    return (
      <Modal opened onClose={done} title={t('accounts.resetTitle', { name: account.username })} size={460} closeOnClickOutside={false} closeButtonProps={{ 'aria-label': t('common.close') }}>
        <Secret username={account.username} password={made} text={t('accounts.resetDone')} close={done} />
      </Modal>
    )
  }
  return (
    <Confirm
      opened={!!account}
      close={done}
      title={t('accounts.resetTitle', { name: account?.username ?? '' })}
      text={t('accounts.resetText')}
      action={t('accounts.reset')}
      busy={reset.isPending}
      onConfirm={() => account && reset.mutate({ id: account.id, password: newPassword() })}
    />
  )
}

function Secret({ username, password, text, close }: { username: string; password: string; text: string; close(): void }) {
  const t = useT()
  return (
    <div className={css.form}>
      <p>{text}</p>
      <CopyField label={t('accounts.username')} value={username} />
      <CopyField label={t('accounts.password')} value={password} secret />
      <div className={css.buttons}>
        <Button onClick={close}>{t('common.done')}</Button>
      </div>
    </div>
  )
}
