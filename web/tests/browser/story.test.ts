import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { TestBrowser, dropFiles, pictures, violations } from './browser';
import { TestService } from './service';

const SAMPLES = resolve(import.meta.dirname, '../../../samples/flights');

let service: TestService;
let browser: TestBrowser;
let visitor: TestBrowser;

beforeAll(async () => {
  service = await TestService.start();
  browser = await TestBrowser.open(service.url);
  visitor = await TestBrowser.open(service.url);
});

afterAll(async () => {
  await visitor?.close();
  await browser?.close();
  await service?.stop();
});

/** Saves the report in a format of the menu; answers its bytes. */
async function saved(page: Page, format: string): Promise<Buffer> {
  // The menu belongs to the report: it closes when that takes the place of what was there before.
  await page.locator('[data-row]').first().waitFor();
  await page.getByRole('button', { name: 'Export' }).click();
  const download = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: format }).click();
  return readFile(await (await download).path());
}

describe('the whole story', () => {
  let page: Page;
  let foretold = '';

  it('begins with a link and two files', async () => {
    page = await browser.page(service.link);
    await page.getByRole('heading', { name: 'Compare two tables' }).waitFor();
    await dropFiles(page, [`${SAMPLES}/flights-2013-07.csv`, `${SAMPLES}/flights-2013-01.csv`]);
    await page.waitForURL('**/checks/*');
    await page.getByRole('heading', { level: 1, name: '14 of 18 columns drifted' }).waitFor();
    // The date in the name makes January the reference, whichever came first.
    await page.getByText('flights-2013-01.csv').first().waitFor();
    expect(await page.title()).toBe('Check · Driftline');
  });

  it('goes on from the answer to a column and back', async () => {
    await page.getByRole('link', { name: 'dep_delay' }).first().click();
    await page.getByRole('heading', { level: 1, name: 'dep_delay' }).waitFor();
    await page.getByRole('heading', { name: 'How this was decided' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: /columns drifted/ }).waitFor();
  });

  it('shows what a threshold would do before it is saved', async () => {
    await page.getByRole('navigation', { name: 'Parts of the report' }).getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('link', { name: 'Thresholds' }).click();
    await page.getByRole('spinbutton', { name: 'Least mass moved that matters, %' }).fill('15');
    await page.getByText(/With these settings/).waitFor();
    const effect = await page.getByText(/drifted \(14 now\)/).innerText();
    foretold = /(\d+ of \d+ columns) drifted/.exec(effect)?.[1] ?? 'no columns';
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'check-settings-preview');
    await page.getByRole('button', { name: 'Save for this dataset' }).click();
    await page.getByText('Later checks of datasets with this name follow these settings.').waitFor();
    const before = page.url();
    await page.getByRole('button', { name: 'Check again with these settings' }).click();
    await page.waitForURL((url) => !before.includes(url.pathname));
    // What was foretold is what comes.
    await page.getByRole('heading', { level: 1, name: `${foretold} drifted` }).waitFor();
  });

  it('gives the report away as HTML and XLSX', async () => {
    const html = (await saved(page, 'Web page that works offline')).toString();
    expect(html.startsWith('<!doctype html>')).toBe(true);
    expect(html).toContain(`${foretold} drifted`);
    expect(html.length).toBeLessThan(500_000);
    const workbook = await saved(page, 'Excel');
    expect(workbook.subarray(0, 2).toString()).toBe('PK');
  });

  it('keeps a baseline, and promotes an older version', async () => {
    for (const name of ['flights-2013-01.csv', 'flights-2013-07.csv']) {
      await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Data' }).click();
      await page.getByRole('link', { name }).first().click();
      await page.getByRole('button', { name: 'Save as baseline' }).click();
      await page.getByRole('combobox', { name: 'Name' }).fill('flights');
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.waitForURL('**/data/baselines/flights');
    }
    await page.getByText('Version 2').first().waitFor();
    await page.getByRole('button', { name: 'Make current' }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Make it current' }).click();
    await page.getByText(/version 1/i).first().waitFor();
  });

  it('leaves a finding to somebody, with a word', async () => {
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Admin' }).click();
    await page.getByRole('button', { name: 'Invite' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('E-mail address').fill('vera@example.com');
    await dialog.getByLabel('Role').selectOption('viewer');
    await dialog.getByRole('button', { name: 'Make the link' }).click();
    const link = await dialog.getByLabel('Link that works once').inputValue();
    await dialog.getByRole('button', { name: 'Done' }).click();
    const guest = await visitor.page(link);
    await guest.getByRole('navigation', { name: 'Main' }).waitFor();
    await guest.close();

    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Findings' }).click();
    const list = page.getByRole('table', { name: 'Findings' });
    await list.getByRole('row').first().waitFor();
    await page.goto(`${service.url}/findings?grouped=no`);
    await list.getByRole('row').filter({ hasText: 'air_time' }).first().getByRole('link').click();
    const finding = page.getByRole('article', { name: 'Finding' });
    await finding.getByRole('button', { name: /Assign/ }).click();
    await page.getByRole('menuitemradio', { name: /vera/ }).click();
    await page.getByRole('textbox', { name: 'Comment' }).fill('Is this the new fleet? @vera@example.com');
    await page.getByRole('button', { name: 'Comment' }).click();
    await finding.getByText('Is this the new fleet?').waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it('lets a viewer read, and no more', async () => {
    const guest = await visitor.page('/');
    await guest.getByRole('heading', { name: 'What changed?' }).waitFor();
    await guest.getByRole('button', { name: /Notices|unread/ }).click();
    await guest.getByText(/mentioned you/).first().waitFor();
    expect(await guest.getByRole('button', { name: 'Choose a file' }).count()).toBe(0);
    expect(await violations(guest)).toEqual([]);
    await guest.goto(page.url());
    await guest.getByRole('article', { name: 'Finding' }).waitFor();
    expect(await guest.getByRole('button', { name: /^(Acknowledge|Resolve|Mute|Comment)/ }).count()).toBe(0);
    await guest.goto(`${service.url}/admin?tab=system`);
    await guest.getByText(/admins and owners/).first().waitFor();
    // What the page does not offer the service refuses all the same.
    const answers = await guest.evaluate(async () => {
      const me = (await (await fetch('/api/v1/session')).json()) as { csrf_token: string };
      const headers = { 'X-Csrf-Token': me.csrf_token, 'Content-Type': 'application/json' };
      const refused = [
        fetch('/api/v1/checks', { method: 'POST', headers, body: '{}' }),
        fetch('/api/v1/tokens', { headers }),
        fetch('/api/v1/settings', { method: 'PUT', headers, body: '{}' }),
      ];
      return (await Promise.all(refused)).map((answer) => answer.status);
    });
    expect(answers).toEqual([403, 403, 403]);
    await guest.close();
    await page.close();
  });

  it('does nothing that the policy forbids', () => {
    expect([...browser.offences, ...visitor.offences]).toEqual([]);
  });
});
