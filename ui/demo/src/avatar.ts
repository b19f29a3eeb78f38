import { html, nothing, type TemplateResult } from 'lit';
import { hue, initials } from './format.ts';
import type { Person } from './model/people.ts';

/** A person's picture, or the letters of the name on a colour of the person's own. The letters are an ornament: the style sheet draws them. */
export function avatar(person: Person, size = 40, presence = false): TemplateResult {
  const picture = person.thumb || person.image;
  return html`<span class="avatar" style="--size:${size}px;--hue:${hue(person.id)}" aria-hidden="true">
    ${picture ? html`<img src=${picture} alt="" loading="lazy" decoding="async" @error=${hide} />` : nothing}
    <span data-letters=${person.gone ? '' : initials(person.name)}></span>
    ${presence && person.online ? html`<i class="presence"></i>` : nothing}
  </span>`;
}

// A picture that does not load uncovers the letters.
function hide(event: Event): void {
  (event.target as HTMLElement).hidden = true;
}
