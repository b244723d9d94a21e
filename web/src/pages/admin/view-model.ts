// What the administration shows, from what the service gives. Pure.

import type { AuditEntry, Role, Token } from '../../api/schema';
import { count, plural } from '../../text/figures';
import { calledName, type People } from '../../text/people';

export const ROLES: readonly Role[] = ['viewer', 'editor', 'admin', 'owner'];

/** What a role may do, in a sentence. */
export const MAY: Record<Role, string> = {
  viewer: 'Reads everything.',
  editor: 'Uploads, checks, answers findings, saves baselines.',
  admin: 'Manages people, tokens and settings; reads the audit log and the system.',
  owner: 'Everything, workspaces included.',
};

/** The roles that somebody may give or take: at most their own. */
export function givable(own: Role | undefined): Role[] {
  return ROLES.slice(0, own === undefined ? 0 : ROLES.indexOf(own) + 1);
}

export type TabId = 'people' | 'tokens' | 'workspaces' | 'audit' | 'settings' | 'system';

const TABS: readonly { id: TabId; title: string; least: Role }[] = [
  { id: 'people', title: 'People', least: 'viewer' },
  { id: 'tokens', title: 'Tokens', least: 'admin' },
  { id: 'workspaces', title: 'Workspaces', least: 'viewer' },
  { id: 'audit', title: 'Audit log', least: 'admin' },
  { id: 'settings', title: 'Settings', least: 'viewer' },
  { id: 'system', title: 'System', least: 'admin' },
];

/** The tabs that somebody sees. */
export function tabs(may: (role: Role) => boolean): { id: TabId; title: string }[] {
  return TABS.filter((tab) => may(tab.least)).map(({ id, title }) => ({ id, title }));
}

/** Which lines of the audit log are shown. */
export interface AuditFilter {
  text: string | undefined;
  actor: string | undefined;
  action: string | undefined;
  outcome: 'done' | 'refused' | undefined;
  /** Days back from now. */
  days: number | undefined;
}

export const PERIODS: readonly { days: number; title: string }[] = [
  { days: 1, title: 'Last 24 hours' },
  { days: 7, title: 'Last 7 days' },
  { days: 30, title: 'Last 30 days' },
  { days: 365, title: 'Last year' },
];

const DAY_MS = 86_400_000;

/** The filter that the address holds. */
export function auditFilterFrom(get: (name: string) => string | undefined): AuditFilter {
  const outcome = get('outcome');
  const days = Number(get('days'));
  return {
    text: get('q')?.trim() || undefined,
    actor: get('actor'),
    action: get('action'),
    outcome: outcome === 'done' || outcome === 'refused' ? outcome : undefined,
    days: PERIODS.some((period) => period.days === days) ? days : undefined,
  };
}

/** What the service is asked for. */
export function auditQuery(filter: AuditFilter, nowMs: number) {
  const { text, actor, action, outcome, days } = filter;
  return {
    ...(text !== undefined && { search: text }),
    ...(actor !== undefined && { actor }),
    ...(action !== undefined && { action }),
    ...(outcome !== undefined && { outcome }),
    ...(days !== undefined && { since_ms: nowMs - days * DAY_MS }),
  };
}

/** What an actor is called: a person, a token and whose it is, the service itself. */
export function actorName(id: string, people: People, tokens: readonly Token[]): string {
  if (id === 'system') return 'Driftline';
  if (id === '') return 'Somebody unknown';
  const user = people.get(id);
  if (user !== undefined) return calledName(user);
  const token = tokens.find((one) => one.id === id);
  return token === undefined ? id : `Token ${token.name}`;
}

/** The page of what a line is about, where there is one. */
export function subjectHref({ action, subject }: Pick<AuditEntry, 'action' | 'subject'>): string | undefined {
  if (!/^[0-9a-f]{32}$/u.test(subject)) return undefined;
  if (action.startsWith('check.')) return `/checks/${subject}`;
  if (action.startsWith('dataset.') && action !== 'dataset.delete') return `/data/datasets/${subject}`;
  if (action.startsWith('finding.')) return `/findings?state=all&finding=${subject}`;
  if (action.startsWith('incident.')) return `/findings?state=all&incident=${subject}`;
  return undefined;
}

/** The result of the verification in words. */
export function chainText(report: { entries: number; is_intact: boolean; broken_at?: number | null }): string {
  const lines = plural(report.entries, 'line');
  if (report.is_intact) return `The chain is intact: all ${lines} follow from one another. Nothing was changed or taken out.`;
  const where = report.broken_at == null ? '' : ` at line ${count(report.broken_at)}`;
  return `The chain is broken${where}: that line, or one before it, was changed, taken out or put in later.`;
}

/** The latest values of a figure over time, the newest last. */
export function pushed(series: readonly number[], value: number, most: number): number[] {
  return [...series, value].slice(-most);
}

/** How many errors of each category a minute there were between two looks. */
export function errorRates(
  before: Readonly<Record<string, number>>,
  now: Readonly<Record<string, number>>,
  secs: number,
): { category: string; total: number; perMinute: number }[] {
  return Object.entries(now)
    .map(([category, total]) => {
      const more = Math.max(0, total - (before[category] ?? 0));
      return { category, total, perMinute: secs > 0 ? (more / secs) * 60 : 0 };
    })
    .sort((a, b) => b.perMinute - a.perMinute || b.total - a.total || a.category.localeCompare(b.category));
}

/** The state of the service in a sentence. */
export function healthText(checks: readonly { name: string; state: string; required: boolean }[]): string {
  const failed = checks.filter((check) => check.state === 'failed');
  const warned = checks.filter((check) => check.state === 'warning');
  if (failed.some((check) => check.required)) return 'The service cannot work: see what failed below.';
  if (failed.length > 0) return 'The service works, but something failed.';
  if (warned.length > 0) return `The service works; ${plural(warned.length, 'thing')} should be looked at.`;
  return 'Everything works.';
}

/** Names of health checks as people read them. */
export function checkName(name: string): string {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
