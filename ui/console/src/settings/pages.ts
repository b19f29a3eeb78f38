import type { MessageKey } from '../i18n'

/** The settings, in the order in which they are shown everywhere. */
export const settingsPages = [
  ['/settings/accounts', 'nav.accounts'],
  ['/settings/features', 'nav.features'],
  ['/settings/keys', 'nav.keys'],
  ['/settings/webhooks', 'nav.webhooks'],
  ['/settings/security', 'nav.security'],
  ['/settings/company', 'nav.company'],
] as const satisfies readonly (readonly [string, MessageKey])[]

/** What users send to the administrators. */
export const moderationPages = [
  ['/reports', 'nav.reports'],
  ['/feedback', 'nav.feedback'],
] as const satisfies readonly (readonly [string, MessageKey])[]
