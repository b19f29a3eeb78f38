import { html, nothing, type TemplateResult } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { repeat } from 'lit/directives/repeat.js';
import { avatar } from './avatar.ts';
import { confirm } from './dialog.ts';
import { dayName, lastSeen } from './format.ts';
import { draw } from './icons.ts';
import { lineView, place, type LineActions } from './line.ts';
import { openMenu, type MenuItem } from './menu.ts';
import { chats } from './model/chats.ts';
import type { Line } from './model/lines.ts';
import { people, type Person } from './model/people.ts';
import { session } from './model/session.ts';
import type { Store } from './model/store.ts';
import { talk } from './model/talk.ts';
import { transfers } from './model/transfers.ts';
import { openReport } from './report.ts';
import { route } from './route.ts';
import { fill, t } from './strings/index.ts';
import { say } from './toast.ts';
import { View } from './view.ts';

/** The conversation with one person. */
class ChatView extends View {
  static override properties = { away: { state: true }, dropping: { state: true } };
  /** Scrolled up, with so much room below that a way back helps. */
  declare away: boolean;
  declare dropping: boolean;
  #atEnd = true;
  #shown = '';
  #before = { height: 0, first: '' };

  constructor() {
    super();
    this.away = this.dropping = false;
  }

  protected override watches(): Store[] {
    return [session, talk, chats, people, transfers, route];
  }

  protected override render(): TemplateResult {
    if (!talk.id) return html`<div class="choose"><span class="mark quiet">${draw('chat', 28)}</span><p>${t.choose}</p><p class="keys"><kbd>Ctrl</kbd> <kbd>K</kbd> ${t.keySearch}</p></div>`;
    const person = people.get(talk.id);
    return html`${this.#head(person)}
      <div class="talk" @dragenter=${this.#onDrag} @dragover=${this.#onDrag} @dragleave=${this.#onLeave} @drop=${this.#onDrop}>
        ${keyed(talk.id, html`<div class="log" tabindex="0" role="log" aria-label=${fill(t.messagesWith, { name: person.name })} aria-live="polite" @scroll=${this.#onScroll}>
          ${this.#log(person)}
        </div>`)}
        ${this.away ? html`<button class="to-end" aria-label=${t.toEnd} title=${t.toEnd} @click=${() => this.#toEnd(true)}>${draw('arrowDown')}
          ${talk.missed > 0 ? html`<b class="unread">${talk.missed}</b>` : nothing}</button>` : nothing}
        ${this.dropping ? html`<div class="dropping">${draw('clip', 28)}<p>${t.dropHere}</p></div>` : nothing}
      </div>
      ${this.#foot(person)}`;
  }

  #head(person: Person): TemplateResult {
    const typing = chats.get(talk.id)?.typing;
    const up = session.connection === 'CONNECTED';
    return html`<header class="head">
      <a class="icon-button back" href="#" aria-label=${t.back}>${draw('chevronLeft', 24)}</a>
      <button class="who" title=${fill(t.aboutPerson, { name: person.name })} aria-expanded=${route.about} @click=${() => route.openAbout(!route.about)}>
        ${avatar(person, 42)}
        <span class="sb-hidden">${t.about}: </span><span class="grow"><span class="name">${person.gone ? t.deletedAccount : person.name}</span>
          <span class="state ${up && (person.online || typing) ? 'on' : ''}">${!up ? t.connecting : typing ? t.typing : presence(person)}</span></span>
      </button>
      <h1 class="sb-hidden">${person.name}</h1>
      <span class="sb-hidden" role="status">${typing ? fill(t.isTyping, { name: person.name }) : ''}</span>
      <button class="icon-button" aria-label=${t.chatMenu} title=${t.chatMenu} aria-haspopup="menu" @click=${this.#menu}>${draw('moreUp')}</button>
    </header>`;
  }

  #log(person: Person): TemplateResult {
    if (talk.loading && talk.lines.length === 0) return skeleton();
    if (talk.failed && talk.lines.length === 0)
      return html`<div class="note" role="alert"><p>${t.historyFailed}</p><button class="sb-button plain" @click=${() => talk.load()}>${t.retry}</button></div>`;
    return html`<div class="older">${talk.older ? html`<button class="link" ?disabled=${talk.loadingOlder} @click=${() => this.#older()}>${talk.loadingOlder ? t.loading : t.older}</button>` : nothing}</div>
      ${talk.lines.length === 0 && !talk.loading && !person.hidden ? html`<div class="note hello">${avatar(person, 72)}<p>${fill(t.empty, { name: person.name })}</p>
        <button class="sb-button plain" @click=${() => talk.send(t.hello)}>${t.hello}</button></div>` : nothing}
      ${repeat(days(talk.lines), (d) => d.key, (d) => html`<section class="day"><h2><span>${dayName(d.time)}</span></h2>
        ${repeat(d.lines, ([l]) => l.id, ([l, at]) => html`${talk.unreadFrom === l.id ? html`<p class="unread-mark"><span>${t.newMessages}</span></p>` : nothing}${lineView(l, place(talk.lines, at), this.#actions)}`)}
      </section>`)}
      ${chats.get(talk.id)?.typing ? html`<div class="msg first last"><span class="bubble dots sb-dots" role="img" aria-label=${t.typing}><i></i><i></i><i></i></span></div>` : nothing}`;
  }

  /** The composer, or why there is none. */
  #foot(person: Person): TemplateResult {
    if (person.gone) return html`<p class="no-composer">${t.goneNote}</p>`;
    if (person.barred) return html`<p class="no-composer">${t.barredNote}</p>`;
    if (people.blocked.has(person.id))
      return html`<p class="no-composer"><span>${fill(t.blockedNote, { name: person.name })}</span> <button class="link" @click=${() => people.block(person.id, false)}>${t.unblock}</button></p>`;
    if (person.hidden) return html`<p class="no-composer">${t.hiddenNote}</p>`;
    return html`<demo-composer></demo-composer>`;
  }

  #menu = (event: MouseEvent): void => {
    const person = people.get(talk.id);
    const blocked = people.blocked.has(person.id);
    const items: MenuItem[] = [{ icon: 'info', text: t.about, run: () => route.openAbout(true) }];
    if (session.can('isBlockEnabled')) items.push({ icon: 'ban', text: blocked ? t.unblock : t.block, danger: !blocked, run: () => void toggleBlock(person) });
    if (session.can('isReportEnabled')) items.push({ icon: 'flag', text: t.report, danger: true, run: () => openReport(person) });
    openMenu(event.currentTarget as HTMLElement, items);
  };

  #actions: LineActions = {
    menu: (line, anchor, point) => {
      const items: MenuItem[] = [];
      if (line.text || line.media?.caption) items.push({ icon: 'copy', text: t.copy, run: () => void copy(line.media?.caption || line.text) });
      if (line.media) items.push({ icon: 'download', text: t.save, run: () => void transfers.save(line) });
      if (line.state === 'failed') items.push({ icon: 'refresh', text: t.retry, run: () => talk.resend(line) });
      if (!line.own && session.can('isReportEnabled')) items.push({ icon: 'flag', text: t.reportMessage, danger: true, run: () => openReport(people.get(talk.id), line) });
      if (items.length > 0) openMenu(anchor, items, point);
    },
    resend: (line) => talk.resend(line),
  };

  // Keeping the place: at the end while new lines come, and on the same line while older ones come above it.
  protected override willUpdate(): void {
    const log = this.$('.log');
    if (log) this.#before = { height: log.scrollHeight - log.scrollTop, first: this.#first };
    if (talk.id !== this.#shown) {
      this.#shown = talk.id;
      this.#atEnd = true;
      this.away = false;
    }
    if (talk.toEnd) {
      talk.toEnd = false;
      this.#atEnd = true;
    }
  }

  #first = '';

  protected override updated(): void {
    const log = this.$('.log');
    if (!log) return;
    this.#first = talk.lines[0]?.id ?? '';
    if (this.#atEnd) log.scrollTop = log.scrollHeight;
    else if (this.#first !== this.#before.first) log.scrollTop = log.scrollHeight - this.#before.height;
    talk.looking = this.#atEnd;
  }

  #onScroll = (event: Event): void => {
    const log = event.currentTarget as HTMLElement;
    const below = log.scrollHeight - log.scrollTop - log.clientHeight;
    this.#atEnd = below < 60;
    this.away = below > 300;
    if (this.#atEnd) talk.seen();
    talk.looking = this.#atEnd;
    if (log.scrollTop < 400 && log.scrollHeight > log.clientHeight) void this.#older();
  };

  async #older(): Promise<void> {
    if (talk.older && !talk.loadingOlder && !talk.loading) await talk.loadOlder();
  }

  #toEnd(smooth: boolean): void {
    const log = this.$('.log')!;
    log.scrollTo({ top: log.scrollHeight, behavior: smooth && !matchMedia('(prefers-reduced-motion: reduce)').matches ? 'smooth' : 'instant' });
  }

  #onDrag = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes('Files') || !this.$('demo-composer')) return;
    event.preventDefault();
    this.dropping = true;
  };

  #onLeave = (event: DragEvent): void => {
    if (!(event.currentTarget as HTMLElement).contains(event.relatedTarget as Node | null)) this.dropping = false;
  };

  #onDrop = (event: DragEvent): void => {
    if (!this.dropping) return;
    event.preventDefault();
    this.dropping = false;
    const files = [...(event.dataTransfer?.files ?? [])];
    this.$('demo-composer')?.dispatchEvent(new CustomEvent('files', { detail: files }));
  };
}

