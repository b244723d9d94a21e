import type { Check, CheckProgress, Comparison, ComparisonChange } from '../../api/schema';

/** One part of the work. */
export interface Phase {
  id: string;
  title: string;
  /** 0..1; nothing where it is not known how much there is. */
  ratio: number | undefined;
  state: 'waiting' | 'running' | 'done';
}

const PHASES: readonly [id: string, title: string][] = [
  ['reference', 'Reading the reference'],
  ['current', 'Reading and scoring the current data'],
  ['deciding', 'Deciding what changed'],
];

/** The parts of the work with how far each has come. */
export function phases(progress: CheckProgress | undefined): Phase[] {
  const present = progress === undefined ? -1 : PHASES.findIndex(([id]) => id === progress.phase);
  return PHASES.map(([id, title], index) => {
    if (index < present) return { id, title, ratio: 1, state: 'done' };
    if (index > present || progress === undefined) return { id, title, ratio: 0, state: 'waiting' };
    const hasTotal = id !== 'deciding' && progress.bytes_total > 0;
    const ratio = hasTotal ? Math.min(progress.bytes / progress.bytes_total, 1) : undefined;
    return { id, title, ratio, state: 'running' };
  });
}

/** The newer of two progresses with the last verdict there was: not every progress brings one. */
export function advanced(before: CheckProgress | undefined, now: CheckProgress): CheckProgress {
  const partial = now.partial ?? (now.phase === 'reference' ? undefined : before?.partial);
  return partial == null ? now : { ...now, partial };
}

/** Seconds that the present part will still take at the rate so far; nothing where that is not known. */
export function remainingSecs(progress: CheckProgress | undefined): number | undefined {
  if (progress === undefined || progress.bytes <= 0 || progress.rows_per_sec <= 0 || progress.rows <= 0) return undefined;
  if (progress.bytes_total <= progress.bytes) return undefined;
  return ((progress.bytes_total - progress.bytes) / progress.bytes) * (progress.rows / progress.rows_per_sec);
}

const FORMATS: Record<string, { title: string; ending: string }> = {
  html: { title: 'Web page that works offline', ending: 'html' },
  json: { title: 'JSON', ending: 'json' },
  csv: { title: 'CSV, a line for each column', ending: 'csv' },
  xlsx: { title: 'Excel workbook', ending: 'xlsx' },
  parquet: { title: 'Parquet', ending: 'parquet' },
  md: { title: 'Markdown', ending: 'md' },
  text: { title: 'Text', ending: 'txt' },
  junit: { title: 'JUnit XML for build servers', ending: 'xml' },
};

/** The forms that a report can be saved in, those for people first. */
export function exportFormats(ids: readonly string[]): { id: string; title: string; fileName: (check: string) => string }[] {
  const known = Object.keys(FORMATS).filter((id) => ids.includes(id));
  const others = ids.filter((id) => FORMATS[id] === undefined);
  return [...known, ...others].map((id) => ({
    id,
    title: FORMATS[id]?.title ?? id,
    fileName: (check) => `driftline-${check}.${FORMATS[id]?.ending ?? id}`,
  }));
}

/** Earlier checks to compare with: those of the same data first, then by time. */
export function comparable(checks: readonly Check[], present: Check): Check[] {
  const isSame = (one: Check) => one.names.join('\n') === present.names.join('\n');
  return checks
    .filter((one) => one.id !== present.id && one.state === 'done' && one.created_ms <= present.created_ms)
    .sort((a, b) => Number(isSame(b)) - Number(isSame(a)) || b.created_ms - a.created_ms);
}

/** What became of a column between two checks, in a word. */
export function changeWord({ earlier, now }: ComparisonChange): string {
  if (now == null) return 'gone';
  if (earlier == null) return 'new column';
  if (earlier.verdict === now.verdict) return 'other severity';
  if (now.verdict === 'drifted') return 'drifts now';
  if (earlier.verdict === 'drifted') return 'drifts no more';
  return 'other verdict';
}

/** A comparison in a sentence. */
export function comparisonSentence({ changed, unchanged }: Comparison): string {
  if (changed.length === 0) return `All ${unchanged} columns are judged as they were then.`;
  const now = changed.filter((change) => changeWord(change) === 'drifts now').length;
  const over = changed.filter((change) => changeWord(change) === 'drifts no more').length;
  const parts = [now > 0 ? `${now} drift that did not then` : '', over > 0 ? `${over} drift no more` : ''].filter(Boolean);
  const told = parts.length > 0 ? `: ${parts.join(', ')}` : '';
  return `${changed.length} of ${changed.length + unchanged} columns are judged otherwise than then${told}.`;
}

/** What to do about a check that failed, by the part of the program that the code names. */
export function failureHelp(code: string): string {
  if (code.startsWith('data.')) {
    return 'Look at the file that the message names, mend or upload it anew, and start the check again.';
  }
  if (code.startsWith('usage.')) return 'Change the setting that the message names, and start the check again.';
  return 'Start the check again. When it fails in the same way, quote the code to whoever looks after the service.';
}

/** Seconds from when it was asked for to its end. */
export function spentSecs({ created_ms, ended_ms }: Check): number | undefined {
  return ended_ms == null ? undefined : Math.max(0, ended_ms - created_ms) / 1000;
}
