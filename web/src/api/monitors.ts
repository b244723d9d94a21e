import { EventSourceParserStream } from 'eventsource-parser/stream';

import { answer, api, identityHeaders } from './client';
import { problemFrom } from './problem';
import type { ClosedWindow, MonitorDetails, WindowSummary } from './schema';

export type Resolution = 'window' | 'minute' | 'hour';

export function monitors(): Promise<MonitorDetails[]> {
  return answer(api.GET('/api/v1/monitors'));
}

export function monitor(id: string): Promise<MonitorDetails> {
  return answer(api.GET('/api/v1/monitors/{id}', { params: { path: { id } } }));
}

/** Windows that begin between two moments, oldest first. */
export function windows(
  id: string,
  query: { resolution: Resolution; from: number; until?: number; metrics?: string },
  signal?: AbortSignal,
): Promise<WindowSummary[]> {
  const asked = { params: { path: { id }, query }, ...(signal && { signal }) };
  return answer(api.GET('/api/v1/monitors/{id}/windows', asked));
}

/** Waits between attempts to connect, in milliseconds. */
const WAITS_MS = [250, 500, 1_000, 2_000, 4_000];
/** How long a page that nobody sees keeps its connection, in milliseconds: a browser opens few of them. */
const UNSEEN_MS = 10_000;

interface Follower {
  metrics: string | undefined;
  hear: (closed: ClosedWindow) => void;
  /** Whether windows come. */
  connected: (isConnected: boolean) => void;
}

/** Hears every window of a monitor as it closes, after a break from where it was; answers how to stop. */
export function followWindows(id: string, follower: Follower): () => void {
  let lastId: string | undefined;
  let running: AbortController | undefined;
  let unseen: ReturnType<typeof setTimeout> | undefined;

  async function listen(signal: AbortSignal): Promise<void> {
    const query = follower.metrics === undefined ? '' : `?metrics=${encodeURIComponent(follower.metrics)}`;
    const headers = { ...identityHeaders(), ...(lastId !== undefined && { 'Last-Event-ID': lastId }) };
    const response = await fetch(`/api/v1/monitors/${encodeURIComponent(id)}/live${query}`, { headers, signal });
    if (!response.ok || response.body === null) throw problemFrom(response.status, undefined);
    follower.connected(true);
    const reader = response.body
      .pipeThrough(new TextDecoderStream() as unknown as TransformStream<Uint8Array<ArrayBuffer>, string>)
      .pipeThrough(new EventSourceParserStream())
      .getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (value.event !== 'window') continue;
      if (value.id !== undefined) lastId = value.id;
      follower.hear(JSON.parse(value.data) as ClosedWindow);
    }
  }

  async function follow(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; failures += 1) {
      const begun = Date.now();
      await listen(signal).catch(() => undefined);
      if (signal.aborted) return;
      follower.connected(false);
      // What held for a while is connected anew at once.
      if (Date.now() - begun > UNSEEN_MS) failures = 0;
      await new Promise((resolve) => setTimeout(resolve, WAITS_MS[Math.min(failures, WAITS_MS.length - 1)]));
    }
  }

  function connect(): void {
    if (running !== undefined) return;
    running = new AbortController();
    void follow(running.signal);
  }

  function disconnect(): void {
    running?.abort();
    running = undefined;
  }

  function look(): void {
    clearTimeout(unseen);
    if (document.hidden) unseen = setTimeout(disconnect, UNSEEN_MS);
    else connect();
  }

  document.addEventListener('visibilitychange', look);
  connect();
  return () => {
    document.removeEventListener('visibilitychange', look);
    clearTimeout(unseen);
    disconnect();
  };
}
