import { beginCheck } from '../../api/checks';
import { router } from '../../router/router.svelte';
import { attempt } from '../../shell/toasts.svelte';
import { type StoredSide, requestOf } from './picker/sides';

/** Starts a check and goes to it. */
export function compare(reference: StoredSide, current: StoredSide): Promise<boolean> {
  return attempt(async () => {
    const check = await beginCheck({ reference: requestOf(reference), current: requestOf(current) });
    router.go(`/checks/${check.id}`);
  });
}
