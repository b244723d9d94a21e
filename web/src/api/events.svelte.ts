import { EventSourceParserStream } from 'eventsource-parser/stream';

import { identityHeaders } from './client';
import type { components } from './generated';

/** Something that happened in the workspace. */
export type LiveEvent = components['schemas']['Event'];

type Listener = { prefixes: readonly string[]; hear: (event: LiveEvent) => void };

/** Waits between attempts to connect, in milliseconds: the first is quick, the last is kept to. */
const WAITS_MS = [250, 500, 1_000, 2_000, 4_000, 8_000];

/** How long a page that nobody sees keeps its connection, in milliseconds. */
const UNSEEN_MS = 10_000;

/**
 * The live connection: one for the whole page. After a break it goes on where it was, so that nothing is missed. A
 * page that is not seen lets go of it: a browser opens six connections to a service at most, for all its tabs.
 */
class Events {
  /** `live`, `connecting` before the first time, `lost` after a break. */
  state = $state<'connecting' | 'live' | 'lost'>('connecting');
  #listeners = new Set<Listener>();
  #lastId: string | undefined;
  #stop: AbortController | undefined;
  #isWanted = false;
  /** Whether something may have happened that no event will tell of. */
  #hasGap = false;
  #unseen: ReturnType<typeof setTimeout> | undefined;

  /** Hears events whose kind begins with one of the prefixes; answers how to stop. */
  on(prefixes: readonly string[], hear: (event: LiveEvent) => void): () => void {
    const listener = { prefixes, hear };
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    document.addEventListener('visibilitychange', this.#look);
    this.#connect();
  }

  stop(): void {
    this.#isWanted = false;
    document.removeEventListener('visibilitychange', this.#look);
    clearTimeout(this.#unseen);
    this.#disconnect();
    this.#lastId = undefined;
    this.state = 'connecting';
  }

  #look = (): void => {
    clearTimeout(this.#unseen);
    if (document.hidden) this.#unseen = setTimeout(() => this.#disconnect(), UNSEEN_MS);
    else this.#connect();
  };

  #connect(): void {
    if (this.#stop !== undefined) return;
    this.#stop = new AbortController();
    void this.#follow(this.#stop.signal);
  }

  #disconnect(): void {
    this.#stop?.abort();
    this.#stop = undefined;
    this.#hasGap = true;
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
      this.#hasGap = true;
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
    const hasGap = this.#hasGap && this.#lastId === undefined;
    this.#hasGap = false;
    this.state = 'live';
    connected();
    // Without the number of an event to go on from, what is shown may be old.
    if (hasGap) this.#tell({ kind: 'events.reconnected' } as LiveEvent);
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
