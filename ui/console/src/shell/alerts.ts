// Desktop notifications for whoever looks elsewhere: a client who begins to
// wait, and words in one's own conversations. Off until asked for.
import { useEffect, useRef, useSyncExternalStore } from 'react'
import { useNavigate } from 'react-router'
import type { Session } from '../api/types'
import { useT } from '../i18n'
import { guestName, type Lists } from '../inbox/model'

const storageKey = 'switchboard.console.alerts'
const listeners = new Set<() => void>()

const supported = () => 'Notification' in window
const on = () => supported() && Notification.permission === 'granted' && localStorage.getItem(storageKey) === 'on'

/** Whether they are on, may be had, or were forbidden in the browser. */
export function useAlertsState(): 'on' | 'off' | 'blocked' {
  return useSyncExternalStore(
    (l) => {
      listeners.add(l)
      return () => listeners.delete(l)
    },
    () => (on() ? 'on' : !supported() || Notification.permission === 'denied' ? 'blocked' : 'off'),
  )
}

export async function setAlerts(wanted: boolean) {
  if (wanted && Notification.permission !== 'granted') await Notification.requestPermission()
  if (wanted) localStorage.setItem(storageKey, 'on')
  else localStorage.removeItem(storageKey)
  for (const l of listeners) l()
}

/** The sessions that deserve an alert, given what was known before. */
export function news(lists: Lists, before: ReadonlyMap<number, string>): { session: Session; kind: 'waiting' | 'words' }[] {
  const waiting = lists.waiting.filter((s) => !before.has(s.id))
  const words = lists.mine.filter((s) => s.lastMessage?.fromGuest && before.has(s.id) && before.get(s.id) !== s.lastMessage.time)
  return [...waiting.map((session) => ({ session, kind: 'waiting' as const })), ...words.map((session) => ({ session, kind: 'words' as const }))]
}

export function snapshot(lists: Lists): Map<number, string> {
  return new Map([...lists.waiting, ...lists.mine, ...lists.others].map((s) => [s.id, s.lastMessage?.time ?? '']))
}

export function useAlerts(lists: Lists | undefined) {
  const t = useT()
  const navigate = useNavigate()
  const known = useRef<Map<number, string> | undefined>(undefined)
  useEffect(() => {
    if (!lists) return
    const fresh = known.current ? news(lists, known.current) : []
    known.current = snapshot(lists)
    if (!on() || document.visibilityState === 'visible') return
    for (const { session, kind } of fresh.slice(0, 3)) {
      const name = guestName(session, (n) => t('session.visitor', { number: String(n) }))
      const alert = new Notification(kind === 'waiting' ? t('alerts.waiting', { name }) : name, { body: session.lastMessage?.text ?? '', tag: `session ${session.id}` })
      alert.onclick = () => {
        window.focus()
        void navigate(`/inbox/${session.id}`)
        alert.close()
      }
    }
  }, [lists, navigate, t])
}
