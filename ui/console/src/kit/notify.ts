// Short messages in the corner. A list outside React, so that anything may speak.

export interface Toast {
  id: number
  tone: 'good' | 'bad'
  title?: string
  message: string
}

let toasts: readonly Toast[] = []
let last = 0
const listeners = new Set<() => void>()

function set(next: readonly Toast[]) {
  toasts = next
  for (const l of listeners) l()
}

export const current = () => toasts

export function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function dismiss(id: number) {
  set(toasts.filter((t) => t.id !== id))
}

export function say(message: string) {
  set([...toasts.slice(-2), { id: ++last, tone: 'good', message }])
}

/** A refusal: what was refused, and why. */
export function complain(title: string, message: string) {
  set([...toasts.slice(-2), { id: ++last, tone: 'bad', title, message }])
}
