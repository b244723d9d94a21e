// What the page of alerts says, from what the service gives. Pure.

import { Problem } from '../../api/problem';
import type {
  AlertEvent,
  AlertRule,
  AlertRuleSettings,
  Channel,
  ChannelEntry,
  Delivery,
  DeliveryState,
  QuietHours,
  RulePreviewResult,
} from '../../api/schema';
import { plural } from '../../text/figures';
import { ago } from '../../text/moments';

export const TABS = [
  { id: 'channels', title: 'Channels' },
  { id: 'rules', title: 'Rules' },
  { id: 'deliveries', title: 'Deliveries' },
] as const;
export type TabId = (typeof TABS)[number]['id'];

/** The incidents of a severity and above, as a sentence begins. */
export const INCIDENTS_FROM: Record<string, string> = {
  low: 'All incidents',
  medium: 'Medium, high and critical incidents',
  high: 'High and critical incidents',
  critical: 'Critical incidents',
};
const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;

/** The answer of the page: who is told of what, when not, and whether it works. */
export function answerOf(
  channels: readonly Channel[],
  rules: readonly AlertRule[],
  deliveries: readonly Delivery[],
  nowMs: number,
): string {
  if (channels.length === 0) return 'Nobody is told yet: there is no channel.';
  const active = rules.filter((rule) => rule.settings.enabled);
  const waits = `${plural(channels.length, 'channel')} ${channels.length === 1 ? 'waits' : 'wait'}`;
  if (rules.length === 0) return `Nobody is told yet: ${waits} for a rule.`;
  if (active.length === 0) return `Nobody is told: ${rules.length === 1 ? 'the rule is' : `all ${rules.length} rules are`} switched off.`;
  const told = toldBy(active, channels);
  if (told === 0) return 'Nobody is told: the channels of the rules are switched off.';
  const parts = [`${incidentsOf(active)} go to ${plural(told, 'channel')}`, quietOf(active), lastOf(deliveries, nowMs)];
  return `${parts.filter((part) => part !== undefined).join('; ')}.`;
}

function toldBy(rules: readonly AlertRule[], channels: readonly Channel[]): number {
  const wanted = new Set(rules.flatMap((rule) => rule.settings.channels));
  return channels.filter((channel) => channel.enabled && wanted.has(channel.id)).length;
}

function incidentsOf(rules: readonly AlertRule[]): string {
  const least = SEVERITIES.find((severity) => rules.some((rule) => rule.settings.min_severity === severity)) ?? 'low';
  const words = INCIDENTS_FROM[least] ?? '';
  return rules.every((rule) => isNarrow(rule.settings)) ? `${words} that fit a rule` : words;
}

/** Whether a rule is about some data, columns or codes only. */
export function isNarrow({ names, columns, codes }: AlertRuleSettings): boolean {
  return names.length + columns.length + codes.length > 0;
}

function quietOf(rules: readonly AlertRule[]): string | undefined {
  const quiet = rules.map((rule) => rule.settings.quiet ?? undefined);
  const some = quiet.filter((one) => one !== undefined);
  if (some.length === 0) return undefined;
  const texts = new Set(some.map(quietWords));
  if (some.length === rules.length && texts.size === 1) return quietWords(some[0] as QuietHours);
  return `${some.length} of ${plural(rules.length, 'rule')} ${some.length === 1 ? 'keeps' : 'keep'} quiet hours`;
}

/** Quiet hours in words. */
export function quietWords({ windows }: QuietHours): string {
  const [first] = windows;
  if (first === undefined) return 'never quiet';
  if (windows.length > 1) return `quiet at ${windows.length} times of the week`;
  const days = first.days ?? [];
  const on = days.length === 0 ? '' : ` on ${days.map((day) => DAY_NAMES[day] ?? day).join(', ')}`;
  return `quiet from ${first.from} to ${first.to}${on}`;
}

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export const DAY_NAMES: Record<string, string> = { mon: 'Mon', tue: 'Tue', wed: 'Wed', thu: 'Thu', fri: 'Fri', sat: 'Sat', sun: 'Sun' };

function lastOf(deliveries: readonly Delivery[], nowMs: number): string {
  const last = deliveries.find((delivery) => delivery.event !== 'test');
  if (last === undefined) return 'no alert has been sent yet';
  const at = ago(last.ended_ms ?? last.attempted_ms ?? last.created_ms, nowMs);
  if (last.state === 'delivered') return `the last alert arrived ${at}`;
  if (last.state === 'failed') return `the last alert did not arrive (${at})`;
  return last.state === 'cancelled' ? `the last alert was cancelled ${at}` : 'an alert is on its way';
}

