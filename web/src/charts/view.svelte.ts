import { onDestroy, untrack } from 'svelte';

import type { LiveData } from './live';
import { inTurn, outOfTurn } from './pacer';
import type { Timeline } from './timeline.svelte';

/** How long new values wait for the next second, so that both are drawn at once, in milliseconds. */
const WAITS_MS = 300;

/** What one chart shows: it follows its timeline and its values, in frames that have time for it. */
export class View {
  startMs = $state(0);
  endMs = $state(0);
  cursorMs = $state<number>();
  data: LiveData = $state.raw({ series: [], write: String });
  readonly #timeline: Timeline;
  readonly #data: () => LiveData;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Make it while the component is being made. */
  constructor(timeline: Timeline, data: () => LiveData) {
    this.#timeline = timeline;
    this.#data = data;
    untrack(() => this.follow());
    $effect(() => {
      void [timeline.startMs, timeline.endMs, timeline.cursorMs];
      this.#soon();
    });
    $effect(() => {
      void data();
      if (!untrack(() => timeline.isLive)) this.#soon();
      else this.#timer ??= setTimeout(() => this.#soon(), WAITS_MS);
    });
    onDestroy(() => {
      clearTimeout(this.#timer);
      outOfTurn(this);
    });
  }

  /** Shows at once what there is: somebody has moved this very chart. */
  follow(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { startMs, endMs, cursorMs } = this.#timeline;
    this.startMs = startMs;
    this.endMs = endMs;
    this.cursorMs = cursorMs;
    this.data = this.#data();
  }

  #soon(): void {
    inTurn(this, () => this.follow());
  }
}
