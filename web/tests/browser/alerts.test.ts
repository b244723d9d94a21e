import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { AlertRule, Channel, Delivery } from '../../src/api/schema';
import { sample, TestApi } from './api';
import { TestBrowser, pictures, turnedTexts, violations } from './browser';
import { Receiver } from './receiver';
import { TestService } from './service';

const HOSTILE = `<img src=x> \u202Eturned ${'long '.repeat(10)}🛩️`;
const SECRET = 'Bearer of-the-receiver';
let service: TestService;
let api: TestApi;
let receiver: Receiver;
let browser: TestBrowser;
let viewer: TestBrowser;

const fitsWidth = (page: Page) => page.evaluate('document.documentElement.scrollWidth <= innerWidth');
const channels = () => api.ask<Channel[]>('GET', '/api/v1/channels');
const rules = () => api.ask<AlertRule[]>('GET', '/api/v1/alert-rules');

beforeAll(async () => {
  receiver = await Receiver.open();
  service = await TestService.start('serve', { DRIFTLINE_ALERTS_ALLOW_PRIVATE_ADDRESSES: 'true' });
  api = await TestApi.of(service, 'owner');
  await api.compare(await sample('flights/flights-2013-07.csv'), await sample('flights/flights-2013-01.csv'));
  browser = await TestBrowser.open(service.url, 1440, 900);
  viewer = await TestBrowser.open(service.url, 390, 844);
  const page = await browser.page(service.link);
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  await page.close();
  const { link } = await api.ask<{ link: string }>('POST', '/api/v1/users', { email: 'grace@example.com', role: 'viewer' });
  const phone = await viewer.page(link);
  await phone.getByRole('navigation', { name: 'Main' }).waitFor();
  await phone.close();
});

afterAll(async () => {
  await browser?.close();
  await viewer?.close();
  await service?.stop();
  await receiver?.close();
});

// A page that a failed test leaves behind keeps a connection, of which a browser has few.
afterEach(async () => {
  for (const page of [browser, viewer].flatMap((one) => one.context.pages().slice(1))) await page.close();
});

describe('channels', () => {
  it('are made from the fields of their kind, with the message in sight', async () => {
    const page = await browser.page('/');
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Alerts' }).click();
    // A workspace begins with notices in the dashboard.
    await page.getByText(/^High and critical incidents go to 1 channel; /).waitFor();
    for (const rule of await rules()) await api.ask('DELETE', `/api/v1/alert-rules/${rule.id}`);
    for (const channel of await channels()) await api.ask('DELETE', `/api/v1/channels/${channel.id}`);
    await page.getByText('Nobody is told yet: there is no channel.').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'alerts-empty');
    await page.getByRole('link', { name: 'New channel' }).click();
    await page.getByLabel('Kind').selectOption({ label: 'Webhook' });
    await page.getByLabel('Name', { exact: true }).fill('Data team');
    await page.getByRole('textbox', { name: 'Address' }).fill(receiver.url);
    await page.getByLabel(/Authorization/i).fill(SECRET);
    const preview = page.getByRole('region', { name: 'Preview of the message' });
    await expect.poll(() => preview.textContent()).toContain('"heading"');
    await page.getByText('Write it yourself').click();
    const template = page.getByLabel(/Template: body/);
    await template.fill('{"text": {{ heading }');
    await page.getByText(/cannot be used/).waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'alerts-channel-template');
    await template.fill('{"text": {{ heading }}, "about": {{ link }}}');
    await expect.poll(() => preview.textContent()).toContain('"about"');
    await page.getByText(/cannot be used/).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Make the channel' }).click();
    await page.getByText('nothing sent yet').waitFor();
    await page.getByText('Nobody is told yet: 1 channel waits for a rule.').waitFor();
    await page.close();
  });

  it('are tried, and say in place what came of it', async () => {
    const page = await browser.page('/alerts');
    await page.getByRole('button', { name: 'Send a test to Data team' }).click();
    await page.getByText('The test arrived').waitFor();
    expect(receiver.received.at(-1)).toMatchObject({ event: 'test', authorization: SECRET });
    expect(JSON.parse(receiver.received.at(-1)?.body ?? '')).toHaveProperty('about');
    receiver.status = 410;
    await page.getByRole('button', { name: 'Send a test to Data team' }).click();
    await page.getByText('The test did not arrive:').waitFor();
    await page.getByText('Nothing listens at that address: change it in the channel.').waitFor();
    await page.getByRole('link', { name: /^given up.*deliveries to Data team/ }).waitFor();
    receiver.status = 204;
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'alerts-channels');
    await page.close();
  });

  it('keep secrets that are not written again, and ask for them when the place changes', async () => {
    const page = await browser.page('/alerts');
    await page.getByRole('link', { name: 'Data team', exact: true }).click();
    const secret = page.getByLabel(/Authorization/i).first();
    expect(await secret.inputValue()).toBe('');
    await page.getByLabel('Name', { exact: true }).fill('The data team');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('link', { name: 'The data team', exact: true }).click();
    const address = page.getByRole('textbox', { name: 'Address' });
    await address.fill(`${receiver.url}/elsewhere`);
    await page.getByText('The place has changed: write it again, or remove it.').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'alerts-channel-moved');
    await address.fill(receiver.url);
    // Somebody else has changed it meanwhile.
    const [channel] = await channels();
    const change = { version: channel?.version, name: 'Changed elsewhere' };
    await api.ask('PATCH', `/api/v1/channels/${channel?.id}`, change);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('changed meanwhile by somebody else').waitFor();
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('The data team');
    await page.getByRole('button', { name: 'Save mine all the same' }).click();
    await page.getByRole('button', { name: 'Send a test to The data team' }).click();
    await page.getByText('The test arrived').waitFor();
    expect(receiver.received.at(-1)?.authorization).toBe(SECRET);
    await page.close();
  });
});

