import { answer, api, download } from '../../api/client';
import { Paged, type PageOf } from '../../api/paged.svelte';
import type { AuditEntry } from '../../api/schema';
import { auditQuery, type AuditFilter } from './view-model';

/** Lines that are fetched at once. */
const PAGE = 100;

/** The lines of the audit log that fit a filter, as far back as was looked. */
export function auditLog(filter: () => AuditFilter): Paged<AuditEntry> {
  return new Paged(async (before, signal) => {
    const query = { ...auditQuery(filter(), Date.now()), limit: PAGE, ...(before !== undefined && { before }) };
    // The description of the API also knows files of the log, which are never asked for here.
    return (await answer(api.GET('/api/v1/audit', { params: { query }, signal }))) as PageOf<AuditEntry>;
  });
}

/** Saves all lines that were asked for as CSV, however many there are. */
export async function saveAudit(filter: AuditFilter): Promise<void> {
  const asked = Object.entries({ ...auditQuery(filter, Date.now()), format: 'csv' });
  const query = new URLSearchParams(asked.map(([name, value]) => [name, String(value)]));
  await download(`/api/v1/audit?${query.toString()}`, 'driftline-audit.csv');
}
