import css from './Avatar.module.css'

const tints = 6

/** Initials on a tint that stays with the name. */
export function Avatar({ name, size = 32, dot, seed }: { name: string; size?: number; dot?: string | undefined; seed?: string | number }) {
  return (
    <span className={css.avatar} data-tint={hash(String(seed ?? name)) % tints} style={{ width: size, height: size, fontSize: size * 0.38 }} aria-hidden="true">
      {initials(name)}
      {dot && <span className={css.dot} data-state={dot} />}
    </span>
  )
}

export function initials(name: string): string {
  const words = name.replace(/[^\p{L}\p{N}\s]/gu, ' ').trim().split(/\s+/)
  const first = words[0] ?? ''
  const last = words.length > 1 ? (words.at(-1) ?? '') : ''
  return ([...first][0] ?? '?').toUpperCase() + ([...last][0] ?? '').toUpperCase()
}

function hash(text: string): number {
  let h = 7
  for (const c of text) h = (h * 31 + c.codePointAt(0)!) >>> 0
  return h
}
