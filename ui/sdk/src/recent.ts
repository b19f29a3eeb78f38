/** A set that forgets its oldest members. */
export class RecentSet {
  #items = new Set<string>();
  #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  [Symbol.iterator](): IterableIterator<string> {
    return this.#items.values();
  }

  has(key: string): boolean {
    return this.#items.has(key);
  }

  delete(key: string): boolean {
    return this.#items.delete(key);
  }

  /** Adds a key; false if it was there already. */
  add(key: string): boolean {
    if (this.#items.has(key)) return false;
    this.#items.add(key);
    if (this.#items.size > this.#limit) this.#items.delete(this.#items.values().next().value!);
    return true;
  }
}

/** Puts a value into a map that forgets its oldest keys. */
export function remember<T>(map: Map<string, T>, key: string, value: T, limit: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > limit) map.delete(map.keys().next().value!);
}
