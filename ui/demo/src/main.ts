import '@switchboard/theme/tokens.css';
import '@switchboard/theme/base.css';
import './chat.css';
import { icon, type IconName } from '@switchboard/theme/icons';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { unsafeHTML } from 'lit/directives/unsafe-html.js';
import { fill, language, locale, t } from './messages.ts';
import { identifier, Model, type Chat, type Line } from './model.ts';

document.documentElement.lang = language;
document.title = `${t.title} · Switchboard`;

const draw = (name: IconName, size = 18) => html`${unsafeHTML(icon(name, size))}`;

class DemoChat extends LitElement {
  static override properties = { name: { state: true }, search: { state: true }, draft: { state: true } };
  declare name: string;
  declare search: string;
  declare draft: string;
  model = new Model(() => this.requestUpdate());
  #atEnd = true;

  constructor() {
    super();
    this.name = new URLSearchParams(location.search).get('as') ?? '';
    this.search = this.draft = '';
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.model.restore();
    document.addEventListener('visibilitychange', () => this.model.seen());
  }

  override updated(): void {
    const log = this.querySelector('.log');
    if (log && this.#atEnd) log.scrollTop = log.scrollHeight;
    const unread = [...this.model.chats.values()].reduce((n, c) => n + c.unread, 0);
    document.title = `${unread > 0 ? `(${unread}) ` : ''}${this.model.me || t.title} · Switchboard`;
  }

  protected override render(): TemplateResult {
    if (!this.model.me) return this.#welcome();
    return html`<div class="app ${this.model.open ? 'reading' : ''}">
      ${this.#side()}
      <main class="main">${this.model.open ? this.#chat() : this.#choose()}</main>
    </div>`;
  }

  #welcome(): TemplateResult {
    const { busy, problem } = this.model;
    const id = identifier(this.name);
    return html`<main class="welcome">
      <form class="sb-card welcome-card" @submit=${this.#signIn}>
        <span class="mark">${draw('chat', 24)}</span>
        <h1>${t.title}</h1>
        <p class="soft">${t.intro}</p>
        <div>
          <label for="name">${t.name}</label>
          <input id="name" class="sb-input" autocomplete="nickname" maxlength="40" autofocus required .value=${this.name}
            @input=${(e: InputEvent) => (this.name = (e.target as HTMLInputElement).value)} aria-describedby="known" />
          <p id="known" class="hint">${id && id !== this.name ? fill(t.known, { id }) : t.nameHint}</p>
        </div>
        ${problem ? html`<p class="problem" role="alert">${problem === 'trial' ? t.refusedTrial : fill(t.failed, { why: problem })}</p>` : nothing}
        <button class="sb-button" ?disabled=${busy || !id}>${busy ? t.starting : t.start}</button>
        <p class="trial">${draw('alert', 16)}<span>${t.trial}</span></p>
      </form>
    </main>`;
  }

