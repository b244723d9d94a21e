import { mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { TestApi } from '../browser/api';
import { TestBrowser, dropFiles } from '../browser/browser';
import { BuiltPage } from '../browser/built';
import { countFrames } from '../browser/frames';
import { TestService } from '../browser/service';
import { wideTable, writeOrders } from '../browser/tables';
import { figure, writeFigures } from './figures';

/** How often a measurement is repeated; the median counts. */
const REPEATS = 5;
/** What the large file weighs; smaller for a look whether it works. */
const LARGE_BYTES = Number(process.env.LARGE_BYTES ?? 1e9);

let service: TestService;
let browser: TestBrowser;
let api: TestApi;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'driftline-bench-'));
  service = await TestService.start();
  browser = await TestBrowser.open(service.url);
  api = await TestApi.of(service, 'owner');
  const page = await browser.page(service.link);
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await page.close();
});

afterAll(async () => {
  writeFigures('the dashboard', 'make bench-dashboard');
  await browser?.close();
  await service?.stop();
  await rm(folder, { recursive: true, force: true });
});

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

interface Compared {
  /** From letting go to the first progress on the screen. */
  progressMs: number;
  /** From letting go to the last byte at the service. */
  uploadMs: number;
  /** From the last byte to the first verdict on the screen, a partial one or the report. */
  verdictMs: number;
  /** From the last byte to the report. */
  reportMs: number;
}

/** Drops two files on Home and looks at the clock. */
async function compare(files: string[]): Promise<Compared> {
  const page = await browser.page('/');
  await page.getByRole('heading', { name: 'Compare two tables' }).waitFor();
  let lastByte = 0;
  page.on('requestfinished', (request) => {
    if (request.method() === 'PATCH' && request.url().includes('/uploads/')) lastByte = Date.now();
  });
  const begun = Date.now();
  await dropFiles(page, files);
  await page.getByRole('progressbar').first().waitFor();
  const progressMs = Date.now() - begun;
  await page.waitForURL('**/checks/*', { timeout: 600_000 });
  await page.getByText(/columns? drifted/).first().waitFor({ timeout: 600_000 });
  const verdictMs = Date.now() - lastByte;
  await page.getByRole('link', { name: 'Settings' }).first().waitFor({ timeout: 600_000 });
  const reportMs = Date.now() - lastByte;
  await page.close();
  return { progressMs, uploadMs: lastByte - begun, verdictMs, reportMs };
}

/** Bytes of a script as the service sends it to a program that understands gzip only. */
function sizeInGzip(path: string): Promise<number> {
  return new Promise((done, failed) => {
    const asked = get(service.url + path, { headers: { 'accept-encoding': 'gzip' } }, (response) => {
      let bytes = 0;
      response.on('data', (part: Buffer) => (bytes += part.length)).on('end', () => done(bytes));
    });
    asked.on('error', failed);
  });
}

