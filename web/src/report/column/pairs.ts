import type { ColumnReport, ColumnStatistics } from '../../api/schema';
import { QUANTILE_SHARES } from '../../charts/cumulative';

/** The same figure on both sides. */
export interface Pair {
  label: string;
  /** Nothing where it is not known. */
  reference: number | undefined;
  current: number | undefined;
}

/** Frequent values drawn at most. */
const MOST = 12;
/** Least share of rows that makes a value frequent on either side. */
const LEAST_SHARE = 0.005;

/** Classes that are seen at a glance. */
const FEW = 6;

/** The quantiles of both sides. */
export function quantilePairs({ statistics: [before, now] }: ColumnReport): Pair[] {
  return QUANTILE_SHARES.map((share, index) => ({
    label: share === 0.5 ? 'median' : `${share * 100} %`,
    reference: before?.quantiles?.[index],
    current: now?.quantiles?.[index],
  }));
}

/** The most frequent values of both sides with their shares, those that changed most first. */
export function frequentPairs(column: ColumnReport): Pair[] {
  const [before, now] = column.statistics.map(shares);
  // Where every class has a bar of its own, that says it all.
  const isAllSeen = column.bins.length <= FEW && column.bins.every((bin) => bin.lower == null && bin.upper == null);
  if (isAllSeen && column.bins.length > 0) return [];
  const labels = new Set([...(before?.keys() ?? []), ...(now?.keys() ?? [])]);
  const inBins = new Map(column.bins.map((bin) => [bin.label, bin]));
  const pairs = [...labels].map((label): Pair => {
    const bin = inBins.get(label);
    return {
      label: label === '' ? '(empty text)' : label,
      reference: before?.get(label) ?? bin?.reference_ratio,
      current: now?.get(label) ?? bin?.current_ratio,
    };
  });
  return pairs
    .filter((pair) => Math.max(pair.reference ?? 0, pair.current ?? 0) >= LEAST_SHARE)
    .sort((a, b) => change(b) - change(a))
    .slice(0, MOST);
}

/** Shapes of text with their shares, the most frequent first. */
export function patternPairs({ statistics: [before, now] }: ColumnReport): Pair[] {
  const [earlier, later] = [new Map(before?.patterns), new Map(now?.patterns)];
  const labels = new Set([...earlier.keys(), ...later.keys()]);
  // One shape on both sides tells nothing.
  if (labels.size < 2) return [];
  return [...labels]
    .map((label) => ({ label, reference: earlier.get(label), current: later.get(label) }))
    .sort((a, b) => (b.current ?? b.reference ?? 0) - (a.current ?? a.reference ?? 0))
    .slice(0, MOST);
}

function shares(statistics: ColumnStatistics | null): Map<string, number> | undefined {
  const values = (statistics?.count ?? 0) - (statistics?.nulls ?? 0);
  if (statistics?.top === undefined || values <= 0) return undefined;
  return new Map(statistics.top.map(([label, count]) => [label, count / values]));
}

function change({ reference, current }: Pair): number {
  return Math.abs((current ?? 0) - (reference ?? 0));
}
