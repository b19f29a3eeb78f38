import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { avatar } from './avatar.ts';
import { exact, identifier, when } from './format.ts';
import { draw, type Icon } from './icons.ts';
import { chats, type Chat } from './model/chats.ts';
import { people, type Person } from './model/people.ts';
import { session } from './model/session.ts';
import type { Store } from './model/store.ts';
import { route } from './route.ts';
import { fill, plural, t } from './strings/index.ts';
import { mediaName, ticks } from './line.ts';
import { View } from './view.ts';

/** The left column's first page: search, and the chats with the newest on top. */
class ChatsPage extends View {
  static override properties = { term: { state: true }, found: { state: true }, searching: { state: true } };
  declare term: string;
  declare found: Person[];
  declare searching: boolean;
  #timer?: ReturnType<typeof setTimeout>;

  constructor() {
    super();
    this.term = '';
    this.found = [];
    this.searching = false;
  }

  protected override watches(): Store[] {
    return [session, chats, people, route];
  }

  protected override render(): TemplateResult {
    return html`<header class="side-head">
        <a class="me" href="#menu" aria-label=${t.menu} title=${t.menu}>${avatar(people.me, 40)}</a>
        <div class="find" role="search">
          ${draw('search', 18)}
          <input id="search" type="search" autocomplete="off" spellcheck="false" placeholder=${t.search} aria-label=${t.search}
            aria-keyshortcuts="Control+K /" .value=${this.term} @input=${this.#onInput} @keydown=${this.#onSearchKey} />
          ${this.term ? html`<button class="clear" aria-label=${t.clear} @click=${() => this.#search('')}>${draw('close', 16)}</button>` : nothing}
        </div>
      </header>
      <demo-banner></demo-banner>
      <nav class="list" aria-label=${t.chats} @keydown=${this.#onListKey}>${this.term.trim() ? this.#results() : this.#chats()}</nav>`;
  }

  #chats(): TemplateResult {
    if (chats.loading && chats.rows.length === 0) return skeleton();
    if (chats.failed && chats.rows.length === 0)
      return html`<div class="nobody" role="alert"><p>${t.listFailed}</p><button class="sb-button plain" @click=${() => chats.load()}>${t.retry}</button></div>`;
    const rows = chats.rows;
    const known = new Set(rows.map((c) => c.id));
    const others = people.suggestions.filter((p) => !known.has(p.id));
    return html`${rows.length > 0 ? html`<ul>${repeat(rows, (c) => c.id, (c) => this.#row(c))}</ul>` : nothing}
      ${rows.length < 8 && others.length > 0 ? html`<h2>${t.people}</h2><ul>${others.map((p) => this.#person(p))}</ul>` : nothing}
      ${rows.length + others.length === 0 ? this.#nobody() : nothing}`;
  }

  #nobody(): TemplateResult {
    return html`<div class="nobody">
      <span class="mark quiet">${draw('chat', 28)}</span>
      <p>${t.nobody}</p>
      <a class="sb-button plain" href="/demo/" target="_blank" rel="noopener">${draw('external', 16)}${t.second}</a>
    </div>`;
  }

  #results(): TemplateResult {
    const term = this.term.trim();
    const id = identifier(term);
    const mine = chats.rows.filter((c) => matches(people.get(c.id), term));
    const known = new Set(mine.map((c) => c.id));
    // Until the answer to all that was typed is there, the last one may hold others.
    const others = this.found.filter((p) => !known.has(p.id) && p.id !== session.id && (!this.searching || matches(p, term)));
    const exactly = known.has(id) || others.some((p) => p.id === id) || id === session.id;
    const nothingFound = mine.length + others.length === 0;
    return html`${mine.length > 0 ? html`<h2>${t.chats}</h2><ul>${mine.map((c) => this.#row(c))}</ul>` : nothing}
      ${others.length > 0 ? html`<h2>${t.people}</h2><ul>${others.map((p) => this.#person(p))}</ul>` : nothing}
      ${nothingFound && this.searching ? skeleton(2) : nothing}
      ${nothingFound && !this.searching ? html`<div class="nobody"><p>${fill(t.nothing, { term })}</p></div>` : nothing}
      ${!exactly && id && nothingFound && !this.searching
        ? html`<ul><li><a class="row" href="#chat/${id}"><span class="avatar new" style="--size:52px">${draw('plus')}</span>
            <span class="grow"><strong>${fill(t.newChat, { id })}</strong></span></a></li></ul>`
        : nothing}`;
  }

  #row(chat: Chat): TemplateResult {
    const person = people.get(chat.id);
    const current = route.chat === chat.id;
    const { last } = chat;
    return html`<li><a class="row ${current ? 'current' : ''}" href="#chat/${chat.id}" aria-current=${current ? 'page' : 'false'}>
      ${avatar(person, 52, session.connection === 'CONNECTED')}
      <span class="grow">
        <span class="line1"><strong>${person.gone ? t.deletedAccount : person.name}</strong>
          ${last ? html`<span class="stamp">${last.own && !chat.draft ? ticks(last) : nothing}<time datetime=${last.time.toISOString()} title=${exact(last.time)}>${when(last.time)}</time></span>` : nothing}
        </span>
        <span class="line2"><span class="preview">${this.#preview(chat)}</span>
          ${chat.unread > 0 ? html`<b class="unread"><span class="sb-hidden">${plural(chat.unread, t.unread)}</span><span aria-hidden="true">${chat.unread}</span></b>` : nothing}
        </span>
      </span>
    </a></li>`;
  }

  #preview({ typing, draft, last, id }: Chat): TemplateResult {
    if (typing) return html`<em class="typing">${t.typing}</em>`;
    if (draft && route.chat !== id) return html`<em class="draft">${t.draft}</em> ${draft}`;
    if (!last) return html``;
    const { media } = last;
    const icons: Record<string, Icon> = { image: 'image', video: 'video', audio: 'music', file: 'file' };
    return html`${last.own ? html`<span class="who">${t.you}:</span> ` : nothing}${media ? html`${draw(icons[media.kind]!, 15)} ${media.caption || mediaName(media)}` : last.text}`;
  }

  #person(person: Person): TemplateResult {
    return html`<li><a class="row" href="#chat/${person.id}">
      ${avatar(person, 52, true)}
      <span class="grow"><strong>${person.name}</strong><span class="line2"><span class="preview">${person.status || `@${person.id}`}</span></span></span>
    </a></li>`;
  }

  #onInput = (event: InputEvent): void => this.#search((event.target as HTMLInputElement).value);

  #search(term: string): void {
    this.term = term;
    clearTimeout(this.#timer);
    this.searching = term.trim() !== '';
    if (!this.searching) {
      this.found = [];
      return;
    }
    this.#timer = setTimeout(async () => {
      const found = await people.search(term.trim());
      if (this.term !== term) return;
      this.found = found;
      this.searching = false;
    }, 200);
  }

  #onSearchKey = (event: KeyboardEvent): void => {
    const first = this.$<HTMLAnchorElement>('.list a.row');
    if (event.key === 'Escape') {
      this.#search('');
      (event.target as HTMLElement).blur();
    } else if (event.key === 'ArrowDown') {
      event.preventDefault();
      first?.focus();
    } else if (event.key === 'Enter' && this.term.trim() && first) {
      first.click();
      this.#search('');
    }
  };

  #onListKey = (event: KeyboardEvent): void => {
    const rows = [...this.querySelectorAll<HTMLElement>('.list a.row')];
    const at = rows.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: Math.min(at + 1, rows.length - 1), ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    if (to < 0) this.$<HTMLInputElement>('#search')?.focus();
    else rows[to]?.focus();
  };
}

function matches(person: Person, term: string): boolean {
  const plain = (s: string) => s.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  return plain(`${person.name} ${person.id}`).includes(plain(term));
}

function skeleton(rows = 6): TemplateResult {
  return html`<ul aria-busy="true" aria-label=${t.loading}>${Array.from({ length: rows }, (_, i) => html`<li class="row bones">
    <span class="bone round"></span><span class="grow"><span class="bone" style="width:${40 + ((i * 17) % 30)}%"></span><span class="bone" style="width:${60 + ((i * 23) % 30)}%"></span></span>
  </li>`)}</ul>`;
}

customElements.define('demo-chats', ChatsPage);
