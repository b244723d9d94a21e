import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { TestBrowser, pictures, violations } from './browser';
import { TestService } from './service';

const SAMPLES = resolve(import.meta.dirname, '../../../samples/flights');
let service: TestService;
let browser: TestBrowser;
let checkId: string;
let datasetId: string;

/** Compares the two samples. */
async function check(): Promise<void> {
  const token = /dl_[0-9a-f]+/.exec(await service.run('token', 'create', 'test', '--role', 'owner'))?.[0] ?? '';
  const call = async (method: string, path: string, body?: string | Uint8Array<ArrayBuffer>) => {
    const type = body instanceof Uint8Array ? 'application/octet-stream' : 'application/json';
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': type };
    const response = await fetch(service.url + path, { method, headers, ...(body !== undefined && { body }) });
    return (await response.json()) as { id: string; state: string };
  };
  const upload = async (month: string) => {
    const data = new Uint8Array(await readFile(`${SAMPLES}/flights-2013-${month}.csv`));
    return (await call('POST', `/api/v1/datasets?name=flights-${month}`, data)).id;
  };
  const reference = await upload('01');
  datasetId = await upload('07');
  const asked = { current: { dataset: datasetId }, reference: { dataset: reference } };
  checkId = (await call('POST', '/api/v1/checks', JSON.stringify(asked))).id;
  while ((await call('GET', `/api/v1/checks/${checkId}`)).state !== 'done') await new Promise((go) => setTimeout(go, 100));
}

beforeAll(async () => {
  service = await TestService.start();
  browser = await TestBrowser.open(service.url, 1440, 900);
  const page = await browser.page(service.link);
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await page.close();
  await check();
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

describe('the settings of a check', () => {
  it('show their effect on the report before anything is saved', async () => {
    const page = await browser.page(`/checks/${checkId}?tab=settings&group=thresholds`);
    await page.getByText('Change a setting below').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('link', { name: 'Sensitivity' }).click();
    await page.getByRole('radio', { name: /Low/ }).check();
    const effect = page.getByRole('region', { name: 'Effect on this report' });
    await effect.getByText(/With these settings \d+ of 18 columns drifted \(14 now\)/).waitFor();
    await effect.getByText('stable').first().waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'settings-preview');
    await page.getByRole('link', { name: 'Thresholds' }).click();
    await page.getByRole('spinbutton', { name: 'Bins for numbers, bins' }).fill('1');
    await effect.getByText(/it is a number from 2 to 1000/).waitFor();
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.getByText('Change a setting below').waitFor();
    await page.getByRole('link', { name: 'Columns' }).last().click();
    await page.getByLabel('Role of month').selectOption('excluded');
    await effect.getByText(/With these settings 13 of 17 columns drifted/).waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    await expect.poll(() => page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'settings-preview-phone');
    await page.close();
  });

  it('are checked again with, and saved for the dataset', async () => {
    const page = await browser.page(`/checks/${checkId}?tab=settings`);
    await page.getByRole('radio', { name: /Low/ }).check();
    await page.getByRole('button', { name: 'Save for this dataset' }).click();
    await page.getByText('Later checks of datasets with this name follow these settings.').waitFor();
    await page.getByRole('button', { name: 'Check again with these settings' }).click();
    await page.waitForURL((url) => /^\/checks\/[0-9a-f]+$/.test(url.pathname) && !url.pathname.includes(checkId));
    await page.goto(`${service.url}/data/datasets/${datasetId}?tab=settings`);
    await page.getByText('What is set here goes before the settings of the workspace').waitFor();
    await page.getByText('Default: normal · set for this dataset').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'settings-dataset');
    await page.getByRole('button', { name: 'Set back: Sensitivity' }).click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('This dataset follows the settings of the workspace.').waitFor();
    await page.close();
  });
});

describe('the settings of a workspace', () => {
  it('are changed in plain words, saved and set back', async () => {
    const page = await browser.page('/admin?tab=settings');
    await page.getByText('Every value is the default of the program.').waitFor();
    await page.getByRole('radio', { name: /High/ }).check();
    await page.getByText('1 setting changed, not saved.').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'settings-sensitivity');
    await page.getByRole('link', { name: 'Thresholds' }).click();
    const mass = page.getByRole('spinbutton', { name: 'Least mass moved that matters, %' });
    expect(await mass.inputValue()).toBe('3');
    await mass.fill('7.5');
    await page.getByText('2 settings changed, not saved.').waitFor();
    await page.getByText('Default: 3 % · not saved').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'settings-thresholds');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText(/^Version 1, saved by/).waitFor();
    await page.getByText('Least mass moved that matters: 3 % → 7.5 %').waitFor();
    await page.getByText('Default: 3 % · set for the workspace').waitFor();
    await page.getByRole('button', { name: 'Set back: Least mass moved that matters' }).click();
    expect(await mass.inputValue()).toBe('3');
    await page.getByRole('button', { name: 'Discard' }).click();
    expect(await mass.inputValue()).toBe('7.5');
    await page.close();
  });

  it('that are wrong are explained where they stand', async () => {
    const page = await browser.page('/admin?tab=settings&group=thresholds');
    await page.getByRole('spinbutton', { name: 'Bins for numbers, bins' }).fill('1');
    await page.getByRole('link', { name: 'Sensitivity' }).click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    // The group with the mistake comes back by itself.
    await page.getByText('cannot be 1: it is a number from 2 to 1000').waitFor();
    const bins = page.getByRole('spinbutton', { name: 'Bins for numbers, bins' });
    expect(await bins.getAttribute('aria-invalid')).toBe('true');
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'settings-mistake');
    await page.close();
  });

  it('hold methods, rows, columns and the reading of files', async () => {
    const page = await browser.page('/admin?tab=settings&group=methods');
    await page.getByLabel('Headline score').selectOption('psi');
    await page.getByText(/customary in credit scoring/).first().waitFor();
    await page.getByRole('checkbox', { name: /Wasserstein distance/ }).check();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'settings-methods');
    await page.getByRole('link', { name: 'Rows' }).click();
    await page.getByRole('switch', { name: /Rare values count/ }).click();
    await page.getByLabel('Whole rows').selectOption('none');
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'settings-rows');
    await page.getByRole('link', { name: 'Columns' }).click();
    await page.getByLabel('Name of a column').fill('<script>alert(1)</script>');
    await page.getByRole('button', { name: 'Add column' }).click();
    await page.getByLabel('Role of <script>').selectOption('identifier');
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'settings-columns');
    await page.getByRole('link', { name: 'Reading CSV' }).click();
    await page.getByLabel('Delimiter', { exact: true }).selectOption('tab');
    await page.getByLabel('Another spelling').fill('-999');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'settings-csv');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText(/^Version 2, saved by/).waitFor();
    await page.reload();
    await page.getByText('-999', { exact: true }).waitFor();
    expect(await page.getByLabel('Delimiter', { exact: true }).inputValue()).toBe('tab');
    await page.close();
  });

  it('fit a phone', async () => {
    const page = await browser.page('/admin?tab=settings&group=thresholds');
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole('spinbutton', { name: 'Bins for numbers, bins' }).fill('40');
    await expect.poll(() => page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'settings-phone');
    await page.close();
  });
});

it('does nothing that the policy forbids', () => {
  expect(browser.offences).toEqual([]);
});