/** The fields that say best where a channel sends to, the best one first. */
const TELLING = ['to', 'url', 'host', 'least_role'];

/** Where a channel sends to, in a line; secrets are not part of it. */
export function destination(channel: Channel, entry: ChannelEntry | undefined): string {
  const fields = new Map(entry?.fields.map((field) => [field.name, field]));
  for (const name of TELLING) {
    const field = fields.get(name);
    if (field?.secret === true) return channel.secrets[name] === true ? 'its address is kept secret' : 'its address is missing';
    const value = channel.config[name] ?? field?.default ?? '';
    if (field?.shape === 'choice' && value !== '') return `${field.label.toLowerCase()} every ${value}${value === 'owner' ? '' : ' and above'}`;
    if (value !== '') return value;
  }
  return entry?.fields.some((field) => field.secret) === true ? 'its key is kept secret' : '';
}

/** What a rule is about and does, in a line. */
export function ruleWords(settings: AlertRuleSettings, names: ReadonlyMap<string, string>): string {
  const about = [
    ...(settings.names.length > 0 ? [`of ${settings.names.join(', ')}`] : []),
    ...(settings.columns.length > 0 ? [`in columns ${settings.columns.join(', ')}`] : []),
    ...(settings.codes.length > 0 ? [`with codes ${settings.codes.join(', ')}`] : []),
  ];
  const told = settings.channels.map((id) => names.get(id) ?? 'a deleted channel');
  const whom = told.length === 0 ? 'go to nobody' : `go to ${told.join(', ')}`;
  return [INCIDENTS_FROM[settings.min_severity] ?? '', ...about, whom].join(' ');
}

/** What else a rule does, each in few words. */
export function ruleExtras(settings: AlertRuleSettings): string[] {
  const { escalation, min_duration_secs: waits, repeat_mins: repeats } = settings;
  return [
    ...(waits > 0 ? [`after ${secsWords(waits)}`] : []),
    ...(settings.quiet == null ? [] : [quietWords(settings.quiet)]),
    ...(escalation.length > 0 ? [`escalates after ${escalation.map((step) => `${step.after_mins} min`).join(', ')}`] : []),
    ...(repeats > 0 ? [`reminds every ${repeats} min`] : []),
    ...(settings.stops ? ['later rules are not asked'] : []),
  ];
}

function secsWords(secs: number): string {
  return secs % 60 === 0 ? `${secs / 60} min` : `${secs} s`;
}

/** A new rule, with what the service takes when nothing is said. */
export function newRule(channels: readonly Channel[]): AlertRuleSettings {
  const [only] = channels;
  return {
    name: '',
    enabled: true,
    min_severity: 'high',
    columns: [],
    codes: [],
    names: [],
    min_duration_secs: 0,
    channels: channels.length === 1 && only !== undefined ? [only.id] : [],
    stops: false,
    on_worsened: true,
    on_reopened: true,
    on_resolved: true,
    repeat_mins: 0,
    escalation: [],
    quiet: null,
    flapping: { max_times: 3, within_mins: 30 },
  };
}

/** The ids in a new order: one of them a step up or down. */
export function moved(ids: readonly string[], id: string, step: -1 | 1): string[] {
  const from = ids.indexOf(id);
  const to = from + step;
  if (from < 0 || to < 0 || to >= ids.length) return [...ids];
  const rest = ids.filter((one) => one !== id);
  return [...rest.slice(0, to), id, ...rest.slice(to)];
}

export const STATES: readonly DeliveryState[] = ['pending', 'sending', 'delivered', 'failed', 'cancelled'];
export const STATE_WORDS: Record<DeliveryState, string> = {
  pending: 'waiting',
  sending: 'being sent',
  delivered: 'arrived',
  failed: 'given up',
  cancelled: 'cancelled',
};

export const EVENTS: readonly AlertEvent[] = [
  'raised',
  'worsened',
  'reopened',
  'reminder',
  'escalated',
  'flapping',
  'acknowledged',
  'resolved',
  'test',
];
export const EVENT_WORDS: Record<AlertEvent, string> = {
  raised: 'new incident',
  worsened: 'got worse',
  reopened: 'open again',
  reminder: 'reminder',
  escalated: 'nobody answered',
  flapping: 'comes and goes',
  acknowledged: 'acknowledged',
  resolved: 'resolved',
  test: 'test',
};

