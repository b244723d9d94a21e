import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { TestBrowser, pictures, violations } from './browser';
import { TestService } from './service';

const PASSWORD = 'correct horse battery';

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

async function signIn(page: Page): Promise<void> {
  await page.getByLabel('E-mail').fill('owner@localhost');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

describe('signing in', () => {
  it('explains a link that was used', async () => {
    const page = await browser.page('/?sign_in=expired');
    await page.getByText('This link does not sign in any more.').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'sign-in-expired');
    await page.close();
  });

  it('offers the directory of the organisation', async () => {
    const page = await browser.page('/');
    await page.route('**/api/v1/session/options', (route) =>
      route.fulfill({ json: { password: true, oidc: { button_text: 'Sign in with Example' } } }),
    );
    await page.reload();
    const link = page.getByRole('link', { name: 'Sign in with Example' });
    expect(await link.getAttribute('href')).toBe('/api/v1/session/oidc');
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'sign-in-directory');
    await page.close();
  });

  it('by a link goes on to the page that was asked for, and a password can be set', async () => {
    const page = await browser.page('/data?tab=baselines');
    await page.getByText('You go on to the page you asked for: Data.').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.goto(service.link);
    await page.waitForURL('**/data?tab=baselines');
    await page.getByRole('link', { name: 'Home', exact: true }).click();
    await page.getByRole('button', { name: 'Set a password' }).click();
    const dialog = page.getByRole('dialog', { name: 'Set a password' });
    await dialog.getByLabel('New password').fill('short');
    await dialog.getByRole('button', { name: 'Set the password' }).click();
    await dialog.getByText('these are 5').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'password');
    await dialog.getByLabel('New password').fill(PASSWORD);
    await dialog.getByLabel('Once more').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Set the password' }).click();
    await page.getByText('The password is set.').waitFor();
    expect(await page.getByText('You signed in with a link').count()).toBe(0);
    await page.close();
  });

  it('with a password stays on the page, and says what is wrong', async () => {
    const other = await TestBrowser.open(service.url);
    try {
      const page = await other.page('/account');
      await page.getByLabel('E-mail').fill('owner@localhost');
      await page.getByLabel('Password', { exact: true }).fill('wrong');
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.getByText('access.sign_in').waitFor();
      expect(await violations(page)).toEqual([]);
      await pictures(page, 'sign-in-wrong');
      await signIn(page);
      await page.getByRole('heading', { name: 'Your account' }).waitFor();
      await page.close();
      expect(other.offences).toEqual([]);
    } finally {
      await other.close();
    }
  });
});

describe('the account', () => {
  it('shows sessions and ends the others', async () => {
    const page = await browser.page('/account');
    await page.getByText('this one').waitFor();
    await page.getByRole('button', { name: /^End the session/ }).waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'account');
    await page.getByRole('button', { name: 'End all others' }).click();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'End them' }).click();
    await page.getByText('1 session ended.').waitFor();
    await expect.poll(() => page.getByRole('button', { name: /^End the session/ }).count()).toBe(0);
    await page.getByText('Dark').click();
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
    await page.getByText('As the system').click();
    await page.setViewportSize({ width: 390, height: 844 });
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await pictures(page, 'account-phone');
    await page.close();
  });
});

describe('the bell', () => {
  it('says so when the notices cannot be fetched', async () => {
    const page = await browser.context.newPage();
    const error = { code: 'store.busy', message: 'the database is busy' };
    await page.route('**/api/v1/notices?*', (route) => route.fulfill({ status: 503, json: { error } }));
    await page.goto(service.url);
    await page.getByRole('button', { name: 'Notices' }).click();
    await page.getByRole('dialog', { name: 'Notices' }).getByText('the database is busy').waitFor();
    await page.close();
  });

  it('lists mentions and assignments, and marks them as read', async () => {
    const page = await browser.context.newPage();
    const now = Date.now();
    let isRead = false;
    const notices = () => [
      {
        id: 'n1',
        kind: 'mention',
        finding_id: 'f1',
        text: 'Ana mentions you: “is this the new depot?”',
        created_ms: now - 60_000,
        ...(isRead && { read_ms: now }),
      },
      {
        id: 'n2',
        kind: 'assignment',
        incident_id: 'i1',
        text: `Ana has given you an incident: 3 columns of ${'very-long-'.repeat(40)}orders.csv`,
        created_ms: now - 7_200_000,
        ...(isRead && { read_ms: now }),
      },
      { id: 'n3', kind: 'incident', incident_id: 'i0', text: 'An old one', created_ms: now - 9e7, read_ms: now },
    ];
    await page.route('**/api/v1/notices?*', (route) =>
      route.fulfill({ json: { items: notices(), unread_total: isRead ? 0 : 2 } }),
    );
    await page.route('**/api/v1/notices/read', (route) => {
      expect(route.request().postDataJSON()).toEqual({ all: true });
      isRead = true;
      return route.fulfill({ json: { read: 2 } });
    });
    await page.goto(service.url);
    await page.getByRole('button', { name: 'Notices, 2 unread' }).click();
    const panel = page.getByRole('dialog', { name: 'Notices' });
    await panel.getByText('Ana mentions you').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'notices');
    expect(await panel.getByRole('link').first().getAttribute('href')).toBe('/findings?finding=f1');
    await panel.getByRole('button', { name: 'Mark all as read' }).click();
    await page.getByRole('button', { name: 'Notices', exact: true }).waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    await pictures(page, 'notices-phone');
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'hidden' });
    await page.close();
  });

  it('does nothing that the policy forbids', () => {
    expect(browser.offences).toEqual([]);
  });
});
