type Listener = ((...args: unknown[]) => void) & { of?: Listener };

/** What the XMPP library needs of Node's events: the browser build has this in their place, since what bundlers put there is ten times as large. */
export class EventEmitter {
  #all = new Map<string, Listener[]>();

  on(event: string, listener: Listener): this {
    this.#all.set(event, [...(this.#all.get(event) ?? []), listener]);
    return this;
  }

  addListener(event: string, listener: Listener): this {
    return this.on(event, listener);
  }

  once(event: string, listener: Listener): this {
    const once: Listener = (...args) => {
      this.off(event, once);
      listener.apply(this, args);
    };
    once.of = listener;
    return this.on(event, once);
  }

  off(event: string, listener: Listener): this {
    const list = [...(this.#all.get(event) ?? [])];
    const at = list.findLastIndex((l) => l === listener || l.of === listener);
    if (at >= 0) list.splice(at, 1);
    this.#all.set(event, list);
    return this;
  }

  removeListener(event: string, listener: Listener): this {
    return this.off(event, listener);
  }

  /** Who is added or removed meanwhile hears of the next event. */
  emit(event: string, ...args: unknown[]): boolean {
    const list = this.#all.get(event) ?? [];
    if (list.length === 0 && event === 'error') throw args[0];
    for (const listener of list) listener.apply(this, args);
    return list.length > 0;
  }
}
