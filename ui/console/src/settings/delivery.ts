import type { Delivery } from '../api/types'

/** Three states are enough for an eye: it arrived, it will be tried again, it was given up. */
export function deliveryState(d: Pick<Delivery, 'status' | 'delivered'>): 'delivered' | 'pending' | 'failed' {
  if (d.delivered || /^(delivered|ok|success|succeeded|done)$/i.test(d.status)) return 'delivered'
  return /^(failed|discarded|dead|gaveup|gave-up|error|dropped)$/i.test(d.status) ? 'failed' : 'pending'
}

/** The payload as text with two spaces, whether it came as JSON or as a string of it. */
export function payloadText(payload: unknown): string {
  if (payload === undefined || payload === null) return '–'
  if (typeof payload !== 'string') return JSON.stringify(payload, null, 2)
  try {
    return JSON.stringify(JSON.parse(payload), null, 2)
  } catch {
    return payload
  }
}
