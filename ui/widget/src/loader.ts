import { applyAccent } from '@switchboard/theme/accent';
import { icon } from '@switchboard/theme/icons';
import tokens from '@switchboard/theme/tokens.css';
import { WidgetApi, type Config } from './api.ts';
import style from './button.css';
import type { PanelHandle, PanelModule } from './contract.ts';
import { fill, pickLanguage, type Language } from './language.ts';
import { Memory } from './memory.ts';
import { button as cs } from './messages/cs.ts';
import { button as de } from './messages/de.ts';
import { button as en } from './messages/en.ts';

const strings = { en, cs, de };

/** How often the company's state is asked for while the page is visible. */
const statusEvery = 60_000;

/** The documented object that a page controls its widget with. */
export class OWidget {
  readonly isSupported: boolean = typeof customElements === 'object' && 'attachShadow' in Element.prototype && 'WebSocket' in globalThis;
  #base: string;
  #theme?: string;
  #company = '';
  #preset?: string;
  #scope = '';
  #language: Language = 'en';
  #params: Record<string, string> = {};
  #onStatus: (state: number) => void = () => {};
  #onEvent: (event: { type: string }) => void = () => {};
  #status?: number;
  #launcher?: Launcher;
  #openWanted = false;

  constructor(base: string, theme?: string) {
    this.#base = base;
    this.#theme = theme;
  }

  /** Names the company; preset, language and scope are optional. */
  init = (company: string, preset?: string | null, language?: string | null, scope?: string | null): void => {
    this.#company = company;
    this.#preset = preset ?? undefined;
    this.#scope = scope ?? '';
    this.#language = pickLanguage(language, document.documentElement.lang, ...navigator.languages);
  };

