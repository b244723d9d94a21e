import { answer, api } from './client';
import type { Check, CheckSide, Settings } from './schema';

/** Asks for a check; without settings those of the current data hold. Answers it as it waits for its turn. */
export function beginCheck(sides: Pick<Check, 'current' | 'reference'>, settings?: Settings): Promise<Check> {
  const { current, reference }: { current: CheckSide; reference: CheckSide } = sides;
  const body = { current, reference, priority: 0, ...(settings && { settings: settings as never }) };
  return answer(api.POST('/api/v1/checks', { body }));
}
