import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { MonitorDetails } from '../../src/api/schema';
import { TestApi } from '../browser/api';
import { TestBrowser } from '../browser/browser';
import { TestService } from '../browser/service';
import { feedRows } from '../browser/tables';
import { figure, writeFigures } from './figures';

/** Rows that are pushed a second (a little more than what is asked for: whoever sends keeps time), how many at a time, and for how long. */
const ROWS_PER_SEC = Number(process.env.ROWS_PER_SEC ?? 210_000);
const BATCH_ROWS = ROWS_PER_SEC / 10;
const SECONDS = Number(process.env.SECONDS ?? 2_400);
/** How many look on: one with a browser, the others with what a browser asks for. */
const WATCHERS = 20;
const WINDOW_SECS = Number(process.env.WINDOW_SECS ?? 1);
/** Windows after which all that is kept of them is there: what comes then takes the place of what was. */
const FILLED_WINDOWS = 1_700;
/** Seconds in which everything is learned and nothing is counted. */
const WARM_SECS = Math.min(60, SECONDS / 3);

let service: TestService;
let browser: TestBrowser;
let api: TestApi;
let id: string;

beforeAll(async () => {
  service = await TestService.start('serve', { DRIFTLINE_SERVER_REQUESTS_PER_SEC: '100000' });
  browser = await TestBrowser.open(service.url);
  api = await TestApi.of(service);
  const settings = { window: { length_secs: WINDOW_SECS }, baseline: { learned: 20 } };
  const made = await api.ask<MonitorDetails>('POST', '/api/v1/monitors', { name: 'orders', feed: { kind: 'push' }, settings });
  id = made.monitor.id;
  const page = await browser.page(service.link);
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await page.close();
});

afterAll(async () => {
  writeFigures('the live monitor', 'make bench-live');
  await browser?.close();
  await service?.stop();
});

/** The value below which this share of the values lies. */
function quantile(values: number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;
}

/** The slope of the line through points by least squares. */
function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (of: 0 | 1) => points.reduce((sum, point) => sum + point[of], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const [up, down] = points.reduce(([a, b], [px, py]) => [a + (px - x) * (py - y), b + (px - x) ** 2], [0, 0]);
  return up / down;
}

/** Pushes rows at an even rate; gives the moments at which each batch was sent, and when it was safe. */
async function push(): Promise<{ sentMs: number; safeMs: number }[]> {
  const batches = Array.from({ length: 10 }, (_, seed) => new TextEncoder().encode(feedRows(BATCH_ROWS, seed)));
  const sent: { sentMs: number; safeMs: number }[] = [];
  const begun = Date.now();
  const everyMs = (1_000 * BATCH_ROWS) / ROWS_PER_SEC;
  for (let number = 0; number < (SECONDS * 1_000) / everyMs; number += 1) {
    const wait = begun + number * everyMs - Date.now();
    if (wait > 0) await new Promise((done) => setTimeout(done, wait));
    const sentMs = Date.now();
    const batch = batches[number % batches.length] as Uint8Array;
    await api.ask('POST', `/api/v1/monitors/${id}/rows`, batch, 'text/csv');
    sent.push({ sentMs, safeMs: Date.now() });
  }
  return sent;
}

/** Notes in the page when the window that ends at a moment is first on the screen. */
async function watchScreen(): Promise<() => Promise<[endMs: number, shownMs: number][]>> {
  const page = await browser.page(`/monitors/${id}`);
  await page.getByRole('button', { name: 'Rows a second as a table' }).click();
  const table = page.getByRole('region', { name: 'Rows a second: numbers' });
  await table.locator('tbody tr').first().waitFor();
  await page.evaluate(() => {
    const region = document.querySelector('[aria-label="Rows a second: numbers"]');
    const seen = new Map<string, number>();
    (window as unknown as { seen: Map<string, number> }).seen = seen;
    const look = () => {
      const shownMs = Date.now();
      region?.querySelectorAll('tbody tr').forEach((row) => {
        const at = row.querySelector('th, td')?.textContent?.trim() ?? '';
        if (!seen.has(at)) seen.set(at, shownMs);
      });
    };
    look();
    seen.forEach((_, at) => seen.set(at, Number.NaN));
    new MutationObserver(() => requestAnimationFrame(look)).observe(region as Element, { childList: true, subtree: true, characterData: true });
  });
  return async () => {
    const seen = await page.evaluate(() => [...(window as unknown as { seen: Map<string, number> }).seen]);
    await page.close();
    return seen.flatMap(([at, shownMs]): [number, number][] => {
      const clock = /(\d\d):(\d\d):(\d\d)/.exec(at);
      if (clock === null || Number.isNaN(shownMs)) return [];
      const end = new Date(shownMs);
      end.setHours(Number(clock[1]), Number(clock[2]), Number(clock[3]), 0);
      return [[end.getTime(), shownMs]];
    });
  };
}

