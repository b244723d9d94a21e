// What a preview of other settings says. Pure.

import type { Report } from '../api/schema';
import { percent, plural } from '../text/figures';
import type { Judged, Preview } from './service';

/** The effect in a sentence: `With these settings 6 of 20 columns drifted (4 now).` */
export function sentence(preview: Preview, report: Report): string {
  const now = report.columns.filter((column) => column.verdict === 'drifted').length;
  // Those that are not judged do not count, as in the headline of the report.
  const total = report.columns.filter(({ verdict }) => verdict === 'drifted' || verdict === 'stable').length;
  const said = `With these settings ${preview.drifted} of ${plural(total, 'column')} drifted`;
  return preview.drifted === now ? `${said}, as now.` : `${said} (${now} now).`;
}

/** How a column is judged, in words. */
export function judged(one: Judged): string {
  if (one.mass_moved == null || one.threshold == null) return one.verdict;
  return `${percent(one.mass_moved)} moved, matters from ${percent(one.threshold)}`;
}
