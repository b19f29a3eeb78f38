// Hands a conversation to a group or to a colleague.
import { Button, Loader, Modal, Textarea, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { IconSearch, IconUsersGroup } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import { useApi } from '../api/context'
import { groupsQuery, statesQuery, usersQuery } from '../api/queries'
import type { Group, Me, OperatorState, Session, User } from '../api/types'
import { useT } from '../i18n'
import { Avatar } from '../kit/Avatar'
import { ErrorState } from '../kit/States'
import { matches } from '../shell/commands'
import type { ForwardTarget } from './InboxPage'
import { guestName } from './model'
import layout from '../kit/Form.module.css'
import '../styles/forms.css'
import css from './Dialogs.module.css'

interface Props {
  opened: boolean
  close(): void
  session: Session
  me: Me | undefined
  submit(target: ForwardTarget, note: string): void
}

export default function ForwardDialog(props: Props) {
  const t = useT()
  const name = guestName(props.session, (n) => t('session.visitor', { number: String(n) }))
  return (
    <Modal opened={props.opened} onClose={props.close} title={t('forward.title', { name })} size={460} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <Form {...props} />
    </Modal>
  )
}

interface Target {
  key: string
  label: string
  kind: 'group' | 'operator'
  detail: string
  state?: string
  value: ForwardTarget
}

function useTargets(session: Session, me: Me | undefined) {
  const t = useT()
  const api = useApi()
  const groups = useQuery(groupsQuery(api))
  const users = useQuery(usersQuery(api))
  const states = useQuery(statesQuery(api))
  const targets = useMemo(
    () => build(groups.data ?? [], users.data ?? [], states.data ?? [], session, me?.id, (n) => t('forward.online', { count: n }), (s) => t(`state.${s}`)),
    [groups.data, users.data, states.data, session, me?.id, t],
  )
  const failed = groups.error ?? users.error
  return { targets, pending: groups.isPending || users.isPending, failed, retry: () => void Promise.all([groups.refetch(), users.refetch(), states.refetch()]) }
}

const known = new Set(['ONLINE', 'AWAY', 'BREAK', 'OFFLINE'])

function build(
  groups: Group[], users: User[], states: OperatorState[], session: Session, myId: number | undefined, online: (n: number) => string,
  stateName: (s: 'ONLINE' | 'AWAY' | 'BREAK' | 'OFFLINE' | 'BUSY') => string,
): Target[] {
  const stateOf = new Map(states.map((s) => [s.userId, s.stateKind as string]))
  const isOnline = (u: User) => stateOf.get(u.id) === 'ONLINE'
  const toGroups = groups
    .filter((g) => g.type !== 'CHATBOT')
    .map((g): Target => {
      const members = users.filter((u) => g.type === 'ALL_OPERATORS' || u.groups?.includes(g.id))
      return { key: `g${g.id}`, label: g.name, kind: 'group', detail: online(members.filter(isOnline).length), value: { operatorGroupId: g.id } }
    })
  const toOperators = users
    .filter((u) => u.id !== myId && u.enabled !== false && stateOf.has(u.id))
    .map((u): Target => {
      const raw = stateOf.get(u.id) ?? 'OFFLINE'
      const state = raw === 'DISCONNECTED' ? 'OFFLINE' : raw
      const label = [u.firstName, u.lastName].filter(Boolean).join(' ') || u.username
      return { key: `u${u.id}`, label, kind: 'operator', state, detail: stateName((known.has(state) ? state : 'BUSY') as 'ONLINE'), value: { userId: u.id } }
    })
    .sort((a, b) => Number(b.state === 'ONLINE') - Number(a.state === 'ONLINE') || a.label.localeCompare(b.label))
  const waitsIn = session.operators?.some((o) => !o.left) ? undefined : session.queue?.id
  return [...toGroups.filter((g) => !('operatorGroupId' in g.value) || g.value.operatorGroupId !== waitsIn), ...toOperators]
}

function Form({ session, me, submit, close }: Props) {
  const t = useT()
  const { targets, pending, failed, retry } = useTargets(session, me)
  const [search, setSearch] = useState('')
  const [chosen, setChosen] = useState<string>()
  const [note, setNote] = useState('')
  const shown = targets.filter((x) => matches(x, search))
  const target = targets.find((x) => x.key === chosen)
  if (failed) return <ErrorState error={failed} retry={retry} />
  return (
    <form
      className={layout.form}
      onSubmit={(e) => {
        e.preventDefault()
        if (target) submit(target.value, note.trim())
      }}
    >
      <TextInput
        data-autofocus
        leftSection={<IconSearch size={16} stroke={1.75} />}
        placeholder={t('forward.search')}
        aria-label={t('forward.search')}
        value={search}
        onChange={(e) => setSearch(e.currentTarget.value)}
        onKeyDown={(e) => {
          if (e.key !== 'Enter') return
          e.preventDefault()
          setChosen(shown[0]?.key)
        }}
      />
      <fieldset className={css.targets}>
        <legend className="sb-hidden">{t('forward.target')}</legend>
        {pending && <Loader size="sm" m="md" />}
        {!pending && shown.length === 0 && <p className={css.none}>{t('forward.none')}</p>}
        {shown.map((x) => (
          <label key={x.key} className={css.target}>
            <input type="radio" name="target" className="sb-hidden" checked={chosen === x.key} onChange={() => setChosen(x.key)} />
            {x.kind === 'group' ? (
              <span className={css.groupIcon}>
                <IconUsersGroup size={18} stroke={1.75} aria-hidden="true" />
              </span>
            ) : (
              <Avatar name={x.label} size={30} dot={x.state} />
            )}
            <span className={css.targetName}>{x.label}</span>
            <span className={css.targetDetail}>{x.detail}</span>
          </label>
        ))}
      </fieldset>
      <Textarea
        label={t('forward.note')}
        description={t('forward.noteText')}
        autosize
        minRows={2}
        maxRows={6}
        maxLength={10_000}
        value={note}
        onChange={(e) => setNote(e.currentTarget.value)}
      />
      <div className={layout.buttons}>
        <Button variant="default" onClick={close}>
          {t('common.cancel')}
        </Button>
        <Button type="submit" disabled={!target}>
          {t('inbox.forward')}
        </Button>
      </div>
    </form>
  )
}
