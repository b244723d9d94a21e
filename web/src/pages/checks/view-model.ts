import type { Check, CheckState } from '../../api/schema';

/** States that the list can be narrowed to. */
export const STATES: readonly CheckState[] = ['running', 'queued', 'done', 'failed', 'cancelled'];

/** Checks that fit what is asked for. The service narrows as well; this also holds for what was loaded before. */
export function fitting(checks: readonly Check[], state: CheckState | undefined, text: string): Check[] {
  const wanted = text.trim().toLowerCase();
  return checks.filter(
    (check) =>
      (state === undefined || check.state === state) &&
      (wanted === '' || `${check.names.join(' against ')}\n${check.headline ?? ''}`.toLowerCase().includes(wanted)),
  );
}

/** Pages put together, newest first, each check once: as it was loaded last. */
export function together(known: readonly Check[], loaded: readonly Check[]): Check[] {
  const byId = new Map(known.map((check) => [check.id, check]));
  for (const check of loaded) byId.set(check.id, check);
  return [...byId.values()].sort((a, b) => b.created_ms - a.created_ms || (a.id < b.id ? 1 : -1));
}

/** How far a running check has come over both of its sides, 0..1. */
export function progressRatio({ state, progress }: Check): number | undefined {
  if (state !== 'running' || progress == null) return undefined;
  if (progress.phase === 'deciding') return 1;
  const part = progress.bytes_total > 0 ? Math.min(progress.bytes / progress.bytes_total, 1) : 0;
  return (progress.phase === 'current' ? 0.5 : 0) + part / 2;
}

/** What a check says of itself where it has no headline. */
export function words(check: Check): string {
  if (check.headline != null) return check.headline;
  if (check.state === 'failed') return check.error?.[1] ?? 'It could not be done.';
  if (check.state === 'queued') return 'Waits for its turn.';
  if (check.state === 'cancelled') return 'Cancelled before it was done.';
  const phase = check.progress?.phase;
  return phase === 'reference' ? 'Reads the reference.' : phase === 'current' ? 'Reads the current data.' : 'Decides what changed.';
}
