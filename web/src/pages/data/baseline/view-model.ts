import type { BaselineSummary, Check } from '../../../api/schema';

/** One version as a line. */
export interface VersionLine {
  version: number;
  standing: 'current' | 'newer' | 'earlier';
  source: string;
  rows: number;
  columns: number;
  sizeBytes: number;
  savedMs: number;
}

/** The versions, newest first. */
export function versionLines({ current, versions }: BaselineSummary): VersionLine[] {
  return versions
    .map((one): VersionLine => ({
      version: one.version,
      standing: one.version === current ? 'current' : one.version > current ? 'newer' : 'earlier',
      source: one.source,
      rows: one.rows,
      columns: one.columns,
      sizeBytes: one.size_bytes,
      savedMs: one.saved_ms,
    }))
    .sort((a, b) => b.version - a.version);
}

/** Whether a check was made against the baseline, in whichever version. */
export function usesBaseline(name: string): (check: Check) => boolean {
  return ({ reference }) => 'baseline' in reference && reference.baseline.split('@')[0] === name;
}
