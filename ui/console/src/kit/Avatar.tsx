import { IconUser } from '@tabler/icons-react'
import css from './Avatar.module.css'

const tints = 6

interface Props {
  name: string
  size?: number
  /** An operator's state, as a dot. */
  dot?: string | undefined
  /** What the tint stays with, if not the name. */
  seed?: string | number
  /** The name is only a number that we gave. */
  anonymous?: boolean
}

/** Initials on a tint that stays with the person. */
export function Avatar({ name, size = 32, dot, seed, anonymous }: Props) {
  return (
    <span className={css.avatar} data-tint={hash(String(seed ?? name)) % tints} style={{ width: size, height: size, fontSize: size * 0.38 }} aria-hidden="true">
      {anonymous ? <IconUser size={size * 0.55} stroke={1.75} /> : initials(name)}
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
