import { SvelteSet } from 'svelte/reactivity';

import type { FindingRecord } from '../../api/schema';
import type { Row } from './view-model';

/** Where somebody is in the list, and what they have selected in it. */
export class Inbox {
  /** The id of the row that the keys act on. */
  cursor = $state<string>();
  readonly selected = new SvelteSet<string>();
  /** Where a range begins. */
  #anchor: string | undefined;
  #rows: () => readonly Row[];

  /** `folded` holds the incidents whose findings are not listed. */
  constructor(
    rows: () => readonly Row[],
    private readonly folded: Set<string>,
  ) {
    this.#rows = rows;
  }

  /** The row that the keys act on. */
  get row(): Row | undefined {
    return this.#rows()[this.index];
  }

  get index(): number {
    return this.#rows().findIndex((row) => row.id === this.cursor);
  }

  /** Moves by rows; stays inside. Answers where it is. */
  move(by: number): number {
    const rows = this.#rows();
    const from = this.index;
    const to = from < 0 ? 0 : Math.max(0, Math.min(from + by, rows.length - 1));
    this.cursor = rows[to]?.id;
    return to;
  }

  /** Goes to the row that takes the place of those that are about to leave. */
  leave(ids: ReadonlySet<string>): void {
    const rows = this.#rows();
    const from = this.index;
    if (from < 0 || this.cursor === undefined || !ids.has(this.cursor)) return;
    const stays = (row: Row) => row.kind === 'finding' && !ids.has(row.id);
    const next = rows.slice(from + 1).find(stays) ?? rows.slice(0, from).findLast(stays);
    this.cursor = next?.id;
  }

  /** Selects a row or takes it back; a range goes from the one that was selected last. */
  toggle(id: string, isRange: boolean): void {
    const rows = this.#rows();
    const anchor = rows.findIndex((row) => row.id === this.#anchor);
    const index = rows.findIndex((row) => row.id === id);
    this.cursor = id;
    if (isRange && anchor >= 0 && index >= 0) {
      const range = rows.slice(Math.min(anchor, index), Math.max(anchor, index) + 1);
      for (const row of range) this.#add(row);
      return;
    }
    this.#anchor = id;
    const row = rows[index];
    if (row === undefined) return;
    const ids = row.kind === 'finding' ? [row.id] : row.findings.map((finding) => finding.id);
    const isSelected = ids.every((one) => this.selected.has(one));
    for (const one of ids) {
      if (isSelected) this.selected.delete(one);
      else this.selected.add(one);
    }
  }

  /** Moves and takes the way into the selection. */
  extend(by: number): number {
    const before = this.row;
    if (before !== undefined) {
      this.#anchor ??= before.id;
      this.#add(before);
    }
    const to = this.move(by);
    if (this.row !== undefined) this.#add(this.row);
    return to;
  }

  clear(): void {
    this.selected.clear();
    this.#anchor = undefined;
  }

  /** What a decision is about: those selected, or the one that the keys act on. */
  targets(items: readonly FindingRecord[]): FindingRecord[] {
    if (this.selected.size > 0) return items.filter((item) => this.selected.has(item.id));
    const row = this.row;
    if (row?.kind === 'incident') return row.findings;
    return row === undefined ? [] : [row.finding];
  }

  fold(incidentId: string): void {
    if (!this.folded.delete(incidentId)) this.folded.add(incidentId);
  }

  #add(row: Row): void {
    if (row.kind === 'finding') this.selected.add(row.id);
  }
}