describe('a monitor that many watch', () => {
  it('takes rows in as fast as they come and shows them at once', async () => {
    const memory: [number, number][] = [];
    const closed: [number, number][] = [];
    const stop = new AbortController();
    const begun = Date.now();
    const isCounted = (ms: number) => ms > begun + WARM_SECS * 1_000;
    const pushed = push();
    const timer = setInterval(async () => memory.push([(Date.now() - begun) / 60_000, (await service.memory()) / 1e6]), 2_000);
    await new Promise((done) => setTimeout(done, 3_000));
    const screen = await watchScreen();
    const watchers = Array.from({ length: WATCHERS - 1 }, () => {
      const event = (text: string) => {
        const end = Number(/^id: ?(\d+)/m.exec(text)?.[1]);
        if (isCounted(end)) closed.push([end, Date.now()]);
      };
      return api.follow(`/api/v1/monitors/${id}/live`, event, stop.signal).catch(() => undefined);
    });
    const sent = await pushed;
    const took = (Date.now() - begun) / 1_000;
    const shown = new Map(await screen());
    const deadline = Date.now() + 60_000;
    const rows = sent.length * BATCH_ROWS;
    let details = await api.ask<MonitorDetails>('GET', `/api/v1/monitors/${id}`);
    while ((details.status?.rows ?? 0) < rows && Date.now() < deadline) {
      await new Promise((done) => setTimeout(done, 50));
      details = await api.ask<MonitorDetails>('GET', `/api/v1/monitors/${id}`);
    }
    const behind = Date.now() - (begun + took * 1_000);
    clearInterval(timer);
    stop.abort();
    await Promise.all(watchers);
    expect(details.status?.rows).toBe(rows);
    const counted = sent.filter(({ sentMs }) => isCounted(sentMs));
    const onScreen = counted.flatMap(({ sentMs }) => {
      const at = shown.get(Math.ceil((sentMs + 1) / 1_000) * 1_000);
      return at === undefined ? [] : [at - sentMs];
    });
    // In a shorter run than that it still fills.
    const filledSecs = FILLED_WINDOWS * WINDOW_SECS;
    const steady = memory.filter(([minute]) => minute * 60 > (filledSecs < SECONDS / 2 ? filledSecs : WARM_SECS));
    figure('rows a second, 20 columns, over HTTP', `${Math.round(rows / took).toLocaleString('en')} over ${took.toFixed(0)} s, all looked at ${(behind / 1_000).toFixed(1)} s after the last`, '200,000');
    figure('a batch is safe on the disk, p99', `${quantile(counted.map(({ sentMs, safeMs }) => safeMs - sentMs), 0.99)} ms`, '');
    figure(`from a row to the screen, p50 and p99 (${onScreen.length} batches)`, `${quantile(onScreen, 0.5)} and ${quantile(onScreen, 0.99)} ms`, '1,500 ms');
    figure(`from the end of a window to those who follow, p99 (${closed.length} events)`, `${quantile(closed.map(([end, at]) => at - end), 0.99)} ms`, '');
    figure('a window is judged in', `${((details.status?.judge_secs ?? 0) * 1_000).toFixed(1)} ms`, '');
    figure('memory: at the end, and its slope', `${(memory.at(-1)?.[1] ?? 0).toFixed(0)} MB, ${slope(steady).toFixed(2)} MB a minute over ${((steady.at(-1)?.[0] ?? 0) - (steady[0]?.[0] ?? 0)).toFixed(1)} min`, 'flat');
    expect(onScreen.length).toBeGreaterThan(counted.length / 2);
  }, (SECONDS + 300) * 1_000);
});
