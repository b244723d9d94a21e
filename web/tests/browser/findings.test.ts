import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { TestBrowser, pictures, turnedTexts, violations } from './browser';
import { TestService } from './service';

const SAMPLES = resolve(import.meta.dirname, '../../../samples/flights');
const HOSTILE = `<img src=x onerror=alert(1)> \u202Eright to left ${'long '.repeat(300)}🛩️`;
let service: TestService;
let browser: TestBrowser;
let viewer: TestBrowser;
let token: string;

type Answer = Record<string, unknown> & { id: string; items: Answer[] };

async function call(method: string, path: string, body?: unknown): Promise<Answer> {
  const isBytes = body instanceof Uint8Array;
  const response = await fetch(service.url + path, {
    method,
    headers: {
      Authorization: `Bearer ${token}`,
      'Content-Type': isBytes ? 'application/octet-stream' : 'application/json',
    },
    ...(body !== undefined && { body: isBytes ? new Uint8Array(body) : JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return (text === '' ? {} : JSON.parse(text)) as Answer;
}

async function checked(current: Uint8Array, reference: Uint8Array, name: string): Promise<void> {
  const upload = (data: Uint8Array, as: string) => call('POST', `/api/v1/datasets?name=${encodeURIComponent(as)}`, data);
  const sides = [await upload(current, `${name} now`), await upload(reference, `${name} before`)];
  const check = await call('POST', '/api/v1/checks', {
    current: { dataset: sides[0]?.id },
    reference: { dataset: sides[1]?.id },
  });
  while ((await call('GET', `/api/v1/checks/${check.id}`)).state !== 'done') await new Promise((go) => setTimeout(go, 100));
}

/** A table with one column of a hostile name that moved. */
function hostile(shift: number): Uint8Array {
  const rows = Array.from({ length: 2_000 }, (_, index) => `${(index % 97) + shift},${index % 7}`);
  return new TextEncoder().encode(`"${HOSTILE}",other\n${rows.join('\n')}\n`);
}

beforeAll(async () => {
  service = await TestService.start();
  token = /dl_[0-9a-f]+/.exec(await service.run('token', 'create', 'test', '--role', 'owner'))?.[0] ?? '';
  const [january, july] = await Promise.all(
    ['01', '07'].map((month) => readFile(`${SAMPLES}/flights-2013-${month}.csv`)),
  );
  if (january === undefined || july === undefined) throw new Error('the samples are not there');
  await checked(july, january, 'flights');
  browser = await TestBrowser.open(service.url, 1440, 900);
  viewer = await TestBrowser.open(service.url, 390, 844);
  const page = await browser.page(service.link);
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await page.close();
  const invitation = await call('POST', '/api/v1/users', { email: 'grace@example.com', role: 'viewer' });
  const phone = await viewer.page(String(invitation.link));
  await phone.getByRole('navigation', { name: 'Main' }).waitFor();
  await phone.close();
});

afterAll(async () => {
  await browser?.close();
  await viewer?.close();
  await service?.stop();
});

const rows = (page: Page) => page.getByRole('table', { name: 'Findings' }).getByRole('row');
const pane = (page: Page) => page.getByRole('article', { name: 'Finding' });

describe('the inbox', () => {
  it('lists what is open and shows why it was raised', async () => {
    const page = await browser.page('/findings');
    await page.getByText(/\d+ open findings, \d+ high/).waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'findings');
    // The first row is the incident that all of them belong to.
    for (const key of ['j', 'j', 'j', 'Enter']) await page.keyboard.press(key);
    await page.waitForURL('**/findings?finding=*');
    await pane(page).getByText('Rows that would have to change place').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'findings-chosen');
    const href = await pane(page).getByRole('link', { name: 'See the column' }).getAttribute('href');
    expect(href).toMatch(/^\/checks\/[0-9a-f]+\/columns\/\w+$/);
    await page.keyboard.press('Escape');
    await page.waitForURL(/\/findings$/);
    await page.close();
  });

  it('is worked through by keyboard: acknowledge, comment with a mention, resolve', async () => {
    const page = await browser.page('/findings?grouped=no');
    await rows(page).first().waitFor();
    const before = await rows(page).count();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await pane(page).waitFor();
    const message = await pane(page).getByRole('heading', { level: 2 }).innerText();
    await page.keyboard.press('c');
    const box = page.getByRole('textbox', { name: 'Comment' });
    await box.pressSequentially('Please look, @gra');
    await page.getByRole('option', { name: /grace@example.com/ }).waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'findings-mention');
    await page.keyboard.press('Enter');
    expect(await box.inputValue()).toBe('Please look, @grace@example.com ');
    await page.keyboard.press('Control+Enter');
    await page.locator('.mention', { hasText: '@grace@example.com' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('i');
    await pane(page).getByText('took this on').waitFor();
    await page.keyboard.press('a');
    // The next one takes its place, here and in what is shown.
    await expect.poll(() => pane(page).getByRole('heading', { level: 2 }).innerText()).not.toBe(message);
    await expect.poll(() => rows(page).count()).toBe(before - 1);
    await page.keyboard.press('Escape');
    await page.getByRole('navigation', { name: 'State' }).getByRole('link', { name: 'Acknowledged' }).click();
    await page.getByText('1 acknowledged finding').waitFor();
    await rows(page).first().getByRole('link').click();
    await pane(page).getByText('acknowledged this').waitFor();
    await pane(page).getByRole('button', { name: 'Resolve' }).click();
    await pane(page).getByText(/Closed by Owner/).waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'findings-resolved');
    await page.close();
  });

  it('changes several at once and hears of it live elsewhere', async () => {
    const [page, other] = [await browser.page('/findings?grouped=no&severity=medium'), await browser.page('/findings?grouped=no')];
    await rows(page).first().waitFor();
    await rows(other).first().waitFor();
    const [narrow, all] = [await rows(page).count(), await rows(other).count()];
    expect(narrow).toBeLessThan(all);
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.keyboard.press('Shift+ArrowDown');
    await page.getByText('2 findings selected').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'findings-bulk');
    await page.getByRole('toolbar').getByRole('button', { name: 'Mute' }).click();
    await expect.poll(() => rows(page).count()).toBe(narrow - 2);
    await expect.poll(() => rows(other).count()).toBe(all - 2);
    await page.close();
    await other.close();
  });

  it('says so when somebody else was quicker, and lets try again', async () => {
    const page = await browser.page('/findings?grouped=no');
    await rows(page).first().waitFor();
    let isFirst = true;
    await page.route('**/api/v1/findings/*', async (route) => {
      if (route.request().method() !== 'PATCH' || !isFirst) return route.continue();
      isFirst = false;
      const path = new URL(route.request().url()).pathname;
      const { finding } = (await call('GET', path)) as unknown as { finding: { version: number } };
      await call('PATCH', path, { version: finding.version, state: 'acknowledged' });
      return route.continue();
    });
    await rows(page).first().getByRole('link').click();
    await pane(page).getByRole('button', { name: 'Resolve' }).click();
    await pane(page).getByText('Somebody else has changed this meanwhile').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'findings-conflict');
    await pane(page).getByRole('button', { name: 'Make it all the same' }).click();
    await pane(page).getByText(/Closed by/).waitFor();
    await page.close();
  });

  it('keeps its view in the address and says when nothing fits', async () => {
    const page = await browser.page('/findings?grouped=no');
    await rows(page).first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('dest');
    await page.waitForURL('**/findings?grouped=no&q=dest');
    await expect.poll(() => rows(page).count()).toBeLessThan(4);
    await page.getByRole('searchbox').fill('nothing is called this');
    await page.getByText('Nothing fits the filter').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('link', { name: 'Clear it' }).click();
    await expect.poll(() => rows(page).count()).toBeGreaterThan(4);
    await page.close();
  });

  it('shows hostile names as names, and new findings when they come', async () => {
    const page = await browser.page('/findings?grouped=no');
    await rows(page).first().waitFor();
    await checked(hostile(40), hostile(0), 'hostile');
    await page.getByRole('button', { name: /Show \d+ new finding/ }).click();
    await rows(page).filter({ hasText: 'right to left' }).first().getByRole('link').click();
    await pane(page).waitFor();
    await expect.poll(() => page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(await violations(page)).toEqual([]);
    expect(await turnedTexts(page)).toEqual([]);
    await pictures(page, 'findings-hostile');
    await page.close();
  });

  it('groups by incident, and decides about all of one at once', async () => {
    const page = await browser.page('/findings?state=all');
    await rows(page).filter({ hasText: 'columns of flights now moved' }).getByRole('link').click();
    const incident = page.getByRole('article', { name: 'Incident' });
    await incident.waitFor();
    await incident.getByRole('switch', { name: 'This was a real problem in the data' }).click();
    await incident.getByText('confirmed that this was a real problem in the data').waitFor();
    await rows(page).filter({ hasText: 'columns of flights now moved' }).getByText('real problem').waitFor();
    await incident.getByRole('button', { name: 'Resolve' }).click();
    await incident.getByText(/resolved this, with \d+ of its findings/).waitFor();
    // What was decided about the incident holds for its findings, in the list, too.
    await expect.poll(() => rows(page).filter({ hasText: 'flights' }).getByText('open', { exact: true }).count()).toBe(0);
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'findings-incident');
    const before = await rows(page).count();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => rows(page).count()).toBeLessThan(before);
    await page.close();
  });
});

describe('a viewer on a phone', () => {
  it('reads, and is told who may do more', async () => {
    const page = await viewer.page('/findings');
    await rows(page).first().waitFor();
    expect(await page.getByRole('checkbox').count()).toBe(0);
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'findings-phone');
    await rows(page).nth(2).getByRole('link').click();
    await pane(page).getByText('Editors acknowledge, resolve and comment; you may read.').waitFor();
    expect(await pane(page).getByRole('button', { name: /Acknowledge|Resolve|Mute|Comment|Assign/ }).count()).toBe(0);
    await expect.poll(() => page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'findings-phone-chosen');
    await page.getByRole('button', { name: 'Findings' }).click();
    await rows(page).first().waitFor();
    await page.close();
  });
});

it('does nothing that the policy forbids', () => {
  expect([...browser.offences, ...viewer.offences]).toEqual([]);
});
