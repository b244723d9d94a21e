import { asProblem } from '../../api/problem';
import type { FindingRecord } from '../../api/schema';
import { toasts } from '../../shell/toasts.svelte';
import { plural } from '../../text/figures';
import { changeFinding, changeSeveral, type Change } from './service';

/** A change that somebody else was quicker with. */
export interface Conflict {
  present: FindingRecord;
  wanted: Change;
}

/** Carries out what people decide about findings, one or several. */
export class Changes {
  isBusy = $state(false);
  conflict = $state.raw<Conflict>();
  #put: (finding: FindingRecord) => void;

  constructor(put: (finding: FindingRecord) => void) {
    this.#put = put;
  }

  /** Changes one. When somebody was quicker, shows the state that it has now. */
  async one(finding: FindingRecord, change: Change): Promise<boolean> {
    return this.#working(async () => {
      try {
        this.#put(await changeFinding(finding, change));
        this.conflict = undefined;
        return true;
      } catch (thrown) {
        const problem = asProblem(thrown);
        if (problem.status !== 409 || problem.present === undefined) throw problem;
        const present = problem.present as FindingRecord;
        this.#put(present);
        this.conflict = { present, wanted: change };
        return false;
      }
    });
  }

  /** Changes several, whatever their versions. Answers whether it worked. */
  several(known: readonly FindingRecord[], change: Change): Promise<boolean> {
    return this.#working(async () => {
      const ids = known.map((finding) => finding.id);
      await changeSeveral(ids, change);
      // The service tells of each by an event; the list need not wait for it.
      for (const finding of known.filter((one) => isOther(one, change))) this.#put(after(finding, change));
      toasts.done(`${plural(ids.length, 'finding')} changed`);
      return true;
    });
  }

  async #working(work: () => Promise<boolean>): Promise<boolean> {
    this.isBusy = true;
    try {
      return await work();
    } catch (thrown) {
      toasts.failed(thrown);
      return false;
    } finally {
      this.isBusy = false;
    }
  }
}

function isOther(finding: FindingRecord, { state, assignee }: Change): boolean {
  const isOtherState = state !== undefined && state !== finding.state;
  return isOtherState || (assignee !== undefined && assignee !== (finding.assignee ?? ''));
}

function after(finding: FindingRecord, { state, assignee }: Change): FindingRecord {
  return {
    ...finding,
    ...(state !== undefined && { state }),
    ...(assignee !== undefined && { assignee: assignee === '' ? null : assignee }),
    version: finding.version + 1,
  };
}
