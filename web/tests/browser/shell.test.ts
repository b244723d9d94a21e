import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { TestBrowser, pictures, violations } from './browser';
import { TestService } from './service';

let service: TestService;
let browser: TestBrowser;

beforeAll(async () => {
  service = await TestService.start();
  browser = await TestBrowser.open(service.url);
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

describe('the frame around all pages', () => {
  it('asks strangers to sign in', async () => {
    const page = await browser.page('/findings');
    await page.getByRole('heading', { name: 'Sign in to Driftline' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'sign-in');
    await page.close();
  });

  it('lets in who has the link, and is used by keyboard', async () => {
    const page = await browser.page(service.link);
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
    await page.getByText('live', { exact: true }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByPlaceholder('Search checks').fill('find');
    await pictures(page, 'palette');
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/findings*');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('d');
    await page.waitForURL('**/data');
    await page.getByRole('button', { name: 'Your account' }).click();
    await page.getByRole('menuitem', { name: 'Your account' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'account-menu');
    await page.close();
  });

  it('does nothing that the policy forbids', () => {
    expect(browser.offences).toEqual([]);
  });
});
