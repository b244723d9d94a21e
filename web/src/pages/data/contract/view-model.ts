import type {
  ContractSummary,
  Dataset,
  RuleEntry,
  RuleOutcome,
  RuleStatus,
  SuggestedRule,
  TextPlace,
} from '../../../api/schema';
import { byColumn } from '../../../report/validation/rules';
import { count, plural } from '../../../text/figures';
import { holds } from '../../../text/search';
import { placesOf, type RulePlace, withoutRules } from './toml';

/** A contract that promises nothing yet. */
export const EMPTY = 'version = 1\n\n[table]\nrules = [\n]\n';

/** How the text of a contract is sent and compared: as the browser keeps it. */
export function unified(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n');
}

/** A proposed rule with its place in the proposed text. */
export interface Suggestion {
  /** Its number in the proposal. */
  index: number;
  rule: SuggestedRule;
  place: RulePlace;
}

/** A column with what is proposed for it; nothing for the table. */
export interface SuggestionGroup {
  column: string | undefined;
  suggestions: Suggestion[];
}

/** What can be accepted or left, by column; nothing when the text cannot be told apart into its rules. */
export function suggestionGroups(toml: string, rules: readonly SuggestedRule[]): SuggestionGroup[] | undefined {
  const places = placesOf(toml, rules);
  if (places === undefined) return undefined;
  const suggestions = rules.flatMap((rule, index) => {
    const place = places[index];
    return place === undefined ? [] : [{ index, rule, column: rule.column ?? undefined, place }];
  });
  return byColumn(suggestions).map(([column, suggestions]) => ({ column, suggestions }));
}

/** The proposed text with the rules that were accepted. */
export function accepted(toml: string, groups: readonly SuggestionGroup[], left: ReadonlySet<number>): string {
  const all = groups.flatMap(({ suggestions }) => suggestions);
  return withoutRules(
    toml,
    all.filter(({ index }) => left.has(index)).map(({ place }) => place),
  );
}

/** Why a rule is proposed: what was seen. */
export function whyInWords(why: string): string {
  return why.replace(/^seen: /, '');
}

/** What the effect shows. */
export const SHOWN = ['all', 'broken', 'unjudged'] as const;
export type Shown = (typeof SHOWN)[number];

export function shownOf(text: string | undefined): Shown {
  return SHOWN.find((one) => one === text) ?? 'all';
}

/** A rule with its place in the text, if it has one of its own. */
export interface PlacedRule extends RuleOutcome {
  key: string;
  place: RulePlace | undefined;
}

/** The rules with where they stand. */
export function placed(text: string, rules: readonly RuleOutcome[]): PlacedRule[] {
  const places = placesOf(text, rules);
  return rules.map((rule, index) => ({ ...rule, key: String(index), place: places?.[index] }));
}

/** How many rules have an outcome. */
export function countOf(rules: readonly RuleOutcome[], status: RuleStatus): number {
  return rules.reduce((sum, rule) => sum + (rule.status === status ? 1 : 0), 0);
}

/** The outcome compared to that of the version in force. */
export function comparedToSaved(kept: number, broken: number, saved: { kept: number; broken: number }): string {
  if (kept === saved.kept && broken === saved.broken) return 'As many as with the saved version.';
  const broke = `${count(saved.broken)} ${saved.broken === 1 ? 'is' : 'are'} broken`;
  return `With the saved version ${count(saved.kept)} hold and ${broke}.`;
}

/** Where in a text a place is that is named by line and character, both from 1. */
export function offsetOf(text: string, { line, column }: TextPlace): number {
  const lines = text.split('\n');
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  // Characters beyond the basic plane are two units of a text here, and one for the service.
  const own = [...(lines[line - 1] ?? '')].slice(0, column - 1).join('').length;
  return Math.min(before + own, text.length);
}

/** Rules that can be added to a column, or to the table, by what they look at. */
export function rulesFor(catalogue: readonly RuleEntry[], place: 'column' | 'table'): RuleEntry[] {
  return catalogue.filter((rule) => rule.place === place).sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

/** A contract in the list with the newest dataset of its name. */
export interface ContractLine extends ContractSummary {
  dataset: Dataset | undefined;
}

export function contractLines(
  contracts: readonly ContractSummary[],
  datasets: readonly Dataset[],
  search: string,
): ContractLine[] {
  const newest = new Map<string, Dataset>();
  for (const dataset of datasets) {
    const known = newest.get(dataset.name);
    if (dataset.state === 'ready' && (known === undefined || known.created_ms < dataset.created_ms)) {
      newest.set(dataset.name, dataset);
    }
  }
  return contracts
    .filter(({ name, description }) => holds(`${name} ${description ?? ''}`, search))
    .map((contract) => ({ ...contract, dataset: newest.get(contract.name) }));
}

/** How much of a proposal is accepted: `78 of 80 rules`. */
export function acceptedInWords(all: number, left: number): string {
  return left === 0 ? plural(all, 'rule') : `${count(all - left)} of ${plural(all, 'rule')}`;
}
