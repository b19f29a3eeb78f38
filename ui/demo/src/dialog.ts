import { html, nothing, type TemplateResult } from 'lit';
import { draw } from './icons.ts';
import { t } from './strings/index.ts';
import { View } from './view.ts';

/** A modal dialog over the page. The browser's own <dialog> keeps the focus in and hears Esc. */
export abstract class Dialog extends View {
  protected abstract heading(): string;
  protected abstract body(): TemplateResult;

  /** Something of the user's would be lost: a click beside the dialog does not close it. */
  protected sticky = false;

  /** Shows the dialog; resolves when it is closed. */
  open(): Promise<void> {
    document.body.append(this);
    return new Promise((resolve) => this.addEventListener('closed', () => resolve(), { once: true }));
  }

  close(): void {
    this.$<HTMLDialogElement>('dialog')?.close();
  }

  protected override firstUpdated(): void {
    const dialog = this.$<HTMLDialogElement>('dialog')!;
    dialog.showModal();
    this.$<HTMLElement>('[autofocus]')?.focus();
  }

  protected override render(): TemplateResult {
    return html`<dialog class="dialog" aria-labelledby="dialog-heading" @close=${this.#onClose} @pointerdown=${this.#onPointer}>
      <header>
        <h2 id="dialog-heading">${this.heading()}</h2>
        <button type="button" class="icon-button" aria-label=${t.close} @click=${() => this.close()}>${draw('close')}</button>
      </header>
      ${this.body()}
    </dialog>`;
  }

  #onClose = (): void => {
    this.remove();
    this.dispatchEvent(new Event('closed'));
  };

  #onPointer = (event: PointerEvent): void => {
    if (!this.sticky && event.target === this.$('dialog')) this.close();
  };
}

class Confirm extends Dialog {
  text = { heading: '', body: '', yes: '', danger: false };
  agreed = false;

  protected override heading(): string {
    return this.text.heading;
  }

  protected override body(): TemplateResult {
    const { body, yes, danger } = this.text;
    return html`<div class="dialog-body"><p>${body}</p></div>
      <footer>
        <button class="sb-button plain" @click=${() => this.close()}>${t.cancel}</button>
        <button class="sb-button ${danger ? 'danger' : nothing}" autofocus
          @click=${() => {
            this.agreed = true;
            this.close();
          }}>${yes}</button>
      </footer>`;
  }
}

customElements.define('demo-confirm', Confirm);

/** Asks before something is done. */
export async function confirm(text: { heading: string; body: string; yes: string; danger?: boolean }): Promise<boolean> {
  const dialog = new Confirm();
  dialog.text = { danger: false, ...text };
  await dialog.open();
  return dialog.agreed;
}
