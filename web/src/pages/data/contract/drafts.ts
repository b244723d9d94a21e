// Texts that were changed and not saved, while the dashboard is open: looking at another tab must not lose them.

/** A changed text and the version it was made from. */
export interface ContractDraft {
  text: string;
  /** 0 when there was none. */
  version: number;
}

/** Texts that are kept at most. */
const MOST = 20;
const drafts = new Map<string, ContractDraft>();

export function draftOf(name: string): ContractDraft | undefined {
  return drafts.get(name);
}

export function keepDraft(name: string, draft: ContractDraft): void {
  drafts.delete(name);
  drafts.set(name, draft);
  for (const oldest of [...drafts.keys()].slice(0, Math.max(drafts.size - MOST, 0))) drafts.delete(oldest);
}

export function dropDraft(name: string): void {
  drafts.delete(name);
}
