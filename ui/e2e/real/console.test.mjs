// The console against the real server with the demo's data: the first start's
// link, and an operator who serves a visitor of the shop from its screens.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { launch } from '../browser.mjs';
import { Node, password } from './node.mjs';

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
