// What the inbox shows, from what the service gives. Pure.

import type { ColumnReport, FindingRecord, FindingState, FindingWithHistory, Incident, Severity, User } from '../../api/schema';
import { marked } from '../../report/words';
import { NOTHING, percent, plural, probability, score } from '../../text/figures';
import { nameOf, type People } from '../../text/people';
import { written } from '../../text/written';

export const STATES: readonly FindingState[] = ['open', 'acknowledged', 'resolved', 'muted'];
export const SEVERITIES: readonly Severity[] = ['low', 'medium', 'high', 'critical'];

/** Which findings are listed. */
export interface Filter {
  state: FindingState | 'all';
  /** This one or a higher one. */
  severity: Severity | undefined;
  /** The id of a user, `me` or `nobody`. */
  assignee: string | undefined;
  column: string | undefined;
  text: string | undefined;
}

/** The filter that the address holds. */
export function filterFrom(get: (name: string) => string | undefined): Filter {
  const state = get('state');
  return {
    state: state === 'all' ? 'all' : (STATES.find((known) => known === state) ?? 'open'),
    severity: SEVERITIES.find((known) => known === get('severity')),
    assignee: get('assignee'),
    column: get('column'),
    text: get('q')?.trim().slice(0, 200) || undefined,
  };
}

/** Whether anything but the state narrows the list. */
export function isNarrowed(filter: Filter): boolean {
  return [filter.severity, filter.assignee, filter.column, filter.text].some((value) => value !== undefined);
}

/** Whether a finding has the state that is listed; it may have changed since the list was fetched. */
export function hasState(finding: FindingRecord, filter: Filter): boolean {
  return filter.state === 'all' || finding.state === filter.state;
}

/** Whether a finding that has just been raised belongs into the list, as the service decides it. */
export function fits(finding: FindingRecord, filter: Filter, myId: string | undefined): boolean {
  const { severity, assignee, column, text } = filter;
  if (severity !== undefined && rank(finding.severity) < rank(severity)) return false;
  if (assignee === 'nobody' && finding.assignee != null) return false;
  const wanted = assignee === 'me' ? myId : assignee;
  if (wanted !== undefined && wanted !== 'nobody' && finding.assignee !== wanted) return false;
  if (column !== undefined && finding.column !== column) return false;
  const words = `${finding.message} ${finding.column ?? ''}`.toLowerCase();
  return text === undefined || words.includes(text.toLowerCase());
}

function rank(severity: string): number {
  return SEVERITIES.indexOf(severity as Severity);
}

/** One line of the list. */
export type Row =
  | { kind: 'incident'; id: string; incidentId: string; findings: FindingRecord[]; isFolded: boolean }
  | { kind: 'finding'; id: string; finding: FindingRecord; isInside: boolean };

/** The lines of the list; grouped, each incident stands where its newest finding would. */
export function rowsOf(findings: readonly FindingRecord[], isGrouped: boolean, folded: ReadonlySet<string>): Row[] {
  const alone = (finding: FindingRecord): Row => ({ kind: 'finding', id: finding.id, finding, isInside: false });
  if (!isGrouped) return findings.map(alone);
  const groups = new Map<string, FindingRecord[]>();
  for (const finding of findings) {
    const key = finding.incident_id ?? finding.id;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [finding]);
    else known.push(finding);
  }
  return [...groups].flatMap(([key, group]): Row[] => {
    if (group[0]?.incident_id == null) return group.map(alone);
    const isFolded = folded.has(key);
    const head: Row = { kind: 'incident', id: `incident ${key}`, incidentId: key, findings: group, isFolded };
    return isFolded ? [head] : [head, ...group.map((finding): Row => ({ ...alone(finding), isInside: true }) as Row)];
  });
}

