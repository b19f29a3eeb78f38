import { LitElement } from 'lit';
import { settings } from './settings.ts';
import type { Store } from './model/store.ts';

/** A part of the page. It draws into the document (one style sheet for all) and again whenever a store that it watches changes. */
export class View extends LitElement {
  #offs: (() => void)[] = [];

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** The stores that this part shows. */
  protected watches(): Store[] {
    return [];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#offs = [settings, ...this.watches()].map((store) => store.watch(() => this.requestUpdate()));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#offs.forEach((off) => off());
  }

  /** The element with that selector inside this part. */
  protected $<E extends HTMLElement>(selector: string): E | null {
    return this.querySelector<E>(selector);
  }
}
