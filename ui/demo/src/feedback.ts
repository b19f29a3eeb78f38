import { html, type TemplateResult } from 'lit';
import { Dialog } from './dialog.ts';
import { explain, session } from './model/session.ts';
import { t } from './strings/index.ts';
import { say } from './toast.ts';

/** Tells the people who run the service something. */
class Feedback extends Dialog {
  static override properties = { busy: { state: true }, problem: { state: true } };
  declare busy: boolean;
  declare problem: string;

  constructor() {
    super();
    this.busy = false;
    this.problem = '';
    this.sticky = true;
  }

  protected override heading(): string {
    return t.feedback;
  }

  protected override body(): TemplateResult {
    return html`<form @submit=${this.#onSubmit}>
      <div class="dialog-body stack">
        <label class="labelled"><span>${t.feedbackTitle}</span><input class="sb-input" name="title" required maxlength="120" autofocus /></label>
        <label class="labelled"><span>${t.feedbackText}</span><textarea class="sb-input" name="text" required rows="5" maxlength="4000"></textarea></label>
        <p class="field-problem" role="alert">${this.problem}</p>
      </div>
      <footer>
        <button type="button" class="sb-button plain" @click=${() => this.close()}>${t.cancel}</button>
        <button class="sb-button" ?disabled=${this.busy}>${t.send}</button>
      </footer>
    </form>`;
  }

  #onSubmit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const given = new FormData(event.target as HTMLFormElement);
    this.busy = true;
    try {
      await session.board.feedback(String(given.get('title')).trim(), String(given.get('text')).trim());
      say(t.feedbackThanks);
      this.close();
    } catch (error) {
      this.problem = explain(error);
    }
    this.busy = false;
  };
}

customElements.define('demo-feedback', Feedback);

export function openFeedback(): void {
  void new Feedback().open();
}
