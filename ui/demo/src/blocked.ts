import { html, type TemplateResult } from 'lit';
import { avatar } from './avatar.ts';
import { skeleton } from './devices.ts';
import { draw } from './icons.ts';
import { people } from './model/people.ts';
import type { Store } from './model/store.ts';
import { pageHead } from './pages.ts';
import { fill, t } from './strings/index.ts';
import { View } from './view.ts';

/** Whom one has blocked. */
class BlockedPage extends View {
  protected override watches(): Store[] {
    return [people];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void people.loadBlocked();
  }

  protected override render(): TemplateResult {
    const all = [...people.blocked].map((id) => people.get(id));
    return html`${pageHead(t.blockedPeople)}
      <div class="page-body">
        <p class="soft">${t.blockedIntro}</p>
        ${people.blockedKnown ? this.#list(all) : skeleton()}
      </div>`;
  }

  #list(all: ReturnType<typeof people.get>[]): TemplateResult {
    if (all.length === 0) return html`<div class="nobody"><span class="mark quiet">${draw('ban', 26)}</span><p>${t.nobodyBlocked}</p></div>`;
    return html`<ul class="plain-list">${all.map(
      (p) => html`<li class="device">${avatar(p, 44)}<span class="grow"><strong>${p.name}</strong><small>@${p.id}</small></span>
        <button class="sb-button plain small" aria-label=${fill(t.unblockPerson, { name: p.name })} @click=${() => people.block(p.id, false)}>${t.unblock}</button></li>`,
    )}</ul>`;
  }
}

customElements.define('demo-blocked', BlockedPage);
