import { icon, type IconName } from '@switchboard/theme/icons';
import { html, LitElement, nothing, unsafeCSS, type TemplateResult } from 'lit';
import { unsafeHTML } from 'lit/directives/unsafe-html.js';
import type { Config } from './api.ts';
import type { PanelHandle, PanelOptions } from './contract.ts';
import { fill } from './language.ts';
import { panel as cs } from './messages/cs.ts';
import { panel as de } from './messages/de.ts';
import { panel as en, type PanelStrings } from './messages/en.ts';
import dots from '@switchboard/theme/dots.css';
import style from './panel.css';
import { Talk, type Line, type TalkState } from './talk.ts';
import { pieces } from './text.ts';

const strings = { en, cs, de };

/** Lines of one author closer than this stand together. */
const together = 5 * 60_000;

class Panel extends LitElement {
  static override styles = [unsafeCSS(dots), unsafeCSS(style)];
  static override properties = {
    talkState: { state: true },
    config: { state: true },
    menu: { state: true },
    asking: { state: true },
    stars: { state: true },
    draft: { state: true },
    emailWrong: { state: true },
  };

  declare talkState: TalkState;
  declare config?: Config;
  declare menu: boolean;
  declare asking: boolean;
  declare stars: number;
  declare draft: string;
  declare emailWrong: boolean;
  options!: PanelOptions;
  talk!: Talk;
  shown = false;
  #atEnd = true;
  #focused = false;

  constructor() {
    super();
    this.menu = this.asking = this.emailWrong = false;
    this.stars = 0;
    this.draft = '';
  }

  start(options: PanelOptions): void {
    this.options = options;
    this.config = options.config;
    this.talk = new Talk({
      ...options,
      changed: (state) => {
        const before = this.talkState;
        this.talkState = state;
        if (before?.unread !== state.unread) options.unread(state.unread);
        if (state.lines.at(-1)?.own && state.lines.length > before?.lines.length) this.#atEnd = true;
      },
      visible: () => this.shown && document.visibilityState === 'visible',
    });
    this.talkState = this.talk.state;
    this.addEventListener('keydown', this.#onKey);
    document.addEventListener('visibilitychange', this.#onVisible);
    addEventListener('focus', this.#onVisible);
    void this.talk.resume();
  }

  #onVisible = (): void => {
    if (document.visibilityState !== 'visible') return;
    if (this.talkState.connection === 'elsewhere' && document.hasFocus()) this.talk.reconnect();
    if (this.shown) this.talk.seen();
  };

  show(focus: boolean): void {
    this.shown = true;
    this.#atEnd = true;
    this.talk.seen();
    void this.updateComplete.then(() => {
      this.#scroll();
      if (focus) this.#focusFirst();
    });
  }

  hide(): void {
    this.shown = false;
    this.menu = this.asking = false;
  }

  get #t(): PanelStrings {
    return strings[this.options.language];
  }

  /** The visitor's own variant of the widget's language: `en` read in Britain shows 24 hours. */
  get #locale(): string {
    const { language } = this.options;
    return navigator.languages.find((l) => l.toLowerCase().startsWith(language)) ?? language;
  }

  protected override willUpdate(): void {
    this.#focused = !!(this.renderRoot as ShadowRoot | undefined)?.activeElement;
  }

  override updated(): void {
    this.#scroll();
    // What had the focus may be gone with its part: do not drop the keyboard out of the panel.
    if (this.#focused && this.shown && !(this.renderRoot as ShadowRoot).activeElement) this.#focusFirst();
    const area = this.renderRoot.querySelector<HTMLTextAreaElement>('.composer textarea');
    if (area) {
      area.style.height = 'auto';
      area.style.height = `${Math.min(area.scrollHeight + 2, 128)}px`;
    }
  }

  #scroll(): void {
    const log = this.renderRoot.querySelector('.log');
    if (log && this.#atEnd) log.scrollTop = log.scrollHeight;
  }

  #focusFirst(): void {
    (this.renderRoot.querySelector<HTMLElement>('textarea') ?? this.renderRoot.querySelector<HTMLElement>('button'))?.focus({ preventScroll: true });
  }

