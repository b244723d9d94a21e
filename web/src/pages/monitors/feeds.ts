// The feeds that a monitor can have, in plain words: what is asked for in the form, and what is made of it.

import type { MonitorFeed } from '../../api/schema';

export type FeedKind = MonitorFeed['kind'];

export interface FeedField {
  key: string;
  label: string;
  hint: string;
  example: string;
  isRequired: boolean;
  /** Only these values. */
  choices?: readonly { value: string; title: string }[];
  isSecret?: boolean;
}

interface FeedChoice {
  kind: FeedKind;
  title: string;
  about: string;
  fields: readonly FeedField[];
}

const FORMAT: FeedField = {
  key: 'format',
  label: 'Format',
  hint: 'How rows are written: CSV with a header, or a JSON object a line.',
  example: 'ndjson',
  isRequired: true,
  choices: [
    { value: 'ndjson', title: 'JSON lines' },
    { value: 'csv', title: 'CSV' },
  ],
};

const START: FeedField = {
  key: 'start',
  label: 'Begins with',
  hint: 'Where a new monitor begins in the topic.',
  example: 'latest',
  isRequired: true,
  choices: [
    { value: 'latest', title: 'The next message' },
    { value: 'earliest', title: 'The first message that is there' },
  ],
};

const AUTHORIZATION: FeedField = {
  key: 'authorization',
  label: 'Authorization header',
  hint: 'The value that the address asks for, if it does. It is kept and never shown again.',
  example: '',
  isRequired: false,
  isSecret: true,
};

export const FEEDS: readonly FeedChoice[] = [
  {
    kind: 'push',
    title: 'Push',
    about: 'Your program sends rows to an address of Driftline. The simplest way to begin.',
    fields: [],
  },
  {
    kind: 'file',
    title: 'File',
    about: 'A file that grows, on the machine of the service. Rotated and truncated files are followed.',
    fields: [
      { key: 'path', label: 'Path', hint: 'The whole path of the file on the machine of the service.', example: '/var/log/orders.ndjson', isRequired: true },
      FORMAT,
    ],
  },
  {
    kind: 'folder',
    title: 'Folder',
    about: 'New files in a folder on the machine of the service.',
    fields: [
      { key: 'path', label: 'Path', hint: 'The whole path of the folder on the machine of the service.', example: '/srv/exports', isRequired: true },
      { key: 'pattern', label: 'File names', hint: 'Which files belong to the feed; * stands for any text.', example: '*.csv', isRequired: true },
      FORMAT,
    ],
  },
  {
    kind: 'stream',
    title: 'Stream',
    about: 'An address whose answer never ends: JSON lines, or server-sent events with an object each.',
    fields: [
      { key: 'url', label: 'Address', hint: 'The URL of the stream.', example: 'https://example.com/events', isRequired: true },
      AUTHORIZATION,
    ],
  },
  {
    kind: 'rest',
    title: 'REST',
    about: 'A REST API that is asked again and again for new rows.',
    fields: [
      { key: 'url', label: 'Address', hint: 'The URL that is asked.', example: 'https://example.com/orders', isRequired: true },
      { key: 'items', label: 'Place of the rows', hint: 'Where the list of rows is in the answer, as a JSON pointer; empty when the answer is the list.', example: '/items', isRequired: false },
      { key: 'cursor', label: 'Place of the cursor', hint: 'Where the cursor of the next page is in the answer, as a JSON pointer.', example: '/next', isRequired: false },
      { key: 'cursor_parameter', label: 'Parameter of the cursor', hint: 'The parameter of the query that takes the cursor.', example: 'after', isRequired: false },
      AUTHORIZATION,
    ],
  },
  {
    kind: 'nats',
    title: 'NATS',
    about: 'A stream of NATS JetStream with a JSON object a message.',
    fields: [
      { key: 'url', label: 'Server', hint: 'The URL of the server.', example: 'nats://127.0.0.1:4222', isRequired: true },
      { key: 'stream', label: 'Stream', hint: 'The name of the stream.', example: 'ORDERS', isRequired: true },
      { key: 'subject', label: 'Subject', hint: 'Which subjects of it belong to the feed; all of them when it is empty.', example: 'orders.>', isRequired: false },
    ],
  },
  {
    kind: 'kafka',
    title: 'Kafka',
    about: 'A topic of Kafka with a JSON object a message.',
    fields: [
      { key: 'brokers', label: 'Brokers', hint: 'Host and port of one broker or several, with commas between them.', example: 'kafka-1:9092,kafka-2:9092', isRequired: true },
      { key: 'topic', label: 'Topic', hint: 'The name of the topic.', example: 'orders', isRequired: true },
      START,
      { key: 'group', label: 'Consumer group', hint: 'The group that is told how far the monitor is, for information only.', example: 'driftline', isRequired: false },
      { key: 'user', label: 'User', hint: 'Who signs in (SASL, PLAIN), if the brokers ask for it. The connection is not encrypted.', example: '', isRequired: false },
      { key: 'password', label: 'Password', hint: 'It is kept and never shown again.', example: '', isRequired: false, isSecret: true },
    ],
  },
];

