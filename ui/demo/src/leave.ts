import { html, type TemplateResult } from 'lit';
import { Dialog } from './dialog.ts';
import { explain, session } from './model/session.ts';
import { fill, t } from './strings/index.ts';

/** Deletes the account: says what that means, asks why, and wants the user name typed. */
class Leave extends Dialog {
  static override properties = { busy: { state: true }, problem: { state: true }, typed: { state: true } };
  declare busy: boolean;
  declare problem: string;
  declare typed: string;

  constructor() {
    super();
    this.busy = false;
    this.problem = this.typed = '';
    this.sticky = true;
  }

  protected override heading(): string {
    return t.deleteHeading;
  }

  protected override body(): TemplateResult {
    const reasons = [t.reasonUnused, t.reasonPrivacy, t.reasonOther, t.reasonTrouble];
    return html`<form @submit=${this.#onSubmit}>
      <div class="dialog-body stack">
        <p>${t.deleteBody}</p>
        <label class="labelled"><span>${t.deleteReason}</span>
          <select class="sb-input" name="reason" required autofocus><option value="">${t.choosePlease}</option>${reasons.map((r) => html`<option>${r}</option>`)}</select></label>
        <label class="labelled"><span>${t.deleteMore}</span><textarea class="sb-input" name="feedback" rows="3" maxlength="2000"></textarea></label>
        <label class="labelled"><span>${fill(t.deleteType, { id: session.id })}</span>
          <input class="sb-input" autocomplete="off" autocapitalize="none" spellcheck="false" .value=${this.typed} @input=${(e: InputEvent) => (this.typed = (e.target as HTMLInputElement).value)} /></label>
        <p class="field-problem" role="alert">${this.problem}</p>
      </div>
      <footer>
        <button type="button" class="sb-button plain" @click=${() => this.close()}>${t.cancel}</button>
        <button class="sb-button danger" ?disabled=${this.busy || this.typed.trim() !== session.id}>${t.deleteAccount}</button>
      </footer>
    </form>`;
  }

  #onSubmit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const given = new FormData(event.target as HTMLFormElement);
    this.busy = true;
    try {
      await session.deleteAccount(String(given.get('reason')), String(given.get('feedback')).trim() || undefined);
      this.close();
    } catch (error) {
      this.problem = explain(error);
    }
    this.busy = false;
  };
}

customElements.define('demo-leave', Leave);

export function openLeave(): void {
  void new Leave().open();
}
