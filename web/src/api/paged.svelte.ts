import { asProblem, type Problem } from './problem';

/** One page of a list, as the service gives it. */
export interface PageOf<T> {
  items: T[];
  /** What to ask for to get the page after it; nothing at the end. */
  next?: string | null;
}

/** A list of the service, page by page, the newest first: what is there stays while more is fetched. */
export class Paged<T> {
  items = $state.raw<T[]>([]);
  problem = $state.raw<Problem>();
  /** Whether the first page has come. */
  isLoaded = $state(false);
  isLoading = $state(false);
  #next = $state.raw<string>();
  readonly #ask: (before: string | undefined, signal: AbortSignal) => Promise<PageOf<T>>;
  #running: AbortController | undefined;

  constructor(ask: (before: string | undefined, signal: AbortSignal) => Promise<PageOf<T>>) {
    this.#ask = ask;
  }

  /** Whether it goes on. After a failure nothing is asked for by itself. */
  get hasMore(): boolean {
    return this.#next !== undefined && this.problem === undefined;
  }

  /** Fetches the first page; what was shown stays until it is there. */
  async load(): Promise<void> {
    await this.fetch(undefined, (page) => this.#put(page.items, page));
  }

  /** Fetches the page after the last one. */
  async more(): Promise<void> {
    if (this.isLoading || !this.hasMore) return;
    await this.fetch(this.#next, (page) => this.#put(this.joined(this.items, page.items), page));
  }

  /** Stops what is under way. */
  stop(): void {
    this.#running?.abort();
  }

  /** What was there, and a page after it. */
  protected joined(known: T[], page: T[]): T[] {
    return [...known, ...page];
  }

  /** Asks for a page; of two at once the later one counts. */
  protected async fetch(before: string | undefined, take: (page: PageOf<T>) => void): Promise<void> {
    this.stop();
    const running = new AbortController();
    this.#running = running;
    this.isLoading = true;
    try {
      const page = await this.#ask(before, running.signal);
      if (running.signal.aborted) return;
      take(page);
      this.problem = undefined;
      this.isLoaded = true;
    } catch (thrown) {
      if (running.signal.aborted) return;
      this.problem = asProblem(thrown);
    }
    this.isLoading = false;
  }

  #put(items: T[], page: PageOf<T>): void {
    this.items = items;
    this.#next = page.next ?? undefined;
  }
}
