import { html, nothing, type TemplateResult } from 'lit';
import { draw } from './icons.ts';
import { session } from './model/session.ts';
import type { Store } from './model/store.ts';
import { t } from './strings/index.ts';
import { View } from './view.ts';

/** One line over the list while there is no connection; a short break shows nothing. */
class Banner extends View {
  static override properties = { late: { state: true } };
  declare late: boolean;
  #timer?: ReturnType<typeof setTimeout>;

  constructor() {
    super();
    this.late = false;
  }

  protected override watches(): Store[] {
    return [session];
  }

  protected override willUpdate(): void {
    const up = session.connection === 'CONNECTED';
    if (up) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.late = false;
    } else {
      this.#timer ??= setTimeout(() => (this.late = true), 1200);
    }
  }

  protected override render(): TemplateResult {
    return html`<div role="status">${this.late ? this.#line() : nothing}</div>`;
  }

  #line(): TemplateResult {
    const elsewhere = session.connection === 'DISCONNECTED';
    return html`<p class="banner">
      ${draw(elsewhere ? 'device' : 'wifiOff', 16)}
      <span>${elsewhere ? t.elsewhere : session.connection === 'CONNECTING' ? t.connecting : t.lost}</span>
      <button class="link" @click=${() => session.reconnect()}>${elsewhere ? t.useHere : t.tryNow}</button>
    </p>`;
  }
}

customElements.define('demo-banner', Banner);
