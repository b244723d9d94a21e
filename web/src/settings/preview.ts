// What a preview of other settings says. Pure.

import type { CheckPreview, PreviewDecision, Report } from '../api/schema';
import { percent, plural } from '../text/figures';

/** The effect in a sentence: `With these settings 6 of 20 columns drifted (4 now).` */
export function sentence(preview: CheckPreview, report: Report): string {
  const now = report.columns.filter((column) => column.verdict === 'drifted').length;
  // Those that are not judged do not count, as in the headline of a report.
  const total = preview.columns.filter(({ verdict }) => verdict === 'drifted' || verdict === 'stable').length;
  const said = `With these settings ${preview.drifted} of ${plural(total, 'column')} drifted`;
  return preview.drifted === now ? `${said}, as now.` : `${said} (${now} now).`;
}

/** How a column is judged, in words. */
export function judged(one: PreviewDecision): string {
  if (one.mass_moved == null || one.threshold == null) return one.verdict;
  return `${percent(one.mass_moved)} moved, matters from ${percent(one.threshold)}`;
}
