import { html, nothing, type TemplateResult } from 'lit';
import { identifier } from './format.ts';
import { draw } from './icons.ts';
import './qrlogin.ts';
import { session, type Ended } from './model/session.ts';
import type { Store } from './model/store.ts';
import { route } from './route.ts';
import { fill, t } from './strings/index.ts';
import { View } from './view.ts';

/** The way in: by a name while the server is in trial mode, or by another device. */
class Login extends View {
  static override properties = { name: { state: true }, way: { state: true } };
  declare name: string;
  declare way: 'name' | 'qr';

  constructor() {
    super();
    this.name = new URLSearchParams(location.search).get('as') ?? '';
    this.way = 'name';
  }

  protected override watches(): Store[] {
    return [session, route];
  }

  protected override render(): TemplateResult {
    return html`<main class="welcome">
      <div class="welcome-card">
        <span class="mark">${draw('chat', 26)}</span>
        <h1>${t.loginHeading}</h1>
        ${session.ended ? html`<div class="ended ${session.ended === 'self-deleted' ? 'calm' : ''}" role="alert">${draw('info', 18)}<p><strong>${t.endedHeading}</strong><br />${why(session.ended)}</p></div>` : nothing}
        ${route.page === 'approve' ? html`<p class="caution">${draw('qr', 16)}<span>${t.approveFirst}</span></p>` : nothing}
        <div class="segments" role="tablist">
          ${this.#tab('name', t.byName)}${this.#tab('qr', t.byQr)}
        </div>
        <div id="way" role="tabpanel" aria-labelledby="way-${this.way}">${this.way === 'name' ? this.#byName() : html`<demo-qr-login></demo-qr-login>`}</div>
      </div>
    </main>`;
  }

  #tab(way: 'name' | 'qr', text: string): TemplateResult {
    const on = this.way === way;
    return html`<button type="button" role="tab" id="way-${way}" aria-selected=${on} aria-controls="way" tabindex=${on ? 0 : -1}
      @click=${() => (this.way = way)} @keydown=${this.#onTabKey}><span>${draw(way === 'name' ? 'user' : 'qr', 16)}${text}</span></button>`;
  }

  #onTabKey = async (event: KeyboardEvent): Promise<void> => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    this.way = this.way === 'name' ? 'qr' : 'name';
    await this.updateComplete;
    this.$(`#way-${this.way}`)?.focus();
  };

  #byName(): TemplateResult {
    const { problem, phase } = session;
    const id = identifier(this.name);
    return html`<form class="stack" @submit=${this.#signIn}>
      <p class="soft">${t.intro}</p>
      <label class="labelled"><span>${t.name}</span>
        <input id="name" class="sb-input big" autocomplete="nickname" maxlength="40" autofocus required spellcheck="false" .value=${this.name}
          @input=${(e: InputEvent) => (this.name = (e.target as HTMLInputElement).value)} aria-describedby="known" /></label>
      <p id="known" class="hint">${id && id !== this.name ? fill(t.known, { id }) : t.nameHint}</p>
      ${problem ? html`<p class="problem" role="alert">${problem}</p>` : nothing}
      <button class="sb-button wide big" ?disabled=${phase === 'entering' || !id}>${phase === 'entering' ? t.starting : t.start}</button>
      <p class="caution">${draw('alert', 16)}<span>${t.trial}</span></p>
    </form>`;
  }

  #signIn = (event: SubmitEvent): void => {
    event.preventDefault();
    void session.signIn(identifier(this.name));
  };
}

function why(ended: Ended): string {
  const reasons: Record<Ended, string> = {
    'device-replaced': t.endedReplaced,
    'device-revoked': t.endedRevoked,
    'account-blocked': t.endedBlocked,
    'account-deleted': t.endedDeleted,
    'password-changed': t.endedPassword,
    conflict: t.endedConflict,
    expired: t.endedExpired,
    'self-deleted': t.endedSelf,
  };
  return reasons[ended];
}

customElements.define('demo-login', Login);
