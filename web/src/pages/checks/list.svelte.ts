import { answer, api } from '../../api/client';
import { events } from '../../api/events.svelte';
import { asProblem, type Problem } from '../../api/problem';
import type { Check, CheckProgress, CheckState } from '../../api/schema';
import { together } from './view-model';

/** Checks on a page. */
const PAGE = 50;
/** How long to wait for more events before fetching anew, in milliseconds. */
const GATHER_MS = 150;

interface Query {
  state: CheckState | undefined;
  text: string;
}

/** The checks of the workspace, page by page, and as they change. */
export class CheckList {
  checks = $state.raw<Check[]>([]);
  problem = $state.raw<Problem>();
  isLoading = $state(false);
  /** Whether the first page has come. */
  isKnown = $state(false);
  #next: string | undefined;
  #run = 0;
  readonly #query: () => Query;

  /** Make it while the component is being made; `query` is read anew whenever it changes. */
  constructor(query: () => Query) {
    this.#query = query;
    $effect(() => {
      query();
      void this.#begin();
    });
    $effect(() => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const stop = events.on(['check.'], (event) => {
        if (event.kind === 'check.progress') this.#advance(event.subject, event.body as unknown as CheckProgress);
        else timer ??= setTimeout(() => ((timer = undefined), void this.refresh()), GATHER_MS);
      });
      return () => {
        clearTimeout(timer);
        stop();
      };
    });
  }

  get hasMore(): boolean {
    return this.#next !== undefined;
  }

  /** Fetches the newest page again; older ones stay. */
  refresh = async (): Promise<void> => {
    const run = this.#run;
    await this.#fetch(undefined, (page, next) => {
      if (run !== this.#run) return;
      const isFirst = !this.isKnown;
      this.checks = together(this.checks, page);
      if (isFirst) this.#next = next;
      this.isKnown = true;
    });
  };

  /** Fetches the page after the last one. */
  more = async (): Promise<void> => {
    if (this.isLoading || this.#next === undefined) return;
    const run = this.#run;
    await this.#fetch(this.#next, (page, next) => {
      if (run !== this.#run) return;
      this.checks = together(this.checks, page);
      this.#next = next;
    });
  };

  async #begin(): Promise<void> {
    const run = ++this.#run;
    await this.#fetch(undefined, (page, next) => {
      if (run !== this.#run) return;
      this.checks = page;
      this.#next = next;
      this.isKnown = true;
    });
  }

  async #fetch(before: string | undefined, take: (page: Check[], next: string | undefined) => void): Promise<void> {
    const { state, text } = this.#query();
    this.isLoading = true;
    try {
      const filters = { ...(state !== undefined && { state }), ...(text !== '' && { q: text }) };
      const query = { limit: PAGE, ...(before !== undefined && { before }), ...filters };
      const page = await answer(api.GET('/api/v1/checks', { params: { query } }));
      this.problem = undefined;
      take(page.items as Check[], page.next ?? undefined);
    } catch (thrown) {
      this.problem = asProblem(thrown);
    }
    this.isLoading = false;
  }

  #advance(id: string, progress: CheckProgress): void {
    this.checks = this.checks.map((check) => (check.id === id ? { ...check, state: 'running', progress } : check));
  }
}
