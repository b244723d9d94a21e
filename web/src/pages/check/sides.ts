import type { Check } from '../../api/schema';
import { monitorOf } from '../../settings/service';

export { monitorOf };

/** Whether a monitor made this check: of one of its windows, or of what it has learned. */
export function isOfMonitor({ current, reference }: Pick<Check, 'current' | 'reference'>): boolean {
  return monitorOf(current) !== undefined || monitorOf(reference) !== undefined;
}
