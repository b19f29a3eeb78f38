// What the inbox knows about sessions: whose they are and what they are called.
import type { Me, Session } from '../api/types'

/** What an Avatar needs to show a session's client. */
export function guestFace(session: Session) {
  return { seed: session.guest?.trackedId ?? session.guest?.tempId ?? session.id, anonymous: guestName(session, () => '') === '' }
}

export function guestName(session: Session, fallback: (n: number) => string): string {
  const p = session.guest?.callParams ?? {}
  return session.guestName || p.oo1_guest_ident || p.name || guestEmail(session) || guestPhone(session) || fallback(session.guest?.tempId ?? session.id)
}

export const guestEmail = (s: Session) => s.guest?.callParams?.oo1_guest_email || s.guest?.callParams?.email
export const guestPhone = (s: Session) => s.guest?.callParams?.oo1_guest_phone || s.guest?.callParams?.phone
/** Parameters that have a place of their own on the screen. */
export const ownParams = new Set(['oo1_guest_ident', 'oo1_guest_email', 'oo1_guest_phone', 'oo1_widget_lang', 'name', 'email', 'phone'])

export const isWaiting = (s: Session) => s.status === 'CREATED' || s.status === 'IN_QUEUE' || s.status === 'WAITING'
export const isOver = (s: Session) => s.status === 'CLOSED' || s.status === 'BLACKLISTED'

export function isMine(s: Session, me: Pick<Me, 'id'> | undefined): boolean {
  return !isWaiting(s) && !isOver(s) && !!s.operators?.some((o) => o.userId === me?.id && !o.concluded && (!o.left || s.status === 'ACW'))
}

export interface Lists {
  waiting: Session[]
  mine: Session[]
  others: Session[]
}

const waitingSince = (s: Session) => Date.parse(s.created)
const lastWord = (s: Session) => Date.parse(s.lastMessage?.time ?? s.started ?? s.created)

/** The queue, longest wait first; mine and the others', latest word first. */
export function split(sessions: readonly Session[], me: Pick<Me, 'id'> | undefined): Lists {
  const lists: Lists = { waiting: [], mine: [], others: [] }
  for (const s of sessions) {
    if (isOver(s)) continue
    if (isWaiting(s)) lists.waiting.push(s)
    else if (isMine(s, me)) lists.mine.push(s)
    else lists.others.push(s)
  }
  lists.waiting.sort((a, b) => waitingSince(a) - waitingSince(b))
  lists.mine.sort((a, b) => lastWord(b) - lastWord(a))
  lists.others.sort((a, b) => lastWord(b) - lastWord(a))
  return lists
}

/** How pressing a wait is; the list shows it by colour and, for the last, in words. */
export function urgency(milliseconds: number): 'calm' | 'soon' | 'late' {
  if (milliseconds < 60_000) return 'calm'
  return milliseconds < 180_000 ? 'soon' : 'late'
}

/** The neighbour to open when one is done. */
export function neighbour(order: readonly { id: number }[], id: number | undefined, step: 1 | -1): number | undefined {
  if (order.length === 0) return undefined
  const at = order.findIndex((s) => s.id === id)
  if (at < 0) return order[step === 1 ? 0 : order.length - 1]?.id
  return order[Math.min(order.length - 1, Math.max(0, at + step))]?.id
}

/** Whether a text occurs in what was said, or in who it was and what came of it. */
export function saysText(s: Session, wanted: string): boolean {
  const plain = (text: string) => text.toLocaleLowerCase().normalize('NFD').replace(/\p{M}/gu, '')
  const needle = plain(wanted.trim())
  if (!needle) return true
  const texts = [s.guestName, guestEmail(s), s.result, s.note, s.lastMessage?.text, ...(s.activities ?? []).map((a) => a.text)]
  return texts.some((text) => !!text && plain(text).includes(needle))
}
