import type { ProblemBody, TextPlace } from './schema';

/** What the service refused or could not do, as it said so. */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    /** Status of the answer; 0 when there was none. */
    readonly status: number,
    /** Stable code, such as `data.too_large`. */
    readonly code: string,
    message: string,
    /** What to do about it. */
    readonly help?: string,
    /** The id that the log of the service has, too. */
    readonly requestId?: string,
    /** The present state of what somebody else has changed. */
    readonly present?: unknown,
    /** Where in the text that was sent the mistake is. */
    readonly place?: TextPlace,
  ) {
    super(message);
  }
}

/** The problem that an answer tells of. */
export function problemFrom(status: number, body: unknown): Problem {
  const details = (body as Partial<ProblemBody> | undefined)?.error;
  if (details === undefined || typeof details !== 'object') {
    return new Problem(status, 'system.unreadable', `the service answered ${status} without an explanation`);
  }
  return new Problem(
    status,
    details.code,
    details.message,
    details.help ?? undefined,
    details.request_id ?? undefined,
    details.present ?? undefined,
    details.place ?? undefined,
  );
}

/** Anything that was thrown, as a problem that can be shown. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof TypeError) {
    return new Problem(
      0,
      'system.unreachable',
      'The service does not answer.',
      'It may be restarting: this page tries again by itself.',
    );
  }
  return new Problem(0, 'dashboard.failed', thrown instanceof Error ? thrown.message : String(thrown));
}
