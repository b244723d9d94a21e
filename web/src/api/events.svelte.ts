import { EventSourceParserStream } from 'eventsource-parser/stream';

import { identityHeaders } from './client';
import type { components } from './generated';

/** Something that happened in the workspace. */
export type LiveEvent = components['schemas']['Event'];

type Listener = { prefixes: readonly string[]; hear: (event: LiveEvent) => void };

/** Waits between attempts to connect, in milliseconds: the first is quick, the last is kept to. */
const WAITS_MS = [250, 500, 1_000, 2_000, 4_000, 8_000];

/** The live connection: one for the whole page. After a break it goes on where it was, so that nothing is missed. */
class Events {
  /** `live`, `connecting` before the first time, `lost` after a break. */
  state = $state<'connecting' | 'live' | 'lost'>('connecting');
  #listeners = new Set<Listener>();
  #lastId: string | undefined;
  #stop: AbortController | undefined;

  /** Hears events whose kind begins with one of the prefixes; answers how to stop. */
  on(prefixes: readonly string[], hear: (event: LiveEvent) => void): () => void {
    const listener = { prefixes, hear };
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    if (this.#stop !== undefined) return;
    this.#stop = new AbortController();
    void this.#follow(this.#stop.signal);
  }

  stop(): void {
    this.#stop?.abort();
    this.#stop = undefined;
    this.#lastId = undefined;
    this.state = 'connecting';
  }

  async #follow(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        await this.#listen(signal, () => (failures = 0));
      } catch {
        // Whatever broke the connection, the answer is the same: try again.
      }
      if (signal.aborted) return;
      this.state = 'lost';
      const wait = WAITS_MS[Math.min(failures, WAITS_MS.length - 1)] ?? 8_000;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  async #listen(signal: AbortSignal, connected: () => void): Promise<void> {
    const headers = {
      ...identityHeaders(),
      ...(this.#lastId !== undefined && { 'Last-Event-ID': this.#lastId }),
    };
    const response = await fetch('/api/v1/events', { headers, signal });
    if (!response.ok || response.body === null) throw new Error(`status ${response.status}`);
    const wasLost = this.state === 'lost';
    this.state = 'live';
    connected();
    // What was shown may be old when the service forgot where we were.
    if (wasLost && this.#lastId === undefined) this.#tell({ kind: 'events.reconnected' } as LiveEvent);
    const events = response.body
      .pipeThrough(new TextDecoderStream() as unknown as TransformStream<Uint8Array<ArrayBuffer>, string>)
      .pipeThrough(new EventSourceParserStream());
    const reader = events.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (value.id !== undefined) this.#lastId = value.id;
      this.#tell(JSON.parse(value.data) as LiveEvent);
    }
  }

  #tell(event: LiveEvent): void {
    for (const { prefixes, hear } of this.#listeners) {
      const concerns = prefixes.some((prefix) => event.kind.startsWith(prefix));
      if (concerns || event.kind === 'events.reconnected') hear(event);
    }
  }
}

export const events = new Events();
