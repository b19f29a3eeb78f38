import { useSyncExternalStore } from 'react'
import { useI18n } from '../i18n'
import { exactTime, relativeTime, stopwatch } from '../i18n/time'

/** One clock for all that ticks: a timer per interval, running while somebody looks. */
class Clock {
  private listeners = new Set<() => void>()
  private timer: ReturnType<typeof setInterval> | undefined
  private current = Date.now()

  constructor(private readonly every: number) {}

  subscribe = (listener: () => void) => {
    this.listeners.add(listener)
    if (this.timer === undefined) {
      this.current = Date.now()
      this.timer = setInterval(() => {
        this.current = Date.now()
        for (const l of this.listeners) l()
      }, this.every)
    }
    return () => {
      this.listeners.delete(listener)
      if (this.listeners.size > 0) return
      clearInterval(this.timer)
      this.timer = undefined
    }
  }

  now = () => this.current
}

const seconds = new Clock(1000)
const minutes = new Clock(20_000)

export const useSecond = () => useSyncExternalStore(seconds.subscribe, seconds.now)
export const useMinute = () => useSyncExternalStore(minutes.subscribe, minutes.now)

/** "5 min. ago", with the exact time on hover. */
export function Ago({ at, className }: { at: string | number; className?: string | undefined }) {
  const { language } = useI18n()
  const now = useMinute()
  const t = typeof at === 'number' ? at : Date.parse(at)
  if (Number.isNaN(t)) return null
  return (
    <time className={className} dateTime={new Date(t).toISOString()} title={exactTime(t, language)}>
      {relativeTime(t, now, language)}
    </time>
  )
}

/** A growing time since then. */
export function Since({ at, className }: { at: string; className?: string | undefined }) {
  const { language } = useI18n()
  const now = useSecond()
  const t = Date.parse(at)
  return (
    <time className={className} dateTime={at} title={exactTime(t, language)}>
      {stopwatch(now - t)}
    </time>
  )
}