/** The answer of the page in a sentence. */
export function summary(findings: readonly FindingRecord[], filter: Filter, hasMore: boolean): string {
  const state = filter.state === 'all' ? '' : `${filter.state} `;
  if (findings.length === 0) {
    return isNarrowed(filter) ? `No ${state}finding fits the filter.` : `No ${state}findings.`;
  }
  const total = hasMore
    ? `More than ${plural(findings.length, `${state}finding`)}`
    : plural(findings.length, `${state}finding`);
  const worst = [...SEVERITIES].reverse().find((severity) => findings.some((one) => one.severity === severity));
  const worstTotal = findings.filter((one) => one.severity === worst).length;
  return worst === undefined ? `${total}.` : `${total}, ${worstTotal === findings.length ? 'all' : worstTotal} ${worst}.`;
}

/** The message as plain text. */
export function plain(message: string): string {
  return marked(message, Infinity)
    .map((part) => written(part.text))
    .join('');
}

/** One or two letters for somebody. */
export function initials(name: string): string {
  const words = name.split(/[\s@._-]+/u).filter((word) => word !== '');
  const letters = words.slice(0, 2).map((word) => [...word][0] ?? '');
  return letters.join('').toUpperCase() || '?';
}

const STATE_STEPS: Record<string, string> = {
  acknowledged: 'acknowledged this',
  resolved: 'resolved this',
  muted: 'muted this',
  open: 'reopened this',
};

/** A step in the life of a finding as a sentence goes on after the name of who took it. */
export function step(what: string, actor: string, people: People): string {
  const state = /^state: \w+ → (\w+)(.*)$/u.exec(what);
  if (state !== null) return `${STATE_STEPS[state[1] ?? ''] ?? what}${state[2] ?? ''}`;
  const assignee = /^assignee: (.+)$/u.exec(what)?.[1];
  if (assignee === 'nobody') return 'took the assignment away';
  if (assignee !== undefined) return assignee === actor ? 'took this on' : `assigned ${nameOf(assignee, people)}`;
  const confirmed = /^confirmed: (yes|no)$/u.exec(what)?.[1];
  if (confirmed === 'yes') return 'confirmed that this was a real problem in the data';
  if (confirmed === 'no') return 'said that this was no problem in the data';
  return what;
}

/** One entry of a conversation. */
export type Entry =
  | { kind: 'comment'; id: string; atMs: number; userId: string; text: string }
  | { kind: 'step'; id: string; atMs: number; userId: string; what: string };

/** Comments and steps in order of time. */
export function conversation(history: Pick<FindingWithHistory, 'comments' | 'activity'>): Entry[] {
  const comments = history.comments.map((one): Entry => {
    return { kind: 'comment', id: one.id, atMs: one.created_ms, userId: one.user_id, text: one.text };
  });
  const steps = history.activity.map((one, index): Entry => {
    return { kind: 'step', id: `step ${index}`, atMs: one.at_ms, userId: one.actor, what: one.what };
  });
  return [...comments, ...steps].sort((a, b) => a.atMs - b.atMs);
}

/** The step that closed a finding, while it is closed. */
export function closing(history: FindingWithHistory): { atMs: number; userId: string } | undefined {
  const { state } = history.finding;
  if (state !== 'resolved' && state !== 'muted') return undefined;
  const last = history.activity.findLast((one) => one.what.startsWith('state:') && one.what.includes(`→ ${state}`));
  return last === undefined ? undefined : { atMs: last.at_ms, userId: last.actor };
}

/** What a comment says, with the people it mentions told apart. */
export function mentions(text: string, people: People): { text: string; isMention: boolean }[] {
  const emails = new Set([...people.values()].map((user) => user.email.toLowerCase()));
  return text
    .split(/(@[^\s@]+@[^\s@,;:!?]+)/u)
    .filter((part) => part !== '')
    .map((part) => ({ text: part, isMention: part.startsWith('@') && emails.has(part.slice(1).toLowerCase()) }));
}

/** The mention that is being written at the caret: where it begins and what has been typed of it. */
export function mentionAt(text: string, caret: number): { start: number; typed: string } | undefined {
  const found = /(?:^|\s)@([^\s]*)$/u.exec(text.slice(0, caret));
  return found === null ? undefined : { start: caret - (found[1] ?? '').length - 1, typed: found[1] ?? '' };
}

