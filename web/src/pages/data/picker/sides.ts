import type { BaselineSummary, CheckSide, Dataset } from '../../../api/schema';
import { bytes, count } from '../../../text/figures';
import { holds } from '../../../text/search';

/** Something that a comparison can take as one of its sides. */
export type StoredSide =
  | { kind: 'dataset'; id: string; name: string; sizeBytes?: number | undefined }
  | { kind: 'baseline'; name: string; version?: number | undefined };

/** A line of the list that one is chosen from. */
export interface Choice {
  key: string;
  side: StoredSide;
  title: string;
  hint: string;
  /** When it was made. */
  ms: number;
}

/** What can be chosen, the baselines first: they were saved to be compared with. */
export function choices(datasets: readonly Dataset[], baselines: readonly BaselineSummary[]): Choice[] {
  return [
    ...baselines.map((baseline): Choice => {
      const now = baseline.versions.find(({ version }) => version === baseline.current);
      return {
        key: `baseline:${baseline.name}`,
        side: { kind: 'baseline', name: baseline.name, version: baseline.current },
        title: baseline.name,
        hint: `baseline, version ${baseline.current}${now === undefined ? '' : `, ${count(now.rows)} rows`}`,
        ms: now?.saved_ms ?? 0,
      };
    }),
    ...datasets.map((dataset): Choice => ({
      key: `dataset:${dataset.id}`,
      side: { kind: 'dataset', id: dataset.id, name: dataset.name, sizeBytes: dataset.size_bytes },
      title: dataset.name,
      hint: bytes(dataset.size_bytes),
      ms: dataset.created_ms,
    })),
  ];
}

/** Those whose name or kind holds every word that is searched for. */
export function found(all: readonly Choice[], search: string): Choice[] {
  return all.filter(({ title, hint }) => holds(`${title} ${hint}`, search));
}

/** A side as it stands in an address. */
export function sideText(side: StoredSide | undefined): string | undefined {
  if (side === undefined) return undefined;
  if (side.kind === 'dataset') return `dataset:${side.id}`;
  return `baseline:${side.name}${side.version === undefined ? '' : `@${side.version}`}`;
}

/** A side from an address; the name of a dataset is not in it. */
export function sideOf(text: string | undefined): StoredSide | undefined {
  const [kind, rest] = split(text ?? '', ':');
  if (rest === undefined || rest === '') return undefined;
  if (kind === 'dataset') return { kind, id: rest, name: '' };
  if (kind !== 'baseline') return undefined;
  const [name, version] = split(rest, '@');
  return { kind, name, version: version !== undefined && /^\d+$/.test(version) ? Number(version) : undefined };
}

/** A side as the API takes it. */
export function requestOf(side: StoredSide): CheckSide {
  if (side.kind === 'dataset') return { dataset: side.id };
  return { baseline: side.version === undefined ? side.name : `${side.name}@${side.version}` };
}

function split(text: string, sign: string): [string, string?] {
  const place = text.indexOf(sign);
  return place < 0 ? [text] : [text.slice(0, place), text.slice(place + 1)];
}
