import { api } from '../../api/client';
import { problemFrom } from '../../api/problem';
import type { HealthCheck } from '../../api/schema';

/** The one question that is no part of the described API. */
type Asks = {
  GET(path: '/readyz'): Promise<{ data?: HealthCheck[]; error?: unknown; response: Response }>;
};

/** What the service says of itself, also when it cannot work: then it says why. */
export async function readiness(): Promise<HealthCheck[]> {
  const { data, error, response } = await (api as unknown as Asks).GET('/readyz');
  const checks = data ?? error;
  if (Array.isArray(checks)) return checks as HealthCheck[];
  throw problemFrom(response.status, checks);
}
