import type { PreviousUpload, UrlStorage } from 'tus-js-client';

/** Where unfinished uploads are remembered, so that they go on after the page was closed. */
const PLACE = 'driftline.uploads';
/** The service gives an upload up after a day without bytes. */
const KEPT_MS = 24 * 3_600_000;

/** An upload that the service has begun to take in. */
export interface Unfinished {
  /** Says which file in which workspace. */
  fingerprint: string;
  name: string;
  sizeBytes: number;
  /** Its address at the service. */
  url: string;
  begunMs: number;
}

/** What makes a chosen file the same as one before: the workspace, its name, its length, and when it was changed. */
export function fingerprint(file: { name: string; size: number; lastModified: number }, workspaceId: string): string {
  return [workspaceId, file.size, file.lastModified, file.name].join(' ');
}

/** The unfinished uploads of this browser, oldest first. */
export class Remembered implements UrlStorage {
  readonly #storage: Pick<Storage, 'getItem' | 'setItem'>;
  readonly #nowMs: () => number;

  constructor(storage: Pick<Storage, 'getItem' | 'setItem'>, nowMs: () => number = Date.now) {
    this.#storage = storage;
    this.#nowMs = nowMs;
  }

  /** Those of a workspace. */
  of(workspaceId: string): Unfinished[] {
    return this.#read().filter(({ fingerprint }) => fingerprint.startsWith(`${workspaceId} `));
  }

  forget(url: string): void {
    this.#write(this.#read().filter((one) => one.url !== url));
  }

  // What follows is the interface that the client for tus asks for.

  findAllUploads = (): Promise<PreviousUpload[]> => Promise.resolve(this.#read().map(asPrevious));

  findUploadsByFingerprint = (wanted: string): Promise<PreviousUpload[]> =>
    Promise.resolve(
      this.#read()
        .filter(({ fingerprint }) => fingerprint === wanted)
        .map(asPrevious),
    );

  addUpload = (fingerprint: string, upload: PreviousUpload): Promise<string> => {
    const url = upload.uploadUrl ?? '';
    const one: Unfinished = {
      fingerprint,
      name: upload.metadata.filename ?? '',
      sizeBytes: upload.size ?? 0,
      url,
      begunMs: this.#nowMs(),
    };
    this.#write([...this.#read().filter((known) => known.url !== url), one]);
    return Promise.resolve(url);
  };

  removeUpload = (url: string): Promise<void> => {
    this.forget(url);
    return Promise.resolve();
  };

  #read(): Unfinished[] {
    try {
      const stored: unknown = JSON.parse(this.#storage.getItem(PLACE) ?? '[]');
      if (!Array.isArray(stored)) return [];
      return (stored as Unfinished[]).filter((one) => one.begunMs > this.#nowMs() - KEPT_MS);
    } catch {
      return [];
    }
  }

  #write(all: readonly Unfinished[]): void {
    try {
      this.#storage.setItem(PLACE, JSON.stringify(all));
    } catch {
      // The storage is full or switched off: the upload works, but it begins anew after the page was closed.
    }
  }
}

function asPrevious(one: Unfinished): PreviousUpload {
  return {
    size: one.sizeBytes,
    metadata: { filename: one.name },
    creationTime: new Date(one.begunMs).toISOString(),
    urlStorageKey: one.url,
    uploadUrl: one.url,
    parallelUploadUrls: null,
  };
}
