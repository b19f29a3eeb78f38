// Which words this operator has had on screen. The server counts the client's
// messages since the last answer; what was read meanwhile is known only here.
import { useEffect, useSyncExternalStore } from 'react'
import type { Session } from '../api/types'

const storageKey = 'switchboard.console.seen'
const kept = 200
const listeners = new Set<() => void>()
let seen: Record<number, string> = read()

function read(): Record<number, string> {
  try {
    return JSON.parse(sessionStorage.getItem(storageKey) ?? '{}') as Record<number, string>
  } catch {
    return {}
  }
}

/** What is unread of a session, given the time of the last word seen. */
export function unreadOf(s: Pick<Session, 'unread' | 'lastMessage'>, lastSeen: string | undefined): number {
  if (!s.unread || !s.lastMessage?.fromGuest) return 0
  return lastSeen !== undefined && Date.parse(s.lastMessage.time) <= Date.parse(lastSeen) ? 0 : s.unread
}

export const useSeen = () =>
  useSyncExternalStore((l) => {
    listeners.add(l)
    return () => listeners.delete(l)
  }, () => seen)

function mark(id: number, time: string) {
  if (seen[id] === time) return
  const entries = Object.entries({ ...seen, [id]: time }).slice(-kept)
  seen = Object.fromEntries(entries)
  sessionStorage.setItem(storageKey, JSON.stringify(seen))
  for (const l of listeners) l()
}

/** Marks a session as seen while it is open in a visible tab. */
export function useMarkSeen(session: Session | undefined) {
  const id = session?.id
  const time = session?.lastMessage?.time
  useEffect(() => {
    if (id === undefined || !time) return
    const look = () => document.visibilityState === 'visible' && mark(id, time)
    look()
    document.addEventListener('visibilitychange', look)
    return () => document.removeEventListener('visibilitychange', look)
  }, [id, time])
}
