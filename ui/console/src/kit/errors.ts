import { ApiError } from '../api/client'
import type { Translate } from '../i18n'

/** What happened and what to do, in the reader's language; the server's own words where it has some. */
export function describeError(error: unknown, t: Translate): string {
  if (!(error instanceof ApiError)) return error instanceof Error && error.message ? sentence(error.message) : t('error.unknown')
  if (error.status === 0) return t('error.unreachable')
  if (error.status === 401) return t('error.signedOut')
  if (error.status === 403) return sentence(error.message) || t('error.forbidden')
  if (error.status === 404) return t('error.notFound')
  if (error.status === 429) return t('error.tooMany')
  if (error.status >= 500) return t('error.server')
  return sentence(error.message) || t('error.unknown')
}

/** The server's messages begin small; on a screen they stand alone. */
export function sentence(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1)
}
