import type { Session } from '../api/types'
import { useT } from '../i18n'
import { isOver, isWaiting } from './model'
import css from './Status.module.css'

/** Where a session stands, as a small coloured word. */
export function Status({ session }: { session: Session }) {
  const t = useT()
  const kind = isWaiting(session) ? 'waiting' : isOver(session) ? 'ended' : session.status === 'ACW' ? 'wrapup' : 'active'
  return (
    <span className={css.status} data-kind={kind}>
      {t(`status.${kind}`)}
    </span>
  )
}
