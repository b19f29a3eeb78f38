// Ctrl K: go somewhere, or do something here, by typing.
import { Kbd, Modal, useMantineColorScheme } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import {
  IconApi, IconBuildingStore, IconFlag, IconHistory, IconInbox, IconKeyboard, IconMessage2, IconMessageHeart, IconMoon, IconSearch, IconSettings, IconSun, IconUser,
} from '@tabler/icons-react'
import { Fragment, useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { useNavigate } from 'react-router'
import { useApi } from '../api/context'
import { foundAccountsQuery, liveSessionsQuery, meQuery } from '../api/queries'
import type { Account, Me } from '../api/types'
import { useT } from '../i18n'
import { guestEmail, guestName } from '../inbox/model'
import { settingsPages } from '../settings/pages'
import { matches, useCommands, type Command } from './commands'
import '../styles/forms.css'
import css from './Palette.module.css'

interface Props {
  opened: boolean
  close(): void
  openHelp(): void
}

export default function Palette({ opened, close, openHelp }: Props) {
  const t = useT()
  return (
    <Modal.Root opened={opened} onClose={close} centered={false} yOffset="12vh" size={560} padding={0} classNames={{ content: css.content! }}>
      <Modal.Overlay />
      <Modal.Content aria-label={t('palette.title')}>
        <PaletteBody close={close} openHelp={openHelp} />
      </Modal.Content>
    </Modal.Root>
  )
}

function PaletteBody({ close, openHelp }: Omit<Props, 'opened'>) {
  const t = useT()
  const id = useId()
  const [input, setInput] = useState('')
  const [active, setActive] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const all = useAllCommands(openHelp, input)
  const found = useMemo(() => all.filter((c) => c.id === 'search' || matches(c, input)).slice(0, 40), [all, input])
  const at = Math.min(active, found.length - 1)

  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' })
  }, [at])

  const run = (command: Command | undefined) => {
    if (!command) return
    close()
    command.run()
  }
  const onKey = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'ArrowDown') setActive((at + 1) % Math.max(1, found.length))
    else if (event.key === 'ArrowUp') setActive((at - 1 + found.length) % Math.max(1, found.length))
    else if (event.key === 'Enter') run(found[at])
    else return
    event.preventDefault()
  }
  return (
    <div>
      <div className={css.head}>
        <IconSearch size={18} stroke={1.75} aria-hidden="true" />
        <input
          data-autofocus
          className={css.input}
          placeholder={t('palette.placeholder')}
          aria-label={t('palette.placeholder')}
          role="combobox"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={found[at] && `${id}-${found[at].id}`}
          value={input}
          onKeyDown={onKey}
          onChange={(e) => {
            setInput(e.target.value)
            setActive(0)
          }}
        />
        <Kbd size="xs">Esc</Kbd>
      </div>
      <div className={css.list} role="listbox" id={`${id}-list`} aria-label={t('palette.title')} ref={list}>
        {found.map((c, i) => (
          <Fragment key={c.id}>
            {c.group !== found[i - 1]?.group && (
              <div className={css.group} role="presentation">
                {c.group}
              </div>
            )}
            <div
              id={`${id}-${c.id}`}
              role="option"
              aria-selected={i === at}
              className={css.option}
              onMouseMove={() => setActive(i)}
              onClick={() => run(c)}
            >
              <span className={css.icon}>{c.icon}</span>
              <span className={css.label}>{c.label}</span>
              {c.keys && (
                <span className={css.keys} aria-hidden="true">
                  {c.keys.split(' ').map((k) => (
                    <Kbd size="xs" key={k}>
                      {k}
                    </Kbd>
                  ))}
                </span>
              )}
            </div>
          </Fragment>
        ))}
      </div>
      {found.length === 0 && (
        <p className={css.none} role="status">
          {t('palette.none')}
        </p>
      )}
    </div>
  )
}

