import type { Device } from '../api/types'
import type { Translate } from '../i18n'

/** What a device is, in words: what an app on a phone said of itself, else the browser or client that signed in. */
export function deviceName(device: Device, t: Translate): string {
  if (device.name === 'switchboard-console') return t('devices.console')
  const type = device.type.trim()
  const known = /^(web|browser)$/i.test(type) ? t('devices.web') : type.charAt(0).toLocaleUpperCase() + type.slice(1)
  return (isPhone(device) && known) || device.name || known || t('devices.app')
}

export const isPhone = (device: Device) => /android|ios|iphone|ipad|mobile|phone/i.test(device.type)
export const isBrowser = (device: Device) => !isPhone(device) && (/web|browser/i.test(device.type) || device.name !== '')

/** How long a deletion can be taken back. */
export function graceText(hours: number, t: Translate): string {
  if (hours === 0) return t('accounts.deleteNow')
  return hours % 24 === 0 ? t('accounts.deleteGraceDays', { count: hours / 24 }) : t('accounts.deleteGrace', { count: hours })
}
