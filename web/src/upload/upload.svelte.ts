import { untrack } from 'svelte';
import type { DetailedError, HttpRequest, HttpResponse, Upload } from 'tus-js-client';

import { identityHeaders } from '../api/client';
import { asProblem, Problem, problemFrom } from '../api/problem';
import { isPassing, Pace, secondsLeft, waitMs } from './pace';
import { type Remembered, fingerprint } from './remembered';

const ENDPOINT = '/api/v1/uploads';
/** Says which dataset the upload has become. */
const DATASET_HEADER = 'X-Dataset-Id';

/**
 * `waiting` for its turn, `sending`, `looking` while the service looks inside, `interrupted` and about to try again,
 * `paused` by a person, then `done`, `failed` or `cancelled`.
 */
export type UploadState =
  'waiting' | 'sending' | 'looking' | 'interrupted' | 'paused' | 'done' | 'failed' | 'cancelled';

let lastId = 0;

/** One file on its way. */
export class FileUpload {
  readonly id = ++lastId;
  readonly file: File;
  readonly fingerprint: string;
  state = $state<UploadState>('waiting');
  sentBytes = $state(0);
  bytesPerSec = $state<number>();
  /** The dataset that it became. */
  datasetId = $state<string>();
  problem = $state.raw<Problem>();
  /** In how many places of its own the page shows it. */
  places = $state(0);
  /** When it is tried again, while it is interrupted. */
  retryMs = $state<number>();

  #tus: Upload | undefined;
  #pace = new Pace();
  /** Attempts in a row that brought nothing further. */
  #failures = 0;
  #farthestBytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #remembered: Remembered;
  /** What to do once it needs its turn no longer. */
  #rested: () => void;

  constructor(file: File, workspaceId: string, remembered: Remembered, rested: () => void) {
    this.file = file;
    this.fingerprint = fingerprint(file, workspaceId);
    this.#remembered = remembered;
    this.#rested = rested;
  }

  get name(): string {
    return this.file.name;
  }

  get isActive(): boolean {
    return ['waiting', 'sending', 'looking', 'interrupted'].includes(this.state);
  }

  /** How much of it is sent, 0..1. */
  get ratio(): number {
    return this.file.size === 0 ? 0 : this.sentBytes / this.file.size;
  }

  get secsLeft(): number | undefined {
    return secondsLeft(this.file.size - this.sentBytes, this.bytesPerSec);
  }

  /** Says that the page shows it in a place of its own; answers how to take that back. */
  show(): () => void {
    untrack(() => (this.places += 1));
    return () => {
      this.places -= 1;
    };
  }

  /** Sends the file, from where the service has it. */
  async start(): Promise<void> {
    clearTimeout(this.#timer);
    this.state = 'sending';
    this.problem = undefined;
    this.retryMs = undefined;
    this.#pace.forget();
    try {
      this.#tus ??= await this.#make();
    } catch (thrown) {
      this.#failed(thrown);
      return;
    }
    // It may have been paused while the code for it was fetched.
    if (this.state === 'sending') this.#tus.start();
  }

  pause(): void {
    clearTimeout(this.#timer);
    void this.#tus?.abort();
    this.bytesPerSec = undefined;
    this.state = 'paused';
    this.#rested();
  }

  /** Gives it up; what the service has of it is deleted. */
  async cancel(): Promise<void> {
    clearTimeout(this.#timer);
    this.state = 'cancelled';
    this.#rested();
    // What cannot be deleted now expires by itself.
    await this.#tus?.abort(true).catch(() => undefined);
  }

  /** Tries again now instead of later. */
  hurry(): void {
    if (this.state === 'interrupted') void this.start();
  }

  async #make(): Promise<Upload> {
    const { Upload } = await import('tus-js-client');
    const upload = new Upload(this.file, {
      endpoint: ENDPOINT,
      metadata: { filename: this.file.name },
      // Breaks are dealt with here, because they are shown and have no last attempt.
      retryDelays: null,
      fingerprint: () => Promise.resolve(this.fingerprint),
      urlStorage: this.#remembered,
      removeFingerprintOnSuccess: true,
      onBeforeRequest: withIdentity,
      onProgress: (bytes) => this.#progressed(bytes),
      onSuccess: ({ lastResponse }) => this.#succeeded(lastResponse),
      onError: (error) => this.#failed(error),
    });
    const [known] = await upload.findPreviousUploads();
    if (known !== undefined) upload.resumeFromPreviousUpload(known);
    return upload;
  }

  #progressed(bytes: number): void {
    if (this.state !== 'sending' && this.state !== 'looking') return;
    this.#pace.note(performance.now(), bytes);
    if (bytes > this.#farthestBytes) {
      this.#farthestBytes = bytes;
      this.#failures = 0;
    }
    this.sentBytes = bytes;
    this.bytesPerSec = this.#pace.bytesPerSec;
    this.state = bytes === this.file.size ? 'looking' : 'sending';
  }

  #succeeded(response: HttpResponse): void {
    const datasetId = response.getHeader(DATASET_HEADER);
    if (!datasetId) {
      this.#failed(new Problem(0, 'dashboard.upload', 'The service took the file in but did not say as what.'));
      return;
    }
    this.datasetId = datasetId;
    this.sentBytes = this.file.size;
    this.problem = undefined;
    this.state = 'done';
    this.#rested();
  }

  #failed(thrown: unknown): void {
    const { status, problem } = explained(thrown);
    this.bytesPerSec = undefined;
    if (isPassing(status)) {
      this.#failures += 1;
      const wait = waitMs(this.#failures);
      this.problem = problem;
      this.state = 'interrupted';
      this.retryMs = Date.now() + wait;
      this.#timer = setTimeout(() => void this.start(), wait);
      return;
    }
    // Whatever it was refused for, another attempt begins anew.
    this.#tus = undefined;
    this.problem = problem;
    this.state = 'failed';
    this.#rested();
  }
}

function withIdentity(request: HttpRequest): void {
  for (const [name, value] of Object.entries(identityHeaders())) request.setHeader(name, value);
}

/** What went wrong, and the status of the answer, if there was one. */
function explained(thrown: unknown): { status: number | undefined; problem: Problem } {
  if (thrown instanceof Problem) return { status: -1, problem: thrown };
  const response = (thrown as Partial<DetailedError>).originalResponse ?? null;
  if (response === null) {
    const isOurs = (thrown as Partial<DetailedError>).originalRequest === undefined;
    return { status: undefined, problem: isOurs ? asProblem(thrown) : asProblem(new TypeError('no answer')) };
  }
  const status = response.getStatus();
  let body: unknown;
  try {
    body = JSON.parse(response.getBody());
  } catch {
    // Something in between answered: the status has to do.
  }
  return { status, problem: problemFrom(status, body) };
}
