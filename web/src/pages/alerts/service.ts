import { answer, api } from '../../api/client';
import type { Channel, Delivery } from '../../api/schema';

/** How far back is looked for the last message of each channel at once. */
const LAST = 100;

/** The newest deliveries, and the last one of every channel among them. */
export async function lastDeliveries(channels: readonly Channel[]): Promise<Delivery[]> {
  const newest = (await answer(api.GET('/api/v1/deliveries', { params: { query: { limit: LAST } } }))).items;
  const known = new Set(newest.map((delivery) => delivery.channel_id));
  // Channels that had nothing for long are asked for one by one; without a full page there is nothing older.
  const rest = newest.length < LAST ? [] : channels.filter((channel) => !known.has(channel.id));
  const older = await Promise.all(
    rest.map((channel) => answer(api.GET('/api/v1/deliveries', { params: { query: { channel: channel.id, limit: 1 } } }))),
  );
  return [...newest, ...older.flatMap((page) => page.items)];
}
