import type { ColumnReport, ColumnVerdict, Finding, Kind, Report } from '../api/schema';

/** What the table of columns can be sorted by. */
export const SORTS = ['severity', 'name', 'kind', 'verdict', 'score', 'q', 'moved', 'nulls'] as const;
export type Sort = (typeof SORTS)[number];
export type Direction = 'rising' | 'falling';

/** Which columns are shown, and in what order. */
export interface Choice {
  search: string;
  verdict: ColumnVerdict | undefined;
  kind: Kind | undefined;
  sort: Sort;
  direction: Direction;
}

/** The direction that is of use first: names from A, everything else from the greatest. */
export function usualDirection(sort: Sort): Direction {
  return sort === 'name' || sort === 'kind' || sort === 'q' ? 'rising' : 'falling';
}

const VERDICT_ORDER: Record<ColumnVerdict, number> = { failed: 3, drifted: 2, stable: 1, skipped: 0 };
const names = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** The columns that are chosen, in the order that is chosen. Reports come sorted by severity. */
export function chosenColumns(columns: readonly ColumnReport[], choice: Choice): readonly ColumnReport[] {
  const wanted = choice.search.trim().toLowerCase();
  const found = columns.filter(
    (column) =>
      (choice.verdict === undefined || column.verdict === choice.verdict) &&
      (choice.kind === undefined || column.kind === choice.kind) &&
      (wanted === '' || column.name.toLowerCase().includes(wanted)),
  );
  if (choice.sort === 'severity') return choice.direction === 'falling' ? found : found.reverse();
  return found.sort(comparison(choice.sort, choice.direction));
}

type Comparison = (a: ColumnReport, b: ColumnReport) => number;

function comparison(sort: Exclude<Sort, 'severity'>, direction: Direction): Comparison {
  const sign = direction === 'rising' ? 1 : -1;
  if (sort === 'name') return (a, b) => sign * names.compare(a.name, b.name);
  if (sort === 'kind') return (a, b) => sign * a.kind.localeCompare(b.kind);
  if (sort === 'verdict') return (a, b) => sign * (VERDICT_ORDER[a.verdict] - VERDICT_ORDER[b.verdict]);
  const measure = MEASURES[sort];
  // Columns without the figure stay at the end, whichever way the others run.
  return (a, b) => {
    const [left, right] = [measure(a), measure(b)];
    if (left == null || right == null) return Number(left == null) - Number(right == null);
    return sign * (left - right);
  };
}

const MEASURES: Record<'score' | 'q' | 'moved' | 'nulls', (column: ColumnReport) => number | null | undefined> = {
  score: (column) => column.score?.value,
  q: (column) => column.evidence?.q_value,
  moved: (column) => column.effect?.mass_moved,
  nulls: (column) => Math.abs(nullChange(column)),
};

/** By how much the share of nulls rose, -1..1. */
export function nullChange({ nulls }: ColumnReport): number {
  return nulls.current_ratio - nulls.reference_ratio;
}

/** How often each value of a property is there, in the order of the first. */
export function counts<K extends string>(columns: readonly ColumnReport[], property: (one: ColumnReport) => K): [K, number][] {
  const made = new Map<K, number>();
  for (const column of columns) made.set(property(column), (made.get(property(column)) ?? 0) + 1);
  return [...made];
}

const byColumn = new WeakMap<Report, Map<string, Finding[]>>();

/** The findings about a column. */
export function findingsOf(report: Report, name: string): readonly Finding[] {
  let found = byColumn.get(report);
  if (found === undefined) {
    found = new Map();
    for (const finding of report.findings) {
      if (finding.column == null) continue;
      const known = found.get(finding.column);
      if (known === undefined) found.set(finding.column, [finding]);
      else known.push(finding);
    }
    byColumn.set(report, found);
  }
  return found.get(name) ?? [];
}

/** What changed in a column, in few words; why it was not judged where that is so. */
export function changeOf(report: Report, column: ColumnReport): string {
  const findings = findingsOf(report, column.name);
  const told = findings.find((finding) => finding.code === 'drift.value') ?? findings[0];
  if (told === undefined) return column.reason ?? '';
  const lead = `\`${column.name}\` `;
  const rest = told.message.startsWith(lead) ? told.message.slice(lead.length) : told.message;
  // How much moved stands in a column of its own.
  return rest.replace(/ \([^()]* of the rows would have to change place\)\.?$/, '').replace(/\.$/, '');
}
