import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { TestApi, sample } from './api';
import { TestBrowser, pictures, turnedTexts, violations } from './browser';
import { TestService } from './service';
import { HOSTILE_NAMES, hostileTable } from './tables';

let service: TestService;
let browser: TestBrowser;
let api: TestApi;
/** The last of three checks of the same data. */
let check: string;

beforeAll(async () => {
  service = await TestService.start();
  api = await TestApi.of(service);
  const january = await api.upload(await sample('flights/flights-2013-01.csv'));
  const july = await api.upload(await sample('flights/flights-2013-07.csv'));
  for (const min_mass_moved of [0.02, 0.04, 0.03]) {
    check = await api.start(july, january, { drift: { min_mass_moved, methods: ['all'], conform: 'evidently' } });
    await api.ended(check);
  }
  browser = await TestBrowser.open(service.url, 1280, 900);
  const page = await browser.page(service.link);
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await page.close();
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

describe('the page of a column', () => {
  it('shows numbers in every view, with the numbers behind them', async () => {
    const page = await browser.page(`/checks/${check}/columns/dep_delay`);
    await page.getByRole('heading', { name: 'dep_delay' }).waitFor();
    await page.getByRole('heading', { name: 'Over the last 3 runs of the same data' }).waitFor();
    await expect.poll(() => page.locator('a.point').count()).toBe(3);
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'column');
    for (const view of ['Bins', 'Cumulative', 'Quantiles']) {
      await page.getByRole('button', { name: view, exact: true }).click();
      expect(await violations(page)).toEqual([]);
      await pictures(page, `column-${view.toLowerCase()}`);
    }
    for (const title of ['Distribution', 'How this was decided', 'Where it began']) {
      await page.getByRole('button', { name: `${title} as a table` }).click();
    }
    await page.getByRole('cell', { name: '23', exact: true }).first().waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'column-tables');
    await page.close();
  });

  it('leads to the columns beside it, to other runs and back', async () => {
    const page = await browser.page(`/checks/${check}?sort=moved`);
    await page.getByRole('link', { name: 'dep_delay' }).click();
    await page.getByRole('heading', { name: 'dep_delay' }).waitFor();
    await page.keyboard.press(']');
    await page.getByRole('heading', { name: 'arr_delay' }).waitFor();
    await page.keyboard.press('[');
    await page.getByRole('heading', { name: 'dep_delay' }).waitFor();
    await expect.poll(() => page.locator('a.point').count()).toBe(3);
    await page.locator('a.point').first().click();
    await page.waitForURL((url) => !url.pathname.includes(check));
    await page.goBack();
    await page.waitForURL(`**/checks/${check}/columns/dep_delay`);
    await page.getByRole('link', { name: 'All columns' }).click();
    await page.waitForURL('**sort=moved*row=dep_delay*');
    await page.locator('.is-chosen', { hasText: 'dep_delay' }).waitFor();
    await page.close();
  });

  it('shows classes, and columns that were not judged', async () => {
    const page = await browser.page(`/checks/${check}/columns/dest`);
    await page.getByText('Frequent values that rose and fell').first().waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'column-classes');
    await page.setViewportSize({ width: 390, height: 844 });
    await pictures(page, 'column-classes-phone');
    await page.goto(`${service.url}/checks/${check}/columns/time_hour`);
    await page.getByText(/A clock:/).waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'column-skipped-phone');
    await page.goto(`${service.url}/checks/${check}/columns/dep_delay`);
    await page.getByRole('heading', { name: 'dep_delay' }).waitFor();
    await pictures(page, 'column-phone');
    await page.goto(`${service.url}/checks/${check}/columns/nothing`);
    await page.getByText('The report has no column of this name').waitFor();
    await page.close();
  });

  it('stays in its bounds whatever the name is', async () => {
    const id = await api.compare(['now.csv', hostileTable(2)], ['then.csv', hostileTable(1)]);
    const page = await browser.page('/checks');
    for (const name of HOSTILE_NAMES) {
      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: 844 });
        await page.goto(`${service.url}/checks/${id}/columns/${encodeURIComponent(name)}`);
        await page.getByRole('heading', { level: 1 }).waitFor();
        const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(sideways, `${name.slice(0, 20)} at ${width}`).toBeLessThanOrEqual(0);
        expect(await turnedTexts(page), name.slice(0, 20)).toEqual([]);
      }
      expect(await violations(page), name.slice(0, 20)).toEqual([]);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
    for (const index of [0, 1, 5]) {
      await page.goto(`${service.url}/checks/${id}/columns/${encodeURIComponent(HOSTILE_NAMES[index] ?? '')}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await pictures(page, `column-hostile-${index}`);
    }
    await page.close();
  });

  it('does nothing that the policy forbids', () => {
    expect(browser.offences).toEqual([]);
  });
});