describe('the dashboard', () => {
  it('loads little', async () => {
    const page = await browser.page('/');
    await page.getByRole('heading', { name: 'What changed?' }).waitFor();
    await page.waitForLoadState('networkidle').catch(() => undefined);
    const scripts = await page.evaluate(() =>
      (performance.getEntriesByType('resource') as PerformanceResourceTiming[])
        .filter((entry) => new URL(entry.name).pathname.endsWith('.js'))
        .map((entry) => ({ path: new URL(entry.name).pathname, bytes: entry.encodedBodySize })),
    );
    const gzip = (await Promise.all(scripts.map(({ path }) => sizeInGzip(path)))).reduce((sum, bytes) => sum + bytes, 0);
    const sent = scripts.reduce((sum, { bytes }) => sum + bytes, 0);
    figure(
      'script of the first load',
      `${(gzip / 1000).toFixed(1)} kB in gzip, ${(sent / 1000).toFixed(1)} kB as sent (brotli), ${scripts.length} files`,
      '100 kB in gzip',
    );
    await page.close();
    expect(gzip).toBeGreaterThan(0);
  });

  it('shows a report of 2,000 columns at once and scrolls it', async () => {
    const id = await api.compare(
      ['wide-now.csv', wideTable(2_000, 1_000, 2)],
      ['wide-then.csv', wideTable(2_000, 1_000, 1)],
    );
    const times: number[] = [];
    for (let repeat = 0; repeat < REPEATS; repeat += 1) {
      const page = await browser.context.newPage();
      const begun = Date.now();
      await page.goto(`${service.url}/checks/${id}`);
      await page.locator('[data-row]').first().waitFor();
      // Usable is what answers: a row is moved to by keyboard.
      await page.keyboard.press('j');
      await page.waitForURL(/[?&]\w+=/);
      times.push(Date.now() - begun);
      await page.close();
    }
    figure('check page of 2,000 columns, from the address to usable', `${median(times)} ms`, '1,000 ms');
    const page = await browser.page(`/checks/${id}`);
    await page.locator('[data-row]').first().waitFor();
    const frames = await page.evaluate(async () => {
      const frame = () => new Promise<number>((done) => requestAnimationFrame(done));
      const gaps: number[] = [];
      let last = await frame();
      for (let top = 0; top <= 60_000; top += 120) {
        scrollTo(0, top);
        const now = await frame();
        gaps.push(now - last);
        last = now;
      }
      const dropped = gaps.reduce((sum, gap) => sum + Math.max(0, Math.round(gap / (1000 / 60)) - 1), 0);
      return { all: gaps.length, dropped, longest: Math.max(...gaps) };
    });
    figure(
      'scrolling it, 120 pixels a frame',
      `${frames.dropped} of ${frames.all} frames dropped, the longest took ${frames.longest.toFixed(0)} ms`,
      'none',
    );
    await page.close();
  });

  it('moves twenty live charts each second', async () => {
    const built = await BuiltPage.of('charts');
    const page = await browser.context.newPage();
    await page.setViewportSize({ width: 1440, height: 1400 });
    await page.goto(`${built.url}/?charts=20&lines=1`);
    await page.getByRole('slider', { name: 'Moment in Delay 20' }).waitFor();
    const frames = await countFrames(page, 20);
    figure(
      '20 live charts of 600 points and a band, at 1 Hz',
      `${frames.dropped} of ${frames.all} frames dropped, the longest took ${frames.longestMs.toFixed(0)} ms`,
      '2 %',
    );
    await page.close();
    await built.close();
  });

  it('compares two dropped files of 50 MB', async () => {
    const files = [join(folder, 'orders-2026-09.csv'), join(folder, 'orders-2026-10.csv')];
    writeOrders(files[0] ?? '', 50e6, false);
    writeOrders(files[1] ?? '', 50e6, true);
    const all: Compared[] = [];
    for (let repeat = 0; repeat < 3; repeat += 1) all.push(await compare(files));
    const of = (what: keyof Compared) => median(all.map((one) => one[what]));
    figure('two files of 50 MB: first progress after the drop', `${of('progressMs')} ms`, 'at once');
    figure('two files of 50 MB: upload', `${(of('uploadMs') / 1000).toFixed(1)} s`, '');
    figure('two files of 50 MB: first verdict after the last byte', `${of('verdictMs')} ms`, '2,000 ms');
    figure('two files of 50 MB: report after the last byte', `${of('reportMs')} ms`, 'right after');
  });

  it('compares a dropped file of 1 GB with one of 50 MB', async () => {
    const files = [join(folder, 'large-2026-09.csv'), join(folder, 'large-2026-10.csv')];
    writeOrders(files[0] ?? '', 50e6, false);
    writeOrders(files[1] ?? '', LARGE_BYTES, true);
    const one = await compare(files);
    figure('1 GB: first progress after the drop', `${one.progressMs} ms`, 'at once');
    figure('1 GB: upload', `${(one.uploadMs / 1000).toFixed(1)} s`, '');
    figure('1 GB: first verdict after the last byte', `${one.verdictMs} ms`, '2,000 ms');
    figure('1 GB: report after the last byte', `${one.reportMs} ms`, 'right after');
  });
});
