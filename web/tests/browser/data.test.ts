import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { TestBrowser, pictures, violations } from './browser';
import { TestService } from './service';

const SAMPLES = resolve(import.meta.dirname, '../../../samples/flights');
/** What names of files may look like; the service cuts them to 200 characters. */
const HOSTILE = `<script>alert(1)<script> \u05d0\u05d1\u05d2 🦊 ${'long '.repeat(2_000)}.csv`;

let service: TestService;
let browser: TestBrowser;
let token: string;

async function upload(name: string, body: Buffer | string): Promise<string> {
  const answer = await fetch(`${service.url}/api/v1/datasets?name=${encodeURIComponent(name)}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}` },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return ((await answer.json()) as { id: string }).id;
}

beforeAll(async () => {
  service = await TestService.start();
  token = (await service.run('token', 'create', 'tests', '--role', 'editor')).trim().split(/\s+/).at(-1) ?? '';
  await upload('flights-2013-01.csv', await readFile(join(SAMPLES, 'flights-2013-01.csv')));
  await upload('flights-2013-07.csv', await readFile(join(SAMPLES, 'flights-2013-07.csv')));
  await upload(HOSTILE, `a;<b>;${'c'.repeat(10_000)}\n1;"x""y";\n2;<script>;z\n`);
  browser = await TestBrowser.open(service.url);
  const page = await browser.page(service.link);
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await page.close();
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

async function open(page: Page, name: string): Promise<void> {
  await page.goto(`${service.url}/data`);
  await page.getByRole('link', { name, exact: true }).click();
  await page.getByRole('heading', { name, exact: true }).waitFor();
}

async function stays(page: Page, width: number): Promise<void> {
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
}

describe('data', () => {
  it('lists datasets, and finds them by name', async () => {
    const page = await browser.page('/data');
    await page.getByRole('link', { name: 'flights-2013-07.csv', exact: true }).waitFor();
    await page.getByText('Owner').first().waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'data');
    await page.keyboard.press('/');
    await page.keyboard.type('2013-01');
    await page.getByText('1 of 3').waitFor();
    await page.waitForURL('**/data?q=2013-01');
    await page.getByRole('searchbox').press('Escape');
    await page.getByRole('link', { name: 'flights-2013-07.csv', exact: true }).focus();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'flights-2013-01.csv' }).waitFor();
    await page.close();
  });

  it('shows a dataset from its rows to its checksum', async () => {
    const page = await browser.page();
    await open(page, 'flights-2013-01.csv');
    await page.getByRole('region', { name: 'First rows' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'dataset');
    await page.getByRole('link', { name: 'Columns' }).click();
    await page.getByText('14 numbers').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'dataset-columns');
    await page.getByRole('link', { name: 'File', exact: true }).click();
    await page.getByText('commas').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'dataset-file');
    await page.getByRole('link', { name: 'Checks' }).last().click();
    await page.getByText('Not in any check yet').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.close();
  });

  it('keeps hostile names and values in their boxes', async () => {
    const page = await browser.page('/data');
    await page.getByRole('link', { name: /^<script>alert/ }).click();
    await page.getByRole('region', { name: 'First rows' }).waitFor();
    await stays(page, 1280);
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'dataset-hostile');
    await page.getByRole('link', { name: 'Columns' }).click();
    await page.getByRole('table', { name: 'Columns' }).waitFor();
    await stays(page, 1280);
    await page.getByRole('link', { name: 'File', exact: true }).click();
    await page.getByText('semicolons').waitFor();
    await page.close();
  });

  it('saves baselines, promotes and rolls back', async () => {
    const page = await browser.page();
    await open(page, 'flights-2013-01.csv');
    await page.getByRole('button', { name: 'Save as baseline' }).click();
    const name = page.getByLabel('Name');
    expect(await name.inputValue()).toBe('flights-2013-01');
    await name.fill('no spaces');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Only letters').waitFor();
    await name.fill('flights');
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'baseline-save');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.waitForURL('**/data/baselines/flights');
    await page.getByText('Checks compare with version 1').waitFor();

    await open(page, 'flights-2013-07.csv');
    await page.getByRole('button', { name: 'Save as baseline' }).click();
    await name.fill('flights');
    await page.getByLabel('Let it wait').check();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.waitForURL('**/data/baselines/flights');
    await page.getByText('waits', { exact: true }).waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'baseline');
    await page.getByRole('button', { name: 'Make current: version 2' }).click();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'baseline-promote');
    await page.getByRole('button', { name: 'Make it current' }).click();
    await page.getByText('Checks compare with version 2').waitFor();
    await page.getByRole('button', { name: 'Roll back' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click();
    await page.getByText('Checks compare with version 1').waitFor();

    await page.getByRole('button', { name: 'Compare with version 2' }).click();
    await page.getByRole('option', { name: /2013-01/ }).click();
    await page.waitForURL('**/checks/*');
    await page.goto(`${service.url}/data/baselines/flights?tab=checks`);
    await page.getByText('baseline:flights@2').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.goto(`${service.url}/data?tab=baselines`);
    await page.getByRole('link', { name: 'flights', exact: true }).waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'baselines');
    await page.close();
  });

  it('follows the making of a baseline where it is a job', async () => {
    const page = await browser.page();
    const progress = {
      phase: 'reading',
      bytes: 3,
      bytes_total: 4,
      rows: 1,
      rows_per_sec: 1,
      chunk_secs: 1,
      memory_bytes: 1,
    };
    const job = { id: 'j1', name: 'slow', state: 'running', left_out: [], progress };
    const notAll = [{ name: 'march.csv', why: 'it is part of a confirmed incident.' }];
    let asked = 0;
    await page.route('**/api/v1/baselines/slow/versions', (route) => route.fulfill({ status: 202, json: job }));
    await page.route('**/api/v1/baseline-jobs/j1', (route) => {
      asked += 1;
      return route.fulfill({ json: asked < 4 ? job : { ...job, state: 'done', left_out: notAll } });
    });
    await open(page, 'flights-2013-01.csv');
    await page.getByRole('button', { name: 'Save as baseline' }).click();
    await page.getByLabel('Name').fill('slow');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('progressbar', { name: 'Saving' }).waitFor();
    await pictures(page, 'baseline-saving');
    await page.getByText('march.csv was left out').waitFor();
    await page.getByText('There is no baseline of this name').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.close();
  });

  it('deletes a dataset only when that is confirmed', async () => {
    const page = await browser.page('/data');
    await page.getByRole('button', { name: 'Delete flights-2013-07.csv' }).click();
    await page.getByText('Its rows are gone for good').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'dataset-delete');
    await page.getByRole('button', { name: 'Keep it' }).click();
    await page.getByRole('button', { name: 'Delete flights-2013-07.csv' }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByText('flights-2013-07.csv is deleted.').waitFor();
    await page.getByText('2 datasets of').waitFor();
    await page.close();
  });

  it('is used on a phone', async () => {
    const page = await browser.page();
    await page.setViewportSize({ width: 390, height: 844 });
    for (const [name, path] of [
      ['data-phone', '/data'],
      ['baselines-phone', '/data?tab=baselines'],
      ['baseline-phone', '/data/baselines/flights'],
    ] as const) {
      await page.goto(service.url + path);
      await page
        .getByRole('link', { name: 'flights', exact: false })
        .first()
        .or(page.getByText('waits'))
        .first()
        .waitFor();
      await stays(page, 390);
      expect(await violations(page)).toEqual([]);
      await pictures(page, name);
    }
    await open(page, 'flights-2013-01.csv');
    await page.getByRole('region', { name: 'First rows' }).waitFor();
    await stays(page, 390);
    await pictures(page, 'dataset-phone');
    await page.close();
  });

  it('does nothing that the policy forbids', () => {
    expect(browser.offences).toEqual([]);
  });
});