describe('rules', () => {
  it('are tried on past incidents while they are written', async () => {
    const page = await browser.page('/alerts?tab=rules');
    await page.getByText('There is no rule yet').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('link', { name: 'New rule' }).first().click();
    await page.getByLabel('Name', { exact: true }).fill('Everything that matters');
    const effect = page.getByRole('region', { name: 'What it would have done' });
    await page.getByLabel('Severity').selectOption('low');
    await effect.getByText('It would have told of the only incident so far.').waitFor();
    await page.getByLabel('Columns', { exact: true }).fill('no_such_column');
    await page.getByLabel('Columns', { exact: true }).press('Enter');
    await effect.getByText('nobody would have been told').waitFor();
    await page.getByRole('button', { name: 'Take out no_such_column' }).click();
    await page.getByRole('switch', { name: /^Quiet hours/ }).click();
    await page.getByLabel('Time zone').fill('UTC');
    await page.getByRole('button', { name: 'Add a step' }).click();
    await page.getByRole('group', { name: 'Also tell' }).getByRole('checkbox').check();
    await effect.getByText('It would have told of the only incident so far.').waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'alerts-rule');
    await page.getByRole('button', { name: 'Make the rule' }).click();
    await page.getByText(/^All incidents go to 1 channel; quiet from 22:00 to 07:00; (the last|no) alert/).waitFor();
    const [rule] = await rules();
    expect(rule?.settings).toMatchObject({ min_severity: 'low', columns: [], quiet: { time_zone: 'UTC' } });
    expect(rule?.settings.escalation).toMatchObject([{ after_mins: 15 }]);
    await page.close();
  });

  it('are put in order by buttons and by keys', async () => {
    const [channel] = await channels();
    await api.ask('POST', '/api/v1/alert-rules', { name: HOSTILE, min_severity: 'critical', channels: [channel?.id], stops: true });
    const page = await browser.page('/alerts?tab=rules');
    const lines = page.getByRole('list', { name: 'Rules' }).getByRole('listitem');
    await expect.poll(() => lines.count()).toBe(2);
    await page.getByRole('button', { name: /^Move Everything that matters down/ }).click();
    await expect.poll(async () => (await rules()).map((rule) => rule.settings.name)).toEqual([HOSTILE, 'Everything that matters']);
    expect(await turnedTexts(page)).toEqual([]);
    await page.getByRole('link', { name: 'Everything that matters' }).press('Alt+ArrowUp');
    await expect.poll(async () => (await rules())[0]?.settings.name).toBe('Everything that matters');
    await expect.poll(() => lines.first().textContent()).toContain('Everything that matters');
    // The rule keeps the focus on its way.
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Everything that matters');
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'alerts-rules');
    await page.close();
  });

  it('are switched off and deleted', async () => {
    const page = await browser.page('/alerts?tab=rules');
    await page.getByRole('switch', { name: /^Everything that matters/ }).click();
    await expect.poll(async () => (await rules())[0]?.settings.enabled).toBe(false);
    await page.getByRole('switch', { name: /^Everything that matters/ }).click();
    await expect.poll(async () => (await rules())[0]?.settings.enabled).toBe(true);
    await page.getByRole('list', { name: 'Rules' }).getByRole('link').last().click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete rule' }).click();
    await expect.poll(async () => (await rules()).length).toBe(1);
    await page.close();
  });

  it('hold a channel that they tell', async () => {
    const page = await browser.page('/alerts');
    await page.getByRole('link', { name: 'The data team', exact: true }).click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete channel' }).click();
    await page.getByText('It is still told by the rule “Everything that matters”').waitFor();
    expect(await violations(page)).toEqual([]);
    expect((await channels()).length).toBe(1);
    await page.close();
  });
});

