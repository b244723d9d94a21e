import { answer, api } from '../../api/client';
import { events } from '../../api/events.svelte';
import { Problem } from '../../api/problem';
import type { BaselineJob } from '../../api/schema';

/** How often a job is asked after where no event comes, in milliseconds. */
const ASK_MS = 1_000;
/** The data are part of a confirmed incident: the service takes them only when it is asked to. */
export const INCIDENT_CODE = 'baseline.incident';

/** What to save, and how. */
export interface Wish {
  name: string;
  dataset: string;
  /** It waits to be promoted. */
  isCandidate: boolean;
  /** Also data that are part of a confirmed incident. */
  withIncidents: boolean;
}

/** Saves a dataset as a new version of a baseline; tells how far it is, and answers once it is there. */
export async function saveBaseline(wish: Wish, tell: (job: BaselineJob) => void): Promise<BaselineJob> {
  const { name, dataset, isCandidate: candidate, withIncidents: include_incidents } = wish;
  const params = { path: { name } };
  const body = { dataset, candidate, include_incidents };
  const begun = await answer(api.POST('/api/v1/baselines/{name}/versions', { params, body }));
  for (let job = begun; ; job = await asked(job.id)) {
    tell(job);
    if (job.state === 'done') return job;
    if (job.state === 'failed' || job.state === 'cancelled') throw problemOf(job);
    await somethingHappened();
  }
}

function asked(id: string): Promise<BaselineJob> {
  return answer(api.GET('/api/v1/baseline-jobs/{id}', { params: { path: { id } } }));
}

/** Waits for an event of baselines, or for a second. */
function somethingHappened(): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stop();
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(done, ASK_MS);
    const stop = events.on(['baseline.'], done);
  });
}

function problemOf({ state, error }: BaselineJob): Problem {
  const [code, message] = error ?? [];
  const unknown = state === 'cancelled' ? 'It was cancelled.' : 'The baseline could not be made.';
  return new Problem(0, code ?? 'processing.baseline', message ?? unknown);
}

/** How far a job is, 0..1, where that is known. */
export function progressOf({ progress }: BaselineJob): number | undefined {
  if (progress == null || progress.bytes_total === 0) return undefined;
  return Math.min(1, progress.bytes / progress.bytes_total);
}
