import { Store } from './model/store.ts';

/** What the left column shows. */
export type Page = 'chats' | 'menu' | 'profile' | 'devices' | 'blocked' | 'settings' | 'approve';

const pages: readonly string[] = ['menu', 'profile', 'devices', 'blocked', 'settings', 'approve'];

/** There is room for one column only. */
export const narrow = matchMedia('(max-width: 720px)');

/** Where we are, kept in the address after `#`, so that the browser's Back goes back. */
class Route extends Store {
  page: Page = 'chats';
  /** The person whose chat is open. */
  chat = '';
  /** The person's panel beside it is open. */
  about = false;
  /** The code of a device that asks, from `#approve=CODE`. */
  code = '';

  constructor() {
    super();
    addEventListener('hashchange', () => this.#read());
    narrow.addEventListener('change', () => this.#read());
    this.#read();
  }

  /** On one column: the chat is in front of the list. */
  get reading(): boolean {
    return location.hash.startsWith('#chat/');
  }

  go(hash: string): void {
    if (location.hash.slice(1) === hash) this.#read();
    else location.hash = hash;
  }

  openChat(id: string): void {
    this.go(`chat/${encodeURIComponent(id)}`);
  }

  openAbout(open: boolean): void {
    if (this.chat) this.go(`chat/${encodeURIComponent(this.chat)}${open ? '/about' : ''}`);
  }

  #read(): void {
    const [head = '', id = '', more = ''] = location.hash.slice(1).split('/');
    const [name = '', code = ''] = head.split(/[=?]/, 2);
    if (name === 'chat' && id) {
      Object.assign(this, { page: 'chats', chat: decode(id), about: more === 'about' });
    } else {
      this.page = pages.includes(name) ? (name as Page) : 'chats';
      this.code = decode(code.replace(/^code=/, ''));
      if (narrow.matches || !location.hash) Object.assign(this, { chat: narrow.matches ? '' : this.chat, about: false });
    }
    this.changed();
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

export const route = new Route();
