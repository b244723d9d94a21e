import { events } from './events.svelte';
import { asProblem, type Problem } from './problem';

/** What a page shows of the service: the last answer stays while a newer one is fetched, so that nothing jumps. */
export class Resource<T> {
  data = $state.raw<T>();
  problem = $state.raw<Problem>();
  isLoading = $state(true);
  #load: (signal: AbortSignal) => Promise<T>;
  #running: AbortController | undefined;

  constructor(load: (signal: AbortSignal) => Promise<T>) {
    this.#load = load;
  }

  /** Fetches anew; of two at once the later one counts. */
  refresh = async (): Promise<void> => {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.isLoading = true;
    try {
      const data = await this.#load(running.signal);
      if (running.signal.aborted) return;
      this.data = data;
      this.problem = undefined;
    } catch (thrown) {
      if (running.signal.aborted) return;
      this.problem = asProblem(thrown);
    }
    this.isLoading = false;
  };

  /** Stops what is under way. */
  stop(): void {
    this.#running?.abort();
  }
}

/** How long to wait for more events before fetching anew, in milliseconds. */
const GATHER_MS = 150;
/** How long to wait after the service did not answer. */
const RETRY_MS = 3_000;

/**
 * A resource of a component: fetched at once, again when what `load` reads (before its first `await`) changes, when
 * an event of one of the kinds `refreshOn` comes, and after a failure of the connection.
 */
export function resource<T>(
  load: (signal: AbortSignal) => Promise<T>,
  options: { refreshOn?: readonly string[] } = {},
): Resource<T> {
  const made = new Resource(load);
  $effect(() => {
    void made.refresh();
    return () => made.stop();
  });
  $effect(() => {
    if (options.refreshOn === undefined) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = events.on(options.refreshOn, () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        void made.refresh();
      }, GATHER_MS);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  });
  $effect(() => {
    if (made.problem?.status !== 0 || made.isLoading) return;
    const timer = setTimeout(() => void made.refresh(), RETRY_MS);
    return () => clearTimeout(timer);
  });
  return made;
}
