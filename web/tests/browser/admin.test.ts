import { readFile } from 'node:fs/promises';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { TestBrowser, pictures, violations } from './browser';
import { TestService } from './service';

let service: TestService;
let browser: TestBrowser;
let viewer: TestBrowser;
let invitation: string;

beforeAll(async () => {
  service = await TestService.start();
  browser = await TestBrowser.open(service.url, 1440, 900);
  viewer = await TestBrowser.open(service.url, 390, 844);
  const page = await browser.page(service.link);
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await page.close();
});

afterAll(async () => {
  await browser?.close();
  await viewer?.close();
  await service?.stop();
});

describe('people', () => {
  it('are invited by a link that is shown once', async () => {
    const page = await browser.page('/admin');
    await page.getByText('owner@localhost').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Invite' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('E-mail address').fill('grace@example.com');
    await dialog.getByLabel('Role').selectOption('viewer');
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Make the link' }).click();
    const link = dialog.getByLabel('Link that works once');
    invitation = await link.inputValue();
    expect(invitation).toContain('/sign-in?secret=');
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'admin-invitation');
    await dialog.getByRole('button', { name: 'Done' }).click();
    await expect.poll(() => page.getByText('/sign-in?secret=').count()).toBe(0);
    await page.close();
  });

  it('come in, and are given another role by those who may', async () => {
    const phone = await viewer.page(invitation);
    await phone.getByRole('navigation', { name: 'Main' }).waitFor();
    await phone.close();
    const page = await browser.page('/admin');
    const role = page.getByLabel(/Role of grace/);
    await role.selectOption('editor');
    await page.getByText(/is editor now/).waitFor();
    await role.selectOption('viewer');
    await page.getByText(/is viewer now/).waitFor();
    await page.getByLabel(/Role of Owner/).selectOption('viewer');
    // The last owner stays: the service refuses, and what is shown is what holds.
    await page.getByText(/a workspace keeps at least one owner/).waitFor();
    await expect.poll(() => page.getByLabel(/Role of Owner/).inputValue()).toBe('owner');
    await page.getByRole('button', { name: 'Close' }).last().click();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'admin-people');
    await page.close();
  });

  it('who only read see no more than that, and who may do the rest', async () => {
    const page = await viewer.page('/admin?tab=audit');
    await page.getByText('Tokens, the audit log and the system are shown to admins and owners.').waitFor();
    expect(await page.getByRole('button', { name: 'Invite' }).count()).toBe(0);
    expect(await page.getByRole('link', { name: 'Audit log' }).count()).toBe(0);
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'admin-phone-viewer');
    await page.getByRole('link', { name: 'Settings', exact: true }).click();
    await page.getByText('Admins of the workspace change them.').waitFor();
    expect(await page.getByRole('radio').first().isDisabled()).toBe(true);
    expect(await violations(page)).toEqual([]);
    await page.close();
  });
});

describe('tokens', () => {
  it('are made with a secret that is shown once, and ended', async () => {
    const page = await browser.page('/admin?tab=tokens');
    await page.getByText('There are no tokens').waitFor();
    await page.getByRole('button', { name: 'New token' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('nightly <b>pipeline</b>');
    await dialog.getByLabel('Ends after').fill('30');
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Make the token' }).click();
    expect(await dialog.getByLabel('Token').inputValue()).toMatch(/^dl_/);
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'admin-token');
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByText('nightly <b>pipeline</b>').waitFor();
    await pictures(page, 'admin-tokens');
    await page.getByRole('button', { name: /^End nightly/ }).click();
    await page.getByRole('button', { name: 'End token' }).click();
    await page.getByText('There are no tokens').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.close();
  });
});

describe('workspaces', () => {
  it('are made and entered', async () => {
    const page = await browser.page('/admin?tab=workspaces');
    await page.getByText('you are here').waitFor();
    await page.getByRole('button', { name: 'New workspace' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Second');
    await page.getByRole('button', { name: 'Make workspace' }).click();
    await page.getByRole('button', { name: 'Enter Second' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'admin-workspaces');
    await page.getByRole('button', { name: 'Enter Second' }).click();
    await page.waitForURL(/\/$/);
    await page.goto(`${service.url}/admin?tab=workspaces`);
    await page.getByRole('button', { name: /^Enter / }).click();
    await page.waitForURL(/\/$/);
    await page.close();
  });
});

describe('the audit log', () => {
  it('is searched, verified in words and exported', async () => {
    const page = await browser.page('/admin?tab=audit');
    const lines = page.getByRole('table', { name: 'Audit log' }).getByRole('row');
    await lines.first().waitFor();
    const all = await lines.count();
    await page.getByLabel('Outcome').selectOption('refused');
    await expect.poll(() => lines.count()).toBeLessThan(all);
    await page.getByLabel('Outcome').selectOption('');
    await page.getByLabel('What').selectOption('token.create');
    await page.waitForURL('**action=token.create*');
    // The titles and one line.
    await expect.poll(() => lines.count()).toBe(2);
    await page.getByLabel('What').selectOption('');
    await expect.poll(() => lines.count()).toBe(all);
    await page.getByRole('button', { name: 'Verify the chain' }).click();
    await page.getByText(/The chain is intact: all \d+ lines/).waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'admin-audit');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export' }).click(),
    ]);
    const csv = await readFile(await download.path(), 'utf8');
    expect(csv.split(/\r?\n/)[0]).toBe(
      'sequence,at_ms,actor,address,workspace_id,action,subject,outcome,detail,previous_hash,hash',
    );
    expect(csv).toContain('user.invite');
    await page.getByRole('searchbox').fill('nothing at all');
    await page.getByText('No line fits').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.close();
  });
});

describe('the system', () => {
  it('is shown live, in words and figures', async () => {
    const page = await browser.page('/admin?tab=system');
    await page.getByText('Everything works.').waitFor();
    const chart = page.getByRole('img', { name: /Memory over the last four minutes/ });
    await chart.locator('path.line').waitFor({ state: 'attached' });
    await expect.poll(() => chart.locator('path.line').getAttribute('d'), { timeout: 10_000 }).toMatch(/L.*L/);
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'admin-system');
    await page.setViewportSize({ width: 390, height: 844 });
    await expect.poll(() => page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await pictures(page, 'admin-phone-system');
    await page.close();
  });
});

it('does nothing that the policy forbids', () => {
  expect([...browser.offences, ...viewer.offences]).toEqual([]);
});
