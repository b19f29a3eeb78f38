// What the audit log says, in words.
import type { AuditEntry } from '../api/types'
import type { Translate } from '../i18n'
import { csv } from './importFile'

/** The kinds that can be asked for, as people look for them. */
export const auditKinds = [
  'account.created', 'account.changed', 'account.deleting', 'account.restored', 'account.deleted', 'device.added', 'device.revoked', 'key.created', 'key.revoked',
  'signing.rotated', 'tenant.changed', 'webhook.changed', 'report.filed', 'report.handled', 'feedback.given', 'group.moderated', 'operator.status',
  'conversation.created', 'conversation.ended',
] as const

/** A kind in the reader's language; one that is new to us by its name. */
export function auditText(kind: string, t: Translate): string {
  const key = `audit.${kind}`
  return t.has(key) ? t(key) : kind
}

/** What else is known: what was changed, why, on which device. */
export function auditDetails(e: AuditEntry, t: Translate): string {
  const d = e.details ?? {}
  const words: string[] = []
  for (const name of ['change', 'reason', 'state', 'kind', 'type', 'result', 'about', 'group']) {
    const value = d[name]
    if (typeof value !== 'string' || value === '' || value === e.subjectName) continue
    const key = `audit.detail.${value}`
    words.push(t.has(key) ? t(key) : value)
  }
  if (Array.isArray(d.settings)) for (const name of d.settings) words.push(settingText(String(name), t))
  if (typeof d.blocked === 'boolean') words.push(t(d.blocked ? 'audit.detail.disabled' : 'audit.detail.enabled'))
  return words.join(' · ')
}

const settingLabels: Record<string, string> = { 'devices.max': 'features.devices', 'deletion.grace': 'features.grace' }

/** A setting by its label on the page where it is set; one without a page by its name. */
function settingText(name: string, t: Translate): string {
  const key = settingLabels[name] ?? name
  return t.has(key) ? t(key) : name
}

/** Where more about it is to be seen. */
export function subjectLink(e: AuditEntry): string | undefined {
  if (!e.subject) return undefined
  const about = e.kind.split('.')[0]
  if ((about === 'account' && e.kind !== 'account.deleted') || about === 'device' || about === 'operator') return `/settings/accounts/${e.subject}`
  if (about === 'conversation') return `/inbox/${e.subject}`
  if (about === 'key') return '/settings/keys'
  if (about === 'report') return '/reports'
  return undefined
}

export const auditCsv = (list: AuditEntry[]) =>
  csv([
    ['position', 'time', 'kind', 'actor', 'actorName', 'subject', 'subjectName', 'details'],
    ...list.map((e) => [e.position, e.time, e.kind, e.actor, e.actorName, e.subject, e.subjectName, JSON.stringify(e.details ?? {})]),
  ])
