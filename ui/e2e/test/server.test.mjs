// The real server in a real browser: first run, a visitor and an operator who
// talk, the login screen without scripts, the portal's button, two users of the demo.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch } from '../browser.mjs';
import { start } from '../server.mjs';

const screens = fileURLToPath(new URL('../../../artifacts/server/', import.meta.url));
const desktop = { width: 1280, height: 800 };
const password = 'correct horse battery';

let browser;
let server;

before(async () => {
  mkdirSync(screens, { recursive: true });
  [browser, server] = await Promise.all([launch(), start()]);
});

after(async () => {
  await browser?.close();
  assert.equal(await server?.stop(), 0, 'the server stops cleanly');
});

/** A page of its own browser context, whose errors fail the test. */
async function visit(path, options = {}) {
  const context = await browser.newContext({ viewport: desktop, reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  page.errors = [];
  page.on('pageerror', (e) => page.errors.push(e.message));
  await page.goto(server.url + path);
  return page;
}

async function close(page) {
  assert.deepEqual(page.errors, [], 'no error in the page');
  await page.context().close();
}

const shot = (page, name) => page.screenshot({ path: `${screens}${name}.png` });

async function signIn(page, name, secret) {
  await page.locator('input[type=password]').waitFor();
  await page.locator('input[name=Username], #Username').fill(name);
  await page.locator('input[type=password]').fill(secret);
  await page.locator('button[type=submit]').click();
}

test('first run: the printed link chooses the administrator’s password and opens the console', async () => {
  const page = await visit(server.setup.slice(server.url.length));
  for (const field of await page.locator('input[type=password]').all()) await field.fill(password);
  await shot(page, 'setup');
  await page.locator('button[type=submit]').click();
  await page.waitForURL(/\/console\/inbox/);
  await page.getByText('Ines Costa').first().waitFor();
  await shot(page, 'console-admin');
  await close(page);

  const again = await visit(server.setup.slice(server.url.length));
  assert.equal(await again.locator('input[type=password]').count(), 0, 'the link works once');
  await close(again);
});

test('a visitor and an operator talk until the operator ends it with a result and a note', async () => {
  const operator = await visit('/console/');
  await signIn(operator, 'jana', 'demo-demo');
  await operator.waitForURL(/\/console\/inbox/);

  const visitor = await visit('/demo/shop/');
  await visitor.locator('switchboard-widget button').first().click();
  await visitor.locator('switchboard-panel textarea').fill('Is the teapot safe in a dishwasher?');
  await visitor.keyboard.press('Enter');
  await visitor.getByText('Is the teapot safe in a dishwasher?').waitFor();
  await shot(visitor, 'widget-waiting');

  await operator.getByText('Is the teapot safe').first().click();
  await operator.getByRole('button', { name: /accept/i }).first().waitFor();
  await shot(operator, 'console-waiting');
  await operator.keyboard.press('a');
  await operator.locator('textarea').first().fill('It is. The cups too.');
  await operator.keyboard.press('Enter');
  await visitor.getByText('It is. The cups too.').waitFor();
  await visitor.getByText('Jana Dvořáková').first().waitFor();

  await visitor.locator('switchboard-panel textarea').fill('Then I take two.');
  await visitor.keyboard.press('Enter');
  await operator.getByText('Then I take two.').last().waitFor();
  await shot(operator, 'console-active');
  await shot(visitor, 'widget-active');

  await operator.getByRole('button', { name: 'End', exact: true }).click();
  const dialog = operator.getByRole('dialog');
  await dialog.getByLabel('Result', { exact: false }).first().fill('Sold');
  await dialog.getByRole('textbox', { name: 'Note' }).fill('Two teapots.');
  await shot(operator, 'console-end');
  await dialog.getByRole('button', { name: 'End conversation' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await visitor.locator('switchboard-panel').getByRole('radio').first().waitFor();
  await shot(visitor, 'widget-ended');
  await close(visitor);
  await close(operator);
});

test('the login screen works without scripts and does not tell whether a name exists', async () => {
  const messages = [];
  for (const name of ['jana', 'nobody']) {
    const page = await visit('/api/v1/Sessions', { javaScriptEnabled: false, extraHTTPHeaders: { Accept: 'text/html' } });
    await signIn(page, name, 'wrong password');
    messages.push(await page.locator('[role=alert]').innerText());
    await shot(page, `login-${name}`);
    await page.context().close();
  }
  assert.equal(messages[0], messages[1]);

  const page = await visit('/api/v1/Sessions', { javaScriptEnabled: false });
  await signIn(page, 'admin', password);
  await page.waitForURL(/\/api\/v1\/Sessions/);
  assert.match(await page.locator('body').innerText(), /Ines Costa/, 'the browser calls the API directly once signed in');
  await page.context().close();
});

test('the portal shows both dialects, and its button calls the API', async () => {
  const page = await visit('/login/Account/Login?ReturnUrl=%2Fapi%2F');
  await signIn(page, 'admin', password);
  await page.waitForURL(/\/api\/$/);
  const operation = page.locator('.opblock', { hasText: '/public/api/v1/Companies' }).first();
  await operation.locator('.opblock-summary').first().click();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  await operation.getByRole('button', { name: 'Execute' }).click();
  await operation.locator('.live-responses-table .response-col_status', { hasText: '200' }).first().waitFor();
  await operation.scrollIntoViewIfNeeded();
  await shot(page, 'portal');
  assert.ok((await page.locator('.opblock', { hasText: '/platform/api/v1/chat/sendmessage' }).count()) > 0);
  await close(page);
});

test('two users of the demo chat write to each other', async () => {
  const open = async (name) => {
    const page = await visit('/demo/');
    await page.locator('#name').fill(name);
    await page.keyboard.press('Enter');
    await page.locator('input[type=search]').waitFor();
    return page;
  };
  const [romeo, juliet] = [await open('romeo'), await open('juliet')];
  const write = async (page, text) => {
    await page.locator('textarea').fill(text);
    await page.keyboard.press('Enter');
  };
  await romeo.locator('input[type=search]').fill('juliet');
  await romeo.keyboard.press('Enter');
  await write(romeo, 'Good morrow.');
  await juliet.getByText('Good morrow.').first().click();
  await write(juliet, 'Is the day so young?');
  await romeo.getByText('Is the day so young?').last().waitFor();
  await shot(romeo, 'demo');
  await romeo.reload();
  await romeo.getByText('Is the day so young?').first().waitFor();
  await close(romeo);
  await close(juliet);
});
