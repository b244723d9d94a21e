import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { TestBrowser, pictures, violations } from './browser';
import { TestService } from './service';

const SAMPLES = resolve(import.meta.dirname, '../../../samples/flights');
const LARGE_BYTES = 50e6;

let service: TestService;
let browser: TestBrowser;
let folder: string;
let large: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'driftline-files-'));
  large = await largeFile();
  service = await TestService.start();
  browser = await TestBrowser.open(service.url);
  const page = await browser.page(service.link);
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await page.close();
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A table of more than 50 MB: the rows of one month again and again. */
async function largeFile(): Promise<string> {
  const [path, sample] = [join(folder, 'flights-large.csv'), join(SAMPLES, 'flights-2013-01.csv')];
  const { size } = await stat(sample);
  await pipeline(createReadStream(sample), createWriteStream(path));
  const text = await readFile(sample, 'utf8');
  const rows = text.slice(text.indexOf('\n') + 1);
  for (let sent = size; sent < LARGE_BYTES; sent += rows.length) {
    await pipeline([rows], createWriteStream(path, { flags: 'a' }));
  }
  return path;
}

/** Lets files go over the page, as from a folder of the desktop. */
async function drop(page: Page, names: string[], onto = '#main'): Promise<void> {
  const files = await Promise.all(
    names.map(async (name) => ({ name, text: await readFile(join(SAMPLES, name), 'utf8') })),
  );
  const dataTransfer = await page.evaluateHandle((given) => {
    const transfer = new DataTransfer();
    for (const { name, text } of given) transfer.items.add(new File([text], name, { lastModified: 5 }));
    return transfer;
  }, files);
  await page.dispatchEvent(onto, 'dragenter', { dataTransfer });
  await page.dispatchEvent(onto, 'drop', { dataTransfer });
}

/** Holds a file over the page, or takes it away again. */
async function drag(page: Page, isOver: boolean): Promise<void> {
  const dataTransfer = await page.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(['a'], 'a.csv'));
    return transfer;
  });
  await page.dispatchEvent('#main', isOver ? 'dragenter' : 'dragleave', { dataTransfer });
}

interface CheckAnswer {
  state: string;
  names: string[];
  headline?: string;
}

async function finished(page: Page, where = service): Promise<CheckAnswer> {
  const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
  for (;;) {
    const response = await page.request.get(`${where.url}/api/v1/checks/${id}`);
    const check = (await response.json()) as CheckAnswer;
    if (!['queued', 'running'].includes(check.state)) return check;
    await page.waitForTimeout(200);
  }
}