/** What to do about a delivery that has not arrived; nothing when there is nothing to do. */
export function advice({ state, error, http_status: status }: Delivery): string | undefined {
  if (state === 'cancelled') return 'Its channel was switched off or deleted.';
  if (error == null) return undefined;
  if (/private|loopback|link-local/.test(error)) {
    return 'Choose an address outside, or let the service send inside its network with alerts.allow_private_addresses.';
  }
  if (status === 401 || status === 403) return 'The other side refuses us: set the secrets of the channel anew.';
  if (status === 404 || status === 410) return 'Nothing listens at that address: change it in the channel.';
  if (/template/.test(error)) return 'Mend the template of the channel.';
  if (state === 'pending') return 'It is tried again by itself.';
  return 'Look at the address of the channel, send a test, then try again.';
}

/** Which deliveries are listed. */
export interface DeliveryFilter {
  channel: string | undefined;
  state: DeliveryState | undefined;
  incident: string | undefined;
}

/** The filter that the address holds. */
export function deliveryFilterFrom(get: (name: string) => string | undefined): DeliveryFilter {
  return {
    channel: get('of'),
    state: STATES.find((state) => state === get('state')),
    incident: get('incident'),
  };
}

/** A log after its first page has come anew: what is older stays, what no longer fits is gone. */
export function refreshed(known: readonly Delivery[], fresh: readonly Delivery[], hasMore: boolean): Delivery[] {
  const oldest = fresh.at(-1);
  if (oldest === undefined || !hasMore) return [...fresh];
  const at = known.findIndex((delivery) => delivery.id === oldest.id);
  return at < 0 ? [...fresh] : [...fresh, ...known.slice(at + 1)];
}

/** What somebody has written into the form of a channel. */
export interface ChannelDraft {
  name: string;
  config: Record<string, string>;
  /** Secrets that are set anew, or with `null` removed. */
  secrets: Record<string, string | null>;
  templates: Record<string, string>;
}

/** The form as it stands before anything is written. */
export function draftOf(channel: Channel | undefined): ChannelDraft {
  return { name: channel?.name ?? '', config: { ...channel?.config }, secrets: {}, templates: { ...channel?.templates } };
}

/** What is sent of a draft: nothing that is empty, and no template that is the default. */
export function sentOf(draft: ChannelDraft, entry: ChannelEntry) {
  const names = new Set(entry.fields.filter((field) => !field.secret).map((field) => field.name));
  const config = Object.entries(draft.config).filter(([name, value]) => names.has(name) && value.trim() !== '');
  const known = new Set(entry.fields.filter((field) => field.secret).map((field) => field.name));
  const secrets = Object.entries(draft.secrets).filter(([name, value]) => known.has(name) && value !== '');
  const defaults = new Map(entry.templates.map((template) => [template.name, template.default]));
  const templates = Object.entries(draft.templates).filter(([name, text]) => defaults.has(name) && text !== defaults.get(name));
  return {
    name: draft.name.trim(),
    config: Object.fromEntries(config.map(([name, value]) => [name, value.trim()])),
    secrets: Object.fromEntries(secrets),
    templates: Object.fromEntries(templates),
  };
}

/** Whether the place that a channel sends to has been changed, so that its secrets must be sent again. */
export function hasMoved(channel: Channel | undefined, draft: ChannelDraft, entry: ChannelEntry): boolean {
  if (channel === undefined || !Object.values(channel.secrets).includes(true)) return false;
  return entry.fields.some(
    (field) => field.is_destination && !field.secret && (draft.config[field.name] ?? '').trim() !== (channel.config[field.name] ?? ''),
  );
}

/** Why a channel cannot be deleted: the rules that tell it by their names. */
export function stillTold(problem: Problem): Problem {
  const rules = Array.isArray(problem.present) ? problem.present.map((name) => `“${String(name)}”`) : [];
  const message = `It is still told by ${rules.length === 1 ? 'the rule' : 'the rules'} ${rules.join(', ')}`;
  return new Problem(problem.status, problem.code, message, 'Take it out of there first.', problem.requestId);
}

/** The body of a message as people read it: JSON in lines, anything else as it is. */
export function shownBody(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

/** What a rule would have done, in a sentence. */
export function previewWords({ incidents, alerts }: RulePreviewResult): string {
  const all = incidents.length;
  if (all === 0) return 'There are no past incidents to try it on. The first check that finds something makes one.';
  const fit = incidents.filter((incident) => incident.matches).length;
  const of = `the last ${all} incidents`;
  if (fit === 0) return `It fits ${all === 1 ? 'not the only incident so far' : `none of ${of}`}: nobody would have been told.`;
  if (all === 1) return alerts === 1 ? 'It would have told of the only incident so far.' : 'The only incident so far would have been over before.';
  const over = fit - alerts;
  const rest = over > 0 ? ` ${over} more would have been over before.` : '';
  return `It would have told of ${alerts} of ${of}.${rest}`;
}
