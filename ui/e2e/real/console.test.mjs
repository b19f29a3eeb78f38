// The console against the real server with the demo's data: the first start's
// link, and an operator who serves a visitor of the shop from its screens.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { launch } from '../browser.mjs';
import { Node, password } from './node.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const screens = path.resolve(import.meta.dirname, process.env.SCREENS ?? '../../../artifacts/screens');
mkdirSync(screens, { recursive: true });
let node;
let browser;

before(async () => {
  node = await Node.start({}, '--demo');
  browser = await launch();
});

after(async () => {
  await browser?.close();
  assert.equal(await node?.stop(), 0, 'the server stops cleanly');
});

async function open(address, extra = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB', reducedMotion: 'reduce', ...extra });
  const tab = await context.newPage();
  tab.problems = [];
  tab.on('pageerror', (e) => tab.problems.push(e.message));
  await tab.goto(new URL(address, node.url).href);
  return tab;
}

async function close(tab) {
  assert.deepEqual(tab.problems, []);
  await tab.context().close();
}

/** Signs in at the login screen and comes to a page of the console. */
async function signIn(address, name, secret, extra) {
  const tab = await open(address, extra);
  await tab.getByLabel('User name').fill(name);
  await tab.getByLabel('Password').fill(secret);
  await tab.getByRole('button', { name: 'Sign in' }).click();
  await tab.waitForURL((url) => url.pathname.startsWith('/console') && !url.pathname.endsWith('/callback'));
  return tab;
}

const admin = (address) => signIn(address, 'admin', password);

/** What the Public API answers to the one who is signed in. */
const ask = (tab, method, at, body) =>
  tab.evaluate(
    async ([method, at, body]) => {
      const stored = Object.values(sessionStorage).map((v) => { try { return JSON.parse(v); } catch { return {}; } }).find((v) => v?.accessToken ?? v?.access_token);
      const r = await fetch(`/public/api/v1/${at}`, {
        method, headers: { Authorization: `Bearer ${stored.accessToken ?? stored.access_token}`, ...(body && { 'Content-Type': 'application/json' }) }, ...(body && { body: JSON.stringify(body) }),
      });
      const text = await r.text();
      return text ? JSON.parse(text) : undefined;
    },
    [method, at, body],
  );

