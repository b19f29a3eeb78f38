import { Store } from './model/store.ts';
import { html, nothing, type TemplateResult } from 'lit';
import { View } from './view.ts';

class Toasts extends Store {
  text = '';
  bad = false;
  #timer?: ReturnType<typeof setTimeout>;

  show(text: string, bad = false): void {
    Object.assign(this, { text, bad });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.text = '';
      this.changed();
    }, bad ? 8000 : 4000);
    this.changed();
  }
}

const toasts = new Toasts();

/** Says in passing what has happened. */
export const say = (text: string): void => toasts.show(text);
/** Says in passing what went wrong. */
export const complain = (text: string): void => toasts.show(text, true);

class ToastView extends View {
  protected override watches(): Store[] {
    return [toasts];
  }

  // A modal dialog makes the rest of the page inert and covers it: what is said meanwhile goes into the top layer, too.
  override updated(): void {
    const box = this.$<HTMLElement>('.toast');
    if (box && !box.matches(':popover-open')) box.showPopover();
  }

  protected override render(): TemplateResult {
    return html`<div role="status" aria-live="polite">
      ${toasts.text ? html`<p class="toast ${toasts.bad ? 'bad' : ''}" popover="manual">${toasts.text}</p>` : nothing}
    </div>`;
  }
}

customElements.define('demo-toast', ToastView);
