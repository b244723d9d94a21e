import type { Finding, Report, SideReport } from '../../api/schema';
import { count, percent } from '../../text/figures';
import { linesLeftOut, linesOfOtherTables, repairedRows } from './reading';

/** Codes of findings about the form of the data, which stand beside broken rules. */
const FORM = ['schema.', 'parse.'];

/** Findings about the form of the data: columns that came or went, changed kinds, cells that could not be read. */
export function formFindings(report: Report): Finding[] {
  return report.findings.filter((finding) => FORM.some((prefix) => finding.code.startsWith(prefix)));
}

/** How much there is to look at. */
export function validationCount(report: Report): number {
  const { reference, current } = report;
  const ofLines = (side: SideReport) => side.quarantine.rows + repairedRows(side) + linesOfOtherTables(side);
  return report.violations.length + formFindings(report).length + ofLines(reference) + ofLines(current);
}

/** A fact of both sides. */
export interface SideFact {
  name: string;
  current: string;
  reference: string;
}

/** What was read of both sides. */
export function sideFacts({ current, reference }: Report): SideFact[] {
  const facts: [string, (side: SideReport) => string][] = [
    ['Rows read', (side) => count(side.rows)],
    ['Rows set aside', (side) => count(side.quarantine.rows)],
    ['Rows repaired', (side) => count(repairedRows(side))],
    ['Lines left out', (side) => count(linesLeftOut(side))],
    ['Columns', (side) => count(side.columns)],
    ['Rows that repeat an earlier one', (side) => percent(side.duplicate_ratio)],
    ['Rows that figures rest on', (side) => `${count(side.sample_rows)}${side.exact ? ' (all)' : ''}`],
  ];
  return facts.map(([name, write]) => ({ name, current: write(current), reference: write(reference) }));
}
