import { answer, api } from '../../api/client';
import type { ColumnReport, ColumnVerdict, Report, Severity } from '../../api/schema';

// A report never changes once it is there: what was loaded is kept for the pages that show it.

/** Reports kept at most; one of 2,000 columns takes some 20 MB. */
const KEPT = 4;
const reports = new Map<string, Promise<Report>>();

/** The report of a check that is done. */
export function reportOf(id: string): Promise<Report> {
  const known = reports.get(id);
  if (known !== undefined) {
    // The one used last is dropped last.
    reports.delete(id);
    reports.set(id, known);
    return known;
  }
  const loading = load(id);
  reports.set(id, loading);
  loading.catch(() => reports.delete(id));
  for (const oldest of [...reports.keys()].slice(0, Math.max(reports.size - KEPT, 0))) reports.delete(oldest);
  return loading;
}

async function load(id: string): Promise<Report> {
  const body = await answer(api.GET('/api/v1/checks/{id}/report', { params: { path: { id }, query: { compact: true } } }));
  return body as Report;
}

/** How one column did in one check. */
export interface ColumnPoint {
  verdict: ColumnVerdict;
  severity: Severity;
  massMoved: number | undefined;
  threshold: number | undefined;
}

const points = new Map<string, Map<string, ColumnPoint>>();

/** How all columns did in a check, by name; the rest of its report is not kept. */
export async function pointsOf(id: string): Promise<Map<string, ColumnPoint>> {
  const known = points.get(id);
  if (known !== undefined) return known;
  const report = await (reports.get(id) ?? load(id));
  const made = new Map(report.columns.map((column) => [column.name, pointOf(column)]));
  points.set(id, made);
  return made;
}

function pointOf({ verdict, severity, effect }: ColumnReport): ColumnPoint {
  return { verdict, severity, massMoved: effect?.mass_moved, threshold: effect?.threshold };
}

const queries = new Map<string, URLSearchParams>();

/** Remembers what the page of a check showed, for the way back from one of its columns. */
export function rememberView(id: string, query: URLSearchParams): void {
  queries.set(id, query);
}

/** The address of a check's page as it was last seen, with a column chosen. */
export function viewHref(id: string, column: string): string {
  const query = new URLSearchParams(queries.get(id));
  query.set('row', column);
  return `/checks/${id}?${query.toString()}`;
}

/** The address of a column's page. */
export function columnHref(id: string, column: string): string {
  return `/checks/${id}/columns/${encodeURIComponent(column)}`;
}
