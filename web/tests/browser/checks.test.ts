import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { TestApi, sample } from './api';
import { TestBrowser, pictures, violations } from './browser';
import { TestService } from './service';

let service: TestService;
let browser: TestBrowser;
let api: TestApi;
/** More than one page of the service holds. */
const CHECKS = 60;

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

describe('the list of checks', () => {
  it('says what to do when there is none', async () => {
    const page = await browser.page('/checks');
    await page.getByText('Nothing was compared yet').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'checks-empty');
    await page.getByRole('link', { name: 'Compare two files' }).first().click();
    await page.waitForURL((url) => url.pathname === '/');
    await page.close();
  });

  it('grows while it is looked at, and loads more at its end', async () => {
    const page = await browser.page('/checks');
    await page.getByText('Nothing was compared yet').waitFor();
    await page.getByText('live', { exact: true }).waitFor();
    const january = await api.upload(await sample('flights/flights-2013-01.csv'));
    const july = await api.upload(await sample('flights/flights-2013-07.csv'));
    await api.start(july, january);
    await page.getByText(/14 of 18 columns drifted/).waitFor();

    const small = await api.upload(['small.csv', 'a,b\n' + '1,x\n2,y\n3,x\n'.repeat(40)]);
    const ids: string[] = [];
    for (let index = 1; index < CHECKS; index += 1) ids.push(await api.start(small, small));
    const last = ids.at(-1) ?? '';
    await api.ended(last);
    await page.locator(`a[href="/checks/${last}"]`).waitFor();
    await page.reload();
    const list = page.getByRole('table', { name: 'Checks, newest first' });
    await list.locator('[data-row="0"]').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'checks');
    await page.keyboard.press('j');
    await page.keyboard.press('End');
    await expect.poll(async () => {
      await page.keyboard.press('End');
      return page.locator(`[data-row="${CHECKS - 1}"]`).count();
    }).toBe(1);
    await page.getByText(/14 of 18 columns drifted/).waitFor();
    await page.close();
  }, 120_000);

  it('is narrowed by words and by state, in the address', async () => {
    const page = await browser.page('/checks');
    await page.locator('[data-row="0"]').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('flights');
    await expect.poll(() => page.locator('[data-row]').count()).toBe(1);
    await page.waitForURL('**q=flights*');
    await page.reload();
    await expect.poll(() => page.locator('[data-row]').count()).toBe(1);
    await page.getByRole('button', { name: 'failed' }).click();
    await page.getByText('No check is like that').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Show all checks' }).click();
    await page.locator('[data-row="20"]').waitFor();

    await page.setViewportSize({ width: 390, height: 844 });
    await page.locator('.is-card').first().waitFor();
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
    expect(await violations(page)).toEqual([]);
    await page.goto(`${service.url}/checks?q=flights`);
    await pictures(page, 'checks-phone');
    await page.locator('[data-row="0"] a').click();
    await page.getByRole('heading', { name: /14 of 18 columns drifted/ }).waitFor();
    await page.close();
  });

  it('does nothing that the policy forbids', () => {
    expect(browser.offences).toEqual([]);
  });
});