  #onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      if (this.menu || this.asking) {
        this.menu = this.asking = false;
        return;
      }
      this.options.close();
    }
    if (event.key === 'Tab') this.#trap(event);
  };

  /** Tab stays in the panel while it is open. */
  #trap(event: KeyboardEvent): void {
    const stops = [...this.renderRoot.querySelectorAll<HTMLElement>('button, textarea, input, a[href], summary')].filter(
      (el) => !el.hasAttribute('disabled') && el.checkVisibility(),
    );
    const active = (this.renderRoot as ShadowRoot).activeElement;
    const [first, last] = [stops[0], stops.at(-1)];
    if (event.shiftKey && (active === first || !active)) {
      event.preventDefault();
      last?.focus();
    } else if (!event.shiftKey && active === last) {
      event.preventDefault();
      first?.focus();
    }
  }

  protected override render(): TemplateResult {
    const s = this.talkState;
    const greeting = s.phase === 'greeting' && !s.opening && !s.failure;
    if (greeting) return html`${this.#top()}${this.#greeting()}`;
    if (s.phase === 'error') return html`${this.#bar()}${this.#problem()}`;
    if (s.phase === 'loading') return html`${this.#bar()}${this.#bones()}`;
    return html`${this.#bar()}${this.#banner()}${this.#log()}${this.#foot()}`;
  }

  #top(): TemplateResult {
    const t = this.#t;
    const state = this.config?.state ?? 0;
    return html`<header class="top">
      <div class="row"><span>${this.config?.companyName ?? ''}</span>${this.#closeButton()}</div>
      <h1>${this.config?.greeting || t.hello}</h1>
      <p class="status" role="status">
        <span class="dot ${['', 'online', 'busy'][state]}"></span>${[t.away, t.online, t.busy][state]}
      </p>
    </header>`;
  }

  #greeting(): TemplateResult {
    const t = this.#t;
    const state = this.config?.state ?? 0;
    const away = state === 0;
    return html`<form class="greeting" @submit=${this.#submitFirst} novalidate>
      <p class="hint">${[t.awayHint, t.onlineHint, t.busyHint][state]}</p>
      <div class="grow">
        <label for="first">${t.first}</label>
        <textarea id="first" class="field" rows="4" maxlength="4000" .value=${this.draft} @input=${this.#onDraft} @keydown=${this.#onEnter}></textarea>
      </div>
      ${away ? this.#details() : html`<details><summary>${t.details}</summary>${this.#details()}</details>`}
      <button class="primary" ?disabled=${!this.draft.trim()}>${t.send}${draw('send', 18)}</button>
    </form>`;
  }

  #details(): TemplateResult {
    const t = this.#t;
    return html`<div class="fields">
      <div>
        <label for="name">${t.name}</label>
        <input id="name" name="name" class="field" autocomplete="name" maxlength="100" />
      </div>
      <div>
        <label for="email">${t.email}</label>
        <input id="email" name="email" type="email" class="field" autocomplete="email" maxlength="200"
          aria-invalid=${this.emailWrong} aria-describedby="wrong" @input=${() => (this.emailWrong = false)} />
        ${this.emailWrong ? html`<p id="wrong" class="wrong" role="alert">${t.emailWrong}</p>` : nothing}
      </div>
    </div>`;
  }

  #bar(): TemplateResult {
    const s = this.talkState;
    const t = this.#t;
    const name = s.operator ?? this.config?.companyName ?? t.title;
    const sub = { waiting: t.waiting, active: s.typing ? fill(t.typing, { name }) : t.online, ended: t.ended }[s.phase as string] ?? '';
    const running = s.phase === 'waiting' || s.phase === 'active';
    return html`<header class="bar">
        <span class="avatar" aria-hidden="true">${initial(name)}</span>
        <div class="who">
          <h1 class="name">${name}</h1>
          <p class="sub">${sub}</p>
        </div>
        ${running
          ? html`<button class="icon" type="button" aria-label=${t.menu} aria-expanded=${this.menu} @click=${() => (this.menu = !this.menu)}>${draw('more')}</button>`
          : nothing}
        ${this.#closeButton()}
      </header>
      ${this.menu
        ? html`<div class="menu">
            <button type="button" @click=${this.#ask}>${t.end}</button>
          </div>`
        : nothing}`;
  }

  #closeButton(): TemplateResult {
    return html`<button class="icon" type="button" aria-label=${this.#t.close} @click=${() => this.options.close()}>${draw('close')}</button>`;
  }

  #banner(): TemplateResult | typeof nothing {
    const t = this.#t;
    const { connection, phase } = this.talkState;
    if (connection === 'ok' || phase === 'ended' || phase === 'greeting') return nothing;
    const [text, action] = { lost: [t.lost, t.retryNow], elsewhere: [t.elsewhere, t.useHere], refused: [t.refused, ''] }[connection] as [string, string];
    return html`<div class="banner ${connection === 'refused' ? 'bad' : ''}" role="status">
      <span>${text}</span>
      ${action ? html`<button class="link" type="button" @click=${() => this.talk.reconnect()}>${action}</button>` : nothing}
    </div>`;
  }

  #log(): TemplateResult {
    const { lines, older, typing, operator } = this.talkState;
    const t = this.#t;
    const today = new Date().toDateString();
    let day = today;
    return html`<div class="log" role="log" aria-live="polite" aria-label=${t.title} tabindex="-1" @scroll=${this.#onScroll}>
      ${older ? html`<button class="link older" type="button" @click=${() => this.talk.older()}>${t.older}</button>` : nothing}
      ${lines.map((line, i) => {
        const turn = line.time.toDateString() !== day;
        day = line.time.toDateString();
        return html`${turn ? html`<p class="day">${this.#dayName(line.time)}</p>` : nothing}${this.#line(line, lines[i - 1], lines[i + 1])}`;
      })}
      ${typing
        ? html`<div class="line first"><div class="bubble typing sb-dots" role="img" aria-label=${fill(t.typing, { name: operator ?? t.somebody })}><i></i><i></i><i></i></div></div>`
        : nothing}
    </div>`;
  }

  #line(line: Line, before?: Line, after?: Line): TemplateResult | typeof nothing {
    if (line.kind === 'system') return this.#system(line);
    const t = this.#t;
    const same = (a?: Line, b?: Line) => a?.kind === b?.kind && a?.author === b?.author && a?.own === b?.own && Math.abs(+a!.time - +b!.time) < together;
    const first = !before || !same(before, line);
    const last = !after || !same(line, after);
    const failed = line.state === 'failed';
    const name = this.talkState.operator ?? t.somebody;
    return html`<div class="line ${line.own ? 'own' : ''} ${first ? 'first' : ''} ${failed ? 'failed' : ''}">
      ${first && !line.own ? html`<p class="author"><span class="avatar small" aria-hidden="true">${initial(name)}</span>${name}</p>` : nothing}
      <div class="bubble">${line.own ? html`<span class="hidden">${t.you}: </span>` : nothing}${pieces(line.text).map((p) =>
        p.href ? html`<a href=${p.href} target="_blank" rel="noopener noreferrer nofollow">${p.text}</a>` : p.text,
      )}</div>
      ${failed
        ? html`<p class="meta bad">${t.notSent} <button class="link" type="button" @click=${() => this.talk.resend(line.id)}>${t.resend}</button></p>`
        : last || line.state === 'queued'
          ? html`<p class="meta"><time datetime=${line.time.toISOString()} title=${line.time.toLocaleString(this.#locale)}>${this.#clock(line.time)}</time>${this.#tick(line)}</p>`
          : nothing}
    </div>`;
  }

  #tick(line: Line): TemplateResult | typeof nothing {
    if (!line.own || !line.state || line.state === 'failed') return nothing;
    const name = ({ queued: 'clock', sent: 'check', delivered: 'checks', displayed: 'checks' } as const)[line.state];
    return html`<span class=${line.state === 'displayed' ? 'seen' : ''}>${draw(name, 14)}<span class="hidden">${this.#t[line.state]}</span></span>`;
  }

  #system(line: Line): TemplateResult | typeof nothing {
    const t = this.#t;
    const name = line.notice?.operator || t.somebody;
    const text = {
      'operator-joined': fill(t.joined, { name }),
      'operator-left': fill(t.left, { name }),
      forwarded: t.forwarded,
      ended: t.ended,
    }[line.notice?.event ?? ''];
    return text ? html`<p class="system" title=${line.time.toLocaleString(this.#locale)}>${text}</p>` : nothing;
  }

  #foot(): TemplateResult {
    const { phase, opening, failure } = this.talkState;
    if (phase === 'ended') return this.#ended();
    if (this.asking) return this.#confirm();
    if (failure) return this.#failed();
    return html`${phase === 'waiting' || opening ? this.#waiting() : nothing}
      <form class="composer" @submit=${this.#submit}>
        <textarea class="field" rows="1" maxlength="4000" placeholder=${this.#t.write} aria-label=${this.#t.write}
          .value=${this.draft} @input=${this.#onDraft} @keydown=${this.#onEnter}></textarea>
        <button class="go" aria-label=${this.#t.send} ?disabled=${!this.draft.trim() || opening}>${draw('send', 20)}</button>
      </form>`;
  }

  #waiting(): TemplateResult {
    const t = this.#t;
    const { place } = this.talkState;
    const title = !place ? t.waiting : place === 1 ? t.placeNext : fill(t.place, { n: place });
    return html`<div class="wait" role="status">
      <div class="ring" aria-hidden="true"></div>
      <div><strong>${title}</strong><span>${t.waitingHint}</span></div>
    </div>`;
  }

  #confirm(): TemplateResult {
    const t = this.#t;
    return html`<div class="sheet" role="alertdialog" aria-label=${t.endAsk}>
      <h2>${t.endAsk}</h2>
      <div class="pair">
        <button class="plain" type="button" @click=${() => (this.asking = false)}>${t.endNo}</button>
        <button class="primary" type="button" @click=${this.#leave}>${t.endYes}</button>
      </div>
    </div>`;
  }

  #failed(): TemplateResult {
    const t = this.#t;
    return html`<div class="sheet" role="alert">
      <h2>${t.failed}</h2>
      <p class="hint">${this.talkState.failure === 'too-many' ? t.tooMany : t.failedHint}</p>
      <button class="primary" type="button" @click=${() => this.talk.retry()}>${t.retry}</button>
    </div>`;
  }

  #ended(): TemplateResult {
    const t = this.#t;
    const { feedback, failure } = this.talkState;
    const form = html`<form class="sheet" @submit=${this.#rate}>
      <h2 id="rate">${t.rate}</h2>
      <fieldset class="stars" aria-labelledby="rate">
        ${[1, 2, 3, 4, 5].map(
          (n) => html`<label class=${n <= this.stars ? 'on' : ''}>
            <input type="radio" name="stars" value=${n} .checked=${this.stars === n} @change=${() => (this.stars = n)} aria-label=${fill(t.stars, { n })} />
            ${draw('star', 28)}
          </label>`,
        )}
      </fieldset>
      ${this.stars > 0
        ? html`<textarea class="field" name="comment" rows="2" maxlength="2000" placeholder=${t.comment} aria-label=${t.comment}></textarea>
            ${failure ? html`<p class="wrong" role="alert">${t.failedHint}</p>` : nothing}
            <button class="primary" ?disabled=${feedback === 'sending'}>${t.rateSend}</button>`
        : nothing}
      <button class="plain" type="button" @click=${this.#again}>${t.again}</button>
    </form>`;
    const thanks = html`<div class="sheet">
      <p class="thanks" role="status">${draw('check', 18)}${t.thanks}</p>
      <button class="primary" type="button" @click=${this.#again}>${t.again}</button>
    </div>`;
    return feedback === 'sent' ? thanks : form;
  }

  #problem(): TemplateResult {
    const t = this.#t;
    return html`<div class="center" role="alert">
      ${draw('alert', 32)}
      <h2>${t.failed}</h2>
      <p class="hint">${this.talkState.failure === 'too-many' ? t.tooMany : t.failedHint}</p>
      <button class="primary" type="button" @click=${() => this.talk.retry()}>${t.retry}</button>
    </div>`;
  }

  #bones(): TemplateResult {
    return html`<div class="bones" role="status" aria-label=${this.#t.loading}>
      ${[60, 45, 70, 50].map((w) => html`<div class="bone" style="width:${w}%"></div>`)}
    </div>`;
  }

  #onScroll = (event: Event): void => {
    const log = event.currentTarget as HTMLElement;
    this.#atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  };

  #onDraft = (event: Event): void => {
    this.draft = (event.target as HTMLTextAreaElement).value;
    if (this.draft) this.talk.composing();
  };

  #onEnter = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    (event.target as HTMLTextAreaElement).form?.requestSubmit();
  };

  #submitFirst = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const email = form.querySelector<HTMLInputElement>('#email');
    if (email && !email.validity.valid) {
      this.emailWrong = true;
      const details = form.querySelector('details');
      if (details) details.open = true;
      email.focus();
      return;
    }
    const data = new FormData(form);
    const value = (name: string) => String(data.get(name) ?? '').trim() || undefined;
    this.#send({ name: value('name'), email: value('email') });
  };

  #submit = (event: SubmitEvent): void => {
    event.preventDefault();
    this.#send();
  };

  #send(details: { name?: string; email?: string } = {}): void {
    const text = this.draft.trim();
    if (!text || this.talkState.opening) return;
    this.draft = '';
    void this.talk.send(text, details);
    void this.updateComplete.then(() => this.#focusFirst());
  }

  #ask = (): void => {
    this.menu = false;
    this.asking = true;
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('[role=alertdialog] button')?.focus());
  };

  #leave = (): void => {
    this.asking = false;
    void this.talk.leave();
  };

  #rate = (event: SubmitEvent): void => {
    event.preventDefault();
    const comment = new FormData(event.target as HTMLFormElement).get('comment');
    void this.talk.feedback(this.stars, String(comment ?? ''));
  };

  #again = (): void => {
    this.stars = 0;
    this.talk.restart();
    void this.options.refresh();
    void this.updateComplete.then(() => this.#focusFirst());
  };

  #clock(time: Date): string {
    return time.toLocaleTimeString(this.#locale, { hour: '2-digit', minute: '2-digit' });
  }

  #dayName(time: Date): string {
    const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(time).setHours(0, 0, 0, 0)) / 86_400_000);
    if (days === 0) return this.#t.today;
    if (days === 1) return this.#t.yesterday;
    return time.toLocaleDateString(this.#locale, { day: 'numeric', month: 'long' });
  }
}

function draw(name: IconName, size = 20): TemplateResult {
  return html`${unsafeHTML(icon(name, size))}`;
}

function initial(name: string): string {
  return [...name.trim()][0]?.toUpperCase() ?? '';
}

if (!customElements.get('switchboard-panel')) customElements.define('switchboard-panel', Panel);

/** Called by the loader. */
export function mount(options: PanelOptions): PanelHandle {
  const element = document.createElement('switchboard-panel') as Panel;
  element.setAttribute('role', 'dialog');
  element.setAttribute('aria-label', options.config?.companyName ?? strings[options.language].title);
  element.start(options);
  return {
    element,
    show: (focus) => element.show(focus),
    hide: () => element.hide(),
    configure: (config) => {
      element.config = config;
      if (config) element.setAttribute('aria-label', config.companyName);
    },
  };
}
