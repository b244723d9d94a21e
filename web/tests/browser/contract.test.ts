import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { TestApi, sample } from './api';
import { TestBrowser, pictures, violations } from './browser';
import { PROGRAM, TestService } from './service';

const SAMPLES = resolve(import.meta.dirname, '../../../samples/flights');
/** The name of both datasets: a contract is for all of one name. */
const NAME = 'flights';

let service: TestService;
let browser: TestBrowser;
let api: TestApi;
let january: string;
let july: string;

beforeAll(async () => {
  service = await TestService.start();
  api = await TestApi.of(service);
  january = await api.upload([NAME, (await sample('flights/flights-2013-01.csv'))[1]]);
  browser = await TestBrowser.open(service.url, 1440, 900);
  const page = await browser.page(service.link);
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await page.close();
});

afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

async function onPhone(page: Page, name: string): Promise<void> {
  await page.setViewportSize({ width: 390, height: 844 });
  await expect.poll(() => page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  expect(await violations(page)).toEqual([]);
  await pictures(page, `${name}-phone`);
  await page.setViewportSize({ width: 1440, height: 900 });
}

const effectOf = (page: Page) => page.getByRole('region', { name: 'Effect on this dataset' });
const textOf = (page: Page) => page.getByRole('textbox', { name: 'Text of the contract' });

describe('contracts', () => {
  it('are proposed from a dataset, rule by rule, and saved', async () => {
    const page = await browser.page(`/data/datasets/${january}?tab=contract`);
    await page.getByText('No contract for datasets of this name').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'contract-none');
    await page.getByRole('button', { name: 'Propose rules from this dataset' }).click();
    await page.getByText('what holds on all 27,004 rows').waitFor();
    const all = Number(/(\d+) rules/.exec(await page.locator('.bar').innerText())?.[1]);
    expect(all).toBeGreaterThan(40);
    await page.getByRole('checkbox', { name: /flight is from 0 to/ }).uncheck();
    await page.getByText(`${all - 1} of ${all} rules`).waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'contract-proposed');
    await onPhone(page, 'contract-proposed');
    await page.getByRole('button', { name: 'Save as contract' }).click();
    await page.getByText('Version 1 is saved.').waitFor();
    await effectOf(page).getByText(/^All \d+ rules hold\.$/).waitFor();
    const saved = await api.ask<{ toml: string; promises: string[] }>('GET', `/api/v1/contracts/${NAME}`);
    expect(saved.promises.some((one) => one.startsWith('`flight` is from'))).toBe(false);
    expect(saved.toml).toContain('# seen: 27,004 rows');
    await page.close();
  });

  it('are told of in the checks of later datasets', async () => {
    july = await api.upload([NAME, (await sample('flights/flights-2013-07.csv'))[1]]);
    const check = await api.start(july, january);
    await api.ended(check);
    const page = await browser.page(`/checks/${check}?tab=validation`);
    await page.getByRole('heading', { name: /of 79 rules hold; 2 are broken/ }).waitFor();
    await page.getByRole('list', { name: 'Broken rules' }).getByText('sched_dep_time is outside 300 to 2,600').waitFor();
    await page.getByText('row 25,496').first().waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'contract-validation');
    await onPhone(page, 'contract-validation');
    await page.getByRole('link', { name: `${NAME}, version 1` }).click();
    await page.waitForURL(`**/data/datasets/${july}?tab=contract`);
    await effectOf(page).getByText(/2 are broken/).waitFor();
    await page.close();
  });

  it('are told of in a report that is one file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'driftline-contract-'));
    try {
      const { toml } = await api.ask<{ toml: string }>('GET', `/api/v1/contracts/${NAME}`);
      const [contract, report] = [join(folder, 'flights.toml'), join(folder, 'report.html')];
      await writeFile(contract, toml);
      const sides = ['flights-2013-07.csv', '--against', 'flights-2013-01.csv'];
      const done = promisify(execFile)(PROGRAM, ['check', ...sides, '--contract', contract, '-o', report, '--quiet'], { cwd: SAMPLES });
      // A check that finds something ends with 1.
      await done.catch((error: { code?: number }) => expect(error.code).toBe(1));
      const page = await browser.context.newPage();
      await page.goto(`${pathToFileURL(report).href}#tab=validation`);
      await page.getByRole('heading', { name: /of 79 rules hold; 2 are broken/ }).waitFor();
      await page.getByText('row 25,496').first().waitFor();
      await page.getByText('The other rules').click();
      expect(await violations(page)).toEqual([]);
      await pictures(page, 'contract-export');
      await page.close();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('show what a change would do before it is saved', async () => {
    const page = await browser.page(`/data/datasets/${july}?tab=contract`);
    const effect = effectOf(page);
    await effect.getByText('77 of 79 rules hold; 2 are broken.').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'contract');
    await page.setViewportSize({ width: 390, height: 844 });
    await page.reload();
    await effect.getByText('77 of 79 rules hold; 2 are broken.').waitFor();
    await onPhone(page, 'contract');
    await page.reload();
    await effect.getByText('77 of 79 rules hold; 2 are broken.').waitFor();

    // By form: less grave, and gone.
    await effect.getByLabel(/Severity of: .*hour.* is from 3 to 25/).selectOption('critical');
    await page.getByText('changed, not saved').waitFor();
    expect(await textOf(page).inputValue()).toContain('{ rule = "between", min = 3, max = 25, severity = "critical" }');
    await effect.getByRole('button', { name: /Take out: .*sched_dep_time.* is from 300/ }).click();
    await effect.getByText('77 of 78 rules hold; 1 is broken.').waitFor();
    await effect.getByText('With the saved version 77 hold and 2 are broken.').waitFor();

    // By text.
    const text = await textOf(page).inputValue();
    await textOf(page).fill(text.replace('min = 3, max = 25, severity', 'min = 1, max = 25, severity'));
    await effect.getByText('All 78 rules hold.').waitFor();
    await page.getByLabel('About').selectOption({ label: 'dest' });
    await page.getByLabel('Rule', { exact: true }).selectOption('not_in_set');
    await page.getByRole('button', { name: 'Add to the text' }).click();
    await effect.getByText('All 79 rules hold.').waitFor();
    await page.keyboard.type('{ rule = "not_in_set", values = ["ATL"], severity = "high" }');
    await effect.getByText(/dest.* is in the list/).or(effect.getByText(/ATL/)).first().waitFor();
    await effect.getByRole('button', { name: /Broken/ }).click();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'contract-changed');

    // Another tab does not lose the text.
    await page.getByRole('link', { name: 'Columns' }).click();
    await page.getByRole('table', { name: 'Columns' }).waitFor();
    await page.getByRole('link', { name: 'Contract', exact: true }).click();
    await page.getByText('changed, not saved').waitFor();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Version 2 is saved.').waitFor();
    await page.close();
  });

  it('mark the line of a mistake, and let the keyboard leave', async () => {
    const page = await browser.page(`/data/datasets/${july}?tab=contract`);
    await effectOf(page).getByText(/1 is broken/).waitFor();
    const text = await textOf(page).inputValue();
    await textOf(page).fill(text.replace('row_count_between', 'row_cont_between'));
    await page.getByText(/unknown rule/).waitFor();
    await page.getByText(/line \d+ has a mistake/).waitFor();
    await page.getByRole('button', { name: /^Line \d+$/ }).click();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'contract-mistake');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText(/unknown rule/).waitFor();

    await textOf(page).focus();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.tagName')).toBe('TEXTAREA');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.tagName')).not.toBe('TEXTAREA');
    await page.getByRole('button', { name: 'Discard' }).click();
    await effectOf(page).getByText(/1 is broken/).waitFor();
    await page.close();
  });

  it('show both texts when somebody was faster', async () => {
    const page = await browser.page(`/data/datasets/${july}?tab=contract`);
    await effectOf(page).getByText(/1 is broken/).waitFor();
    const text = await textOf(page).inputValue();
    await textOf(page).fill(`# mine\n${text}`);
    await api.ask('PUT', `/api/v1/contracts/${NAME}`, { version: 2, toml: `# theirs\n${text}` });
    await page.getByText('Version 3 was saved meanwhile.').waitFor();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Somebody was faster' });
    await dialog.getByText('# mine').waitFor();
    await dialog.getByText('# theirs').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'contract-conflict');
    await dialog.getByRole('button', { name: 'Save mine over theirs' }).click();
    await page.getByText('Version 4 is saved.').waitFor();
    await page.close();
  });

  it('are listed with the newest dataset of their name', async () => {
    const page = await browser.page('/data?tab=contracts');
    await page.getByRole('link', { name: NAME, exact: true }).waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'contracts');
    await onPhone(page, 'contracts');
    await page.getByRole('link', { name: NAME, exact: true }).click();
    await page.waitForURL(`**/data/datasets/${july}?tab=contract`);
    await page.close();
  });

  it('can be tried by viewers, who save nothing', async () => {
    const owner = await TestApi.of(service, 'owner');
    const asked = { email: 'vera@example.org', role: 'viewer' };
    const { link } = await owner.ask<{ link: string }>('POST', '/api/v1/users', asked);
    const visitor = await TestBrowser.open(service.url, 1440, 900);
    try {
      const page = await visitor.page(link);
      await page.getByRole('navigation', { name: 'Main' }).waitFor();
      await page.goto(`${service.url}/data/datasets/${july}?tab=contract`);
      await effectOf(page).getByText(/1 is broken/).waitFor();
      await page.getByText('You may try rules here. Editors save them.').waitFor();
      expect(await page.getByRole('button', { name: 'Save', exact: true }).count()).toBe(0);
      expect(await page.getByRole('button', { name: 'Delete the contract' }).count()).toBe(0);
      await textOf(page).fill('version = 1\n[table]\nrules = [ { rule = "row_count_between", min = 1 } ]\n');
      await effectOf(page).getByText('The only rule holds.').waitFor();
      expect(await violations(page)).toEqual([]);
      expect(visitor.offences).toEqual([]);
    } finally {
      await visitor.close();
    }
  });

  it('hold whatever names data have', async () => {
    // The service keeps what stands behind the last slash.
    const name = 'a/b?<script>alert(1)</script> \u05d0\u05d1\u05d2 🦊.csv';
    const rows = Array.from({ length: 400 }, (_, row) => `${row},${row % 3 === 0 ? '<i>' : '"a""b"'},${'z'.repeat(500)}${row}`);
    const column = `"q"" \u05d0 \\ # ]"`;
    const id = await api.upload([name, `n,${column},${'c'.repeat(10_000)}\n${rows.join('\n')}\n`]);
    const page = await browser.page(`/data/datasets/${id}?tab=contract&step=propose`);
    page.on('dialog', () => browser.offences.push('a dialog was opened'));
    await page.getByText('what holds on all 400 rows').waitFor();
    await onPhone(page, 'contract-hostile-proposed');
    await page.getByRole('button', { name: 'Save as contract' }).click();
    await page.getByText('Version 1 is saved.').waitFor();
    const effect = effectOf(page);
    await effect.getByText(/^All \d+ rules hold\.$/).waitFor();
    await page.getByLabel('About').selectOption({ index: 2 });
    await page.getByLabel('Rule', { exact: true }).selectOption('starts_with');
    await page.getByRole('button', { name: 'Add to the text' }).click();
    await effect.getByText(/1 is broken/).waitFor();
    await effect.getByRole('button', { name: /Take out: .*begins with/ }).click();
    await effect.getByText(/^All \d+ rules hold\.$/).waitFor();
    await onPhone(page, 'contract-hostile');
    await page.goto(`${service.url}/data?tab=contracts`);
    await page.getByRole('link', { name: /script>/ }).waitFor();
    await onPhone(page, 'contracts-hostile');
    await page.close();
  });

  it('are deleted after a question', async () => {
    const page = await browser.page(`/data/datasets/${july}?tab=contract`);
    await page.getByRole('button', { name: 'Delete the contract' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByText('No contract for datasets of this name').waitFor();
    await page.getByRole('button', { name: 'Start empty' }).click();
    await effectOf(page).getByText('The contract has no rules.').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'contract-empty');
    await page.close();
  });

  it('do nothing that must never happen', () => {
    expect(browser.offences).toEqual([]);
  });
});
