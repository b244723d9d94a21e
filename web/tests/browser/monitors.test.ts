import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { MonitorDetails } from '../../src/api/schema';
import { TestApi } from './api';
import { TestBrowser, pictures, turnedTexts, violations } from './browser';
import { TestService } from './service';

/** How soon a pushed row is to be seen, in milliseconds: the window of a second has to close first. */
const SEEN_MS = 1_500;
const HOSTILE = '<script>alert(1)</script> \u202eevil 🎉 مرحبا';

let service: TestService;
let browser: TestBrowser;
let api: TestApi;
let id: string;

beforeAll(async () => {
  service = await TestService.start();
  api = await TestApi.of(service);
  browser = await TestBrowser.open(service.url);
  const page = await browser.page(service.link);
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await page.close();
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

/** Sends rows whose amounts lie around a value. */
async function push(rows: number, around = 50): Promise<void> {
  const lines = Array.from({ length: rows }, (_, index) => {
    return JSON.stringify({ amount: around + (index % 20), country: ['NL', 'DE', 'FR'][index % 3], [HOSTILE]: index % 7 });
  });
  await api.ask('POST', `/api/v1/monitors/${id}/rows`, lines.join('\n'), 'application/x-ndjson');
}

async function open(path = `/monitors/${id}`): Promise<Page> {
  return browser.page(path);
}

describe('monitors', () => {
  it('say how to begin', async () => {
    const page = await open('/monitors');
    await page.getByRole('heading', { name: 'Watch a feed of rows as it comes' }).waitFor();
    await page.getByText('curl -X POST').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'monitors-none');
    await page.getByRole('button', { name: 'New monitor' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'REST' }).click();
    await dialog.getByLabel('Address').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'monitors-new');
    await dialog.getByRole('button', { name: 'Push' }).click();
    await dialog.getByLabel('Name', { exact: true }).fill('orders');
    await dialog.getByLabel('Learn for, seconds').fill('3');
    await dialog.getByRole('button', { name: 'Begin to watch' }).click();
    await page.waitForURL('**/monitors/*');
    id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    await page.getByRole('heading', { level: 1, name: 'Waits for its first rows.' }).waitFor();
    await page.getByText(`/api/v1/monitors/${id}/rows`).first().waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'monitor-waits');
    await page.close();
  });

  it('show rows within a second and a half', async () => {
    await push(200);
    const page = await open();
    await page.getByRole('figure', { name: 'Rows a second' }).waitFor();
    await page.getByRole('figure', { name: 'amount: mean' }).waitFor();
    await page.getByRole('button', { name: 'Rows a second as a table' }).click();
    const table = page.getByRole('region', { name: 'Rows a second: numbers' });
    // Each number of rows is pushed once: the one that is seen is the one that was just sent.
    const waits: number[] = [];
    for (const rows of [311, 322, 333]) {
      const sent = performance.now();
      await push(rows);
      await table.getByText(`${rows}/s`).first().waitFor();
      waits.push(performance.now() - sent);
    }
    expect(Math.min(...waits)).toBeLessThan(SEEN_MS);
    expect(await turnedTexts(page)).toEqual([]);
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Rows a second as a table' }).click();
    await pictures(page, 'monitor');
    await page.close();
  });

  it('keep the columns and the span in the address', async () => {
    const page = await open();
    await page.getByRole('button', { name: /^Columns/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Search columns').fill('country');
    await dialog.getByRole('checkbox', { name: 'country' }).check();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'monitor-columns');
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: '1 minute' }).click();
    await page.reload();
    await page.getByRole('figure', { name: 'country: distinct values' }).waitFor();
    expect(await page.getByRole('button', { name: '1 minute' }).getAttribute('aria-pressed')).toBe('true');
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.getByRole('button', { name: 'Go live' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: '1 hour' }).click();
    await pictures(page, 'monitor-hour');
    await page.close();
  });

  it('tell what is unusual and lead to its report and back', async () => {
    const page = await open();
    await page.getByRole('figure', { name: 'Rows a second' }).waitFor();
    // It learns from a thousand rows at least.
    for (let second = 0; second < 8; second += 1) {
      await push(300);
      await page.waitForTimeout(1_000);
    }
    for (let second = 0; second < 4; second += 1) {
      await push(300, 500);
      await page.waitForTimeout(1_000);
    }
    await page.getByRole('heading', { level: 1, name: /unusual: / }).waitFor();
    await page.getByRole('heading', { name: 'Last alarms' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'monitor-unusual');
    await page.getByRole('link', { name: /^Alarms/ }).click();
    await page.getByRole('link', { name: /^Report on/ }).first().click();
    await page.waitForURL('**/checks/*');
    const path = page.getByRole('navigation', { name: 'Path' });
    await path.getByRole('link', { name: 'orders' }).waitFor();
    await page.getByRole('tab').or(page.getByRole('link', { name: /^Columns/ })).first().waitFor();
    expect(await page.getByRole('button', { name: 'More' }).count()).toBe(0);
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'monitor-report');
    await path.getByRole('link', { name: 'orders' }).click();
    await page.waitForURL(`**/monitors/${id}`);
    await page.close();
  });

  it('change their settings, and say what is dropped', async () => {
    const page = await open(`/monitors/${id}?tab=settings`);
    await page.getByLabel('False alarms a week').fill('2');
    await page.getByText('What was learned stays.').waitFor();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Saved. The next window follows these settings.').waitFor();
    await page.getByLabel('Learn for, seconds').fill('4');
    await page.getByText('What was learned is dropped:').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'monitor-settings');
    await page.getByRole('button', { name: 'Discard' }).click();
    const { monitor } = await api.ask<MonitorDetails>('GET', `/api/v1/monitors/${id}`);
    expect(monitor.settings.alarms?.per_week).toBe(2);
    await page.close();
  });

  it('have metrics of one\'s own, and say what is wrong with them', async () => {
    const page = await open(`/monitors/${id}?tab=settings`);
    await page.getByRole('button', { name: 'Add a metric' }).click();
    const metric = page.getByRole('group', { name: 'Metric 1' });
    await metric.getByLabel('Name').fill('revenue');
    await metric.getByLabel('SQL expression').fill('sum(amount');
    await metric.getByLabel('Unit').fill('EUR');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await metric.getByRole('alert').waitFor();
    expect(await metric.getByLabel('SQL expression').getAttribute('aria-invalid')).toBe('true');
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'monitor-metric-wrong');
    await metric.getByLabel('SQL expression').fill("sum(amount) filter (where country = 'DE')");
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Saved. The next window follows these settings.').waitFor();
    await page.goto(`${service.url}/monitors/${id}`);
    await page.getByRole('figure', { name: 'revenue' }).waitFor();
    await push(100);
    await page.getByRole('button', { name: 'revenue as a table' }).click();
    await page.getByRole('region', { name: 'revenue: numbers' }).getByText('EUR').first().waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'monitor-metric');
    await page.close();
  });

  it('are paused, listed, and found on home', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Stop watching' }).click();
    await page.getByRole('heading', { level: 1, name: 'Paused. Nothing is watched until it goes on.' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await api.ask('POST', '/api/v1/monitors', { name: HOSTILE, feed: { kind: 'push' } });
    await page.goto(`${service.url}/monitors`);
    await page.getByRole('link', { name: 'orders' }).waitFor();
    await page.getByText('paused', { exact: true }).waitFor();
    expect(await turnedTexts(page)).toEqual([]);
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'monitors');
    await page.goto(service.url);
    const tiles = page.getByRole('region', { name: 'Monitors' });
    await tiles.getByRole('link', { name: 'orders' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'home-monitors');
    await page.goto(`${service.url}/monitors/${id}`);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('button', { name: 'Stop watching' }).waitFor();
    await page.close();
  });

  it('are read on a phone', async () => {
    const page = await open('/monitors');
    await page.setViewportSize({ width: 390, height: 844 });
    for (const path of ['/monitors', `/monitors/${id}`, `/monitors/${id}?tab=alarms`, `/monitors/${id}?tab=settings`]) {
      await page.goto(service.url + path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForTimeout(800);
      await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
      expect(await violations(page)).toEqual([]);
      await pictures(page, `monitors-phone-${path.split('tab=')[1] ?? (path === '/monitors' ? 'list' : 'one')}`);
    }
    await page.close();
  });

  it('are deleted once that is confirmed', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByText('gone for good').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Delete the monitor' }).click();
    await page.getByRole('heading', { level: 1, name: 'Monitors' }).waitFor();
    await page.getByRole('list').first().waitFor();
    expect(await page.getByRole('link', { name: 'orders' }).count()).toBe(0);
    await page.close();
  });

  it('show viewers no way to change anything', async () => {
    const said = await service.run('user', 'add', 'vera@example.com', '--role', 'viewer');
    const link = /\/sign-in\?secret=\S+/.exec(said)?.[0] ?? '';
    const other = await TestBrowser.open(service.url);
    try {
      const page = await other.page(link);
      await page.getByRole('navigation', { name: 'Main' }).waitFor();
      await page.goto(`${service.url}/monitors`);
      await page.getByRole('heading', { name: 'Monitors', level: 1 }).waitFor();
      expect(await page.getByRole('button', { name: 'New monitor' }).count()).toBe(0);
      await page.close();
      expect(other.offences).toEqual([]);
    } finally {
      await other.close();
    }
  });

  it('do nothing that the policy forbids', () => {
    expect(browser.offences).toEqual([]);
  });
});
