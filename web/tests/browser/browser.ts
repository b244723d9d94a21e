import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { type BrowserContext, type Page, chromium } from 'playwright-core';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const SCREENSHOTS = resolve(import.meta.dirname, '../../screenshots');
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A browser of its own, which notes everything that must never happen. */
export class TestBrowser {
  /** Errors of scripts, breaches of the content policy, requests to other hosts. */
  readonly offences: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    private readonly profile: string,
    private readonly origin: string,
  ) {}

  static async open(origin: string, width = 1280, height = 860): Promise<TestBrowser> {
    const profile = await mkdtemp(join(tmpdir(), 'driftline-chromium-'));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: CHROMIUM,
      headless: true,
      args: ARGS,
      viewport: { width, height },
      acceptDownloads: true,
      // Colours are looked at: none may be on its way to another one.
      reducedMotion: 'reduce',
    });
    const browser = new TestBrowser(context, profile, origin);
    context.setDefaultTimeout(15_000);
    context.on('page', (page) => browser.#watch(page));
    for (const page of context.pages()) browser.#watch(page);
    return browser;
  }

  /** A new page of the dashboard, or of the address that is given. */
  async page(path = '/'): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(new URL(path, this.origin).href);
    return page;
  }

  async close(): Promise<void> {
    await this.context.close();
    await rm(this.profile, { recursive: true, force: true });
  }

  #watch(page: Page): void {
    page.on('pageerror', (error) => this.offences.push(`error: ${error.message}`));
    page.on('console', (message) => {
      // An answer of 4xx that a page deals with is written to the console by the browser itself.
      const isAnswer = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isAnswer) this.offences.push(`console: ${message.text()}`);
    });
    page.on('request', (request) => {
      const url = new URL(request.url());
      const isOurs = url.origin === this.origin || ['data:', 'blob:', 'file:', 'about:'].includes(url.protocol);
      if (!isOurs) this.offences.push(`request to ${url.origin}`);
    });
  }
}

/** Lets real files go over the page, as from the desktop. */
export async function dropFiles(page: Page, files: string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const at = { x: 500, y: 330, data: { items: [], files, dragOperationsMask: 1 } };
  await session.send('Input.dispatchDragEvent', { type: 'dragEnter', ...at });
  await page.locator('.over').first().waitFor();
  for (const type of ['dragOver', 'drop'] as const) await session.send('Input.dispatchDragEvent', { type, ...at });
}

/** Violations of the rules of accessibility on a page, in words; empty when there are none. */
export async function violations(page: Page): Promise<string[]> {
  // The content policy of the page holds for its own scripts; this one is put in from outside.
  const axe = await import('node:fs/promises').then((fs) => fs.readFile(AXE, 'utf8'));
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const run = (globalThis as unknown as { axe: typeof import('axe-core') }).axe.run;
    const { violations } = await run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 200)} ${node.failureSummary ?? ''}`),
    );
  });
}

/** Texts and titles on the page with characters that turn the direction of what stands around them. */
export function turnedTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const texts: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) texts.push(node.textContent ?? '');
    const titles = [...document.querySelectorAll<HTMLElement>('[title]')].map((element) => element.title);
    return [...texts, ...titles].filter((text) => /[\u202a-\u202e\u2066-\u2069]/.test(text)).map((text) => text.slice(0, 200));
  });
}

/** The pictures of the manual, made anew by `make pictures`. */
const MANUAL = resolve(import.meta.dirname, '../../../docs/src/images/dashboard');
const IN_MANUAL = new Set([
  'admin-system',
  'baseline',
  'check',
  'check-running',
  'check-settings-preview',
  'column',
  'contract-changed',
  'data',
  'findings-chosen',
  'home',
]);

/** Takes pictures of the page in both themes; they are looked at by people and shown in the manual. */
export async function pictures(page: Page, name: string): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true });
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.screenshot({ path: join(SCREENSHOTS, `${name}-${scheme}.png`), fullPage: true, animations: 'disabled' });
  }
  await page.emulateMedia({ colorScheme: 'light' });
  if (process.env.PICTURES !== undefined && IN_MANUAL.has(name)) {
    await mkdir(MANUAL, { recursive: true });
    await page.screenshot({ path: join(MANUAL, `${name}.png`), animations: 'disabled' });
  }
}