/** A page in light and dark and on a phone: a picture of each, and no barrier by axe (WCAG 2.2 AA). */
async function looks(tab, name) {
  const sizes = { light: [1280, 800, 'light'], dark: [1280, 800, 'dark'], narrow: [390, 800, 'light'] };
  for (const [look, [width, height, colorScheme]] of Object.entries(sizes)) {
    await tab.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await tab.setViewportSize({ width, height });
    await tab.waitForTimeout(150);
    await shot(tab, `${name}-${look}`);
    await tab.evaluate(axe);
    const { violations } = await tab.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
    assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(' | ')}`), [], `${name}, ${look}`);
    const over = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(over <= 0, `${name}, ${look}: ${over} pixels too wide`);
  }
  await tab.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await tab.setViewportSize({ width: 1280, height: 800 });
}

const shot = (tab, name) => tab.screenshot({ path: `${screens}/real-${name}.png` });

/** The set-up link that the server has printed. */
async function setupLink() {
  for (;;) {
    const found = /http:\S+\/login\/setup\?token=\w+/.exec(node.log);
    if (found) return found[0];
    await new Promise((resolve) => node.process.stderr.once('data', resolve));
  }
}

test('the link of the first start makes the administrator, once', async () => {
  const link = await setupLink();
  const tab = await open(link);
  for (const field of await tab.locator('input[type=password]').all()) await field.fill(password);
  await shot(tab, 'setup');
  await tab.locator('button[type=submit]').click();
  await tab.waitForURL(/\/console\/inbox/);
  await tab.getByText('Ines Costa').first().waitFor();
  await tab.getByText('Accounts').first().waitFor();
  await close(tab);
  const again = await open(link);
  assert.equal(await again.locator('input[type=password]').count(), 0);
  await close(again);
});

test('an operator serves a visitor from the console', async () => {
  const operator = await open('/console/');
  await operator.getByLabel('User name').fill('jana');
  await operator.getByLabel('Password').fill('demo-demo');
  await operator.getByRole('button', { name: 'Sign in' }).click();
  await operator.waitForURL(/\/console\/inbox/);
  await operator.getByText('Ines Costa').first().waitFor();

  const visitor = await open('/demo/shop/');
  const panel = visitor.locator('switchboard-panel');
  await visitor.locator('switchboard-widget .button').click();
  await panel.locator('#first').fill('Is the teapot safe in a dishwasher?');
  await panel.locator('#first').press('Enter');

  await operator.getByText('Is the teapot safe').first().click();
  await operator.locator('footer').getByRole('button', { name: 'Accept' }).waitFor(); // of the conversation, not of its row
  await operator.keyboard.press('a');
  await panel.getByText('Jana Dvořáková joined').waitFor();
  await operator.locator('textarea').first().fill('It is, and so are the cups.');
  await operator.locator('textarea').first().press('Enter');
  await panel.getByText('It is, and so are the cups.').waitFor();
  await panel.locator('.composer textarea').fill('Then I take two.');
  await panel.locator('.composer textarea').press('Enter');
  await operator.getByText('Then I take two.').last().waitFor();
  await shot(operator, 'console');
  await shot(visitor, 'widget');

  await operator.getByRole('button', { name: 'End', exact: true }).click();
  const dialog = operator.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Result' }).fill('Sold');
  await dialog.getByRole('textbox', { name: 'Note' }).fill('Two teapots.');
  await shot(operator, 'console-end');
  await dialog.getByRole('button', { name: 'End conversation' }).click();
  await panel.getByText('How did it go?').waitFor();
  await operator.getByRole('link', { name: 'History' }).click();
  await operator.getByText('Sold').first().waitFor();
  await shot(operator, 'console-history');
  await close(visitor);
  await close(operator);
});

test('accounts are imported, found, signed out, given passwords, blocked, deleted and restored', async () => {
  const tab = await admin('/console/settings/accounts');
  await tab.getByRole('button', { name: 'Import', exact: true }).click();
  const rows = Array.from({ length: 160 }, (_, i) => `walker${String(i).padStart(3, '0')};long enough ${i};user;Walker ${i}`);
  rows.splice(80, 0, 'bad name;secret words;user;', 'king;secret words;king;', ';;;');
  await tab.locator('input[type=file]').setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(`name;password;role;displayName\n${rows.join('\n')}\n`) });
  await shot(tab, 'import-chosen');
  const dialog = tab.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Import', exact: true }).click();
  await dialog.getByText('163 of 163 rows').waitFor({ timeout: 60_000 });
  await dialog.getByText('160 accounts made').waitFor();
  await dialog.getByRole('cell', { name: 'king' }).waitFor();
  await looks(tab, 'import');
  const [report] = await Promise.all([tab.waitForEvent('download'), dialog.getByRole('button', { name: 'Download the refused rows' }).click()]);
  const text = readFileSync(await report.path(), 'utf8');
  assert.match(text, /^\ufeffline,name,reason\r\n82,bad name,.+\r\n83,king,.+\r\n84,,.+\r\n$/);
  await dialog.getByRole('button', { name: 'Done' }).click();

  await tab.getByText(/16\d accounts|17\d accounts/).waitFor();
  assert.ok((await tab.getByRole('row').count()) < 60, 'only what is on screen exists');
  await looks(tab, 'accounts');
  await tab.locator('main').evaluate((m) => m.scrollTo(0, m.scrollHeight));
  await tab.getByText('Walker 159').waitFor();
  await tab.getByLabel('Name or username').fill('walker 42');
  await tab.getByText('1 account', { exact: true }).waitFor();
  await tab.getByRole('link', { name: 'Walker 42' }).click();
  await tab.getByText('Not signed in anywhere.').waitFor();

  const { id } = (await ask(tab, 'GET', 'Accounts?search=walker042'))[0];
  await tab.evaluate(async () => {
    for (const deviceType of ['android', 'web'])
      await fetch('/platform/api/v1/sandbox/register', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ licenseKey: 'trial', userIdentifier: 'walker042', deviceType }) });
  });
  assert.equal((await ask(tab, 'GET', `Accounts/${id}/devices`)).length, 2, 'two devices are registered');
  const drawer = tab.getByRole('dialog').first();
  await drawer.getByText('Android').waitFor();
  await looks(tab, 'account');
  await drawer.getByRole('button', { name: 'Sign out Android' }).click();
  await shot(tab, 'account-revoke');
  await tab.getByRole('dialog', { name: 'Sign out this device?' }).getByRole('button', { name: 'Sign out' }).click();
  await drawer.getByText('Android').waitFor({ state: 'detached' });
  await drawer.getByText('Browser').waitFor();

  await drawer.getByRole('button', { name: 'New password' }).click();
  await tab.getByRole('dialog', { name: 'New password for walker042' }).getByRole('button', { name: 'New password' }).click();
  const made = tab.getByRole('dialog', { name: 'New password for walker042' });
  const secret = await made.locator('code').last().textContent();
  assert.match(secret, /^\S{16,}$/);
  await shot(tab, 'account-password');
  await made.getByRole('button', { name: 'Done' }).click();

  await drawer.getByRole('button', { name: 'Block', exact: true }).click();
  await tab.getByRole('dialog', { name: 'Block walker042?' }).getByRole('button', { name: 'Block' }).click();
  await drawer.getByText('Blocked', { exact: true }).waitFor();
  await drawer.getByRole('button', { name: 'Unblock' }).click();
  await drawer.getByText('Active', { exact: true }).waitFor();
  await drawer.getByRole('button', { name: 'Delete' }).click();
  const sure = tab.getByRole('dialog', { name: 'Delete walker042?' });
  await sure.getByText('restored for 30 days').waitFor();
  await shot(tab, 'account-delete');
  await sure.getByRole('button', { name: 'Delete' }).click();
  await drawer.getByText('Its data will be erased on').waitFor();
  await looks(tab, 'account-deleting');
  await drawer.getByRole('button', { name: 'Restore' }).click();
  await drawer.getByText('Active', { exact: true }).waitFor();
  await tab.keyboard.press('Escape');
  await drawer.waitFor({ state: 'detached' });
  await close(tab);
});
