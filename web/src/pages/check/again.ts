import { answer, api } from '../../api/client';
import type { Check, Report } from '../../api/schema';
import { router } from '../../router/router.svelte';
import { attempt } from '../../shell/toasts.svelte';

/** Starts a check of the same data, with the same settings where they are known, and goes to it. */
export async function checkAgain(check: Check, report?: Report): Promise<void> {
  await attempt(async () => {
    const { current, reference } = check;
    const settings = report === undefined ? {} : { settings: report.settings as unknown as Record<string, never> };
    const started = await answer(api.POST('/api/v1/checks', { body: { current, reference, ...settings } }));
    router.go(`/checks/${started.id}`);
  });
}
