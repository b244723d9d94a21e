// What the panels ask of the service.

import { answer, api } from '../api/client';
import type {
  Catalogue,
  CheckPreview,
  CheckSide,
  DatasetSettings,
  PastSettings,
  Settings,
  SettingsInForce,
} from '../api/schema';

let known: Promise<Catalogue> | undefined;

/** What the service can do; it stays the same while it runs. */
export function catalogue(): Promise<Catalogue> {
  if (known === undefined) {
    known = answer(api.GET('/api/v1/catalogue'));
    known.catch(() => (known = undefined));
  }
  return known;
}

export function workspaceSettings(): Promise<SettingsInForce> {
  return answer(api.GET('/api/v1/settings')) as Promise<SettingsInForce>;
}

export function saveWorkspaceSettings(version: number, settings: Settings): Promise<SettingsInForce> {
  return answer(api.PUT('/api/v1/settings', { body: { version, settings } })) as Promise<SettingsInForce>;
}

/** Versions of the settings of the workspace that are listed. */
const MOST_VERSIONS = 50;

/** Settings that are or were in force in the workspace, the newest first. */
export async function settingsHistory(): Promise<PastSettings[]> {
  const asked = api.GET('/api/v1/settings/history', { params: { query: { limit: MOST_VERSIONS } } });
  return (await answer(asked)).items as PastSettings[];
}

/** What the settings would make of a check's report. */
export function preview(id: string, settings: Settings, signal: AbortSignal): Promise<CheckPreview> {
  return answer(api.POST('/api/v1/checks/{id}/preview', { params: { path: { id } }, body: { settings }, signal }));
}

/** The settings of a dataset, which all datasets of its name have. */
export function datasetSettings(id: string): Promise<DatasetSettings> {
  return answer(api.GET('/api/v1/datasets/{id}/settings', { params: { path: { id } } })) as Promise<DatasetSettings>;
}

export async function saveDatasetSettings(id: string, version: number, own: Record<string, never>): Promise<void> {
  await answer(api.PUT('/api/v1/datasets/{id}/settings', { params: { path: { id } }, body: { version, own } }));
}

/** The dataset of a side of a check; nothing for a baseline. */
export function datasetOf(side: CheckSide): string | undefined {
  return 'dataset' in side ? side.dataset : undefined;
}

/** The monitor of a side of a check; nothing for others. */
export function monitorOf(side: CheckSide): string | undefined {
  return 'monitor' in side ? side.monitor : undefined;
}
