import { answer, api, download } from '../../api/client';
import { asProblem, type Problem } from '../../api/problem';
import type { AuditEntry } from '../../api/schema';
import { auditQuery, type AuditFilter } from './view-model';

/** Lines that are fetched at once. */
const PAGE = 100;

/** One page of the log. The description of the API also knows files of it, which are never asked for here. */
async function page(filter: AuditFilter, before: string | undefined, signal: AbortSignal) {
  const query = { ...auditQuery(filter, Date.now()), limit: PAGE, ...(before !== undefined && { before }) };
  const got = await answer(api.GET('/api/v1/audit', { params: { query }, signal }));
  return got as { items: AuditEntry[]; next?: string | null };
}

/** The lines of the audit log that were asked for, as far back as was looked. */
export class AuditLog {
  entries = $state.raw<AuditEntry[]>([]);
  problem = $state.raw<Problem>();
  isLoaded = $state(false);
  isLoading = $state(false);
  hasMore = $state(false);
  #filter: AuditFilter | undefined;
  #next: string | undefined;
  #running: AbortController | undefined;

  async load(filter: AuditFilter): Promise<void> {
    this.#running?.abort();
    this.#filter = filter;
    this.#next = undefined;
    await this.#look([]);
  }

  /** Looks further back. */
  async more(): Promise<void> {
    if (this.hasMore && !this.isLoading) await this.#look(this.entries);
  }

  stop(): void {
    this.#running?.abort();
  }

  async #look(before: AuditEntry[]): Promise<void> {
    const filter = this.#filter;
    if (filter === undefined) return;
    const running = new AbortController();
    this.#running = running;
    this.isLoading = true;
    try {
      const got = await page(filter, this.#next, running.signal);
      if (running.signal.aborted) return;
      this.#next = got.next ?? undefined;
      this.entries = [...before, ...got.items];
      this.hasMore = this.#next !== undefined;
      this.problem = undefined;
      this.isLoaded = true;
    } catch (thrown) {
      if (running.signal.aborted) return;
      this.problem = asProblem(thrown);
      this.hasMore = false;
    }
    this.isLoading = false;
  }
}

/** Saves all lines that were asked for as CSV, however many there are. */
export async function saveAudit(filter: AuditFilter): Promise<void> {
  const asked = Object.entries({ ...auditQuery(filter, Date.now()), format: 'csv' });
  const query = new URLSearchParams(asked.map(([name, value]) => [name, String(value)]));
  await download(`/api/v1/audit?${query.toString()}`, 'driftline-audit.csv');
}
