// A client's face in a list, with the way they came in its corner.
import type { Session } from '../api/types'
import { Avatar } from '../kit/Avatar'
import { ChannelIcon } from '../kit/ChannelIcon'
import { guestFace } from './model'
import css from './GuestFace.module.css'

export function GuestFace({ session, name, size }: { session: Session; name: string; size: number }) {
  return (
    <span className={css.face}>
      <Avatar name={name} {...guestFace(session)} size={size} />
      <ChannelIcon channel={session.channel} source={session.source} className={css.channel} />
    </span>
  )
}
