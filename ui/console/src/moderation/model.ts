// What the reports page knows about reports, without React.
import type { Feedback, Report } from '../api/types'

export const reportStates = ['open', 'resolved', 'dismissed'] as const
export type ReportState = (typeof reportStates)[number]

/** The localpart of an address, which is what people know somebody by. */
export const local = (jid: string) => jid.split('@')[0] ?? jid

export const aboutName = (report: Report) => report.about.name || local(report.about.jid)

const storageKey = 'switchboard.console.feedback'
const listeners = new Set<() => void>()

export const seenFeedback = () => Number(localStorage.getItem(storageKey) ?? 0)

export function subscribeFeedback(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Whoever has looked at the newest feedback is not told of it again in this browser. */
export function seeFeedback(newest: number) {
  if (newest <= seenFeedback()) return
  localStorage.setItem(storageKey, String(newest))
  for (const l of listeners) l()
}

export const newFeedback = (list: readonly Feedback[], seen: number) => list.filter((f) => f.id > seen).length
