import { bytes, duration } from '../text/figures';
import type { UploadState } from './upload.svelte';

/** What is shown of an upload. */
export interface Standing {
  state: UploadState;
  sentBytes: number;
  sizeBytes: number;
  bytesPerSec: number | undefined;
  secsLeft: number | undefined;
  retrySecs: number | undefined;
}

/** Where an upload stands, in a few words. */
export function standing(upload: Standing): string {
  const sent = `${bytes(upload.sentBytes)} of ${bytes(upload.sizeBytes)}`;
  switch (upload.state) {
    case 'waiting':
      return `${bytes(upload.sizeBytes)} · waiting for its turn`;
    case 'sending':
      return [
        sent,
        upload.bytesPerSec === undefined ? undefined : `${bytes(upload.bytesPerSec)}/s`,
        upload.secsLeft === undefined ? undefined : `${timeLeft(upload.secsLeft)} left`,
      ]
        .filter((part) => part !== undefined)
        .join(' · ');
    case 'looking':
      return `${bytes(upload.sizeBytes)} sent · the service looks inside`;
    case 'interrupted':
      return upload.retrySecs !== undefined && upload.retrySecs >= 1
        ? `${sent} · interrupted, tries again in ${Math.round(upload.retrySecs)} s`
        : `${sent} · interrupted, trying again`;
    case 'paused':
      return `${sent} · paused`;
    case 'done':
      return `${bytes(upload.sizeBytes)} · ready`;
    case 'failed':
      return `${bytes(upload.sizeBytes)} · not taken in`;
    case 'cancelled':
      return 'cancelled';
  }
}

/** Whole seconds, so that the words do not flicker. */
function timeLeft(secs: number): string {
  return secs < 60 ? `${Math.max(1, Math.round(secs))} s` : duration(secs);
}
