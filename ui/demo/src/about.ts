import { html, nothing, type TemplateResult } from 'lit';
import { avatar } from './avatar.ts';
import { presence, toggleBlock } from './chat.ts';
import { exact } from './format.ts';
import { draw, type Icon } from './icons.ts';
import { openLightbox } from './lightbox.ts';
import { people } from './model/people.ts';
import { session } from './model/session.ts';
import type { Store } from './model/store.ts';
import { talk } from './model/talk.ts';
import { transfers } from './model/transfers.ts';
import { openReport } from './report.ts';
import { route } from './route.ts';
import { t } from './strings/index.ts';
import { View } from './view.ts';

/** What one may know about the other, and what one can do. */
class About extends View {
  protected override watches(): Store[] {
    return [people, talk, transfers, session];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void people.load(talk.id);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (document.activeElement === document.body) document.querySelector<HTMLElement>('.head .who')?.focus();
  }

  protected override firstUpdated(): void {
    this.$('button')?.focus();
  }

  protected override render(): TemplateResult {
    const person = people.get(talk.id);
    const blocked = people.blocked.has(person.id);
    const pictures = talk.lines.filter((l) => l.media?.kind === 'image').slice(-9).reverse();
    return html`<aside class="about" aria-label=${t.about} @keydown=${(e: KeyboardEvent) => e.key === 'Escape' && this.#close(e)}>
      <header class="page-head"><button class="icon-button" aria-label=${t.close} @click=${() => route.openAbout(false)}>${draw('close')}</button><h2>${t.about}</h2></header>
      <div class="page-body">
        <div class="portrait">${avatar(person, 112)}<h3>${person.gone ? t.deletedAccount : person.name}</h3>
          <p class=${person.online ? 'on' : ''} title=${person.seen ? exact(person.seen) : nothing}>${presence(person)}</p></div>
        <dl class="facts">
          ${person.status ? fact('quote', t.status, person.status) : nothing}
          ${fact('at', t.userName, person.id)}
          ${person.mobile ? fact('call', t.mobile, html`<a href="tel:${person.mobile}">${person.mobile}</a>`) : nothing}
          ${person.email ? fact('mail', t.email, html`<a href="mailto:${person.email}">${person.email}</a>`) : nothing}
        </dl>
        ${pictures.length > 0 ? html`<h4>${t.pictures}</h4><div class="grid">${pictures.map((l) => {
          const { url } = transfers.of(l);
          return html`<button aria-label=${l.media!.caption || l.media!.name} @click=${() => openLightbox(l)}>${url || l.media!.thumb ? html`<img src=${url || l.media!.thumb!} alt="" />` : nothing}</button>`;
        })}</div>` : nothing}
        <div class="deeds">
          ${session.can('isBlockEnabled') && !person.gone ? html`<button class="deed danger" @click=${() => toggleBlock(person)}>${draw('ban')}<span>${blocked ? t.unblock : t.block}</span></button>` : nothing}
          ${session.can('isReportEnabled') && !person.gone ? html`<button class="deed danger" @click=${() => openReport(person)}>${draw('flag')}<span>${t.report}</span></button>` : nothing}
        </div>
      </div>
    </aside>`;
  }

  #close(event: Event): void {
    event.stopPropagation();
    route.openAbout(false);
  }
}

export function fact(icon: Icon, name: string, value: string | TemplateResult): TemplateResult {
  return html`<div class="fact"><dt>${name}</dt><dd>${draw(icon)}${value}</dd></div>`;
}

customElements.define('demo-about', About);
