import { languages, speak, type Language } from './strings/index.ts';
import { Store } from './model/store.ts';

export type Theme = 'system' | 'light' | 'dark';

interface Kept {
  theme: Theme;
  /** '' follows the browser. */
  language: Language | '';
  /** Whether new files are encrypted before they leave the browser. */
  encrypt: boolean;
}

const key = 'switchboard-demo-settings';

/** What this browser remembers about how it wants to look and speak. */
class Settings extends Store implements Kept {
  theme: Theme = 'system';
  language: Language | '' = '';
  encrypt = true;

  constructor() {
    super();
    try {
      Object.assign(this, clean(JSON.parse(localStorage.getItem(key) ?? '{}') as Partial<Kept>));
    } catch {
      // Storage that is forbidden or holds something else: the defaults stand.
    }
    this.#apply();
  }

  set(change: Partial<Kept>): void {
    Object.assign(this, change);
    const { theme, language, encrypt } = this;
    try {
      localStorage.setItem(key, JSON.stringify({ theme, language, encrypt }));
    } catch {
      // It holds for this page then.
    }
    this.#apply();
    this.changed();
  }

  #apply(): void {
    const root = document.documentElement;
    if (this.theme === 'system') delete root.dataset.theme;
    else root.dataset.theme = this.theme;
    root.lang = speak(this.language);
  }
}

function clean({ theme, language, encrypt }: Partial<Kept>): Partial<Kept> {
  return {
    ...(theme && ['system', 'light', 'dark'].includes(theme) && { theme }),
    ...(language && language in languages && { language }),
    ...(typeof encrypt === 'boolean' && { encrypt }),
  };
}

export const settings = new Settings();
