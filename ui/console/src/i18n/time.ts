// Times as people say them; the exact time goes into the title attribute.

import { locale } from './format'

const day = 86_400_000
const cache = new Map<string, Intl.DateTimeFormat | Intl.RelativeTimeFormat>()

function dates(language: string, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language} ${name}`
  let f = cache.get(key) as Intl.DateTimeFormat | undefined
  if (!f) cache.set(key, (f = new Intl.DateTimeFormat(locale(language), options)))
  return f
}

function relatives(language: string, numeric: 'auto' | 'always'): Intl.RelativeTimeFormat {
  const key = `${language} relative ${numeric}`
  let f = cache.get(key) as Intl.RelativeTimeFormat | undefined
  if (!f) cache.set(key, (f = new Intl.RelativeTimeFormat(language, { numeric, style: 'short' })))
  return f
}

const startOfDay = (t: number) => new Date(t).setHours(0, 0, 0, 0)

export function exactTime(t: number, language: string): string {
  return dates(language, 'exact', { dateStyle: 'long', timeStyle: 'medium' }).format(t)
}

export function clockTime(t: number, language: string): string {
  return dates(language, 'clock', { hour: 'numeric', minute: '2-digit' }).format(t)
}

/** "now", "5 min. ago", "today 14:05" is a clock time, then "yesterday", then a date. */
export function relativeTime(t: number, now: number, language: string): string {
  const age = now - t
  if (age < 45_000) return relatives(language, 'auto').format(0, 'second')
  if (age < 3_600_000) return relatives(language, 'always').format(-Math.max(1, Math.round(age / 60_000)), 'minute')
  const days = Math.round((startOfDay(now) - startOfDay(t)) / day)
  if (days === 0) return clockTime(t, language)
  if (days === 1) return relatives(language, 'auto').format(-1, 'day')
  if (days < 7) return dates(language, 'weekday', { weekday: 'short' }).format(t)
  return shortDate(t, now, language)
}

export function shortDate(t: number, now: number, language: string): string {
  const sameYear = new Date(t).getFullYear() === new Date(now).getFullYear()
  return dates(language, sameYear ? 'date' : 'dateYear', {
    day: 'numeric',
    month: 'short',
    ...(sameYear ? {} : { year: 'numeric' }),
  }).format(t)
}

/** The separator between days in a transcript: "Today", "Yesterday", "Monday, 3 March". */
export function dayLabel(t: number, now: number, language: string): string {
  const days = Math.round((startOfDay(now) - startOfDay(t)) / day)
  if (days === 0 || days === 1) {
    const text = new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(-days, 'day')
    return text.charAt(0).toLocaleUpperCase(language) + text.slice(1)
  }
  const sameYear = new Date(t).getFullYear() === new Date(now).getFullYear()
  return dates(language, sameYear ? 'day' : 'dayYear', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    ...(sameYear ? {} : { year: 'numeric' }),
  }).format(t)
}

/** A running time: 0:07, 12:40, 1:02:03. */
export function stopwatch(milliseconds: number): string {
  const total = Math.max(0, Math.floor(milliseconds / 1000))
  const two = (n: number) => String(n).padStart(2, '0')
  const hours = Math.floor(total / 3600)
  const minutes = Math.floor(total / 60) % 60
  return hours > 0 ? `${hours}:${two(minutes)}:${two(total % 60)}` : `${minutes}:${two(total % 60)}`
}

/** Reads an ISO 8601 duration of days and smaller; undefined when it is none. */
export function parseDuration(iso: string | null | undefined): number | undefined {
  const m = /^P(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(iso ?? '')
  if (!m || iso === 'P' || iso?.endsWith('T')) return undefined
  const [d, h, min, s] = m.slice(1).map((x) => Number(x ?? 0)) as [number, number, number, number]
  return (((d * 24 + h) * 60 + min) * 60 + s) * 1000
}
