// Names that one page of the browser holds, by Web Locks: the browser lets go
// of them when the page goes, however it goes.

/**
 * Holds a name as long as the page lives; false: another page holds it. On a
 * reload the page of before may hold it for a moment yet, hence the patience.
 */
export function hold(name: string, locks: Pick<LockManager, 'request'> | undefined = navigator.locks, patience = 1_000): Promise<boolean> {
  if (!locks) return Promise.resolve(true)
  const end = new AbortController()
  const timer = setTimeout(() => end.abort(), patience)
  return new Promise((resolve) => {
    const held = () => {
      clearTimeout(timer)
      resolve(true)
      return new Promise<void>(() => {})
    }
    // Only a refusal for want of patience speaks of another page.
    locks.request(name, { signal: end.signal }, held).catch(() => resolve(!end.signal.aborted))
  })
}
