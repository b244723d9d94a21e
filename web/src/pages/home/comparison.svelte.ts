import { beginCheck } from '../../api/checks';
import { asProblem, type Problem } from '../../api/problem';
import type { Check } from '../../api/schema';
import { session } from '../../api/session.svelte';
import { router } from '../../router/router.svelte';
import { routeOf } from '../../router/routes';
import { toasts } from '../../shell/toasts.svelte';
import type { FileUpload } from '../../upload/upload.svelte';
import { uploads } from '../../upload/uploads.svelte';
import { type StoredSide, requestOf } from '../data/picker/sides';
import { inOrder } from './order';

export type Place = 'reference' | 'current';
export type Side = StoredSide | { kind: 'upload'; upload: FileUpload };

/** A side that can be compared now. */
function ready(side: Side | undefined): StoredSide | undefined {
  if (side?.kind !== 'upload') return side;
  const { datasetId, name, file } = side.upload;
  return datasetId === undefined ? undefined : { kind: 'dataset', id: datasetId, name, sizeBytes: file.size };
}

/** The comparison that is being put together. It outlives the page, as its uploads do. */
class Comparison {
  reference = $state.raw<Side>();
  current = $state.raw<Side>();
  /** It starts by itself once both sides are there. */
  isArmed = $state(false);
  isStarting = $state(false);
  problem = $state.raw<Problem>();
  /** Something worth saying about what was dropped. */
  remark = $state<string>();

  readonly readyReference = $derived(ready(this.reference));
  readonly readyCurrent = $derived(ready(this.current));
  readonly hasBoth = $derived(this.reference !== undefined && this.current !== undefined);
  readonly canStart = $derived(this.readyReference !== undefined && this.readyCurrent !== undefined);

  /** Takes files: two at once are compared without further questions; one goes where a side is missing. */
  take(files: readonly File[], place?: Place): void {
    this.problem = undefined;
    this.remark = undefined;
    const [first, second, ...more] = files;
    if (first === undefined) return;
    if (second === undefined) {
      this.put(place ?? (this.reference === undefined ? 'reference' : 'current'), first);
      return;
    }
    const [older, newer] = inOrder(first, second);
    this.put('reference', older);
    this.put('current', newer);
    this.isArmed = true;
    if (more.length > 0) {
      this.remark = `Two files can be compared at a time: ${older.name} and ${newer.name} were taken.`;
    }
    prepareCheckPage();
  }

  /** Puts one side in its place. */
  put(place: Place, what: File | StoredSide): void {
    this.clear(place);
    this[place] = what instanceof File ? { kind: 'upload', upload: uploads.add(what) } : what;
  }

  /** Empties a place; an upload that is still going on is cancelled. */
  clear(place: Place): void {
    const side = this[place];
    const other = place === 'reference' ? this.current : this.reference;
    this[place] = undefined;
    this.isArmed = false;
    this.problem = undefined;
    if (side?.kind !== 'upload') return;
    const isShared = other?.kind === 'upload' && other.upload === side.upload;
    if (!isShared && side.upload.state !== 'done') void uploads.cancel(side.upload);
  }

  swap(): void {
    [this.reference, this.current] = [this.current, this.reference];
  }

  /** Starts as soon as both sides are there, which may be now. */
  arm(): void {
    this.problem = undefined;
    this.isArmed = true;
    prepareCheckPage();
  }

  /** Leaves the start to a button again. */
  hold(): void {
    this.isArmed = false;
  }

  async start(): Promise<void> {
    const [reference, current] = [this.readyReference, this.readyCurrent];
    if (reference === undefined || current === undefined || this.isStarting) return;
    this.isStarting = true;
    this.isArmed = false;
    try {
      this.#started(await beginCheck({ reference: requestOf(reference), current: requestOf(current) }));
    } catch (thrown) {
      this.problem = asProblem(thrown);
    }
    this.isStarting = false;
  }

  /** Begins with nothing, as for somebody else. */
  forget(): void {
    this.reference = undefined;
    this.current = undefined;
    this.isArmed = false;
    this.problem = undefined;
    this.remark = undefined;
  }

  #started(check: Check): void {
    for (const side of [this.reference, this.current]) {
      if (side?.kind === 'upload') uploads.remove(side.upload);
    }
    this.forget();
    if (router.path === '/') router.go(`/checks/${check.id}`);
    else toasts.done(`${check.names[0]} is being compared: the newest entry under Checks.`);
  }
}

/** Fetches the code of the next page while the files are on their way. */
function prepareCheckPage(): void {
  routeOf('/checks/next')
    ?.route.load()
    .catch(() => undefined);
}

export const comparison = new Comparison();

// Not part of a component: it goes on while another page is looked at.
$effect.root(() => {
  const person = $derived(session.user?.id);
  $effect(() => {
    if (person !== undefined) return () => comparison.forget();
  });
  $effect(() => {
    if (comparison.isArmed && comparison.canStart) void comparison.start();
  });
});
