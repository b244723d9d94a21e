import type { Navigation } from '../router/navigation';

/** The state of a view behind the `#` of the address: a file has no server that could make sense of a query. */
export class HashNavigation implements Navigation {
  #state = $state.raw(read());

  constructor() {
    addEventListener('hashchange', () => (this.#state = read()));
  }

  get(name: string): string | undefined {
    return this.#state.get(name) ?? undefined;
  }

  set(changes: Record<string, string | undefined>, how: { push?: boolean } = {}): void {
    const href = this.with(changes);
    if (how.push === true) history.pushState(null, '', href);
    else history.replaceState(null, '', href);
    this.#state = read();
  }

  with(changes: Record<string, string | undefined>): string {
    const state = new URLSearchParams(this.#state);
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined || value === '') state.delete(name);
      else state.set(name, value);
    }
    return `#${state.toString()}`;
  }
}

function read(): URLSearchParams {
  return new URLSearchParams(location.hash.slice(1));
}
