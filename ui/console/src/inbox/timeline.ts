// A conversation as the screen shows it: messages from the archive, live ones
// and our own unsent ones, merged, in order, cut into days and groups.
import type { Activity, Session } from '../api/types'

export type Side = 'guest' | 'me' | 'operator' | 'bot'
export type SendState = 'sending' | 'sent' | 'delivered' | 'read' | 'failed'

export interface Bubble {
  kind: 'text'
  /** The sender's id of the message; the same for the optimistic and the archived copy. */
  id: string
  archiveId?: string
  side: Side
  author: string // localpart, or an id that names() knows
  text: string
  time: number
  state?: SendState
}

export interface Notice {
  kind: 'notice'
  id: string
  archiveId?: string
  event: string
  who?: string
  /** A group that it is about, by id. */
  groupId?: number
  text?: string
  time: number
}

export type Item = Bubble | Notice

/** Puts items into a list: replaces what has the same id, keeps order by time, unsent ones last. */
export function merge(list: readonly Item[], added: readonly Item[]): Item[] {
  const byId = new Map(list.map((item) => [item.id, item]))
  for (const item of added) {
    const known = byId.get(item.id)
    byId.set(item.id, known ? combine(known, item) : item)
  }
  return [...byId.values()].sort((a, b) => rank(a) - rank(b) || a.time - b.time)
}

function combine(known: Item, item: Item): Item {
  const next = { ...known, ...item }
  if (known.kind === 'text' && next.kind === 'text' && known.state && later(known.state, next.state)) next.state = known.state
  return next
}

const rank = (item: Item) => (item.kind === 'text' && (item.state === 'sending' || item.state === 'failed') ? 1 : 0)

const order: SendState[] = ['failed', 'sending', 'sent', 'delivered', 'read']

/** Whether `known` says more than `next`: a tick never goes back. */
export function later(known: SendState, next: SendState | undefined): boolean {
  return next === undefined || order.indexOf(known) > order.indexOf(next)
}

export interface Run {
  key: string
  side: Side
  author: string
  bubbles: Bubble[]
}
export type Row = { type: 'day'; key: string; time: number } | { type: 'run'; key: string; run: Run } | { type: 'notice'; key: string; notice: Notice }

const runGap = 5 * 60_000

/** Days, then runs of bubbles by one author within five minutes, notices between them. */
export function rows(items: readonly Item[]): Row[] {
  const out: Row[] = []
  let day = ''
  let run: Run | undefined
  let lastTime = 0
  for (const item of items) {
    const date = new Date(item.time).toDateString()
    if (date !== day) {
      day = date
      run = undefined
      out.push({ type: 'day', key: `day ${date}`, time: item.time })
    }
    if (item.kind === 'notice') {
      run = undefined
      out.push({ type: 'notice', key: item.id, notice: item })
      continue
    }
    if (!run || run.side !== item.side || run.author !== item.author || item.time - lastTime > runGap) {
      run = { key: `run ${item.id}`, side: item.side, author: item.author, bubbles: [] }
      out.push({ type: 'run', key: run.key, run })
    }
    run.bubbles.push(item)
    lastTime = item.time
  }
  return out
}

const noticeEvents: Record<string, string> = {
  Joined: 'operator-joined',
  Left: 'operator-left',
  SessionForwarded: 'forwarded',
  SessionEnded: 'ended',
  Handoff: 'forwarded',
}
const textTypes = new Set(['ChatMessage', 'WelcomeMessage', 'LastFarewellMessage', 'ChatbotMessage', 'AutoActivity', 'AutoActivityAsOperator', 'ExternalMessage'])

/** The transcript that the Public API keeps with a session: for a queue preview, for history, and while the chat is out of reach. */
export function fromActivities(session: Session, myId: number | undefined): Item[] {
  const items: Item[] = []
  for (const a of session.activities ?? []) {
    const time = Date.parse(a.time)
    const id = a.messageId ?? `activity ${a.activityId}`
    const event = noticeEvents[a.type]
    if (event) items.push(notice(id, event, a, session, time))
    else if (textTypes.has(a.type) && a.text) {
      items.push({ kind: 'text', id, side: sideOf(a, myId), author: String(a.userId ?? a.client ?? ''), text: a.text, time })
    }
  }
  if (items.length === 0 && session.lastMessage) {
    const { text, time, fromGuest } = session.lastMessage
    items.push({ kind: 'text', id: 'last', side: fromGuest ? 'guest' : 'operator', author: '', text, time: Date.parse(time) })
  }
  return items
}

function notice(id: string, event: string, a: Activity, session: Session, time: number): Notice {
  const who = event === 'forwarded' ? (a.toGroupName ?? a.toOperatorFullName ?? undefined) : operatorName(session, a.userId ?? undefined)
  const out: Notice = { kind: 'notice', id, event, time }
  if (who) out.who = who
  if (a.toGroupId) out.groupId = a.toGroupId
  if (a.note) out.text = a.note
  return out
}

function sideOf(a: Activity, myId: number | undefined): Side {
  if (a.client === 'Chatbot' || a.type === 'ChatbotMessage') return 'bot'
  if (a.client === 'Guest') return 'guest'
  return a.userId === myId ? 'me' : 'operator'
}

export function operatorName(session: Session, userId: number | undefined): string | undefined {
  const o = session.operators?.find((x) => x.userId === userId)
  return o && ([o.firstName, o.lastName].filter(Boolean).join(' ') || o.userName)
}