  #side(): TemplateResult {
    const { chats, people, me, state } = this.model;
    const wanted = identifier(this.search);
    const rows = [...chats.values()].filter((c) => c.text || c.typing || c.jid === this.model.open?.jid).filter((c) => c.id.includes(wanted))
      .sort((a, b) => +(b.time ?? 0) - +(a.time ?? 0));
    const shown = new Set(rows.map((c) => c.id));
    const others = people.filter((p) => !shown.has(p) && p.includes(wanted));
    const unknown = wanted && wanted !== me && !shown.has(wanted) && !people.includes(wanted);
    return html`<aside class="side">
      <header class="me">
        <span class="avatar">${me[0]?.toUpperCase()}<i class="presence ${state === 'CONNECTED' ? 'on' : ''}"></i></span>
        <span class="grow"><strong>${me}</strong><small class="tag" title=${t.trial}>${t.trialShort}</small></span>
        <button class="icon" aria-label=${t.leave} title=${t.leave} @click=${() => this.model.signOut()}>${draw('logout')}</button>
      </header>
      <div class="find">
        ${draw('search', 16)}
        <input class="sb-input" type="search" placeholder=${t.search} aria-label=${t.search} .value=${this.search}
          @input=${(e: InputEvent) => (this.search = (e.target as HTMLInputElement).value)}
          @keydown=${(e: KeyboardEvent) => e.key === 'Enter' && wanted && this.#select(wanted)} />
      </div>
      <nav class="list">
        ${rows.length > 0 ? html`<h2>${t.chats}</h2>${rows.map((c) => this.#row(c))}` : nothing}
        ${others.length > 0 ? html`<h2>${t.people}</h2>${others.map((p) => this.#person(p))}` : nothing}
        ${unknown ? html`<button class="row" @click=${() => this.#select(wanted)}><span class="avatar new">${draw('plus', 16)}</span><span class="grow">${fill(t.newChat, { id: wanted })}</span></button>` : nothing}
        ${rows.length + others.length === 0 && !unknown
          ? html`<div class="nobody">
              <p>${wanted ? t.nothing : t.nobody}</p>
              <button class="sb-button plain" @click=${() => window.open('/demo', '_blank', 'noopener,width=1100,height=760')}>${t.second}</button>
            </div>`
          : nothing}
      </nav>
    </aside>`;
  }

  #row(c: Chat): TemplateResult {
    const current = this.model.open?.jid === c.jid;
    return html`<button class="row ${current ? 'current' : ''}" aria-current=${current} @click=${() => this.#select(c.id)}>
      ${this.#avatar(c)}
      <span class="grow">
        <span class="line1"><strong>${c.id}</strong>${c.time ? html`<time title=${c.time.toLocaleString(locale)}>${when(c.time)}</time>` : nothing}</span>
        <span class="line2"><span class="last">${c.typing ? html`<em>${t.typing}</em>` : html`${c.own ? `${t.you}: ` : ''}${c.text}`}</span>
          ${c.unread > 0 ? html`<b class="unread">${c.unread}</b>` : nothing}</span>
      </span>
    </button>`;
  }

  #person(id: string): TemplateResult {
    return html`<button class="row" @click=${() => this.#select(id)}>
      <span class="avatar">${id[0]?.toUpperCase()}</span><span class="grow"><strong>${id}</strong></span>
    </button>`;
  }

  #avatar(c: Chat): TemplateResult {
    return html`<span class="avatar" style="--hue:${hue(c.id)}">${c.id[0]?.toUpperCase()}<i class="presence ${c.online ? 'on' : ''}"></i></span>`;
  }

  #choose(): TemplateResult {
    return html`${this.#banner()}<div class="choose"><span class="mark quiet">${draw('chat', 28)}</span><p>${t.choose}</p></div>`;
  }

  #banner(): TemplateResult | typeof nothing {
    const { state } = this.model;
    if (state === 'CONNECTED') return nothing;
    const text = { CONNECTING: t.connecting, RECONNECTING: t.lost, DISCONNECTED: t.elsewhere, AUTHENTICATIONFAILED: t.refused }[state];
    return html`<div class="banner" role="status"><span>${text}</span>
      ${state === 'DISCONNECTED' ? html`<button class="link" @click=${() => this.model.reconnect()}>${t.useHere}</button>` : nothing}</div>`;
  }

  #chat(): TemplateResult {
    const open = this.model.open!;
    const chat = this.model.chats.get(open.jid)!;
    return html`<header class="head">
        <button class="icon back" aria-label=${t.back} @click=${() => this.model.close()}>${draw('chevronLeft', 22)}</button>
        ${this.#avatar(chat)}
        <div class="grow"><h1>${chat.id}</h1><p class="soft" role="status">${chat.typing ? t.typing : chat.online ? t.online : t.offline}</p></div>
      </header>
      ${this.#banner()}
      <div class="log" role="log" aria-live="polite" tabindex="-1" @scroll=${this.#onScroll}>
        ${open.older ? html`<button class="link older" @click=${this.#older}>${t.older}</button>` : nothing}
        ${open.loading ? skeleton() : open.lines.length === 0 ? html`<p class="empty">${t.empty}</p>` : this.#lines(open.lines)}
        ${chat.typing ? html`<div class="msg first"><span class="bubble dots" role="img" aria-label=${t.typing}><i></i><i></i><i></i></span></div>` : nothing}
      </div>
      <form class="composer" @submit=${this.#send}>
        <textarea rows="1" class="sb-input" placeholder=${t.write} aria-label=${t.write} maxlength="4000" .value=${this.draft}
          @input=${this.#onDraft} @keydown=${this.#onEnter}></textarea>
        <button class="go" aria-label=${t.send} ?disabled=${!this.draft.trim()}>${draw('send', 20)}</button>
      </form>`;
  }

  #lines(lines: Line[]): TemplateResult[] {
    return lines.map((l, i) => {
      const before = lines[i - 1];
      const after = lines[i + 1];
      const first = before?.own !== l.own || +l.time - +before.time > 300_000;
      const last = after?.own !== l.own || +after.time - +l.time > 300_000;
      const turn = !before || before.time.toDateString() !== l.time.toDateString();
      return html`${turn ? html`<p class="day">${day(l.time)}</p>` : nothing}
        <div class="msg ${l.own ? 'own' : ''} ${first ? 'first' : ''} ${l.state === 'failed' ? 'failed' : ''}">
          <span class="bubble">${l.text}</span>
          ${last || l.state === 'failed' || l.state === 'queued' ? this.#meta(l) : nothing}
        </div>`;
    });
  }

  #meta(l: Line): TemplateResult {
    if (l.state === 'failed') return html`<span class="meta bad">${t.notSent} <button class="link" @click=${() => this.model.resend(l)}>${t.retry}</button></span>`;
    const ticks: Record<string, IconName> = { queued: 'clock', sent: 'check', delivered: 'checks', displayed: 'checks' };
    return html`<span class="meta">
      <time title=${l.time.toLocaleString(locale)}>${l.time.toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit' })}</time>
      ${l.own && l.state ? html`<span class=${l.state === 'displayed' ? 'seen' : ''} title=${t[l.state]}>${draw(ticks[l.state]!, 14)}<span class="sb-hidden">${t[l.state]}</span></span>` : nothing}
    </span>`;
  }

  #signIn = (event: SubmitEvent): void => {
    event.preventDefault();
    void this.model.signIn(identifier(this.name));
  };

  #select(id: string): void {
    this.search = '';
    this.draft = '';
    this.#atEnd = true;
    void this.model.select(this.model.jidOf(id));
    void this.updateComplete.then(() => this.querySelector('textarea')?.focus());
  }

  #older = async (): Promise<void> => {
    this.#atEnd = false;
    await this.model.older();
  };

  #onScroll = (event: Event): void => {
    const log = event.currentTarget as HTMLElement;
    this.#atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  };

  #onDraft = (event: InputEvent): void => {
    this.draft = (event.target as HTMLTextAreaElement).value;
    if (this.draft) this.model.composing();
  };

  #onEnter = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    (event.target as HTMLTextAreaElement).form?.requestSubmit();
  };

  #send = (event: SubmitEvent): void => {
    event.preventDefault();
    this.#atEnd = true;
    this.model.send(this.draft);
    this.draft = '';
  };
}

function skeleton(): TemplateResult[] {
  return [50, 35, 60, 40].map((w, i) => html`<div class="msg first ${i % 2 ? 'own' : ''}"><span class="bone" style="width:${w}%"></span></div>`);
}

function when(time: Date): string {
  const today = new Date().toDateString() === time.toDateString();
  return today
    ? time.toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit' })
    : time.toLocaleDateString(locale, { day: 'numeric', month: 'short' });
}

function day(time: Date): string {
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(time).setHours(0, 0, 0, 0)) / 86_400_000);
  if (days === 0) return t.today;
  if (days === 1) return t.yesterday;
  return time.toLocaleDateString(locale, { day: 'numeric', month: 'long' });
}

/** A colour of a person's own, the same everywhere (XEP-0392 in spirit). */
function hue(id: string): number {
  let h = 0;
  for (const c of id) h = (h * 31 + c.codePointAt(0)!) % 360;
  return h;
}

customElements.define('demo-chat', DemoChat);
