// What the page asks of the service. Incidents and changes of several findings are newer than findings themselves:
// a service without them answers 404, and the page does without.

import { answer, api } from '../../api/client';
import { Problem } from '../../api/problem';
import type { Check, FindingRecord, FindingState, FindingWithHistory, Report, Severity } from '../../api/schema';
import type { Filter } from './view-model';

/** A finding with the incident that it belongs to. */
export type Listed = FindingRecord & { incident_id?: string | null };

export type IncidentState = 'open' | 'acknowledged' | 'resolved';

/** Findings that moved together. */
export interface Incident {
  id: string;
  title: string;
  severity: Severity;
  state: IncidentState;
  confirmed: boolean;
  assignee?: string | null;
  current_name?: string;
  reference_name?: string;
  last_check_id?: string;
  columns_total?: number;
  findings_total?: number;
  findings_open?: number;
  checks_total?: number;
  version: number;
  first_seen_ms?: number;
  last_seen_ms?: number;
  updated_ms: number;
}

export interface IncidentDetails {
  incident: Incident;
  findings: Listed[];
  findings_total?: number;
  activity?: FindingWithHistory['activity'];
}

export interface Change {
  state?: FindingState;
  /** The id of a user, or the empty text for nobody. */
  assignee?: string;
}

export interface IncidentChange {
  state?: IncidentState;
  assignee?: string;
  confirmed?: boolean;
}

interface PageOf<T> {
  items: T[];
  next?: string | null;
}

/** Findings on one page of the list: the most that the service gives. */
export const PAGE = 200;
/** Findings that the service changes at once. */
const MOST_AT_ONCE = 200;

type Asked = Promise<{ data?: unknown; error?: unknown; response: Response }>;
type Untyped = Record<'GET' | 'POST' | 'PATCH', (path: string, init?: object) => Asked>;
const newer = api as unknown as Untyped;

/** Whether the service is older than what was asked for. */
function isUnknown(thrown: unknown): boolean {
  return thrown instanceof Problem && (thrown.status === 404 || thrown.status === 405 || thrown.status === 400);
}

/** One page of the findings that fit, newest first. */
export async function findings(filter: Filter, before: string | undefined, signal?: AbortSignal): Promise<PageOf<Listed>> {
  const query = {
    limit: PAGE,
    before,
    state: filter.state === 'all' ? undefined : filter.state,
    severity: filter.severity,
    assignee: filter.assignee,
    column: filter.column,
    q: filter.text,
  };
  return (await answer(newer.GET('/api/v1/findings', { params: { query }, signal }))) as PageOf<Listed>;
}

export function finding(id: string): Promise<FindingWithHistory> {
  return answer(api.GET('/api/v1/findings/{id}', { params: { path: { id } } }));
}

export async function changeFinding(known: Listed, change: Change): Promise<Listed> {
  const asked = api.PATCH('/api/v1/findings/{id}', {
    params: { path: { id: known.id } },
    body: { version: known.version, ...change },
  });
  return answer(asked);
}

/** Changes several at once. Answers `false` when the service cannot. */
export async function changeSeveral(ids: readonly string[], change: Change): Promise<boolean> {
  for (let start = 0; start < ids.length; start += MOST_AT_ONCE) {
    const body = { ids: ids.slice(start, start + MOST_AT_ONCE), ...change };
    try {
      await answer(newer.POST('/api/v1/findings/changes', { body }));
    } catch (thrown) {
      if (start === 0 && isUnknown(thrown)) return false;
      throw thrown;
    }
  }
  return true;
}

export async function comment(findingId: string, text: string): Promise<void> {
  await answer(api.POST('/api/v1/findings/{id}/comments', { params: { path: { id: findingId } }, body: { text } }));
}

/** The incidents seen last, or nothing when the service has none. */
export async function incidents(): Promise<Incident[] | undefined> {
  try {
    const query = { limit: PAGE };
    const page = (await answer(newer.GET('/api/v1/incidents', { params: { query } }))) as PageOf<Incident>;
    return page.items;
  } catch (thrown) {
    if (isUnknown(thrown)) return undefined;
    throw thrown;
  }
}

export async function incident(id: string): Promise<IncidentDetails> {
  return (await answer(newer.GET('/api/v1/incidents/{id}', { params: { path: { id } } }))) as IncidentDetails;
}

export async function changeIncident(known: Incident, change: IncidentChange): Promise<Incident> {
  const body = { version: known.version, ...change };
  return (await answer(
    newer.PATCH('/api/v1/incidents/{id}', { params: { path: { id: known.id } }, body }),
  )) as Incident;
}

export function check(id: string): Promise<Check> {
  return answer(api.GET('/api/v1/checks/{id}', { params: { path: { id } } }));
}

const reports = new Map<string, Promise<Report>>();
/** Reports that are kept: those of wide tables are large. */
const KEPT_REPORTS = 2;

/** The report of a check; those asked for last are kept, as findings of one check are read one after another. */
export function report(checkId: string): Promise<Report> {
  let known = reports.get(checkId);
  if (known === undefined) {
    const asked = api.GET('/api/v1/checks/{id}/report', { params: { path: { id: checkId } } });
    known = answer(asked) as unknown as Promise<Report>;
    known.catch(() => reports.delete(checkId));
    reports.set(checkId, known);
    const oldest = reports.keys().next().value;
    if (reports.size > KEPT_REPORTS && oldest !== undefined) reports.delete(oldest);
  }
  return known;
}