describe('deliveries', () => {
  it('are listed with what became of them, and sent again', async () => {
    const [rule] = await rules();
    const settings = { ...rule?.settings, quiet: null };
    await api.ask('PUT', `/api/v1/alert-rules/${rule?.id}`, { version: rule?.version, settings });
    receiver.status = 410;
    const now = await sample('flights/flights-2013-01.csv');
    await api.compare(['winter.csv', now[1]], ['summer.csv', (await sample('flights/flights-2013-07.csv'))[1]]);
    const page = await browser.page('/alerts?tab=deliveries&state=failed');
    const lines = page.getByRole('list', { name: 'Deliveries' }).getByRole('listitem');
    await lines.filter({ hasText: 'new incident' }).first().waitFor();
    await page.getByText(/the last alert did not arrive/).waitFor();
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'alerts-deliveries');
    receiver.status = 204;
    await lines.filter({ hasText: 'new incident' }).first().getByRole('button', { name: /^Try again/ }).click();
    await page.getByText(/the last alert arrived/).waitFor();
    expect(receiver.received.at(-1)?.event).toBe('raised');
    await page.getByRole('link', { name: 'All', exact: true }).click();
    await lines.filter({ hasText: 'new incident' }).getByText('arrived').first().waitFor();
    await lines.filter({ hasText: 'new incident' }).first().getByRole('link').click();
    await page.getByRole('article', { name: 'Incident' }).waitFor();
    await page.close();
  });

  it('go on where a page ends', async () => {
    const [channel] = await channels();
    for (let sent = 0; sent < 55; sent += 1) await api.ask('POST', `/api/v1/channels/${channel?.id}/test`);
    const page = await browser.page('/alerts?tab=deliveries');
    const lines = page.getByRole('list', { name: 'Deliveries' }).getByRole('listitem');
    await expect.poll(() => lines.count()).toBe(50);
    await page.getByRole('button', { name: 'Show older ones' }).click();
    await expect.poll(() => lines.count()).toBeGreaterThan(55);
    const before = await lines.count();
    await api.ask<Delivery>('POST', `/api/v1/channels/${channel?.id}/test`);
    await expect.poll(() => lines.count()).toBe(before + 1);
    await page.getByLabel('Channel').selectOption({ label: 'The data team' });
    await page.waitForURL('**of=*');
    await page.close();
  });
});

describe('on a phone, for who only reads', () => {
  it('everything is in sight, and nothing to press that is refused', async () => {
    const page = await viewer.page('/alerts');
    await page.getByText('The data team').first().waitFor();
    expect(await page.getByRole('button', { name: /^Send a test/ }).count()).toBe(0);
    expect(await page.getByRole('link', { name: 'New channel' }).count()).toBe(0);
    expect(await violations(page)).toEqual([]);
    expect(await fitsWidth(page)).toBe(true);
    await pictures(page, 'alerts-phone-channels');
    await page.getByRole('link', { name: /^Rules/ }).click();
    await page.getByText('Everything that matters').waitFor();
    expect(await page.getByRole('button', { name: /^Move/ }).count()).toBe(0);
    expect(await violations(page)).toEqual([]);
    expect(await fitsWidth(page)).toBe(true);
    await page.getByRole('link', { name: 'Deliveries', exact: true }).click();
    await page.getByRole('list', { name: 'Deliveries' }).waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await fitsWidth(page)).toBe(true);
    await page.close();
  });

  it('the forms fit for who changes them', async () => {
    const page = await browser.page('/alerts?tab=rules');
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole('link', { name: 'Everything that matters' }).click();
    await page.getByRole('region', { name: 'What it would have done' }).getByText(/It would have told/).waitFor();
    expect(await fitsWidth(page)).toBe(true);
    await pictures(page, 'alerts-phone-rule');
    await page.goto(`${service.url}/alerts?tab=deliveries`);
    await page.getByRole('list', { name: 'Deliveries' }).waitFor();
    expect(await fitsWidth(page)).toBe(true);
    await pictures(page, 'alerts-phone-deliveries');
    await page.goto(`${service.url}/alerts?channel=new`);
    await page.getByLabel('Kind').waitFor();
    expect(await fitsWidth(page)).toBe(true);
    expect(await violations(page)).toEqual([]);
    await pictures(page, 'alerts-phone-channel');
    await page.close();
  });
});

it('does nothing that the policy forbids', () => {
  expect([...browser.offences, ...viewer.offences]).toEqual([]);
});
