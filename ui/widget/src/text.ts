/** A piece of a message: plain text or an address that may be followed. */
export interface Piece {
  text: string;
  href?: string;
}

const address = /\bhttps?:\/\/[^\s<>"]+/gi;

/** Finds http and https addresses; punctuation after one belongs to the sentence. */
export function pieces(text: string): Piece[] {
  const result: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(address)) {
    const trimmed = trim(match[0]);
    if (!URL.canParse(trimmed)) continue;
    if (match.index > end) result.push({ text: text.slice(end, match.index) });
    result.push({ text: trimmed, href: new URL(trimmed).href });
    end = match.index + trimmed.length;
  }
  if (end < text.length) result.push({ text: text.slice(end) });
  return result;
}

function trim(url: string): string {
  let end = url.length;
  while (/[.,;:!?'"\])}]/.test(url[end - 1] ?? '')) {
    if (url[end - 1] === ')' && url.slice(0, end).includes('(')) break;
    end--;
  }
  return url.slice(0, end);
}
