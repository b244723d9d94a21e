import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { TestBrowser, pictures, violations } from './browser';
import { TestService } from './service';

let service: TestService;
let browser: TestBrowser;

beforeAll(async () => {
  service = await TestService.start();
  browser = await TestBrowser.open(service.url, 1440, 900);
  const page = await browser.page(service.link);
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await page.close();
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
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
    await page.getByText('-999').waitFor();
    expect(await page.getByLabel('Delimiter', { exact: true }).inputValue()).toBe('tab');
    await page.close();
  });

  it('fit a phone', async () => {
    const page = await browser.page('/admin?tab=settings&group=thresholds');
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole('spinbutton', { name: 'Bins for numbers, bins' }).fill('40');
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'settings-phone');
    await page.close();
  });
});

it('does nothing that the policy forbids', () => {
  expect(browser.offences).toEqual([]);
});
