import { describe, expect, it } from 'vitest';

import { type PageOf, Paged } from './paged.svelte';

const PAGES: Record<string, PageOf<number>> = { first: { items: [5, 4], next: 'b' }, b: { items: [3], next: null } };

describe('a list in pages', () => {
  it('grows page by page, and knows its end', async () => {
    const asked: (string | undefined)[] = [];
    const list = new Paged<number>((before) => {
      asked.push(before);
      return Promise.resolve(PAGES[before ?? 'first'] ?? { items: [] });
    });
    expect(list.isLoaded).toBe(false);
    await list.load();
    await list.more();
    await list.more();
    expect([list.items, list.hasMore, asked]).toEqual([[5, 4, 3], false, [undefined, 'b']]);
  });

  it('keeps what is there when more cannot be fetched, and asks no further by itself', async () => {
    const list = new Paged<number>((before) =>
      before === undefined ? Promise.resolve({ items: [1], next: 'b' }) : Promise.reject(new TypeError()),
    );
    await list.load();
    await list.more();
    expect([list.items, list.hasMore, list.problem?.code]).toEqual([[1], false, 'system.unreachable']);
    await list.load();
    expect([list.hasMore, list.problem]).toEqual([true, undefined]);
  });

  it('takes the later of two answers', async () => {
    const answers: ((page: PageOf<number>) => void)[] = [];
    const list = new Paged<number>(() => new Promise((resolve) => answers.push(resolve)));
    const [first, second] = [list.load(), list.load()];
    answers[1]?.({ items: [2] });
    answers[0]?.({ items: [1] });
    await Promise.all([first, second]);
    expect([list.items, list.isLoading]).toEqual([[2], false]);
  });
});
