import { asProblem, type Problem } from '../../../api/problem';
import type { ContractReport } from '../../../api/schema';
import { tryContract } from './service';

/** How long a text rests before it is tried, in milliseconds. */
const RESTS_MS = 500;

/** A text tried on a dataset: the last outcome stays until the next one is there. */
export class Attempt {
  /** The last outcome, with the text it is about. */
  outcome = $state.raw<{ report: ContractReport; text: string }>();
  /** The text that was tried last, whatever came of it. */
  text = $state.raw<string>();
  problem = $state.raw<Problem>();
  isLoading = $state(false);
  #running: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly datasetId: string) {}

  /** Tries the text once it rests. */
  later(text: string): void {
    this.stop();
    this.#timer = setTimeout(() => void this.now(text), RESTS_MS);
  }

  async now(text: string): Promise<void> {
    this.stop();
    const running = new AbortController();
    this.#running = running;
    this.isLoading = true;
    try {
      const report = await tryContract(text, this.datasetId, running.signal);
      if (running.signal.aborted) return;
      this.outcome = { report, text };
      this.problem = undefined;
    } catch (thrown) {
      if (running.signal.aborted) return;
      this.problem = asProblem(thrown);
    }
    this.text = text;
    this.isLoading = false;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#running?.abort();
    this.isLoading = false;
  }
}