/** Online, or when last seen, as far as one may know. */
export function presence(person: Person): string {
  if (person.gone || person.barred || person.hidden || people.blocked.has(person.id)) return '';
  if (person.online) return t.online;
  return person.seen ? lastSeen(person.seen) : t.offline;
}

export async function toggleBlock(person: Person): Promise<void> {
  const blocked = people.blocked.has(person.id);
  const heading = fill(t.blockHeading, { name: person.name });
  if (!blocked && !(await confirm({ heading, body: t.blockBody, yes: t.block, danger: true }))) return;
  await people.block(person.id, !blocked);
}

async function copy(text: string): Promise<void> {
  await navigator.clipboard?.writeText(text).then(
    () => say(t.copied),
    () => undefined,
  );
}

function days(lines: Line[]): { key: string; time: Date; lines: [Line, number][] }[] {
  const all: { key: string; time: Date; lines: [Line, number][] }[] = [];
  lines.forEach((line, at) => {
    const key = line.time.toDateString();
    if (all.at(-1)?.key !== key) all.push({ key, time: line.time, lines: [] });
    all.at(-1)!.lines.push([line, at]);
  });
  return all;
}

function skeleton(): TemplateResult {
  return html`<div class="bones-log" aria-busy="true" aria-label=${t.loading}>${[50, 35, 60, 40, 55].map(
    (w, i) => html`<div class="msg first last ${i % 2 ? 'own' : ''}"><span class="bone" style="width:${w}%"></span></div>`,
  )}</div>`;
}

customElements.define('demo-chat', ChatView);
