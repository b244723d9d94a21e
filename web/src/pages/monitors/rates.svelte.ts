import { monitors, windows } from '../../api/monitors';
import { asProblem, type Problem } from '../../api/problem';
import type { MonitorDetails } from '../../api/schema';

/** How often the list is fetched, in milliseconds. */
const EVERY_MS = 1_000;
/** How many rates a sparkline has room for. */
export const SLOTS = 60;
/** Of how many monitors the past is fetched at once; the others begin now. */
const MOST_PASTS = 24;

/**
 * The monitors with their rows a second as they come. One request a second for all of them: a stream for each would take
 * up the few connections that a browser opens to a service.
 */
export class MonitorRates {
  all = $state.raw<MonitorDetails[]>();
  problem = $state.raw<Problem>();
  /** The last rates of each monitor, the newest last. */
  rates = $state.raw<ReadonlyMap<string, readonly number[]>>(new Map());
  readonly #seen = new Map<string, number>();

  /** Make it while the component is being made. */
  constructor() {
    $effect(() => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      let isStopped = false;
      const go = async (): Promise<void> => {
        if (!document.hidden) await this.refresh();
        if (!isStopped) timer = setTimeout(() => void go(), EVERY_MS);
      };
      void go();
      return () => {
        isStopped = true;
        clearTimeout(timer);
      };
    });
  }

  refresh = async (): Promise<void> => {
    try {
      const all = await monitors();
      const isFirst = this.all === undefined;
      this.#take(all);
      this.all = all;
      this.problem = undefined;
      if (isFirst) await Promise.all(all.slice(0, MOST_PASTS).map(({ monitor }) => this.#past(monitor.id)));
    } catch (thrown) {
      this.problem = asProblem(thrown);
    }
  };

  #take(all: readonly MonitorDetails[]): void {
    const rates = new Map(this.rates);
    for (const { monitor, status } of all) {
      if (status == null || monitor.state === 'paused' || this.#seen.get(monitor.id) === status.last_window_ms) continue;
      this.#seen.set(monitor.id, status.last_window_ms);
      rates.set(monitor.id, [...(rates.get(monitor.id) ?? []), status.rows_per_sec].slice(-SLOTS));
    }
    this.rates = rates;
  }

  async #past(id: string): Promise<void> {
    const from = Date.now() - SLOTS * 1_000;
    const past = await windows(id, { resolution: 'window', from, metrics: 'rows_per_sec' }).catch(() => []);
    if (past.length === 0) return;
    const rates = past.map(({ values }) => values.rows_per_sec ?? 0);
    this.rates = new Map(this.rates).set(id, rates.slice(-SLOTS));
  }
}
