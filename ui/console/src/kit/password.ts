// No characters that look alike: people read these aloud.
const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789'

/** Four groups of five: 100 random bits. */
export function newPassword(random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array = (b) => crypto.getRandomValues(b)): string {
  const letters = [...random(new Uint8Array(20))].map((b) => alphabet[b % alphabet.length]!)
  return [0, 5, 10, 15].map((i) => letters.slice(i, i + 5).join('')).join('-')
}
