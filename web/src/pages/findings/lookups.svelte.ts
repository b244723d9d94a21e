import { SvelteMap, SvelteSet } from 'svelte/reactivity';

/** Things that rows name by id, each fetched once, when the first row that names it is drawn. */
export class Lookup<T> {
  #known = new SvelteMap<string, T>();
  #asked = new Set<string>();
  /** Those that are not there any more. */
  #missing = new SvelteSet<string>();
  #load: (id: string) => Promise<T>;

  constructor(load: (id: string) => Promise<T>) {
    this.#load = load;
  }

  /** What has been fetched; asks for it where it has not. */
  get(id: string): T | undefined {
    const known = this.#known.get(id);
    if (known === undefined && !this.#asked.has(id)) {
      this.#asked.add(id);
      this.#load(id).then(
        (found) => this.#known.set(id, found),
        () => this.#missing.add(id),
      );
    }
    return known;
  }

  put(id: string, found: T): void {
    this.#asked.add(id);
    this.#known.set(id, found);
  }

  /** Whether it could not be had. */
  isMissing(id: string): boolean {
    return this.#missing.has(id);
  }
}
