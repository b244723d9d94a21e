import { asProblem } from '../../api/problem';
import { toasts } from '../../shell/toasts.svelte';
import { plural } from '../../text/figures';
import { changeFinding, changeSeveral, type Change, type Listed } from './service';

/** A change that somebody else was quicker with. */
export interface Conflict {
  present: Listed;
  wanted: Change;
}

/** Carries out what people decide about findings, one or several. */
export class Changes {
  isBusy = $state(false);
  conflict = $state.raw<Conflict>();
  #put: (finding: Listed) => void;

  constructor(put: (finding: Listed) => void) {
    this.#put = put;
  }

  /** Changes one. When somebody was quicker, shows the state that it has now. */
  async one(finding: Listed, change: Change): Promise<boolean> {
    return this.#working(async () => {
      try {
        this.#put(await changeFinding(finding, change));
        this.conflict = undefined;
        return true;
      } catch (thrown) {
        const problem = asProblem(thrown);
        if (problem.status !== 409 || problem.present === undefined) throw problem;
        const present = problem.present as Listed;
        this.#put(present);
        this.conflict = { present, wanted: change };
        return false;
      }
    });
  }

  /** Changes several; answers those that could not be changed. */
  async several(known: readonly Listed[], change: Change): Promise<Listed[]> {
    let failed: Listed[] = [];
    await this.#working(async () => {
      const ids = known.map((finding) => finding.id);
      if (!(await changeSeveral(ids, change))) failed = await this.#oneByOne(known, change);
      // The service tells of each by an event; the list need not wait for it.
      else for (const finding of known.filter((one) => isOther(one, change))) this.#put(after(finding, change));
      const done = known.length - failed.length;
      if (done > 0) toasts.done(`${plural(done, 'finding')} changed`);
      return true;
    });
    return failed;
  }

  async #oneByOne(known: readonly Listed[], change: Change): Promise<Listed[]> {
    const failed: Listed[] = [];
    for (const finding of known) {
      try {
        this.#put(await changeFinding(finding, change));
      } catch (thrown) {
        const problem = asProblem(thrown);
        if (problem.status !== 409) throw problem;
        this.#put(problem.present as Listed);
        failed.push(finding);
      }
    }
    if (failed.length > 0) {
      const text = `${plural(failed.length, 'finding')} had been changed by somebody else: look, and try again.`;
      toasts.failed(new Error(text));
    }
    return failed;
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

function isOther(finding: Listed, { state, assignee }: Change): boolean {
  const isOtherState = state !== undefined && state !== finding.state;
  return isOtherState || (assignee !== undefined && assignee !== (finding.assignee ?? ''));
}

function after(finding: Listed, { state, assignee }: Change): Listed {
  return {
    ...finding,
    ...(state !== undefined && { state }),
    ...(assignee !== undefined && { assignee: assignee === '' ? null : assignee }),
    version: finding.version + 1,
  };
}
