import { asProblem, type Problem } from '../../api/problem';
import type { FindingRecord } from '../../api/schema';
import { findings } from './service';
import type { Filter } from './view-model';

/** The findings that fit a filter, as far as they have been fetched. */
export class FindingList {
  items = $state.raw<FindingRecord[]>([]);
  problem = $state.raw<Problem>();
  isLoaded = $state(false);
  isLoading = $state(false);
  hasMore = $state(false);
  /** Findings that came after the list was fetched. */
  newer = $state(0);
  #next: string | undefined;
  #filter: Filter | undefined;
  #running: AbortController | undefined;

  /** Fetches the first page; what was shown stays until it is there. */
  async load(filter: Filter): Promise<void> {
    this.#filter = filter;
    await this.#fetch(undefined, (items) => items);
    this.newer = 0;
  }

  /** Fetches the next page. */
  async more(): Promise<void> {
    if (this.isLoading || !this.hasMore) return;
    const before = this.items;
    await this.#fetch(this.#next, (items) => [...before, ...items]);
  }

  /** Takes the present state of a finding. */
  put(known: FindingRecord): void {
    const index = this.items.findIndex((item) => item.id === known.id);
    const old = this.items[index];
    if (old !== undefined && old.version <= known.version) this.items = this.items.with(index, { ...old, ...known });
  }

  stop(): void {
    this.#running?.abort();
  }

  async #fetch(before: string | undefined, join: (items: FindingRecord[]) => FindingRecord[]): Promise<void> {
    if (this.#filter === undefined) return;
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.isLoading = true;
    try {
      const page = await findings(this.#filter, before, running.signal);
      if (running.signal.aborted) return;
      this.items = join(page.items);
      this.#next = page.next ?? undefined;
      this.hasMore = this.#next !== undefined;
      this.problem = undefined;
      this.isLoaded = true;
    } catch (thrown) {
      if (running.signal.aborted) return;
      this.problem = asProblem(thrown);
      this.hasMore = false;
    }
    this.isLoading = false;
  }
}