describe('home', () => {
  it('shows newcomers three steps', async () => {
    const page = await browser.page();
    await page.getByRole('heading', { name: 'How it works' }).waitFor();
    await page.getByText('Everything works').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'home-first');
    await drag(page, true);
    await page.getByText('Drop two files to compare them').waitFor();
    await pictures(page, 'home-drag');
    await drag(page, false);
    await page.getByRole('button', { name: 'Close the tour' }).click();
    await page.reload();
    await page.getByText('Everything works').waitFor();
    expect(await page.getByRole('heading', { name: 'How it works' }).count()).toBe(0);
    await page.close();
  });

  it('compares two files that are dropped, the older one as the reference', async () => {
    const page = await browser.page();
    await page.getByRole('group', { name: 'Reference' }).waitFor();
    await drop(page, ['flights-2013-07.csv', 'flights-2013-01.csv']);
    await page.waitForURL('**/checks/*');
    const check = await finished(page);
    expect(check).toMatchObject({ state: 'done', names: ['flights-2013-07.csv', 'flights-2013-01.csv'] });
    await page.goto(service.url);
    await page.getByRole('heading', { name: 'Recent checks' }).waitFor();
    await page.getByRole('heading', { name: 'Open findings' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'home');
    await page.close();
  });

  it('puts a comparison together side by side', async () => {
    const page = await browser.page();
    await drop(page, ['flights-2013-01.csv'], '[aria-label="Current"]');
    const current = page.getByRole('group', { name: 'Current' });
    await current.getByText('Uploaded').waitFor();
    await page.waitForURL('**/?current=dataset*');
    await page.getByRole('button', { name: 'Use saved data as reference' }).click();
    const search = page.getByRole('combobox', { name: 'Search baselines and datasets' });
    await search.fill('2013-07');
    await page.getByRole('option').first().waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'home-picker');
    await search.press('Enter');
    await page.getByRole('group', { name: 'Reference' }).getByText('flights-2013-07.csv').waitFor();
    await page.getByRole('button', { name: 'Swap the sides' }).click();
    await current.getByText('flights-2013-07.csv').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'home-two-sides');
    // The address holds both sides: it can be sent to somebody.
    await page.reload();
    await current.getByText('flights-2013-07.csv').waitFor();
    await page.getByRole('button', { name: 'Compare', exact: true }).click();
    await page.waitForURL('**/checks/*');
    expect((await finished(page)).names).toEqual(['flights-2013-07.csv', 'flights-2013-01.csv']);
    await page.close();
  });

  it('goes on with an upload after the connection broke', async () => {
    const page = await browser.page();
    let breaks = 2;
    await page.route('**/api/v1/uploads/*', async (route) => {
      if (route.request().method() === 'PATCH' && breaks > 0) {
        breaks -= 1;
        await route.abort('connectionreset');
      } else {
        await route.continue();
      }
    });
    await page.locator('input[type=file]').first().setInputFiles(join(SAMPLES, 'flights-2013-01.csv'));
    const reference = page.getByRole('group', { name: 'Reference' });
    await reference.getByText('interrupted').waitFor();
    await pictures(page, 'home-interrupted');
    await reference.getByText('Uploaded').waitFor();
    expect(breaks).toBe(0);
    await page.close();
  });

  it('says why a file was not taken in', async () => {
    const page = await browser.page();
    const bad = { name: 'empty.csv', mimeType: 'text/csv', buffer: Buffer.from('') };
    await page.locator('input[type=file]').first().setInputFiles(bad);
    await page.getByText('data.empty').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'home-refused');
    await page.close();
  });

  it('takes 50 MB, shows how far it is, and goes on after the page was loaded anew', async () => {
    const page = await browser.page();
    const slow = await browser.context.newCDPSession(page);
    const limits = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 8e6 };
    await slow.send('Network.emulateNetworkConditions', limits);
    await page.locator('input[type=file]').first().setInputFiles(large);
    const reference = page.getByRole('group', { name: 'Reference' });
    await reference.getByText(/MB\/s/).waitFor();
    await pictures(page, 'home-uploading');
    await reference.getByRole('button', { name: 'Pause flights-large.csv' }).click();
    await reference.getByText('paused').waitFor();
    expect(await violations(page)).toEqual([]);
    await reference.getByRole('button', { name: 'Resume flights-large.csv' }).click();
    await reference.getByText(/MB\/s/).waitFor();
    // Another page shows it at the edge.
    await page.getByRole('link', { name: 'Data', exact: true }).click();
    await page.getByRole('region', { name: 'Uploads' }).getByText('flights-large.csv').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'upload-dock');
    let isWarned = false;
    page.once('dialog', (dialog) => {
      isWarned = dialog.type() === 'beforeunload';
      void dialog.accept();
    });
    await page.reload();
    expect(isWarned).toBe(true);
    await slow.send('Network.emulateNetworkConditions', { ...limits, uploadThroughput: -1 });
    await page.getByRole('link', { name: 'Uploads' }).click();
    await page.getByRole('heading', { name: 'Unfinished' }).waitFor();
    await pictures(page, 'upload-unfinished');
    expect(await violations(page)).toEqual([]);
    const offsets: number[] = [];
    page.on('request', (request) => {
      if (request.method() === 'PATCH') offsets.push(Number(request.headers()['upload-offset']));
    });
    await page.getByRole('button', { name: 'Choose the file flights-large.csv again' }).waitFor();
    await page.locator('.line input[type=file]').setInputFiles(large);
    await page.getByText('ready').waitFor();
    expect(offsets[0]).toBeGreaterThan(0);
    await page.close();
  }, 120_000);

  it('shows how far a running check is', async () => {
    const page = await browser.page('/checks');
    // No check takes as long as it takes to look at it: the last one is shown as it was in the middle.
    await page.route(/\/api\/v1\/checks(\?|$)/, async (route) => {
      const response = await route.fetch();
      const list = (await response.json()) as { items: object[] };
      const progress = { phase: 'current', bytes: 31e6, bytes_total: 50e6, rows: 340_000, rows_per_sec: 9e5 };
      const rest = { chunk_secs: 0.02, memory_bytes: 9e7, memory_budget_bytes: 2e9, recent_chunk_secs: [] };
      const { verdict: _, headline: __, ...first } = (list.items[0] ?? {}) as { verdict?: string; headline?: string };
      list.items[0] = { ...first, state: 'running', progress: { ...progress, ...rest } };
      await route.fulfill({ response, json: list });
    });
    await page.goto(service.url);
    await page.getByText(/^Reads the/).waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'home-running');
    await page.close();
  });

  it('goes from the example of the tour to its check', async () => {
    const fresh = await TestService.start();
    const other = await TestBrowser.open(fresh.url);
    try {
      const page = await other.page(fresh.link);
      await page.getByRole('button', { name: 'Try it with an example' }).click();
      await page.waitForURL('**/checks/*');
      expect((await finished(page, fresh)).names).toEqual(['orders-may.csv', 'orders-april.csv']);
      await page.close();
      expect(other.offences).toEqual([]);
    } finally {
      await other.close();
      await fresh.stop();
    }
  });

  it('shows viewers no way to upload', async () => {
    const said = await service.run('user', 'add', 'vera@example.com', '--role', 'viewer');
    const link = /\/sign-in\?secret=\S+/.exec(said)?.[0] ?? '';
    const other = await TestBrowser.open(service.url);
    try {
      const page = await other.page(link);
      await page.getByRole('heading', { name: 'Recent checks' }).waitFor();
      expect(await page.getByRole('group', { name: 'Reference' }).count()).toBe(0);
      expect(await violations(page)).toEqual([]);
      await pictures(page, 'home-viewer');
      await page.goto(`${service.url}/data`);
      await page.getByRole('table', { name: 'Datasets' }).waitFor();
      expect(await page.getByRole('button', { name: 'Upload files' }).count()).toBe(0);
      expect(await page.getByRole('button', { name: /^Delete/ }).count()).toBe(0);
      await page.close();
      expect(other.offences).toEqual([]);
    } finally {
      await other.close();
    }
  });

  it('is used on a phone', async () => {
    const page = await browser.page();
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole('heading', { name: 'Recent checks' }).waitFor();
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'home-phone');
    await page.close();
  });

  it('does nothing that the policy forbids', () => {
    expect(browser.offences).toEqual([]);
  });
});
