import { untrack } from 'svelte';

import { answer, api } from '../../api/client';
import { events } from '../../api/events.svelte';
import { Paged, type PageOf } from '../../api/paged.svelte';
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
export class CheckList extends Paged<Check> {
  #fetching: Promise<void> = Promise.resolve();

  /** Make it while the component is being made; `query` is read anew whenever it changes. */
  constructor(query: () => Query) {
    super((before, signal) => page(query(), before, signal));
    $effect(() => {
      void query();
      untrack(() => void this.load());
      return () => this.stop();
    });
    $effect(() => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const stop = events.on(['check.'], (event) => {
        if (event.kind === 'check.progress') this.#advance(event.subject, event.body as unknown as CheckProgress);
        else timer ??= setTimeout(() => ((timer = undefined), void this.#renew()), GATHER_MS);
      });
      return () => {
        clearTimeout(timer);
        stop();
      };
    });
  }

  protected override joined(known: Check[], page: Check[]): Check[] {
    return together(known, page);
  }

  protected override fetch(before: string | undefined, take: (page: PageOf<Check>) => void): Promise<void> {
    this.#fetching = super.fetch(before, take);
    return this.#fetching;
  }

  /** Fetches the newest page again, after what is under way; older ones stay. */
  async #renew(): Promise<void> {
    await this.#fetching;
    if (!this.isLoaded) await this.load();
    else await this.fetch(undefined, ({ items }) => (this.items = together(this.items, items)));
  }

  #advance(id: string, progress: CheckProgress): void {
    this.items = this.items.map((check) => (check.id === id ? { ...check, state: 'running', progress } : check));
  }
}

async function page({ state, text }: Query, before: string | undefined, signal: AbortSignal): Promise<PageOf<Check>> {
  const query = {
    limit: PAGE,
    ...(before !== undefined && { before }),
    ...(state !== undefined && { state }),
    ...(text !== '' && { q: text }),
  };
  return answer(api.GET('/api/v1/checks', { params: { query }, signal }));
}
