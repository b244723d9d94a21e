import { untrack } from 'svelte';

import { events } from '../../api/events.svelte';
import type { FindingRecord } from '../../api/schema';
import type { FindingList } from './list.svelte';
import { incident } from './service';
import { fits, hasState, type Filter } from './view-model';

/** How long to wait for more new findings before an empty list is fetched anew, in milliseconds. */
const GATHER_MS = 300;

/** Keeps a list as the filter and the events want it, as long as the component lives that calls this. */
export function follow(list: FindingList, filter: () => Filter, myId: () => string | undefined): void {
  let timer: ReturnType<typeof setTimeout> | undefined;

  $effect(() => {
    void filter();
    untrack(() => void list.load());
    return () => list.stop();
  });

  // Where nothing is listed, new findings come by themselves; elsewhere they would push away what is read.
  function hear(raised: FindingRecord): void {
    if (!hasState(raised, filter()) || !fits(raised, filter(), myId())) return;
    list.newer += 1;
    clearTimeout(timer);
    timer = setTimeout(() => list.items.length === 0 && void list.load(), GATHER_MS);
  }
  // What is decided about an incident holds for its findings, without an event for each of them.
  async function take(incidentId: string): Promise<void> {
    if (!list.items.some((item) => item.incident_id === incidentId)) return;
    const details = await incident(incidentId);
    for (const finding of details.findings) list.put(finding);
    if (details.findings_total > details.findings.length) await list.load();
  }
  $effect(() => {
    const stop = events.on(['finding.', 'incident.changed'], (event) => {
      // When it cannot be fetched, the next look at the list shows what there is.
      if (event.kind === 'incident.changed') take(event.subject).catch(() => undefined);
      else if (event.kind === 'finding.changed') list.put(event.body as unknown as FindingRecord);
      else if (event.kind === 'events.reconnected') void list.load();
      else if (event.kind === 'finding.raised') hear(event.body as unknown as FindingRecord);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  });
}
