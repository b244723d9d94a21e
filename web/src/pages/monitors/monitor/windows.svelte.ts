import { untrack } from 'svelte';

import { followWindows, type Resolution, windows } from '../../../api/monitors';
import type { WindowSummary } from '../../../api/schema';
import type { EventMark } from '../../../charts/marks';
import type { Timeline } from '../../../charts/timeline.svelte';
import { marksFrom, merged, resolutionFor, stepOf } from './view-model';

/** Windows of each resolution that are kept at most. */
const MOST = 10_000;
/** Events that are kept at most. */
const MOST_MARKS = 500;
/** How often rolled up windows are fetched anew while the charts are live, in milliseconds. */
const ROLLED_MS = 10_000;

interface Options {
  id: string;
  timeline: Timeline;
  /** Length of a window, in milliseconds. */
  lengthMs: () => number;
  /** Keys of the metrics that are needed; all without. */
  metrics: () => string | undefined;
  /** Whether windows close at all. */
  isRunning: () => boolean;
}

/** The windows of a monitor that the charts show: as they close, and of the past where somebody looks at it. */
export class MonitorWindows {
  isConnected = $state(true);
  /** The last window. */
  last = $state.raw<WindowSummary>();
  /** What began and ended while this was looked at, in the order of time. */
  marks = $state.raw<readonly EventMark[]>([]);
  #known = $state.raw<Record<Resolution, readonly WindowSummary[]>>({ window: [], minute: [], hour: [] });
  /** From when on they are known. */
  readonly #from: Record<Resolution, number> = { window: Infinity, minute: Infinity, hour: Infinity };
  readonly #options: Options;

  readonly resolution = $derived.by((): Resolution => {
    return resolutionFor(this.#options.timeline.windowMs, this.#options.lengthMs());
  });
  /** The windows of the present resolution, in the order of time. */
  readonly shown = $derived.by(() => this.#known[this.resolution]);
  /** The earliest moment from which on events are known from the windows. */
  readonly knownFromMs = $derived.by(() => this.marks[0]?.timeMs ?? Infinity);

  /** Make it while the component is being made. */
  constructor(options: Options) {
    this.#options = options;
    const { id, timeline } = options;
    let waiting: WindowSummary[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    $effect(() => {
      if (!options.isRunning()) return;
      const stop = followWindows(id, {
        metrics: options.metrics(),
        connected: (isConnected) => (this.isConnected = isConnected),
        hear: (closed) => {
          const marks = marksFrom(closed);
          if (marks.length > 0) this.marks = [...this.marks, ...marks].slice(-MOST_MARKS);
          waiting.push(closed.window);
          // Ten minutes come at once in the beginning: they are taken in together.
          timer ??= setTimeout(() => {
            timer = undefined;
            this.last = waiting.at(-1);
            this.#put('window', waiting);
            waiting = [];
          });
        },
      });
      return () => {
        stop();
        clearTimeout(timer);
        timer = undefined;
      };
    });
    // What lies before is fetched in large pieces, before it is needed.
    const wanted = $derived.by(() => {
      const pieceMs = Math.max(timeline.windowMs, 60_000);
      return Math.floor(timeline.startMs / pieceMs - 0.5) * pieceMs;
    });
    $effect(() => {
      const [resolution, from] = [this.resolution, wanted];
      void untrack(() => this.#reach(resolution, from));
    });
    $effect(() => {
      const resolution = this.resolution;
      if (resolution === 'window') return;
      const again = setInterval(() => {
        const from = Date.now() - 2 * stepOf(resolution, options.lengthMs());
        if (!document.hidden && timeline.isLive) void this.#fetch(resolution, from);
      }, ROLLED_MS);
      return () => clearInterval(again);
    });
  }

  async #reach(resolution: Resolution, from: number): Promise<void> {
    const until = this.#from[resolution];
    if (from >= until) return;
    this.#from[resolution] = from;
    await this.#fetch(resolution, from, until === Infinity ? undefined : until);
  }

  async #fetch(resolution: Resolution, from: number, until?: number): Promise<void> {
    const metrics = this.#options.metrics();
    const query = { resolution, from, ...(until !== undefined && { until }), ...(metrics !== undefined && { metrics }) };
    // The past is looked at again when the window moves: a failure needs no words of its own.
    const more = await windows(this.#options.id, query).catch(() => undefined);
    if (more !== undefined) this.#put(resolution, more);
    else if (this.#from[resolution] === from) this.#from[resolution] = until ?? Infinity;
  }

  #put(resolution: Resolution, more: readonly WindowSummary[]): void {
    if (more.length === 0) return;
    this.#known = { ...this.#known, [resolution]: merged(this.#known[resolution], more).slice(-MOST) };
  }
}