/** People whose address or name begins with or contains what has been typed. */
export function suggestions(typed: string, people: People): User[] {
  const wanted = typed.toLowerCase();
  const starts = (user: User) => [user.email, user.name].some((text) => text.toLowerCase().startsWith(wanted));
  const has = (user: User) => `${user.email} ${user.name}`.toLowerCase().includes(wanted);
  const all = [...people.values()];
  return [...all.filter(starts), ...all.filter((user) => !starts(user) && has(user))].slice(0, 6);
}

const REASONS: Record<string, string> = {
  'drift.value': 'The values of this column are spread otherwise than in the reference, by more than matters.',
  'drift.failed': 'This column could not be judged.',
  'nulls.rise': 'More values are missing than in the reference, by more than matters.',
  'nulls.fall': 'Fewer values are missing than in the reference, by more than matters.',
  'categories.new': 'There are values that the reference does not have, more than were to be expected.',
  'categories.vanished': 'Values that the reference has are gone.',
  'range.above': 'There are values above the largest one of the reference.',
  'range.below': 'There are values below the least one of the reference.',
  'schema.column_missing': 'A column of the reference is not in the data.',
  'schema.column_new': 'The data have a column that the reference does not have.',
  'schema.column_order': 'The columns stand in another order than in the reference.',
  'schema.kind_changed': 'The values of this column are of another kind than in the reference.',
  'data.empty': 'There are no rows.',
};

/** Why findings of this code are raised. */
export function reason(code: string): string | undefined {
  return REASONS[code];
}

/** The figures of the column that a finding rests on. */
export function evidence(column: ColumnReport): { title: string; value: string; note?: string }[] {
  const facts: { title: string; value: string; note?: string }[] = [];
  const { effect, score: headline, evidence: test, nulls } = column;
  if (effect != null) {
    const limit = `matters from ${percent(effect.threshold)}`;
    facts.push({ title: 'Rows that would have to change place', value: percent(effect.mass_moved), note: limit });
  }
  if (headline != null) {
    const note = `from ${score(headline.threshold)} on it counts (${headline.threshold_origin})`;
    facts.push({ title: `Score (${headline.metric})`, value: score(headline.value), note });
  }
  if (test != null) {
    const { q_value: qValue } = test;
    facts.push({ title: 'Probability of chance (q)', value: qValue == null ? NOTHING : probability(qValue) });
  }
  if (nulls.changed) {
    const before = `${percent(nulls.reference_ratio)} in the reference`;
    facts.push({ title: 'Missing values', value: percent(nulls.current_ratio), note: before });
  }
  return facts;
}

/** The page that shows what a finding rests on. */
export function evidenceHref(finding: FindingRecord): string {
  const check = `/checks/${encodeURIComponent(finding.check_id)}`;
  return finding.column == null ? check : `${check}/columns/${encodeURIComponent(finding.column)}`;
}

/** What may be done about something in a state, with the key for it. */
export function moves(state: string): { to: FindingState; title: string; key: string }[] {
  const all: { to: FindingState; title: string; key: string; from: string[] }[] = [
    { to: 'acknowledged', title: 'Acknowledge', key: 'a', from: ['open'] },
    { to: 'resolved', title: 'Resolve', key: 'r', from: ['open', 'acknowledged', 'muted'] },
    { to: 'muted', title: 'Mute', key: 'm', from: ['open', 'acknowledged'] },
    { to: 'open', title: 'Reopen', key: 'o', from: ['resolved', 'muted', 'acknowledged'] },
  ];
  return all.filter((move) => move.from.includes(state)).map(({ to, title, key }) => ({ to, title, key }));
}

/** How much an incident holds, in a line. */
export function extent(incident: Incident): string {
  const { findings_total: total, findings_open: open, checks_total: checks, columns_total: columns } = incident;
  const said = [
    plural(total, 'finding'),
    open === total ? undefined : `${open} open`,
    columns === 0 ? undefined : plural(columns, 'column'),
    checks < 2 ? undefined : plural(checks, 'check'),
  ];
  return said.filter((part) => part !== undefined).join(' · ');
}
