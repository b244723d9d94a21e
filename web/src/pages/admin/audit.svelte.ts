import { answer, api } from '../../api/client';
import { asProblem, type Problem } from '../../api/problem';
import type { AuditEntry } from '../../api/schema';
import { fitsAudit, isOlder, searched, type AuditFilter } from './view-model';

/** Lines on a page: the most that the service gives. */
const PAGE = 200;
/** Lines that fit that are enough for one look. */
const ENOUGH = 60;
/** Pages that are read for one look at most, so that a filter that hardly fits does not read the whole log. */
const MOST_PAGES = 15;
/** Lines that an export holds at most. */
const MOST_EXPORTED = 50_000;

async function page(search: string | undefined, before: string | undefined, signal: AbortSignal) {
  const query = { limit: PAGE, ...(search !== undefined && { search }), ...(before !== undefined && { before }) };
  return answer(api.GET('/api/v1/audit', { params: { query }, signal }));
}

/** The lines of the audit log that fit, as far back as was looked. */
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
      let found: AuditEntry[] = [];
      for (let pages = 0; pages < MOST_PAGES && found.length < ENOUGH; pages += 1) {
        const got = await page(searched(filter), this.#next, running.signal);
        found = [...found, ...got.items.filter((entry) => fitsAudit(entry, filter, Date.now()))];
        const last = got.items.at(-1);
        const isOver = last !== undefined && isOlder(last, filter, Date.now());
        this.#next = isOver ? undefined : (got.next ?? undefined);
        if (this.#next === undefined) break;
      }
      if (running.signal.aborted) return;
      this.entries = [...before, ...found];
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

/** All lines that fit, the newest first. */
export async function exported(filter: AuditFilter, signal: AbortSignal): Promise<AuditEntry[]> {
  const found: AuditEntry[] = [];
  let before: string | undefined;
  do {
    const got = await page(searched(filter), before, signal);
    found.push(...got.items.filter((entry) => fitsAudit(entry, filter, Date.now())));
    const last = got.items.at(-1);
    before = last !== undefined && isOlder(last, filter, Date.now()) ? undefined : (got.next ?? undefined);
  } while (before !== undefined && found.length < MOST_EXPORTED);
  return found.slice(0, MOST_EXPORTED);
}
