import { answer, api } from '../../api/client';
import { router } from '../../router/router.svelte';
import { attempt } from '../../shell/toasts.svelte';
import { type StoredSide, requestOf } from './picker/sides';

/** Starts a check and goes to it. */
export function compare(reference: StoredSide, current: StoredSide): Promise<boolean> {
  return attempt(async () => {
    const body = { reference: requestOf(reference), current: requestOf(current), priority: 0 };
    const check = await answer(api.POST('/api/v1/checks', { body }));
    router.go(`/checks/${check.id}`);
  });
}
