import type { ContractOutcome, RuleOutcome, RuleStatus, Severity } from '../../api/schema';
import { count, percent, plural } from '../../text/figures';

const SEVERITIES: readonly Severity[] = ['none', 'low', 'medium', 'high', 'critical'];

/** Words and signs for what came of a rule. */
export const STATUS: Record<RuleStatus, { sign: string; word: string }> = {
  kept: { sign: '✓', word: 'holds' },
  broken: { sign: '✕', word: 'broken' },
  unjudged: { sign: '?', word: 'not judged' },
  skipped: { sign: '–', word: 'skipped' },
};

/** The answer in a sentence: `73 of 80 rules hold; 7 are broken.` */
export function contractSentence({ kept, broken, unjudged, rules }: ContractOutcome): string {
  const skipped = rules.filter(({ status }) => status === 'skipped').length;
  if (rules.length === 0) return 'The contract has no rules.';
  if (kept === rules.length) return rules.length === 1 ? 'The only rule holds.' : `All ${count(rules.length)} rules hold.`;
  const parts = [
    broken > 0 ? `${count(broken)} ${broken === 1 ? 'is' : 'are'} broken` : '',
    unjudged > 0 ? `${count(unjudged)} could not be judged` : '',
    skipped > 0 ? `${count(skipped)} ${skipped === 1 ? 'was' : 'were'} skipped, as the column is not there` : '',
  ].filter(Boolean);
  return `${count(kept)} of ${plural(rules.length, 'rule')} ${kept === 1 ? 'holds' : 'hold'}; ${parts.join(', ')}.`;
}

/** The rules with one outcome, the gravest first, else in the order of the contract. */
export function rulesWith<R extends RuleOutcome>(rules: readonly R[], status: RuleStatus): R[] {
  return rules
    .filter((rule) => rule.status === status)
    .sort((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity));
}

/** Rules by the column they are about, in the order of the contract; those about the table have none. */
export function byColumn<R extends { column?: string | null | undefined }>(rules: readonly R[]): [string | undefined, R[]][] {
  const groups = new Map<string | undefined, R[]>();
  for (const rule of rules) {
    const column = rule.column ?? undefined;
    const group = groups.get(column);
    if (group) group.push(rule);
    else groups.set(column, [rule]);
  }
  return [...groups];
}

/** How many rows break a rule: `1 of 29,425 rows (<0.1 %)`; nothing for rules that do not judge rows. */
export function rowsInWords({ rows_broken, rows_judged, estimated, tolerance }: RuleOutcome): string | undefined {
  if (rows_broken == null || rows_judged == null || rows_judged === 0) return undefined;
  const about = estimated ? 'about ' : '';
  const allowed = tolerance > 0 ? `, up to ${percent(tolerance)} may` : '';
  return `${about}${count(rows_broken)} of ${plural(rows_judged, 'row')} (${percent(rows_broken / rows_judged)}${allowed})`;
}

/** Whether the message of a rule tells itself how many rows break it. */
export function saysRows({ message, rows_broken, tolerance }: RuleOutcome): boolean {
  return tolerance === 0 && rows_broken != null && message.includes(` ${count(rows_broken)} of `);
}

/** The name of a contract without its version: `flights` of `flights@3`. */
export function contractName({ name }: ContractOutcome): string {
  return name.replace(/@\d+$/, '');
}

/** A contract as people call it: `flights, version 3`. */
export function contractTitle(contract: ContractOutcome): string {
  const version = /@(\d+)$/.exec(contract.name)?.[1];
  return version === undefined ? contract.name : `${contractName(contract)}, version ${version}`;
}
