import { describe, expect, it } from 'vitest';

import type { FindingRecord } from '../../api/schema';
import { Inbox } from './inbox.svelte';
import type { Row } from './view-model';

const items = ['a', 'b', 'c', 'd'].map((id) => ({ id, incident_id: 'i' }) as FindingRecord);
const rows: Row[] = [
  { kind: 'incident', id: 'incident i', incidentId: 'i', findings: items, isFolded: false },
  ...items.map((finding): Row => ({ kind: 'finding', id: finding.id, finding, isInside: true })),
];
const inbox = () => new Inbox(() => rows, new Set());

describe('the place in the list', () => {
  it('stays inside', () => {
    const place = inbox();
    expect(place.move(1)).toBe(0);
    expect(place.move(-1)).toBe(0);
    expect(place.move(100)).toBe(4);
    expect(place.row?.id).toBe('d');
  });

  it('goes to the next row when its own leaves, and back at the end', () => {
    const place = inbox();
    place.cursor = 'b';
    place.leave(new Set(['b', 'c']));
    expect(place.cursor).toBe('d');
    place.leave(new Set(['d']));
    expect(place.cursor).toBe('c');
    place.leave(new Set(['a']));
    expect(place.cursor).toBe('c');
  });
});

describe('the selection', () => {
  it('takes single rows, ranges and whole incidents', () => {
    const place = inbox();
    place.toggle('a', false);
    place.toggle('c', true);
    expect([...place.selected]).toEqual(['a', 'b', 'c']);
    place.toggle('b', false);
    expect([...place.selected]).toEqual(['a', 'c']);
    place.toggle('incident i', false);
    expect(place.selected.size).toBe(4);
    place.toggle('incident i', false);
    expect(place.selected.size).toBe(0);
  });

  it('grows with the keys, and is what a decision is about', () => {
    const place = inbox();
    place.cursor = 'a';
    expect(place.targets(items).map((item) => item.id)).toEqual(['a']);
    place.extend(1);
    place.extend(1);
    expect(place.targets(items).map((item) => item.id)).toEqual(['a', 'b', 'c']);
    place.clear();
    place.cursor = 'incident i';
    expect(place.targets(items)).toHaveLength(4);
  });
});