function useAllCommands(openHelp: () => void, input: string): Command[] {
  const t = useT()
  const api = useApi()
  const navigate = useNavigate()
  const { setColorScheme } = useMantineColorScheme()
  const here = useCommands()
  const me = useQuery(meQuery(api)).data
  const live = useQuery(liveSessionsQuery(api)).data
  const accounts = useFoundAccounts(input, me)
  return useMemo(() => {
    const icon = { size: 18, stroke: 1.75 }
    const go = (id: string, label: string, to: string, node: Command['icon'], keys?: string): Command => ({
      id, label, group: t('palette.go'), icon: node, run: () => void navigate(to), ...(keys ? { keys } : {}),
    })
    const open = (id: string, label: string, to: string, node: Command['icon']): Command => ({
      id, label, group: t('palette.go'), icon: node, run: () => void window.open(to, '_blank', 'noopener'),
    })
    const settings = me?.admin
      ? [
          go('reports', t('nav.reports'), '/reports', <IconFlag {...icon} />, 'g r'),
          go('feedback', t('nav.feedback'), '/feedback', <IconMessageHeart {...icon} />),
          ...settingsPages.map(([to, label]) => go(to, t(label), to, <IconSettings {...icon} />, to === '/settings/accounts' ? 'g s' : undefined)),
        ]
      : []
    const conversations = (live ?? []).slice(0, 200).map(
      (s): Command => ({
        id: `session-${s.id}`,
        label: guestName(s, (n) => t('session.visitor', { number: String(n) })),
        words: `${s.lastMessage?.text ?? ''} ${guestEmail(s) ?? ''} ${s.id}`,
        group: t('palette.conversations'),
        icon: <IconMessage2 {...icon} />,
        run: () => void navigate(`/inbox/${s.id}`),
      }),
    )
    const found = accounts.map(
      (a): Command => ({
        id: `account-${a.id}`,
        label: a.name || a.username,
        words: `${a.username} ${input}`, // the server has found it
        group: t('palette.accounts'),
        icon: <IconUser {...icon} />,
        run: () => void navigate(`/settings/accounts/${a.id}`),
      }),
    )
    const search: Command[] = input.trim()
      ? [{
          id: 'search', label: t('palette.searchHistory', { text: input.trim() }), group: t('palette.search'), icon: <IconSearch {...icon} />,
          run: () => void navigate(`/history?text=${encodeURIComponent(input.trim())}`),
        }]
      : []
    return [
      ...here,
      go('inbox', t('nav.inbox'), '/inbox', <IconInbox {...icon} />, 'g i'),
      go('history', t('nav.history'), '/history', <IconHistory {...icon} />, 'g h'),
      ...settings,
      open('portal', t('nav.portal'), '/api', <IconApi {...icon} />),
      open('shop', t('nav.shop'), '/demo/shop', <IconBuildingStore {...icon} />),
      ...conversations,
      ...found,
      { id: 'light', label: t('theme.useLight'), group: t('palette.preferences'), icon: <IconSun {...icon} />, run: () => setColorScheme('light') },
      { id: 'dark', label: t('theme.useDark'), group: t('palette.preferences'), icon: <IconMoon {...icon} />, run: () => setColorScheme('dark') },
      { id: 'help', label: t('shortcuts.title'), group: t('palette.preferences'), icon: <IconKeyboard {...icon} />, keys: '?', run: openHelp },
      ...search,
    ]
  }, [t, navigate, setColorScheme, here, me, live, accounts, openHelp, input])
}

const nobody: Account[] = []

/** Accounts of a name that is being typed, for administrators. */
function useFoundAccounts(input: string, me: Me | undefined): Account[] {
  const [settled] = useDebouncedValue(input.trim(), 200)
  const enabled = !!me?.admin && settled.length > 1 && settled.length <= 100
  return useQuery({ ...foundAccountsQuery(useApi(), settled), enabled }).data ?? nobody
}
