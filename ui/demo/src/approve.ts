import { html, nothing, type TemplateResult } from 'lit';
import type { DeviceAsk } from '@switchboard/sdk';
import './scan.ts';
import { clock, exact } from './format.ts';
import { draw } from './icons.ts';
import { explain, session } from './model/session.ts';
import { pageHead } from './pages.ts';
import { fact } from './about.ts';
import { route } from './route.ts';
import { t } from './strings/index.ts';
import { View } from './view.ts';

/** The code in a scanned or pasted text: a link with `user_code`, a link to this page, or the code itself. */
export function codeIn(text: string): string {
  const link = /[?&#](?:user_code|code|approve)=([^&#\s]+)/i.exec(text)?.[1];
  const bare = /^\s*([a-z0-9]{4}-?[a-z0-9]{4,5})\s*$/i.exec(text)?.[1];
  return decodeURIComponent(link ?? bare ?? '').toUpperCase();
}

/** The phone's side of a QR log-in: read the code, see who asks, answer. */
class ApprovePage extends View {
  static override properties = { ask: { state: true }, scanning: { state: true }, busy: { state: true }, problem: { state: true }, done: { state: true } };
  declare ask?: DeviceAsk;
  declare scanning: boolean;
  declare busy: boolean;
  declare problem: string;
  declare done: '' | 'approved' | 'refused';

  constructor() {
    super();
    this.scanning = this.busy = false;
    this.problem = this.done = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (route.code) void this.#look(codeIn(route.code) || route.code);
  }

  protected override render(): TemplateResult {
    return html`${pageHead(t.linkDevice)}<div class="page-body">${this.done ? this.#end() : this.ask ? this.#who(this.ask) : this.#code()}</div>`;
  }

  #code(): TemplateResult {
    return html`<p class="soft">${t.linkIntro}</p>
      ${this.scanning
        ? html`<demo-scan @code=${(e: CustomEvent<string>) => codeIn(e.detail) && this.#look(codeIn(e.detail))}></demo-scan>
            <button class="sb-button plain wide" @click=${() => (this.scanning = false)}>${t.stopCamera}</button>`
        : html`<button class="sb-button wide" @click=${() => (this.scanning = true)}>${draw('camera', 18)}${t.scan}</button>`}
      <p class="or"><span>${t.or}</span></p>
      <form class="stack" @submit=${this.#onSubmit}>
        <label class="labelled"><span>${t.codeOrLink}</span>
          <input class="sb-input" name="code" autocomplete="off" autocapitalize="characters" spellcheck="false" placeholder="ABCD-EFGH" required aria-describedby="code-problem" /></label>
        <p id="code-problem" class="field-problem" role="alert">${this.problem}</p>
        <button class="sb-button plain wide" ?disabled=${this.busy}>${t.goOn}</button>
      </form>`;
  }

  #who(ask: DeviceAsk): TemplateResult {
    const asked = new Date(ask.requested);
    return html`<div class="portrait"><span class="mark quiet">${draw(/android|ios|iphone/i.test(ask.platform) ? 'phone' : 'laptop', 30)}</span><h3>${t.askHeading}</h3><p>${t.askBody}</p></div>
      <dl class="facts">
        ${fact('globe', t.browser, ask.browser || t.unknown)}
        ${fact('laptop', t.platform, ask.platform || t.unknown)}
        ${fact('wifi', t.address, [ask.address, ask.place].filter(Boolean).join(' · ') || t.unknown)}
        ${Number.isNaN(+asked) ? nothing : fact('clock', t.askedAt, html`<time title=${exact(asked)}>${clock(asked)}</time>`)}
        ${fact('key', t.code, ask.userCode)}
      </dl>
      <p class="caution">${draw('alert', 16)}<span>${t.askCaution}</span></p>
      <p class="field-problem" role="alert">${this.problem}</p>
      <div class="pair">
        <button class="sb-button plain" ?disabled=${this.busy} @click=${() => this.#answer(ask, false)}>${t.refuse}</button>
        <button class="sb-button" ?disabled=${this.busy} @click=${() => this.#answer(ask, true)}>${t.approve}</button>
      </div>`;
  }

  #end(): TemplateResult {
    const yes = this.done === 'approved';
    return html`<div class="portrait" role="status"><span class="mark ${yes ? 'good' : 'quiet'}">${draw(yes ? 'check' : 'ban', 30)}</span>
        <h3>${yes ? t.approved : t.refusedDevice}</h3><p>${yes ? t.approvedBody : t.refusedBody}</p></div>
      <a class="sb-button plain wide" href="#devices">${t.devices}</a>`;
  }

  #onSubmit = (event: SubmitEvent): void => {
    event.preventDefault();
    const text = String(new FormData(event.target as HTMLFormElement).get('code'));
    void this.#look(codeIn(text) || text.trim());
  };

  async #look(code: string): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.problem = '';
    try {
      this.ask = await session.board.qr.request(code);
      this.scanning = false;
    } catch (error) {
      this.problem = explain(error);
    }
    this.busy = false;
  }

  async #answer(ask: DeviceAsk, approve: boolean): Promise<void> {
    this.busy = true;
    try {
      await (approve ? session.board.qr.approve(ask.userCode) : session.board.qr.refuse(ask.userCode));
      this.done = approve ? 'approved' : 'refused';
    } catch (error) {
      this.problem = explain(error);
    }
    this.busy = false;
  }
}

customElements.define('demo-approve', ApprovePage);
