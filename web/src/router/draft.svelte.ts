import { onDestroy } from 'svelte';

import { navigation } from './navigation';

/** How long a value rests before it goes into the address. Browsers refuse more than 200 changes in 30 seconds. */
const RESTS_MS = 200;

/** A value of the view's state that changes with every key, and is written into the address when it rests. */
export class Draft {
  readonly #state = navigation();
  readonly #name: string;
  /** The page whose state it is. */
  readonly #path = location.pathname;
  #unwritten = $state<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Make it while the component is being made. */
  constructor(name: string) {
    this.#name = name;
    onDestroy(() => clearTimeout(this.#timer));
  }

  get value(): string {
    return this.#unwritten ?? this.#state.get(this.#name) ?? '';
  }

  set value(value: string) {
    this.#unwritten = value;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.write(), RESTS_MS);
  }

  /** Writes it now: the page is about to be left. */
  write(): void {
    clearTimeout(this.#timer);
    if (this.#unwritten === undefined) return;
    // The next page may have the address already while its code is still being loaded.
    if (location.pathname === this.#path) this.#state.set({ [this.#name]: this.#unwritten });
    this.#unwritten = undefined;
  }
}
