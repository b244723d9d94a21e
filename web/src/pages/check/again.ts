import { beginCheck } from '../../api/checks';
import type { Check, Report } from '../../api/schema';
import { router } from '../../router/router.svelte';
import { attempt } from '../../shell/toasts.svelte';

/** Starts a check of the same data, with the same settings where they are known, and goes to it. */
export async function checkAgain(check: Check, report?: Report): Promise<void> {
  await attempt(async () => router.go(`/checks/${(await beginCheck(check, report?.settings)).id}`));
}
