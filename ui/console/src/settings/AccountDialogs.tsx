// What can be done to an account, asked for from the list or from beside it.
import { Button, Modal, Select, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useApi } from '../api/context'
import { adminActions, keys, settingsQuery } from '../api/queries'
import type { Account, AccountRole, Device } from '../api/types'
import { useT } from '../i18n'
import { Confirm } from '../kit/Confirm'
import { CopyField } from '../kit/Copy'
import { fieldError, useAction } from '../kit/useAction'
import { deviceName, graceText } from './accountWords'
import { FormError } from '../kit/FormError'
import layout from '../kit/Form.module.css'

export type Ask =
  | { what: 'reset' | 'block' | 'unblock' | 'delete' | 'restore'; account: Account }
  | { what: 'revoke'; account: Account; device: Device }

interface Props {
  ask: Ask | undefined
  close(): void
}

export function AccountDialogs({ ask, close }: Props) {
  return (
    <>
      <ResetDialog account={ask?.what === 'reset' ? ask.account : undefined} close={close} />
      <AtOnce ask={ask} close={close} />
      <AskDialog ask={ask} close={close} />
    </>
  )
}

/** What gives somebody something back needs no question. */
function AtOnce({ ask, close }: Props) {
  const t = useT()
  const [last, setLast] = useState(ask)
  if (ask && ask !== last) setLast(ask) // the wish is over before it is granted
  const name = last?.account.username ?? ''
  const options = { stale: keys.accounts, failed: t('accounts.changeFailed') }
  const enable = useAction(adminActions.enable, { ...options, said: t('accounts.unblockedDone', { name }) }).mutate
  const restore = useAction(adminActions.restoreAccount, { ...options, said: t('accounts.restored') }).mutate
  useEffect(() => {
    if (ask?.what === 'unblock') enable({ id: ask.account.id, isEnabled: true })
    else if (ask?.what === 'restore') restore({ id: ask.account.id })
    else return
    close()
    // once for each wish
  }, [ask]) // eslint-disable-line react-hooks/exhaustive-deps
  return null
}

function AskDialog({ ask, close }: Props) {
  const t = useT()
  const [last, setLast] = useState(ask)
  if (ask && ask !== last) setLast(ask) // its words stay while it closes
  const name = last?.account.username ?? ''
  const failed = t('accounts.changeFailed')
  const block = useAction(adminActions.enable, { stale: keys.accounts, said: t('accounts.blockedDone', { name }), failed, done: close })
  const remove = useAction(adminActions.deleteAccount, { stale: keys.accounts, said: t('accounts.deleted'), failed, done: close })
  const revoke = useAction(adminActions.revokeDevice, { stale: keys.accounts, said: t('devices.revoked'), failed: t('devices.revokeFailed'), done: close })
  const id = last?.account.id ?? 0
  return (
    <>
      <Confirm
        opened={ask?.what === 'block'}
        close={close}
        title={t('accounts.blockTitle', { name })}
        text={t('accounts.blockText')}
        action={t('accounts.disable')}
        danger
        busy={block.isPending}
        onConfirm={() => block.mutate({ id, isEnabled: false })}
      />
      <Confirm
        opened={ask?.what === 'delete'}
        close={close}
        title={t('accounts.deleteTitle', { name })}
        text={t('accounts.deleteText')}
        action={t('common.delete')}
        danger
        busy={remove.isPending}
        onConfirm={() => remove.mutate({ id })}
      >
        <Grace />
      </Confirm>
      <Confirm
        opened={ask?.what === 'revoke'}
        close={close}
        title={t('devices.revokeTitle')}
        text={t('devices.revokeText', { name, device: last?.what === 'revoke' ? deviceName(last.device, t) : '' })}
        action={t('devices.revoke')}
        danger
        busy={revoke.isPending}
        onConfirm={() => last?.what === 'revoke' && revoke.mutate({ id, deviceId: last.device.id })}
      />
    </>
  )
}

/** How long a deletion can be taken back. */
function Grace() {
  const t = useT()
  const hours = useQuery(settingsQuery(useApi())).data?.deletionGraceHours
  return hours === undefined ? null : <p>{graceText(hours, t)}</p>
}

export function CreateDialog({ opened, close }: { opened: boolean; close(): void }) {
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
    done: (result, v) => setMade({ username: v.username, password: result.password ?? '' }),
  })
  const set = (more: Partial<typeof form>) => setForm((f) => ({ ...f, ...more }))
  if (made) return <Secret {...made} text={t('accounts.created')} close={close} />
  const error = create.error
  const known = ['username', 'name', 'email', 'role'].some((n) => fieldError(error, n))
  return (
    <form
      className={layout.form}
      onSubmit={(e) => {
        e.preventDefault()
        const { username, name, email, role } = form
        create.mutate({ username: username.trim(), role, ...(name.trim() && { name: name.trim() }), ...(email.trim() && { email: email.trim() }) })
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
      {error && !known && <FormError error={error} />}
      <div className={layout.buttons}>
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
  const [last, setLast] = useState(account)
  if (account && account !== last) setLast(account)
  const [made, setMade] = useState<string>()
  const reset = useAction(adminActions.resetPassword, { stale: keys.accounts, failed: t('accounts.changeFailed'), done: (answer) => setMade(answer.password) })
  const done = () => {
    close()
    setMade(undefined)
  }
  const title = t('accounts.resetTitle', { name: last?.username ?? '' })
  if (account && made) {
    return (
      <Modal opened onClose={done} title={title} size={460} zIndex={300} closeOnClickOutside={false} closeButtonProps={{ 'aria-label': t('common.close') }}>
        <Secret username={account.username} password={made} text={t('accounts.resetDone')} close={done} />
      </Modal>
    )
  }
  return (
    <Confirm
      opened={!!account}
      close={done}
      title={title}
      text={t('accounts.resetText')}
      action={t('accounts.reset')}
      busy={reset.isPending}
      onConfirm={() => account && reset.mutate({ id: account.id })}
    />
  )
}

function Secret({ username, password, text, close }: { username: string; password: string; text: string; close(): void }) {
  const t = useT()
  return (
    <div className={layout.form}>
      <p>{text}</p>
      <CopyField label={t('accounts.username')} value={username} />
      <CopyField label={t('accounts.password')} value={password} secret />
      <div className={layout.buttons}>
        <Button onClick={close}>{t('common.done')}</Button>
      </div>
    </div>
  )
}
