// What the page asks of the service.

import { answer, api } from '../../api/client';
import type {
  Check,
  FindingRecord,
  FindingState,
  FindingWithHistory,
  Incident,
  IncidentState,
  IncidentWithFindings,
} from '../../api/schema';
import type { Filter } from './view-model';

/** What is decided about findings. */
export interface Change {
  state?: FindingState;
  /** The id of a user, or the empty text for nobody. */
  assignee?: string;
}

/** What is decided about an incident. */
export interface IncidentChange {
  state?: IncidentState;
  assignee?: string;
  confirmed?: boolean;
}

/** Findings on one page of the list, and incidents that are fetched at once: the most that the service gives. */
export const PAGE = 200;
/** Findings that the service changes at once. */
const MOST_AT_ONCE = 200;

/** One page of the findings that fit, newest first. */
export function findings(filter: Filter, before: string | undefined, signal: AbortSignal) {
  const { state, severity, assignee, column, text } = filter;
  const query = {
    limit: PAGE,
    ...(before !== undefined && { before }),
    ...(state !== 'all' && { state }),
    ...(severity !== undefined && { severity }),
    ...(assignee !== undefined && { assignee }),
    ...(column !== undefined && { column }),
    ...(text !== undefined && { q: text }),
  };
  return answer(api.GET('/api/v1/findings', { params: { query }, signal }));
}

export function finding(id: string): Promise<FindingWithHistory> {
  return answer(api.GET('/api/v1/findings/{id}', { params: { path: { id } } }));
}

export function changeFinding(known: FindingRecord, change: Change): Promise<FindingRecord> {
  const asked = api.PATCH('/api/v1/findings/{id}', {
    params: { path: { id: known.id } },
    body: { version: known.version, ...change },
  });
  return answer(asked);
}

/** Changes several at once, whatever their versions. */
export async function changeSeveral(ids: readonly string[], change: Change): Promise<void> {
  for (let start = 0; start < ids.length; start += MOST_AT_ONCE) {
    const body = { ids: ids.slice(start, start + MOST_AT_ONCE), ...change };
    await answer(api.POST('/api/v1/findings/changes', { body }));
  }
}

export async function comment(findingId: string, text: string): Promise<void> {
  await answer(api.POST('/api/v1/findings/{id}/comments', { params: { path: { id: findingId } }, body: { text } }));
}

/** The incidents seen last. */
export async function incidents(): Promise<Incident[]> {
  return (await answer(api.GET('/api/v1/incidents', { params: { query: { limit: PAGE } } }))).items;
}

export function incident(id: string): Promise<IncidentWithFindings> {
  return answer(api.GET('/api/v1/incidents/{id}', { params: { path: { id } } }));
}

export function changeIncident(known: Incident, change: IncidentChange): Promise<Incident> {
  const body = { version: known.version, ...change };
  return answer(api.PATCH('/api/v1/incidents/{id}', { params: { path: { id: known.id } }, body }));
}

export function check(id: string): Promise<Check> {
  return answer(api.GET('/api/v1/checks/{id}', { params: { path: { id } } }));
}
