import { answer, api } from '../../api/client';
import { type Resource, resource } from '../../api/resource.svelte';
import type { Dataset } from '../../api/schema';

/** Datasets of one page of the service. */
const PER_PAGE = 200;

export interface Datasets {
  items: Dataset[];
  /** There are more than were fetched. */
  hasMore: boolean;
}

/** The datasets of the workspace, page by page; call it while a component is being made. */
export class DatasetPages {
  pages = $state(1);
  readonly list: Resource<Datasets>;

  constructor() {
    this.list = resource(() => fetched(this.pages), { refreshOn: ['dataset.'] });
  }

  /** Fetches a page more, when there is one. */
  more(): void {
    if (this.list.data?.hasMore === true && !this.list.isLoading) this.pages += 1;
  }
}

async function fetched(pages: number): Promise<Datasets> {
  const items: Dataset[] = [];
  let before: string | undefined;
  for (let page = 0; page < pages; page += 1) {
    const query = { limit: PER_PAGE, ...(before !== undefined && { before }) };
    const { items: more, next } = await answer(api.GET('/api/v1/datasets', { params: { query } }));
    items.push(...more);
    if (next == null) return { items, hasMore: false };
    before = next;
  }
  return { items, hasMore: true };
}
