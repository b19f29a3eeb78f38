import { html, nothing, type TemplateResult } from 'lit';
import { exact } from './format.ts';
import { draw } from './icons.ts';
import { people } from './model/people.ts';
import { talk } from './model/talk.ts';
import type { Line } from './model/lines.ts';
import type { Store } from './model/store.ts';
import { transfers } from './model/transfers.ts';
import { t } from './strings/index.ts';
import { Dialog } from './dialog.ts';

/** Pictures of a chat, one at a time, over everything. */
class Lightbox extends Dialog {
  static override properties = { line: { state: true } };
  declare line: Line;

  protected override watches(): Store[] {
    return [talk, transfers];
  }

  protected override heading(): string {
    return this.line.media!.name;
  }

  protected override body(): TemplateResult {
    return html``;
  }

  protected override render(): TemplateResult {
    const { line } = this;
    const media = line.media!;
    const all = talk.lines.filter((l) => l.media?.kind === 'image');
    const at = all.findIndex((l) => l.id === line.id);
    const transfer = transfers.of(line);
    if (transfer.state === 'idle' && !transfer.url) transfers.show(line);
    return html`<dialog class="lightbox" aria-label=${media.caption || media.name} @close=${() => this.remove()} @keydown=${(e: KeyboardEvent) => this.#onKey(e, all, at)}
      @click=${(e: MouseEvent) => (e.target as HTMLElement).matches('dialog, .stage') && this.close()}>
      <header>
        <span class="grow"><strong>${line.own ? t.you : people.get(talk.id).name}</strong><small>${exact(line.time)}</small></span>
        <button class="icon-button" aria-label=${t.save} title=${t.save} @click=${() => transfers.save(line)}>${draw('download')}</button>
        <button class="icon-button" aria-label=${t.close} title=${t.close} autofocus @click=${() => this.close()}>${draw('close')}</button>
      </header>
      <div class="stage">
        ${transfer.url ? html`<img src=${transfer.url} alt=${media.caption || media.name} />` : media.thumb ? html`<img class="blurred" src=${media.thumb} alt="" />` : nothing}
        ${at > 0 ? html`<button class="icon-button turn before" aria-label=${t.previous} @click=${() => (this.line = all[at - 1]!)}>${draw('chevronLeft', 28)}</button>` : nothing}
        ${at < all.length - 1 ? html`<button class="icon-button turn after" aria-label=${t.next} @click=${() => (this.line = all[at + 1]!)}>${draw('chevronRight', 28)}</button>` : nothing}
      </div>
      ${media.caption ? html`<p class="caption">${media.caption}</p>` : nothing}
    </dialog>`;
  }

  #onKey(event: KeyboardEvent, all: Line[], at: number): void {
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1 }[event.key];
    if (to !== undefined && all[to]) this.line = all[to];
  }
}

customElements.define('demo-lightbox', Lightbox);

export function openLightbox(line: Line): void {
  const box = new Lightbox();
  box.line = line;
  void box.open();
}
