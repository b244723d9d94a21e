import { answer, api } from '../../../api/client';
import { Paged } from '../../../api/paged.svelte';
import type { Delivery } from '../../../api/schema';
import { type DeliveryFilter, refreshed } from '../view-model';

/** Deliveries that are fetched at once. */
const PAGE = 50;

/** The deliveries that fit a filter, as far back as was looked. */
export class DeliveryLogList extends Paged<Delivery> {
  constructor(filter: () => DeliveryFilter) {
    super((before, signal) => {
      const { channel, state, incident } = filter();
      const query = {
        limit: PAGE,
        ...(channel !== undefined && { channel }),
        ...(state !== undefined && { state }),
        ...(incident !== undefined && { incident }),
        ...(before !== undefined && { before }),
      };
      return answer(api.GET('/api/v1/deliveries', { params: { query }, signal }));
    });
  }

  /** Fetches the first page anew and keeps what is older. */
  async refresh(): Promise<void> {
    if (this.items.length <= PAGE) return this.load();
    await this.fetch(undefined, (page) => {
      this.items = refreshed(this.items, page.items, page.next != null);
    });
  }
}
