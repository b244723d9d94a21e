import { asProblem } from '../api/problem';

/** A message at the edge of the screen. */
export interface Toast {
  id: number;
  tone: 'good' | 'bad';
  text: string;
  /** The code to quote, for problems. */
  code?: string | undefined;
}

/** How long a message stays, in milliseconds; problems stay until they are closed. */
const STAYS_MS = 4_000;

class Toasts {
  shown = $state.raw<Toast[]>([]);
  #next = 1;

  /** Says that something worked. */
  done(text: string): void {
    const toast = this.#add({ tone: 'good', text });
    setTimeout(() => this.close(toast), STAYS_MS);
  }

  /** Says what failed, why, and what to do. */
  failed(thrown: unknown): void {
    const problem = asProblem(thrown);
    const text = problem.help === undefined ? problem.message : `${problem.message}: ${problem.help}`;
    this.#add({ tone: 'bad', text, code: problem.code });
  }

  close(id: number): void {
    this.shown = this.shown.filter((toast) => toast.id !== id);
  }

  #add(toast: Omit<Toast, 'id'>): number {
    const id = this.#next++;
    this.shown = [...this.shown.slice(-3), { id, ...toast }];
    return id;
  }
}

export const toasts = new Toasts();

/** Does something the user asked for; says it when it fails. Answers whether it worked. */
export async function attempt(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (thrown) {
    toasts.failed(thrown);
    return false;
  }
}
