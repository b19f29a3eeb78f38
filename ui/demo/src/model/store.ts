/** Something that changes and tells who watches it. */
export class Store {
  #watchers = new Set<() => void>();

  /** Calls back after each change; returns how to stop. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  changed(): void {
    for (const watcher of this.#watchers) watcher();
  }
}
