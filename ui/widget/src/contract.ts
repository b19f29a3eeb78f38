// What the loader and the panel's module, which is loaded on opening, know of each other.
import type { Config, WidgetApi } from './api.ts';
import type { Language } from './language.ts';
import type { Memory } from './memory.ts';

export interface PanelOptions {
  api: WidgetApi;
  memory: Memory;
  language: Language;
  preset?: string;
  params(): Record<string, string>;
  config?: Config;
  close(): void;
  unread(n: number): void;
  event(type: string): void;
  /** Asks the server for the company's state again. */
  refresh(): Promise<void>;
}

export interface PanelHandle {
  element: HTMLElement;
  show(focus: boolean): void;
  hide(): void;
  configure(config: Config | undefined): void;
}

export interface PanelModule {
  mount(options: PanelOptions): PanelHandle;
}
