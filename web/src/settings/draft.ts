// What is compared, taken over and sent of settings. Pure.

import type { Problem } from '../api/problem';
import type { ColumnRole, Settings } from '../api/schema';
import { count, number } from '../text/figures';
import { FIELDS, isSame, valueOf, type SettingField } from './fields';

/** Where values come from, by key. */
export type Origins = Readonly<Record<string, string>>;

/** Keys of settings that differ, in the order of the editor. */
export function differing(a: Settings, b: Settings): string[] {
  const keys = [...FIELDS.map((field) => field.key), 'drift.exclude', 'drift.conform'];
  const changed = keys.filter((key) => !isSame(valueOf(a, key), valueOf(b, key)));
  return isSame(sorted(a.roles), sorted(b.roles)) ? changed : [...changed, 'roles'];
}

function sorted(roles: Settings['roles']): [string, string][] {
  return Object.entries(roles).sort(([a], [b]) => (a < b ? -1 : 1));
}

type Nested = Record<string, unknown>;

/** Only what differs from what holds anyway, as a dataset keeps it. */
export function own(settings: Settings, inherited: Settings): Record<string, never> {
  const kept: Record<string, Nested> = {};
  for (const key of differing(settings, inherited)) {
    if (key === 'roles') continue;
    const [group = '', name = ''] = key.split('.');
    kept[group] = { ...kept[group], [name]: valueOf(settings, key) };
  }
  const given = Object.entries(settings.roles).filter(([name, role]) => inherited.roles[name] !== role);
  // A role that is inherited is taken back with null.
  const takenBack = Object.keys(inherited.roles).filter((name) => !(name in settings.roles));
  const roles: Nested = Object.fromEntries([...given, ...takenBack.map((name) => [name, null])]);
  // The description of the API has no narrower word for a part of the settings than an object.
  return (Object.keys(roles).length === 0 ? kept : { ...kept, roles }) as Record<string, never>;
}

/** The complaint about one setting, where the service names it; otherwise it belongs to the whole. */
export function complaint(problem: Problem | undefined): { key: string | undefined; text: string } | undefined {
  if (problem === undefined) return undefined;
  const known = [...FIELDS.map((field) => field.key), 'drift.exclude', 'roles'];
  const key = known.find((one) => problem.message.includes(one));
  const text = key === undefined ? problem.message : problem.message.replace(/^.*?cannot be/u, 'cannot be');
  return { key, text: problem.help === undefined ? text : `${text}: ${problem.help}` };
}

/** Names of origins as people read them. */
export function originText(origin: string | undefined): string {
  const texts: Record<string, string> = {
    default: 'default',
    workspace: 'set for the workspace',
    dataset: 'set for this dataset',
    baseline: 'set for this baseline',
    request: 'set for this check',
    config: 'from the configuration of the service',
  };
  return origin === undefined ? 'default' : (texts[origin] ?? origin);
}

/** A value of a setting in words. */
export function shown(field: Pick<SettingField, 'control'>, value: unknown): string {
  const { control } = field;
  if (control.kind === 'range') {
    return `${number(Number(((value as number) * control.scale).toPrecision(12)))} ${control.unit}`.trim();
  }
  if (control.kind === 'choice') return control.choices.find((one) => one.value === value)?.title.toLowerCase() ?? '';
  if (control.kind === 'bytes') return `${count(value as number)} bytes`;
  if (control.kind === 'switch') return value === true ? 'on' : 'off';
  if (control.kind === 'header') return value === true ? 'yes' : value === false ? 'no' : 'found out';
  if (control.kind === 'delimiter') return value === '' ? 'found out' : String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map((one) => one || '(empty)').join(', ');
  return value === '' ? 'none' : String(value);
}

/** What a column is for the editor. */
export interface SettingColumn {
  name: string;
  kind?: string | undefined;
  /** The role that was recognised or given. */
  role?: string | undefined;
}

/** Columns that can be set: those of the data and those that the settings name. */
export function columnsOf(settings: Settings, columns: readonly SettingColumn[]): SettingColumn[] {
  const known = new Set(columns.map((column) => column.name));
  const named = [...Object.keys(settings.roles), ...settings.drift.exclude].filter((name) => !known.has(name));
  return [...columns, ...[...new Set(named)].sort().map((name) => ({ name }))];
}

/** The settings with another role for a column; nothing leaves it to be recognised. */
export function withRole(settings: Settings, name: string, role: ColumnRole | undefined): Settings {
  const roles = Object.fromEntries(Object.entries(settings.roles).filter(([known]) => known !== name));
  return { ...settings, roles: role === undefined ? roles : { ...roles, [name]: role } };
}

/** The settings with a column judged or not. */
export function withJudged(settings: Settings, name: string, isJudged: boolean): Settings {
  const others = settings.drift.exclude.filter((known) => known !== name);
  return { ...settings, drift: { ...settings.drift, exclude: isJudged ? others : [...others, name] } };
}
