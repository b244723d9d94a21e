import { answer, api } from '../../api/client';
import { events } from '../../api/events.svelte';
import { asProblem, type Problem } from '../../api/problem';
import type { CheckProgress, System } from '../../api/schema';
import { errorRates, pushed } from './view-model';

/** How often the service is asked, in milliseconds. */
const EVERY_MS = 2_000;
/** Looks that are drawn: four minutes. */
export const SLOTS = 120;

/** How the service has been while somebody looks. */
export class SystemWatch {
  now = $state.raw<System>();
  problem = $state.raw<Problem>();
  memory = $state.raw<number[]>([]);
  queue = $state.raw<number[]>([]);
  /** Share of its cores that the service has used between two looks, 0..1. */
  cpu = $state.raw<number[]>([]);
  /** Time of each chunk that was read while somebody looked, in seconds. */
  chunks = $state.raw<number[]>([]);
  /** Rows a second of the check that runs. */
  rows = $state.raw<number[]>([]);
  rates = $state.raw<ReturnType<typeof errorRates>>([]);
  #cpu: { atMs: number; usedSecs: number } | undefined;
  #looks: { atMs: number; errors: Record<string, number> }[] = [];

  /** Looks until it is told to stop; rests while the page is hidden. */
  watch(): () => void {
    let isStopped = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const go = async () => {
      if (document.visibilityState === 'visible') await this.#look();
      if (!isStopped) timer = setTimeout(() => void go(), EVERY_MS);
    };
    void go();
    const unhear = events.on(['check.progress'], (event) => {
      const progress = event.body as unknown as Partial<CheckProgress>;
      if (progress.chunk_secs !== undefined && progress.chunk_secs > 0) {
        this.chunks = pushed(this.chunks, progress.chunk_secs, SLOTS);
      }
      if (progress.rows_per_sec !== undefined) this.rows = pushed(this.rows, progress.rows_per_sec, SLOTS);
    });
    return () => {
      isStopped = true;
      clearTimeout(timer);
      unhear();
    };
  }

  async #look(): Promise<void> {
    try {
      const now = await answer(api.GET('/api/v1/system'));
      const atMs = performance.now();
      if (now.cpu != null) {
        if (this.#cpu !== undefined) {
          const possible = ((atMs - this.#cpu.atMs) / 1000) * now.cpu.cores;
          const used = (now.cpu.used_secs - this.#cpu.usedSecs) / possible;
          this.cpu = pushed(this.cpu, Math.min(1, Math.max(0, used)), SLOTS);
        }
        this.#cpu = { atMs, usedSecs: now.cpu.used_secs };
      }
      this.now = now;
      this.problem = undefined;
      this.memory = pushed(this.memory, now.memory.resident_bytes ?? 0, SLOTS);
      this.queue = pushed(this.queue, (now.queue?.queued ?? 0) + (now.queue?.running ?? 0), SLOTS);
      this.#looks = [...this.#looks, { atMs: Date.now(), errors: now.errors }].slice(-SLOTS);
      const first = this.#looks[0];
      const secs = first === undefined ? 0 : (Date.now() - first.atMs) / 1000;
      this.rates = errorRates(first?.errors ?? {}, now.errors, secs);
    } catch (thrown) {
      this.problem = asProblem(thrown);
    }
  }
}
