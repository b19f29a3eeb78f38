// The page: signed out, the way in; signed in, the list with the chat beside it.
import '@switchboard/theme/tokens.css';
import '@switchboard/theme/base.css';
import '@switchboard/theme/dots.css';
import './styles/base.css';
import './styles/login.css';
import './styles/side.css';
import './styles/chat.css';
import './styles/media.css';
import './styles/dialog.css';
import { html, nothing, type TemplateResult } from 'lit';
import './about.ts';
import './approve.ts';
import './banner.ts';
import './blocked.ts';
import './chat.ts';
import './chats.ts';
import './composer.ts';
import './devices.ts';
import { draw } from './icons.ts';
import './login.ts';
import { chats } from './model/chats.ts';
import { session } from './model/session.ts';
import type { Store } from './model/store.ts';
import { talk } from './model/talk.ts';
import './pages.ts';
import './profile.ts';
import { narrow, route } from './route.ts';
import { t } from './strings/index.ts';
import './toast.ts';
import { View } from './view.ts';

class Demo extends View {
  #focused = '';

  protected override watches(): Store[] {
    return [session, route, chats];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void session.restore();
    route.watch(() => session.phase === 'in' && talk.open(route.chat));
    addEventListener('keydown', this.#onKey);
    document.addEventListener('visibilitychange', () => talk.looking && talk.seen());
  }

  protected override willUpdate(): void {
    if (session.phase === 'out' && this.#focused.startsWith('in')) {
      route.chat = '';
      if (location.hash) route.go('');
      for (const dialog of document.querySelectorAll('dialog')) dialog.close();
    }
    if (session.phase === 'in' && talk.id !== route.chat) talk.open(route.chat);
  }

  protected override updated(): void {
    const { unread } = chats;
    document.title = `${session.phase === 'in' && unread > 0 ? `(${unread}) ` : ''}${t.title} · Switchboard`;
    this.#focusPage();
  }

  protected override render(): TemplateResult {
    return html`${session.phase === 'in' ? this.#app() : session.phase === 'entering' && !this.$('demo-login') ? splash() : html`<demo-login></demo-login>`}
      <demo-toast></demo-toast>`;
  }

  #app(): TemplateResult {
    return html`<div class="app ${route.reading ? 'reading' : ''} ${route.about && route.chat ? 'telling' : ''}">
      <div class="side">${this.#page()}</div>
      <main class="main"><demo-chat></demo-chat></main>
      ${route.about && route.chat ? html`<demo-about></demo-about>` : nothing}
    </div>`;
  }

  #page(): TemplateResult {
    switch (route.page) {
      case 'menu':
        return html`<demo-menu class="page"></demo-menu>`;
      case 'profile':
        return html`<demo-profile class="page"></demo-profile>`;
      case 'devices':
        return html`<demo-devices class="page"></demo-devices>`;
      case 'approve':
        return html`<demo-approve class="page"></demo-approve>`;
      case 'blocked':
        return html`<demo-blocked class="page"></demo-blocked>`;
      case 'settings':
        return html`<demo-settings class="page"></demo-settings>`;
      default:
        return html`<demo-chats class="page"></demo-chats>`;
    }
  }

  // Whoever goes to another page by keyboard starts at its top.
  #focusPage(): void {
    const page = `${session.phase} ${route.page}`;
    if (page === this.#focused) return;
    const before = this.#focused;
    this.#focused = page;
    if (before.startsWith('in') && document.activeElement === document.body)
      void Promise.resolve().then(() => this.$<HTMLElement>('.page-head .icon-button, .side-head .me')?.focus({ preventScroll: true }));
  }

  #onKey = (event: KeyboardEvent): void => {
    if (session.phase !== 'in' || document.querySelector('dialog[open]')) return;
    const target = event.target as HTMLElement;
    const writing = target.matches('input, textarea, select');
    if ((event.key === 'k' && (event.ctrlKey || event.metaKey)) || (event.key === '/' && !writing)) {
      event.preventDefault();
      void this.#search();
    } else if (event.key === 'Escape' && !event.defaultPrevented) this.#escape();
  };

  async #search(): Promise<void> {
    if (route.page !== 'chats' || (narrow.matches && route.reading)) route.go('');
    await this.updateComplete;
    const field = this.$<HTMLInputElement>('#search');
    field?.focus();
    field?.select();
  }

  /** One step back: the panel, the page, the chat. */
  #escape(): void {
    if (document.querySelector('.menu')) return;
    if (route.about) route.openAbout(false);
    else if (route.page !== 'chats') route.go(route.page === 'menu' ? '' : 'menu');
    else if (route.chat && narrow.matches) route.go('');
  }
}

function splash(): TemplateResult {
  return html`<main class="welcome" aria-busy="true"><span class="mark pulse" role="img" aria-label=${t.starting}>${draw('chat', 26)}</span></main>`;
}

customElements.define('demo-app', Demo);
