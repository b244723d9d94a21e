// What the panels ask of the service. Previews, histories and settings of datasets are newer than settings
// themselves: a service without them answers 404, and the panels say so and do without.

import { answer, api } from '../api/client';
import { Problem } from '../api/problem';
import type { Catalogue, Check, CheckSide, Settings, SettingsInForce } from '../api/schema';
import type { Origins } from './draft';

type Asked = Promise<{ data?: unknown; error?: unknown; response: Response }>;
type Untyped = Record<'GET' | 'POST' | 'PUT', (path: string, init?: object) => Asked>;
const newer = api as unknown as Untyped;

/** How a column would be judged. */
export interface Judged {
  verdict: string;
  severity: string;
  mass_moved?: number | null;
  threshold?: number | null;
}

/** What other settings would make of a report. */
export interface Preview {
  verdict: string;
  severity: string;
  headline: string;
  drifted: number;
  changed: { column: string; before: Judged; after: Judged }[];
  columns: unknown[];
  /** What only a new check can show, a sentence each. */
  not_previewed: string[];
  took_ms: number;
}

/** Settings of a dataset. */
export interface DatasetSettingsInForce {
  version: number;
  own: Record<string, unknown>;
  effective: Settings;
  origins: Origins;
}

/** One version of the settings of a workspace. */
export interface SettingsVersion {
  version: number;
  created_ms: number;
  created_by: string;
  settings: Settings;
}

/** Whether the service is older than what was asked for. */
export function isUnknown(thrown: unknown): boolean {
  return thrown instanceof Problem && (thrown.status === 405 || thrown.code === 'usage.no_such_path');
}

let known: Promise<Catalogue> | undefined;

/** What the service can do; it stays the same while it runs. */
export function catalogue(): Promise<Catalogue> {
  if (known === undefined) {
    known = answer(api.GET('/api/v1/catalogue'));
    known.catch(() => (known = undefined));
  }
  return known;
}

/** Settings of the workspace; older services do not tell where each comes from. */
export type WorkspaceSettingsInForce = SettingsInForce & { origins?: Origins };

export function workspaceSettings(): Promise<WorkspaceSettingsInForce> {
  return answer(api.GET('/api/v1/settings')) as Promise<WorkspaceSettingsInForce>;
}

export function saveWorkspaceSettings(version: number, settings: Settings): Promise<SettingsInForce> {
  return answer(api.PUT('/api/v1/settings', { body: { version, settings } })) as Promise<SettingsInForce>;
}

/** Earlier settings, the newest first; nothing when the service keeps none. */
export async function settingsHistory(): Promise<SettingsVersion[] | undefined> {
  try {
    return ((await answer(newer.GET('/api/v1/settings/history'))) as { items: SettingsVersion[] }).items;
  } catch (thrown) {
    if (isUnknown(thrown)) return undefined;
    throw thrown;
  }
}

/** What the settings would make of a check's report; nothing when the service cannot tell. */
export async function preview(checkId: string, settings: Settings, signal: AbortSignal): Promise<Preview | undefined> {
  try {
    const init = { params: { path: { id: checkId } }, body: { settings }, signal };
    return (await answer(newer.POST('/api/v1/checks/{id}/preview', init))) as Preview;
  } catch (thrown) {
    if (isUnknown(thrown)) return undefined;
    throw thrown;
  }
}

/** Begins a check of the same data with other settings. */
export function checkAgain(known: Pick<Check, 'current' | 'reference'>, settings: Settings): Promise<Check> {
  const { current, reference } = known;
  return answer(api.POST('/api/v1/checks', { body: { current, reference, settings: settings as never, priority: 0 } }));
}

/** The settings of a dataset; nothing when the service keeps none for datasets. */
export async function datasetSettings(id: string): Promise<DatasetSettingsInForce | undefined> {
  try {
    const init = { params: { path: { id } } };
    return (await answer(newer.GET('/api/v1/datasets/{id}/settings', init))) as DatasetSettingsInForce;
  } catch (thrown) {
    if (isUnknown(thrown)) return undefined;
    throw thrown;
  }
}

export async function saveDatasetSettings(id: string, version: number, own: object): Promise<void> {
  await answer(newer.PUT('/api/v1/datasets/{id}/settings', { params: { path: { id } }, body: { version, own } }));
}

/** The dataset of a side of a check; nothing for a baseline. */
export function datasetOf(side: CheckSide): string | undefined {
  return 'dataset' in side ? side.dataset : undefined;
}
