// Single-key shortcuts. They sleep while somebody types or a dialog is open,
// and may be switched off (WCAG 2.1.4).
import { useEffect, useRef, useSyncExternalStore } from 'react'

const storageKey = 'switchboard.console.shortcuts'
const listeners = new Set<() => void>()

export const shortcutsOn = () => localStorage.getItem(storageKey) !== 'off'

export function setShortcuts(on: boolean) {
  if (on) localStorage.removeItem(storageKey)
  else localStorage.setItem(storageKey, 'off')
  for (const l of listeners) l()
}

export const useShortcutsOn = () =>
  useSyncExternalStore((l) => {
    listeners.add(l)
    return () => listeners.delete(l)
  }, shortcutsOn)

/** mod+k works everywhere; single keys only where nothing else could want them. */
export function keyName(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  return (event.ctrlKey || event.metaKey ? 'mod+' : '') + (event.altKey ? 'alt+' : '') + key
}

export function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
}

export type Hotkeys = Record<string, (() => void) | undefined>

/** Keys are names as keyName makes them, or two of them for a sequence ("g i"). */
export function useHotkeys(keys: Hotkeys) {
  const current = useRef(keys)
  useEffect(() => {
    current.current = keys
  })
  useEffect(() => {
    let first = ''
    let since = 0
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || event.repeat) return
      const name = keyName(event)
      const global = name.startsWith('mod+')
      if (!global && (!shortcutsOn() || typing(event.target) || document.querySelector('[role="dialog"],[role="menu"]'))) return
      const sequence = first && event.timeStamp - since < 1200 ? `${first} ${name}` : ''
      const run = (sequence && current.current[sequence]) || current.current[name]
      first = name
      since = event.timeStamp
      if (!run) return
      event.preventDefault()
      first = ''
      run()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}
