import { html, nothing, type TemplateResult } from 'lit';
import type { QrLogin, SwitchboardError } from '@switchboard/sdk';
import logo from './icon.svg';
import { draw } from './icons.ts';
import { explain, newBoard, session } from './model/session.ts';
import { fill, t } from './strings/index.ts';
import { say } from './toast.ts';
import { View } from './view.ts';

/** Shows a code; whoever is signed in on another device scans it and lets this page in. */
class QrLoginView extends View {
  static override properties = { code: { state: true }, link: { state: true }, problem: { state: true } };
  declare code: string;
  declare link: string;
  declare problem: string;
  #login?: QrLogin;

  constructor() {
    super();
    this.code = this.link = this.problem = '';
  }

  protected override firstUpdated(): void {
    this.#start();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.#start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#login?.cancel();
  }

  protected override render(): TemplateResult {
    return html`<div class="qr">
      <div class="qr-code ${this.problem ? 'spent' : ''}">
        <canvas role="img" aria-label=${t.qrCode} width="220" height="220"></canvas>
        ${!this.code && !this.problem ? html`<span class="bone"></span>` : nothing}
        ${this.problem ? html`<button class="sb-button" @click=${this.#start}>${draw('refresh', 18)}${t.qrNew}</button>` : nothing}
      </div>
      <p class="qr-state ${this.problem ? 'bad' : ''}" role="status">${this.problem || (this.code ? t.qrWaiting : t.loading)}</p>
      <ol class="steps"><li>${t.qrStep1}</li><li>${t.qrStep2}</li><li>${t.qrStep3}</li></ol>
      ${this.code ? html`<p class="qr-text"><span class="soft">${t.qrOrCode}</span> <code>${this.code}</code>
        <button class="icon-button small" aria-label=${t.qrCopy} title=${t.qrCopy} @click=${this.#copy}>${draw('copy', 16)}</button></p>` : nothing}
    </div>`;
  }

  #start = (): void => {
    this.#login?.cancel();
    this.problem = this.code = '';
    const login = (this.#login = newBoard().qr.start({
      element: this.$('canvas'),
      logo: Object.assign(new Image(96, 96), { src: logo }),
      size: 220,
      onCode: ({ text, userCode }) => {
        this.code = userCode;
        this.link = text;
      },
    }));
    login.credentials.then(
      (credentials) => void session.enter(credentials),
      (error: SwitchboardError) => {
        if (error.code === 'cancelled' || login !== this.#login) return;
        this.problem = error.status === 403 ? t.qrRefused : fill(t.qrFailed, { why: explain(error) });
      },
    );
  };

  #copy = async (): Promise<void> => {
    await navigator.clipboard?.writeText(this.link);
    say(t.copied);
  };
}

customElements.define('demo-qr-login', QrLoginView);
