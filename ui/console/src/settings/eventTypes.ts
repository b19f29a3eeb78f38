
/** The events of sessions and operators, in the order of their lives. */
export const eventTypes = [
  'SessionCreated',
  'SessionStarted',
  'SessionOperatorJoined',
  'SessionForwarded',
  'SessionEnded',
  'SessionOperatorLeft',
  'SessionOperatorConcluded',
  'SessionCallParamsUpdated',
  'UserStatusChanged',
] as const

export type EventType = (typeof eventTypes)[number]

export const isKnownEvent = (type: string): type is EventType => (eventTypes as readonly string[]).includes(type)

/** What the user chose, and what the webhook had that this console has no words for. */
export function keepUnknown(chosen: readonly string[], before: readonly string[]): string[] {
  return [...chosen, ...before.filter((type) => !isKnownEvent(type) && !chosen.includes(type))]
}

/** Hides the password of user:password@ in an address that is only shown. */
export function withoutPassword(address: string): string {
  return address.replace(/^(https?:\/\/[^/:@]+):[^/@]*@/i, '$1:•••@')
}
