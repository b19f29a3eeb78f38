export interface Part {
  text: string
  href?: string
}

const address = /\bhttps?:\/\/[^\s<>"']+/giu

/** Cuts a text at web addresses. Only http and https become links; a closing mark of the sentence stays outside. */
export function linkify(text: string): Part[] {
  const parts: Part[] = []
  let at = 0
  for (const match of text.matchAll(address)) {
    const url = trim(match[0])
    if (!URL.canParse(url)) continue
    if (match.index > at) parts.push({ text: text.slice(at, match.index) })
    parts.push({ text: url, href: url })
    at = match.index + url.length
  }
  if (at < text.length) parts.push({ text: text.slice(at) })
  return parts
}

function trim(url: string): string {
  let end = url.replace(/[.,;:!?…]+$/u, '')
  while (end.endsWith(')') && end.split('(').length < end.split(')').length) end = end.slice(0, -1)
  return end
}
