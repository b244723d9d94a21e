import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { TestBrowser, pictures, turnedTexts, violations } from './browser';
import { PROGRAM } from './service';

const SAMPLES = resolve(import.meta.dirname, '../../../samples/flights');
/** What an exported report may weigh, however many rows were compared. */
const MOST_BYTES = 500_000;

let folder: string;
let browser: TestBrowser;

/** Compares two files and writes the report as HTML. A check that finds something ends with 1. */
async function exported(current: string, reference: string, cwd: string): Promise<string> {
  const path = join(folder, `${Math.random().toString(36).slice(2)}.html`);
  const done = promisify(execFile)(PROGRAM, ['check', current, '--against', reference, '-o', path, '--quiet'], { cwd });
  await done.catch((error: { code?: number }) => expect(error.code).toBe(1));
  return path;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'driftline-export-'));
  browser = await TestBrowser.open('file://');
});

afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the report as one file', () => {
  it('opens without a service and says what the dashboard says', async () => {
    const path = await exported('flights-2013-07.csv', 'flights-2013-01.csv', SAMPLES);
    expect((await stat(path)).size).toBeLessThan(MOST_BYTES);
    const page = await browser.context.newPage();
    await page.goto(pathToFileURL(path).href);
    await page.getByRole('heading', { level: 1, name: /columns drifted/ }).waitFor();
    await page.getByText('(verified)').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'export');

    await page.getByRole('link', { name: 'Insights' }).click();
    expect(page.url()).toContain('#tab=insights');
    await page.goBack();
    await page.getByRole('link', { name: 'dep_delay' }).first().click();
    await page.getByRole('heading', { name: /dep_delay/ }).first().waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'export-column');
    await page.reload();
    await page.getByRole('heading', { name: /dep_delay/ }).first().waitFor();
    await page.close();
  });

  it('prints all columns', async () => {
    const path = await exported('flights-2013-07.csv', 'flights-2013-01.csv', SAMPLES);
    const page = await browser.context.newPage();
    await page.goto(pathToFileURL(path).href);
    await page.getByRole('heading', { level: 1, name: /columns drifted/ }).waitFor();
    const paper = await page.pdf({ format: 'A4' });
    expect(paper.subarray(0, 5).toString()).toBe('%PDF-');
    await page.close();
  });

  it('notices that it was changed', async () => {
    const path = await exported('flights-2013-07.csv', 'flights-2013-01.csv', SAMPLES);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace(/data-sha256="[0-9a-f]{4}/, 'data-sha256="0000'));
    const page = await browser.context.newPage();
    await page.goto(pathToFileURL(path).href);
    await page.getByRole('alert').getByText('was changed').waitFor();
    await page.close();
  });

  it('can be read without scripts', async () => {
    const path = await exported('flights-2013-07.csv', 'flights-2013-01.csv', SAMPLES);
    const text = await readFile(path, 'utf8');
    expect(text).toContain('<caption>Columns worth a look</caption>');
    expect(text).toContain('<td>dep_delay</td>');
  });

  it('shows hostile text as text', async () => {
    const name = `"<script>alert(1)</script>${'x'.repeat(10_000)}"`;
    const table = (shift: number) =>
      `${name},"=cmd|' /C calc'!A0",\u202Eevil,🦀\n` +
      Array.from(
        { length: 500 },
        (_, row) => `${row + shift},"<img src=x onerror=alert(1)>",@a${row % 3},${row % 7}\n`,
      ).join('');
    await writeFile(join(folder, 'reference.csv'), table(0));
    await writeFile(join(folder, '<b>current.csv'), table(900));
    const path = await exported('<b>current.csv', 'reference.csv', folder);
    const page = await browser.context.newPage();
    page.on('dialog', () => browser.offences.push('a dialog was opened'));
    await page.setViewportSize({ width: 390, height: 800 });
    await page.goto(pathToFileURL(path).href);
    await page.getByText('(verified)').waitFor();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(390);
    expect(await turnedTexts(page)).toEqual([]);
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'export-hostile');
    await page.close();
  });

  it('does nothing that the policy forbids', () => {
    expect(browser.offences).toEqual([]);
  });
});
