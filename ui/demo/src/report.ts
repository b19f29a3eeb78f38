import { html, nothing, type TemplateResult } from 'lit';
import { Dialog } from './dialog.ts';
import { clock, dayName } from './format.ts';
import { draw } from './icons.ts';
import { mediaName } from './line.ts';
import type { Line } from './model/lines.ts';
import { people, type Person } from './model/people.ts';
import { explain, session } from './model/session.ts';
import { talk } from './model/talk.ts';
import { fill, t } from './strings/index.ts';
import { say } from './toast.ts';

/** As many messages as go with a report. */
const most = 5;

/** Reports a person to the administrators, with some of the person's messages. */
class Report extends Dialog {
  static override properties = { busy: { state: true }, problem: { state: true }, chosen: { state: true } };
  declare busy: boolean;
  declare problem: string;
  declare chosen: Set<string>;
  person!: Person;
  #block = false;

  constructor() {
    super();
    this.busy = false;
    this.problem = '';
    this.chosen = new Set();
    this.sticky = true;
  }

  protected override heading(): string {
    return fill(t.reportHeading, { name: this.person.name });
  }

  protected override body(): TemplateResult {
    const lines = talk.id === this.person.id ? talk.lines.filter((l) => !l.own).slice(-50).reverse() : [];
    return html`<form @submit=${this.#onSubmit}>
      <div class="dialog-body">
        <p>${fill(t.reportBody, { name: this.person.name })}</p>
        ${lines.length > 0 ? html`<fieldset class="pick"><legend>${fill(t.reportPick, { n: most })} <span class="count">${this.chosen.size}/${most}</span></legend>
          <div class="pick-list" tabindex="0">${lines.map((l) => this.#line(l))}</div></fieldset>` : html`<p class="soft">${t.reportNothing}</p>`}
        ${session.can('isBlockEnabled') && !people.blocked.has(this.person.id)
          ? html`<label class="tick"><input type="checkbox" @change=${(e: Event) => (this.#block = (e.target as HTMLInputElement).checked)} /><span>${fill(t.reportBlock, { name: this.person.name })}</span></label>` : nothing}
        <p class="field-problem" role="alert">${this.problem}</p>
      </div>
      <footer>
        <button type="button" class="sb-button plain" @click=${() => this.close()}>${t.cancel}</button>
        <button class="sb-button danger" ?disabled=${this.busy}>${t.reportSend}</button>
      </footer>
    </form>`;
  }

  #line(line: Line): TemplateResult {
    const on = this.chosen.has(line.id);
    return html`<label class="tick ${on ? 'on' : ''}">
      <input type="checkbox" .checked=${on} ?disabled=${!on && this.chosen.size >= most} @change=${() => this.#toggle(line.id)} />
      <span class="grow">${line.media ? html`${draw('clip', 14)} ${mediaName(line.media)} ${line.media.caption}` : line.text}</span>
      <time>${dayName(line.time)} ${clock(line.time)}</time>
    </label>`;
  }

  #toggle(id: string): void {
    const chosen = new Set(this.chosen);
    if (!chosen.delete(id)) chosen.add(id);
    this.chosen = chosen;
  }

  #onSubmit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    this.busy = true;
    try {
      const lines = talk.lines.filter((l) => this.chosen.has(l.id));
      await session.board.report(
        this.person.id,
        lines.map((l) => ({ id: l.id, text: l.media ? l.media.caption : l.text, type: l.media?.kind ?? 'text', file: l.media?.name, time: l.time, author: this.person.id })),
      );
      if (this.#block) await people.block(this.person.id, true);
      say(t.reported);
      this.close();
    } catch (error) {
      this.problem = explain(error);
    }
    this.busy = false;
  };
}

customElements.define('demo-report', Report);

export function openReport(person: Person, line?: Line): void {
  const dialog = new Report();
  dialog.person = person;
  if (line) dialog.chosen = new Set([line.id]);
  void dialog.open();
}
