import { html, type TemplateResult } from 'lit';

const address = /https?:\/\/[^\s<>"']+/g;

/** A text with its web addresses as links. Lit escapes the rest. */
export function linked(text: string): (string | TemplateResult)[] {
  const parts: (string | TemplateResult)[] = [];
  let at = 0;
  for (const match of text.matchAll(address)) {
    // Punctuation at the end belongs to the sentence, and a bracket that was opened before the address too.
    const link = match[0].replace(/[.,;:!?…]+$/, '').replace(/\)+$/, (end) => (match[0].includes('(') ? end : ''));
    parts.push(text.slice(at, match.index), html`<a href=${link} target="_blank" rel="noopener noreferrer nofollow">${link}</a>`);
    at = match.index + link.length;
  }
  return [...parts, text.slice(at)];
}

/** Up to three pictographs and nothing else: shown large. */
export function onlyEmoji(text: string): boolean {
  return /^(\p{Extended_Pictographic}(️|\p{Emoji_Modifier}|‍\p{Extended_Pictographic})*\s*){1,3}$/u.test(text) && !/^\d/.test(text);
}
