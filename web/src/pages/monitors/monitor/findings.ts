import { answer, api } from '../../../api/client';
import type { FindingRecord, Incident } from '../../../api/schema';

/** Incidents whose findings are looked through, and findings of each. */
const [MOST_INCIDENTS, MOST_FINDINGS] = [8, 50];

/** The last findings of incidents, the newest first. The service lists none by monitor. */
export async function findingsOf(incidents: readonly Incident[]): Promise<FindingRecord[]> {
  const newest = incidents.toSorted((a, b) => b.last_seen_ms - a.last_seen_ms).slice(0, MOST_INCIDENTS);
  const pages = await Promise.all(
    newest.map(({ id: incident }) => {
      return answer(api.GET('/api/v1/findings', { params: { query: { incident, limit: MOST_FINDINGS } } }));
    }),
  );
  return pages.flatMap(({ items }) => items).sort((a, b) => b.created_ms - a.created_ms);
}
