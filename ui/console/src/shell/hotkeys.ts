// Single-key shortcuts. They sleep while somebody types or a dialog is open,
// and may be switched off (WCAG 2.1.4).
import { useLayoutEffect, useRef, useSyncExternalStore } from 'react'

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

/** Every part of the screen that has keys, in one place: a sequence of the shell must not end as a key of the page. */
const layers: { current: Hotkeys }[] = []
let first = ''
let since = 0

/** What a key does, given the one before it: a sequence goes before a single key, whichever part knows it. */
export function meaning(parts: readonly Hotkeys[], before: string, name: string): (() => void) | undefined {
  for (const key of before ? [`${before} ${name}`, name] : [name]) {
    for (const keys of parts) if (keys[key]) return keys[key]
  }
  return undefined
}

function onKey(event: KeyboardEvent) {
  if (event.defaultPrevented || event.isComposing || event.repeat) return
  const name = keyName(event)
  const global = name.startsWith('mod+')
  if (!global && (!shortcutsOn() || typing(event.target) || document.querySelector('[role="dialog"],[role="menu"]'))) return
  const run = meaning(layers.map((l) => l.current), event.timeStamp - since < 1200 ? first : '', name)
  first = run ? '' : name
  since = event.timeStamp
  if (!run) return
  event.preventDefault()
  run()
}

/** Keys are names as keyName makes them, or two of them for a sequence ("g i"). They work from the moment that what they do is on screen. */
export function useHotkeys(keys: Hotkeys) {
  const layer = useRef(keys)
  useLayoutEffect(() => {
    layer.current = keys
  })
  useLayoutEffect(() => {
    if (layers.push(layer) === 1) window.addEventListener('keydown', onKey)
    return () => {
      layers.splice(layers.indexOf(layer), 1)
      if (layers.length === 0) window.removeEventListener('keydown', onKey)
    }
  }, [])
}
