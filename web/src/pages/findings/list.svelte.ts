import { Paged } from '../../api/paged.svelte';
import type { FindingRecord } from '../../api/schema';
import { findings } from './service';
import type { Filter } from './view-model';

/** The findings that fit a filter, as far as they have been fetched. */
export class FindingList extends Paged<FindingRecord> {
  /** Findings that came after the list was fetched. */
  newer = $state(0);

  constructor(filter: () => Filter) {
    super((before, signal) => findings(filter(), before, signal));
  }

  override async load(): Promise<void> {
    await super.load();
    this.newer = 0;
  }

  /** Takes the present state of a finding. */
  put(known: FindingRecord): void {
    const index = this.items.findIndex((item) => item.id === known.id);
    const old = this.items[index];
    if (old !== undefined && old.version <= known.version) this.items = this.items.with(index, { ...old, ...known });
  }
}
