import type { BaselineSummary, Check, FindingRecord, HealthCheck, Severity } from '../../api/schema';
import { percent, plural } from '../../text/figures';

export const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

/** How the whole looks, in one sentence. */
export function summary(checks: readonly Check[], findings: readonly FindingRecord[], hasMore: boolean): string {
  const [last] = checks;
  if (last === undefined) return 'Compare two files to see what is different, column by column and row by row.';
  const done = checks.filter(({ state }) => state === 'done');
  const running = checks.filter(({ state }) => state === 'queued' || state === 'running');
  const drifted = done.filter(({ verdict }) => verdict === 'drifted').length;
  const parts: string[] = [];
  if (running.length > 0) parts.push(`${plural(running.length, 'check')} running`);
  if (done.length === 1) parts.push(drifted === 1 ? 'the last check found drift' : 'the last check found no drift');
  else if (done.length > 1) parts.push(`${drifted} of the last ${done.length} checks found drift`);
  parts.push(openFindings(findings, hasMore));
  const text = parts.join(', ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function openFindings(findings: readonly FindingRecord[], hasMore: boolean): string {
  if (findings.length === 0) return 'no finding is open';
  const worst = SEVERITIES.find((severity) => findings.some((finding) => finding.severity === severity));
  const many = findings.filter(({ severity }) => severity === worst).length;
  const all = hasMore ? `more than ${findings.length} findings are open` : are(findings.length);
  if (worst === undefined || worst === 'low') return all;
  return `${all}, ${many === findings.length ? (many === 1 ? 'of' : 'all of') : `${many} of`} ${worst} severity`;
}

function are(many: number): string {
  return many === 1 ? '1 finding is open' : `${many} findings are open`;
}

/** One check as a line. */
export interface CheckLine {
  id: string;
  current: string;
  reference: string;
  /** The answer, or how far it is. */
  text: string;
  state: Check['state'];
  verdict: 'drifted' | 'suspect' | 'stable' | undefined;
  severity: Severity | undefined;
  /** How far it is, 0..1, while it runs and where that is known. */
  ratio: number | undefined;
  ms: number;
}

export function checkLine(check: Check): CheckLine {
  return {
    id: check.id,
    current: check.names[0] ?? '',
    reference: check.names[1] ?? '',
    text: checkText(check),
    state: check.state,
    verdict: check.state === 'done' ? (check.verdict as CheckLine['verdict']) : undefined,
    severity: (check.severity as Severity | null | undefined) ?? undefined,
    ratio: check.state === 'running' ? progressed(check) : undefined,
    ms: check.ended_ms ?? check.created_ms,
  };
}

function checkText(check: Check): string {
  switch (check.state) {
    case 'done':
      return check.headline ?? 'Done.';
    case 'failed':
      return check.error?.[1] ?? 'It failed.';
    case 'cancelled':
      return 'Cancelled.';
    case 'queued':
      return 'Waits for its turn.';
    case 'running': {
      const phase = check.progress?.phase;
      if (phase === 'deciding') return 'Decides what has changed.';
      const ratio = progressed(check);
      const what = phase === 'current' ? 'the current data' : 'the reference';
      return `Reads ${what}${ratio === undefined ? '' : `: ${percent(ratio)}`}.`;
    }
  }
}

function progressed({ progress }: Check): number | undefined {
  if (progress == null || progress.bytes_total === 0) return undefined;
  return Math.min(1, progress.bytes / progress.bytes_total);
}

/** How many findings there are of each severity, the worst first; those without any are left out. */
export function bySeverity(findings: readonly FindingRecord[]): { severity: Severity; many: number }[] {
  return SEVERITIES.map((severity) => ({
    severity,
    many: findings.filter((finding) => finding.severity === severity).length,
  })).filter(({ many }) => many > 0);
}

/** The findings to look at first: the worst, and of these the newest. */
export function foremost(findings: readonly FindingRecord[], most: number): FindingRecord[] {
  const rank = (finding: FindingRecord) => SEVERITIES.indexOf(finding.severity as Severity);
  return findings.toSorted((a, b) => rank(a) - rank(b) || b.created_ms - a.created_ms).slice(0, most);
}

/** How the service is, in one glance. */
export interface Health {
  tone: 'good' | 'warning' | 'bad';
  text: string;
  /** What is not as it should be. */
  troubles: { name: string; detail: string; help: string | undefined }[];
}

export function health(checks: readonly HealthCheck[]): Health {
  const troubled = checks.filter(({ state }) => state !== 'ok');
  const troubles = troubled.map(({ name, detail, help }) => ({
    name: name.replaceAll('_', ' '),
    detail,
    help: help ?? undefined,
  }));
  const isBad = troubled.some(({ state, required }) => state === 'failed' && required);
  if (isBad) return { tone: 'bad', text: 'The service cannot work at present', troubles };
  if (troubled.length > 0) return { tone: 'warning', text: 'The service works, with a warning', troubles };
  return { tone: 'good', text: 'Everything works', troubles };
}

/** What the queue holds. */
export function queueWords({ queued, running }: { queued: number; running: number }): string {
  if (queued === 0 && running === 0) return 'empty';
  return [running > 0 ? `${running} running` : undefined, queued > 0 ? `${queued} waiting` : undefined]
    .filter((part) => part !== undefined)
    .join(', ');
}

/** A baseline as a line. */
export function baselineLine(baseline: BaselineSummary): {
  name: string;
  version: number;
  rows: number | undefined;
  ms: number | undefined;
} {
  const now = baseline.versions.find(({ version }) => version === baseline.current);
  return { name: baseline.name, version: baseline.current, rows: now?.rows, ms: now?.saved_ms };
}
