// The frame around every page: rail, palette, shortcuts, title.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react'
import { Outlet, useLocation, useNavigate } from 'react-router'
import { useApi } from '../api/context'
import { keys, liveSessionsQuery, meQuery, setState } from '../api/queries'
import type { Me } from '../api/types'
import { useT } from '../i18n'
import { split } from '../inbox/model'
import { unreadOf, useSeen } from '../inbox/seen'
import { Boundary } from '../kit/Boundary'
import { RowsSkeleton } from '../kit/States'
import { useModerationCounts } from '../moderation/useCounts'
import { useAlerts } from './alerts'
import { CommandsProvider } from './commands'
import { useHotkeys } from './hotkeys'
import { Rail } from './Rail'
import css from './Shell.module.css'

const Palette = lazy(() => import('./Palette'))
const ShortcutsDialog = lazy(() => import('./ShortcutsDialog'))

/** Dialogs are loaded when first opened, and stay for their closing. */
function useOpenedOnce(opened: boolean): boolean {
  const [once, setOnce] = useState(opened)
  if (opened && !once) setOnce(true)
  return once
}

/** Who opens the console is there: offline becomes online once; whoever said away stays away. */
function useOnlineAtFirst(me: Me | undefined) {
  const api = useApi()
  const client = useQueryClient()
  const done = useRef(false)
  useEffect(() => {
    if (!me || done.current) return
    done.current = true
    const absent = !me.operatorState || me.operatorState === 'OFFLINE' || me.operatorState === 'DISCONNECTED'
    if (!absent || !me.scopes.includes('sessions.write')) return
    setState(api, { userId: me.id, stateKind: 'ONLINE' })
      .then(() => client.invalidateQueries({ queryKey: keys.me }))
      .catch(() => undefined) // the rail shows the state, and its menu changes it
  }, [api, client, me])
}

export function Shell() {
  const api = useApi()
  const t = useT()
  const navigate = useNavigate()
  const { pathname } = useLocation()
  const me = useQuery(meQuery(api)).data
  const live = useQuery(liveSessionsQuery(api)).data
  const [palette, setPalette] = useState(false)
  const [help, setHelp] = useState(false)
  const paletteOnce = useOpenedOnce(palette)
  const helpOnce = useOpenedOnce(help)
  const seen = useSeen()
  const lists = useMemo(() => live && split(live, me), [live, me])
  const counts = useMemo(
    () => ({ waiting: lists?.waiting.length ?? 0, unread: lists?.mine.filter((s) => unreadOf(s, seen[s.id]) > 0).length ?? 0 }),
    [lists, seen],
  )
  const moderation = useModerationCounts(me)
  useAlerts(lists)

  useHotkeys({
    'mod+k': () => setPalette((open) => !open),
    '?': () => setHelp(true),
    'g i': () => void navigate('/inbox'),
    'g h': () => void navigate('/history'),
    'g r': me?.admin ? () => void navigate('/reports') : undefined,
    'g s': me?.admin ? () => void navigate('/settings/accounts') : undefined,
  })

  useOnlineAtFirst(me)

  const attention = counts.waiting + counts.unread
  useEffect(() => {
    document.title = attention > 0 ? `(${attention}) Switchboard` : 'Switchboard'
  }, [attention])

  const section = pathname.split('/').slice(0, 3).join('/')
  return (
    <CommandsProvider>
      <div className={css.shell}>
        <a className={css.skip} href="#content">
          {t('shell.skip')}
        </a>
        <Rail counts={counts} moderation={moderation} openPalette={() => setPalette(true)} openHelp={() => setHelp(true)} />
        <div className={css.content} id="content" tabIndex={-1}>
          <Boundary at={section}>
            <Suspense fallback={<RowsSkeleton />}>
              <Outlet />
            </Suspense>
          </Boundary>
        </div>
      </div>
      <p className="sb-hidden" aria-live="polite">
        {counts.waiting > 0 ? t('shell.waitingAnnouncement', { count: counts.waiting }) : ''}
      </p>
      <Suspense>
        {paletteOnce && <Palette opened={palette} close={() => setPalette(false)} openHelp={() => setHelp(true)} />}
        {helpOnce && <ShortcutsDialog opened={help} close={() => setHelp(false)} />}
      </Suspense>
    </CommandsProvider>
  )
}
