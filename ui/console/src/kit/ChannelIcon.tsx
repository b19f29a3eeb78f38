import {
  IconBrandApple, IconBrandFacebook, IconBrandVk, IconBrandWhatsapp, IconMessage, IconPhone, IconPlugConnected, IconSpeakerphone, IconUserPlus, IconVideo,
} from '@tabler/icons-react'
import { useT } from '../i18n'

const sources: Record<string, typeof IconMessage> = {
  Facebook: IconBrandFacebook, WhatsApp: IconBrandWhatsapp, VK: IconBrandVk, Apple: IconBrandApple, GenericChannel: IconPlugConnected, API: IconPlugConnected,
  Campaign: IconSpeakerphone, Invitation: IconUserPlus, ChatInvitation: IconUserPlus,
}
const channels: Record<string, typeof IconMessage> = { Chat: IconMessage, AV: IconVideo, Phone: IconPhone }

/** How the client came: by the source where it says more than the channel. */
export function ChannelIcon({ channel, source, className }: { channel?: string | undefined; source?: string | undefined; className?: string | undefined }) {
  const t = useT()
  const Icon = sources[source ?? ''] ?? channels[channel ?? ''] ?? IconMessage
  const label = source && sources[source] ? source : channelName(channel, t)
  return <Icon className={className} size={18} stroke={2} role="img" aria-label={label} />
}

export function channelName(channel: string | undefined, t: ReturnType<typeof useT>): string {
  if (channel === 'AV') return t('channel.AV')
  if (channel === 'Phone') return t('channel.Phone')
  return t('channel.Chat')
}
