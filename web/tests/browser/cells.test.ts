// What a file's repairs and its suspected cells show to people.

import { readFile } from 'node:fs/promises';

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { TestApi } from './api';
import { TestBrowser, pictures, turnedTexts, violations } from './browser';
import { TestService } from './service';

let service: TestService;
let browser: TestBrowser;
let api: TestApi;
let dirty = '';
let check = '';

const CITIES = ['Birmingham', 'Liverpool', 'Edinburgh'];

/** A page has no more than its width, once it is laid out for it. */
async function fits(page: Page, width: number): Promise<void> {
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
}

/** Rows of customers; those of `dirty` have a title above them, a misspelling, lost quotes and broken rows. */
function customers(isDirty: boolean): string {
  const lines = Array.from({ length: 1_200 }, (_, row) => {
    const city = isDirty && row === 600 ? 'Birmingahm' : CITIES[row % 3];
    const zip = city === 'Edinburgh' && isDirty && row === 701 ? 'B1' : `${CITIES[row % 3]?.[0]}1`;
    return `${row + 1},person.${row}@example.org,${city},${zip},2024-03-${String((row % 28) + 1).padStart(2, '0')}`;
  });
  const text = ['id,email,city,zip,day', ...lines];
  if (!isDirty) return text.join('\n') + '\n';
  text.unshift('Customers of <b>July</b> \u202e', '');
  for (let row = 0; row < 5; row += 1) text.push(`${1_300 + row},"someone@example.org,Liverpool,L1,2024-03-01`);
  text.push(`1400,x@example.org,Liverpool,L1,2024-03-01,${'too long '.repeat(60)}`, '1401,short');
  return text.join('\n') + '\n';
}

beforeAll(async () => {
  service = await TestService.start();
  api = await TestApi.of(service);
  dirty = await api.upload(['customers-july.csv', customers(true)]);
  const clean = await api.upload(['customers-june.csv', customers(false)]);
  check = await api.start(dirty, clean);
  await api.ended(check);
  browser = await TestBrowser.open(service.url);
  const page = await browser.page(service.link);
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await page.close();
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

describe('how a file was read', () => {
  it('is told on the validation tab, with rows, bytes and raw lines', async () => {
    const page = await browser.page(`/checks/${check}?tab=validation`);
    await page.getByRole('heading', { name: 'How the current data were read' }).waitFor();
    const table = page.getByRole('region', { name: 'What was repaired and left out of the current data' });
    await table.getByText('A quote that stood where none may stand').waitFor();
    await table.getByText('Lines above the table').waitFor();
    await table.getByText('above the first row, byte 0').waitFor();
    await table.getByText(/row 1,201, byte/).waitFor();
    expect(await table.locator('code').filter({ hasText: 'someone@example' }).count()).toBe(0);
    await table.getByRole('button', { name: 'Show 5 of them' }).click();
    await table.getByText(/row 1,205, byte/).waitFor();
    const rejected = page.getByRole('list', { name: 'Rows of the current data that could not be read' });
    await rejected.getByText('too long too long').waitFor();
    expect(await rejected.locator('pre').first().innerText()).toMatch(/…$/);
    expect(await violations(page)).toEqual([]);
    expect(await turnedTexts(page)).toEqual([]);
    await pictures(page, 'check-validation-reading');
    await page.setViewportSize({ width: 390, height: 844 });
    await fits(page, 390);
    expect(await violations(page)).toEqual([]);
    await page.close();
  });
});

describe('suspected cells of a dataset', () => {
  it('are told with reason and suggestion, sorted, found and saved', async () => {
    const page = await browser.page(`/data/datasets/${dirty}`);
    await page.getByRole('link', { name: 'Suspected cells' }).click();
    const table = page.getByRole('table', { name: 'Suspected cells' });
    await table.getByText('Birmingahm').waitFor();
    await table.getByText('Birmingham', { exact: true }).first().waitFor();
    await page.getByText('Values of 1 column with personal data (email) are masked.').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'dataset-cells');

    await page.getByRole('button', { name: 'Row', exact: true }).click();
    await page.waitForURL('**sort=row*');
    await table.getByRole('columnheader', { name: 'Row', exact: true }).waitFor();
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download as CSV' }).click();
    const saved = await readFile(await (await saving).path(), 'utf8');
    expect(saved).toContain('city,typo,');
    expect(saved).toContain(',customers-july.csv,601,');

    await page.keyboard.press('/');
    await page.keyboard.type('nothing is like this');
    await page.getByText('No suspected cell is like that').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await table.getByText('Birmingahm').waitFor();
    for (const width of [390, 360]) {
      await page.setViewportSize({ width, height: 844 });
      await fits(page, width);
      expect(await violations(page)).toEqual([]);
    }
    const line = await table.getByRole('row').first().boundingBox();
    const why = await table.getByRole('cell').filter({ hasText: 'one slip away' }).boundingBox();
    expect(why?.width, 'a card uses its width').toBeGreaterThan((line?.width ?? 0) * 0.8);
    await table.getByText('row 601').waitFor();
    await pictures(page, 'dataset-cells-phone');
    await page.close();
  });

  it('say what was looked for when there are none', async () => {
    const clean = await api.upload(['clean.csv', `id,city\n${Array.from({ length: 300 }, (_, row) => `${row},${CITIES[row % 3]}`).join('\n')}\n`]);
    const page = await browser.page(`/data/datasets/${clean}?tab=cells`);
    await page.getByRole('heading', { name: 'No cell looks wrong' }).waitFor();
    await page.getByText(/Looked for: slips of the finger; /).waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'dataset-cells-none');
    await page.close();
    expect(browser.offences).toEqual([]);
  });
});