export function feedOf(kind: string | undefined): FeedChoice {
  return FEEDS.find((feed) => feed.kind === kind) ?? (FEEDS[0] as FeedChoice);
}

/** A feed as it is typed. */
export function typedOf(feed: MonitorFeed): Record<string, string> {
  const known = feedOf(feed.kind).fields.map(({ key }) => [key, (feed as Record<string, unknown>)[key]] as const);
  return Object.fromEntries(known.flatMap(([key, value]) => (typeof value === 'string' ? [[key, value] as const] : [])));
}

/** A feed from what was typed; empty fields are left out. What is not asked for stays as it is in one of the same kind. */
export function feedFrom(kind: FeedKind, typed: Readonly<Record<string, string>>, present?: MonitorFeed): MonitorFeed {
  const filled = feedOf(kind).fields.flatMap(({ key, choices }) => {
    const value = (typed[key] ?? '').trim() || choices?.[0]?.value;
    return value === undefined || value === '' ? [] : [[key, value] as const];
  });
  const asked = new Set<string>(feedOf(kind).fields.map(({ key }) => key));
  const kept = present?.kind === kind ? Object.entries(present).filter(([key]) => !asked.has(key)) : [];
  return { kind, ...Object.fromEntries([...kept, ...filled]) } as MonitorFeed;
}

/** Where the rows come from, in a few words. */
export function feedWords(feed: MonitorFeed): string {
  switch (feed.kind) {
    case 'push':
      return 'rows are sent to it';
    case 'file':
    case 'folder':
      return feed.kind === 'folder' ? `${feed.pattern} in ${feed.path}` : feed.path;
    case 'stream':
    case 'rest':
      return feed.url;
    case 'nats':
      return `${feed.stream} of ${feed.url}`;
    case 'kafka':
      return `${feed.topic} of ${feed.brokers}`;
  }
}

/** How to send rows to a monitor from a terminal. */
export function pushCommand(origin: string, id: string): string {
  return [
    `curl -X POST ${origin}/api/v1/monitors/${id}/rows \\`,
    '  -H "Authorization: Bearer $TOKEN" \\',
    "  -H 'Content-Type: application/x-ndjson' \\",
    "  -d '{\"amount\": 12.5, \"country\": \"NL\"}'",
  ].join('\n');
}

/** How to make a monitor from a terminal. */
export function createCommand(origin: string): string {
  return [
    `curl -X POST ${origin}/api/v1/monitors \\`,
    '  -H "Authorization: Bearer $TOKEN" \\',
    "  -H 'Content-Type: application/json' \\",
    '  -d \'{"name": "orders", "feed": {"kind": "push"}}\'',
  ].join('\n');
}
