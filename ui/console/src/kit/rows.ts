// A list of rows whose heights are known: only those on screen exist.
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from 'react'

/** Where each row begins, and last, where the list ends. */
export function offsets(heights: readonly number[]): number[] {
  const out = [0]
  for (const height of heights) out.push(out.at(-1)! + height)
  return out
}

/** The rows from..to (not included) that a window of that height shows from there, and some around them. */
export function shown(at: readonly number[], top: number, height: number, around = 6): [from: number, to: number] {
  const count = at.length - 1
  const first = Math.max(0, before(at, top) - 1)
  const end = before(at, top + height)
  return [Math.max(0, Math.min(first, count) - around), Math.min(count, end + around)]
}

/** How many rows begin before that place. */
function before(at: readonly number[], place: number): number {
  let [low, high] = [0, at.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (at[middle]! < place) low = middle + 1
    else high = middle
  }
  return low
}

/** From where to look so that a row is seen whole, moving as little as may be. */
export function reveal(at: readonly number[], row: number, top: number, height: number): number {
  const [start, end] = [at[row]!, at[row + 1]!]
  if (start < top) return start
  return end > top + height ? end - height : top
}

export function useRows(heights: readonly number[]) {
  const scroller = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ top: 0, height: 0 })
  const at = useMemo(() => offsets(heights), [heights])
  useLayoutEffect(() => {
    const el = scroller.current
    if (!el) return
    const look = () => setView({ top: el.scrollTop, height: el.clientHeight })
    look()
    const observer = new ResizeObserver(look)
    observer.observe(el)
    el.addEventListener('scroll', look, { passive: true })
    return () => {
      observer.disconnect()
      el.removeEventListener('scroll', look)
    }
  }, [])
  const latest = useRef(at)
  latest.current = at
  const scrollTo = useCallback((row: number) => {
    const el = scroller.current
    if (el && row >= 0 && row < latest.current.length - 1) el.scrollTop = reveal(latest.current, row, el.scrollTop, el.clientHeight)
  }, [])
  const [from, to] = shown(at, view.top, view.height)
  return { scroller, scrollTo, from, to, at, total: at.at(-1)! }
}
