import { untrack } from 'svelte';

import { answer, api } from '../../api/client';
import { events } from '../../api/events.svelte';
import { asProblem, type Problem } from '../../api/problem';
import { resource, type Resource } from '../../api/resource.svelte';
import type { Check, CheckProgress, Report } from '../../api/schema';
import { reportOf } from './reports';
import { advanced } from './view-model';

/** A check while it is looked at: its state, its progress as it comes, and its report as soon as there is one. */
export class LiveCheck {
  readonly check: Resource<Check>;
  /** The last progress; stays when the work has ended, until the report is there. */
  progress = $state.raw<CheckProgress>();
  report = $state.raw<Report>();
  reportProblem = $state.raw<Problem>();
  readonly #id: string;

  /** Make it while the component is being made. */
  constructor(id: string) {
    this.#id = id;
    this.check = resource(() => answer(api.GET('/api/v1/checks/{id}', { params: { path: { id } } })));
    $effect(() =>
      events.on(['check.'], (event) => {
        if (event.kind === 'events.reconnected') void this.check.refresh();
        else if (event.subject !== id) return;
        else if (event.kind === 'check.progress') this.#advance(event.body as unknown as CheckProgress);
        else void this.check.refresh();
      }),
    );
    $effect(() => {
      const progress = this.check.data?.progress;
      // What is taken here was known before the page: it depends on nothing else.
      if (progress != null) untrack(() => this.#take(progress));
    });
    $effect(() => {
      if (this.check.data?.state === 'done') void this.loadReport();
    });
  }

  loadReport = async (): Promise<void> => {
    try {
      this.reportProblem = undefined;
      this.report = await reportOf(this.#id);
    } catch (thrown) {
      this.reportProblem = asProblem(thrown);
    }
  };

  /** The first progress is also how a queued check says that it has begun. */
  #advance(progress: CheckProgress): void {
    this.#take(progress);
    if (this.check.data?.state === 'queued') void this.check.refresh();
  }

  #take(progress: CheckProgress): void {
    this.progress = advanced(this.progress, progress);
  }
}