  /** Loads the company's settings and shows the button. */
  connectToServer = (): void => {
    if (!this.isSupported || this.#launcher || !this.#company) return;
    void this.#connect();
  };

  /** 0 offline, 1 online, 2 busy; told at once where it is known. */
  setStatusUpdateCallback = (callback: (state: number) => void): void => {
    this.#onStatus = callback;
    if (this.#status !== undefined) callback(this.#status);
  };

  /** chatWindowOpen, chatWindowClosed, chatSessionCreated, chatSessionStarted, chatSessionEnded. */
  setAppEventCallback = (callback: (event: { type: string }) => void): void => {
    this.#onEvent = callback;
  };

  /** A parameter of the conversation that will be opened. */
  addCustomData = (name: string, value: string): void => {
    this.#params[String(name)] = String(value);
  };

  openChat = (): void => {
    if (this.#launcher) this.#launcher.open();
    else this.#openWanted = true;
  };

  async #connect(): Promise<void> {
    const api = new WidgetApi(this.#base, this.#company);
    const memory = new Memory(this.#company, this.#scope);
    const launcher = (this.#launcher = new Launcher({
      base: this.#base,
      api,
      memory,
      language: this.#language,
      preset: this.#preset,
      theme: this.#theme,
      params: () => this.#params,
      event: (type) => call(() => this.#onEvent({ type })),
      refresh: () => this.#refresh(api),
    }));
    await this.#refresh(api);
    launcher.mount(document.body);
    if (memory.visitor && memory.conversation) launcher.preload(true);
    if (this.#openWanted || memory.open) launcher.open(false);
    setInterval(() => {
      if (document.visibilityState === 'visible') void this.#refresh(api);
    }, statusEvery);
  }

  async #refresh(api: WidgetApi): Promise<void> {
    try {
      const config = await api.config();
      this.#launcher?.configure(config);
      if (config.state !== this.#status) call(() => this.#onStatus((this.#status = config.state)));
    } catch {
      this.#launcher?.configure(undefined);
    }
  }
}

/** A page's callback must not break the widget, yet its error belongs on the console. */
function call(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    console.error(error);
  }
}

interface LauncherOptions {
  base: string;
  api: WidgetApi;
  memory: Memory;
  language: Language;
  preset?: string;
  theme?: string;
  params(): Record<string, string>;
  event(type: string): void;
  refresh(): Promise<void>;
}

/** The round button and the frame that the panel is put into. */
class Launcher {
  #o: LauncherOptions;
  #host = document.createElement('switchboard-widget');
  #root = this.#host.attachShadow({ mode: 'open' });
  #frame!: HTMLElement;
  #button!: HTMLButtonElement;
  #badge!: HTMLElement;
  #panel?: PanelHandle;
  #loading?: Promise<void>;
  #config?: Config;
  #isOpen = false;

  constructor(options: LauncherOptions) {
    this.#o = options;
    const t = strings[options.language];
    this.#host.lang = options.language;
    if (options.theme) this.#host.dataset.theme = options.theme;
    adopt(this.#root, tokens + style);
    this.#root.innerHTML = `
      <div class="shell">
        <div class="frame" hidden></div>
        <button class="button" type="button" aria-expanded="false" aria-haspopup="dialog">
          <span class="icon chat">${icon('chat', 26)}</span><span class="icon close">${icon('chevronDown', 28)}</span>
        </button>
        <span class="badge" hidden></span>
      </div>`;
    this.#frame = this.#root.querySelector('.frame')!;
    this.#badge = this.#root.querySelector('.badge')!;
    this.#button = this.#root.querySelector('button')!;
    this.#button.setAttribute('aria-label', t.open);
    this.#button.addEventListener('click', () => (this.#isOpen ? this.close() : this.open()));
    for (const hint of ['pointerenter', 'focus']) this.#button.addEventListener(hint, () => this.preload(false), { once: true });
  }

  mount(parent: HTMLElement): void {
    parent.append(this.#host);
  }

  configure(config: Config | undefined): void {
    this.#config = config ?? this.#config;
    applyAccent(this.#host, config?.accent);
    this.#panel?.configure(this.#config);
  }

  /** Loads the panel's module ahead of the click; with `start`, a conversation that goes on is connected too. */
  preload(start: boolean): void {
    if (start) void this.#load();
    else void import(this.#url()).catch(() => {});
  }

  open(byVisitor = true): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    if (byVisitor) this.#o.memory.open = true;
    this.#frame.hidden = false;
    this.#show();
    if (this.#panel) this.#panel.show(byVisitor);
    else {
      this.#skeleton();
      void this.#load().then(() => this.#isOpen && this.#panel?.show(byVisitor));
    }
    this.#o.event('chatWindowOpen');
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#o.memory.open = false;
    this.#frame.hidden = true;
    this.#show();
    this.#panel?.hide();
    this.#button.focus({ preventScroll: true });
    this.#o.event('chatWindowClosed');
  }

  #show(): void {
    const t = strings[this.#o.language];
    this.#root.querySelector('.shell')!.classList.toggle('open', this.#isOpen);
    this.#button.setAttribute('aria-expanded', String(this.#isOpen));
    this.#button.setAttribute('aria-label', this.#isOpen ? t.close : t.open);
  }

  #unread(n: number): void {
    const t = strings[this.#o.language];
    this.#badge.hidden = n === 0;
    this.#badge.textContent = n > 9 ? '9+' : String(n);
    if (!this.#isOpen) this.#button.setAttribute('aria-label', n > 0 ? `${t.open} (${fill(t.unread, { n })})` : t.open);
  }

  #url(): string {
    return new URL(`/widget/${__PANEL__}`, this.#o.base).href;
  }

  #load(): Promise<void> {
    return (this.#loading ??= this.#fetch().catch(() => {
      this.#loading = undefined;
      this.#problem();
    }));
  }

  async #fetch(): Promise<void> {
    const { mount } = (await import(this.#url())) as PanelModule;
    this.#panel = mount({
      api: this.#o.api,
      memory: this.#o.memory,
      language: this.#o.language,
      preset: this.#o.preset,
      params: this.#o.params,
      config: this.#config,
      close: () => this.close(),
      unread: (n) => this.#unread(n),
      event: this.#o.event,
      refresh: this.#o.refresh,
    });
    this.#frame.replaceChildren(this.#panel.element);
  }

  #skeleton(): void {
    this.#frame.innerHTML = `<div class="loading">${[40, 70, 90, 60].map((w) => `<div class="bone" style="width:${w}%"></div>`).join('')}</div>`;
  }

  #problem(): void {
    const t = strings[this.#o.language];
    const box = document.createElement('div');
    box.className = 'problem';
    const text = document.createElement('p');
    text.textContent = t.failed;
    text.setAttribute('role', 'alert');
    const retry = document.createElement('button');
    retry.className = 'retry';
    retry.type = 'button';
    retry.textContent = t.retry;
    retry.addEventListener('click', () => {
      this.#skeleton();
      void this.#load().then(() => this.#isOpen && this.#panel?.show(true));
    });
    box.append(text, retry);
    this.#frame.replaceChildren(box);
    if (this.#isOpen) retry.focus();
  }
}

/** Styles without a style element: a page's content policy may forbid those. */
function adopt(root: ShadowRoot, css: string): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
}

/** The script element that loads a widget, with what a page may have hung on it. */
type LoaderScript = HTMLScriptElement & { $owidgetOnLoad?: (widget: OWidget) => void };

/** Starts the widget of one script element. */
export function start(script: LoaderScript): OWidget {
  const { company, preset, language, scope, theme } = script.dataset;
  const widget = new OWidget(new URL(script.src).origin, theme);
  (globalThis as { $owidget?: OWidget }).$owidget = widget;
  if (script.$owidgetOnLoad) call(() => script.$owidgetOnLoad!(widget));
  if (company) {
    widget.init(company, preset, language, scope);
    whenReady(() => widget.connectToServer());
  }
  return widget;
}

function whenReady(then: () => void): void {
  if (document.body) then();
  else document.addEventListener('DOMContentLoaded', then, { once: true });
}
