import { answer, api } from '../../api/client';
import type { Notice, NoticePage } from '../../api/schema';

/** How many are listed. */
const MOST = 30;

/** The newest notices. */
export function notices(): Promise<NoticePage> {
  return answer(api.GET('/api/v1/notices', { params: { query: { limit: MOST } } }));
}

/** Marks one as read, or all of them. */
export async function read(which: string | 'all'): Promise<void> {
  await answer(
    api.POST('/api/v1/notices/read', { body: which === 'all' ? { all: true } : { all: false, ids: [which] } }),
  );
}

/** The page that a notice is about. */
export function pageOf(notice: Notice): string {
  const query = new URLSearchParams();
  if (notice.finding_id != null) query.set('finding', notice.finding_id);
  else if (notice.incident_id != null) query.set('incident', notice.incident_id);
  return query.size === 0 ? '/findings' : `/findings?${query.toString()}`;
}

/** How many are unread, in the little room of a sign. */
export function inSign(unread: number): string {
  return unread > 99 ? '99+' : String(unread);
}
