import { session } from '../api/session.svelte';
import { type Unfinished, Remembered } from './remembered';
import { FileUpload } from './upload.svelte';

/** Files that are sent at the same time. Two are what a comparison needs; more only share the same line. */
const AT_ONCE = 2;

/** Every upload since the page was loaded. It outlives the pages that began them. */
class Uploads {
  all = $state.raw<FileUpload[]>([]);
  /** Uploads of earlier visits that can go on. */
  unfinished = $state.raw<Unfinished[]>([]);
  readonly active = $derived(this.all.filter((upload) => upload.isActive));
  readonly isBusy = $derived(this.active.length > 0);
  #remembered = new Remembered(localStorage);

  /** Begins to send a file; one that is already on its way is not sent twice. */
  add(file: File): FileUpload {
    const workspaceId = session.workspace?.id ?? '';
    const upload = new FileUpload(file, workspaceId, this.#remembered, () => this.#next());
    const same = this.all.find((known) => known.fingerprint === upload.fingerprint && known.isActive);
    if (same !== undefined) return same;
    this.all = [...this.all, upload];
    this.#next();
    return upload;
  }

  /** Lets a paused or failed one go on when it is its turn. */
  resume(upload: FileUpload): void {
    upload.problem = undefined;
    upload.state = 'waiting';
    this.#next();
  }

  /** Takes one that rests off the list. */
  remove(upload: FileUpload): void {
    this.all = this.all.filter((known) => known !== upload);
    this.look();
  }

  async cancel(upload: FileUpload): Promise<void> {
    this.all = this.all.filter((known) => known !== upload);
    await upload.cancel();
    this.look();
  }

  /** Looks which earlier uploads could go on. */
  look(): void {
    const here = new Set(this.all.map(({ fingerprint }) => fingerprint));
    const known = this.#remembered.of(session.workspace?.id ?? '');
    this.unfinished = known.filter(({ fingerprint }) => !here.has(fingerprint));
  }

  forget(unfinished: Unfinished): void {
    this.#remembered.forget(unfinished.url);
    this.look();
  }

  /** Stops everything for somebody else; the service keeps what it has, so that it can go on. */
  leave(): void {
    for (const upload of this.active) upload.pause();
    this.all = [];
    this.unfinished = [];
  }

  #next(): void {
    const running = this.active.filter(({ state }) => state !== 'waiting').length;
    const waiting = this.all.filter(({ state }) => state === 'waiting');
    for (const upload of waiting.slice(0, Math.max(0, AT_ONCE - running))) void upload.start();
  }
}

export const uploads = new Uploads();

/** Fetches the code for uploads before it is needed, so that the first one begins at once. */
export function prepareUploads(): void {
  void import('tus-js-client').catch(() => undefined);
}

$effect.root(() => {
  const person = $derived(session.user?.id);
  $effect(() => {
    if (person !== undefined) return () => uploads.leave();
  });
  $effect(() => {
    if (!uploads.isBusy) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    const hurry = () => uploads.active.forEach((upload) => upload.hurry());
    addEventListener('beforeunload', warn);
    addEventListener('online', hurry);
    return () => {
      removeEventListener('beforeunload', warn);
      removeEventListener('online', hurry);
    };
  });
});
