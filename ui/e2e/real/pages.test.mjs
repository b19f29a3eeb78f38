// The pages against the real server: visitor and operator, the login screen, the
// portal's button.
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
  node = await Node.start({ mia: 'admin' });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await node?.stop();
});

async function open(address, extra = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB', reducedMotion: 'reduce', ...extra });
  const tab = await context.newPage();
  tab.problems = [];
  tab.on('pageerror', (e) => tab.problems.push(e.message));
  tab.on('console', (m) => m.type() === 'error' && /Content Security|refused/i.test(m.text()) && tab.problems.push(m.text()));
  await tab.goto(`${node.url}${address}`);
  return tab;
}

async function signIn(address) {
  const tab = await open(`/login/Account/Login?ReturnUrl=${encodeURIComponent(address)}`);
  await tab.getByLabel('User name').fill('mia');
  await tab.getByLabel('Password').fill(password);
  await tab.getByRole('button', { name: 'Sign in' }).click();
  await tab.waitForURL((url) => url.pathname.startsWith(address));
  return tab;
}

/** Calls the Public API as the browser that is signed in. */
function api(tab, method, address, body) {
  return tab.evaluate(
    async ([m, a, b]) => {
      const answer = await fetch(`/public/api/v1/${a}`, { method: m, headers: { 'Content-Type': 'application/json', Accept: 'application/json' }, body: b && JSON.stringify(b) });
      const text = await answer.text();
      return { status: answer.status, body: text && JSON.parse(text) };
    },
    [method, address, body],
  );
}

test('the login screen refuses, then lets in', async () => {
  const tab = await open('/login/Account/Login?ReturnUrl=%2Fapi');
  await tab.getByLabel('User name').fill('mia');
  await tab.getByLabel('Password').fill('wrong');
  await tab.getByRole('button', { name: 'Sign in' }).click();
  await tab.getByRole('alert').waitFor();
  await tab.screenshot({ path: `${screens}/real-login.png` });
  await tab.getByLabel('Password').fill(password);
  await tab.getByRole('button', { name: 'Sign in' }).click();
  await tab.locator('.who b', { hasText: 'mia' }).waitFor();
  assert.deepEqual(tab.problems, []);
  await tab.context().close();
});

test('a visitor is served from the first word to the stars', async () => {
  const operator = await signIn('/api');
  const visitor = await open('/demo/shop/');
  const panel = visitor.locator('switchboard-panel');
  await visitor.locator('switchboard-widget .button').click();
  await panel.locator('#first').fill('Do you ship to Brno?');
  await panel.locator('#first').press('Enter');
  await panel.getByText('You are next').waitFor();
  await visitor.screenshot({ path: `${screens}/real-widget-waiting.png` });
  const { body: sessions } = await api(operator, 'GET', 'Sessions?limit=1');
  const { id } = sessions[0];
  assert.equal((await api(operator, 'POST', `Sessions/${id}/accept`)).status, 200);
  await panel.getByText('mia joined').waitFor();
  assert.equal((await api(operator, 'POST', `Sessions/${id}/messages`, { text: 'Yes, in three days.' })).status, 200);
  await panel.getByText('Yes, in three days.').waitFor();
  await panel.locator('.composer textarea').fill('Great, thanks <b>!');
  await panel.locator('.composer textarea').press('Enter');
  await panel.locator('.own', { hasText: 'Great, thanks <b>!' }).locator('.meta').waitFor();
  // The next page of the shop: the conversation is still there.
  await visitor.reload();
  await panel.getByText('Great, thanks <b>!').waitFor();
  await visitor.screenshot({ path: `${screens}/real-widget-active.png` });
  const { body: session } = await api(operator, 'GET', `Sessions/${id}`);
  assert.deepEqual(session.activities.filter((a) => a.type === 'ChatMessage').map((a) => a.text), ['Do you ship to Brno?', 'Yes, in three days.', 'Great, thanks <b>!']);
  assert.equal((await api(operator, 'POST', `Sessions/${id}/end`, { result: 'solved', note: 'asked about Brno' })).status, 204);
  await panel.getByText('How did it go?').waitFor();
  await panel.locator('.stars label').nth(4).click();
  await panel.getByRole('button', { name: 'Send feedback' }).click();
  await panel.getByText('Thank you for the feedback').waitFor();
  const { body: ended } = await api(operator, 'GET', `Sessions/${id}`);
  assert.equal(ended.guestFeedbackStars, 5);
  assert.deepEqual([...visitor.problems, ...operator.problems], []);
  await visitor.context().close();
  await operator.context().close();
});

test('the portal calls the API with the session and after Authorize', async () => {
  const tab = await signIn('/api');
  await tab.locator('.opblock', { hasText: '/Users/me' }).first().locator('.opblock-summary-control').click();
  await tab.locator('.btn.execute').click();
  const status = tab.locator('.live-responses-table .response-col_status').last();
  await status.getByText('200').waitFor();
  await tab.screenshot({ path: `${screens}/real-portal.png` });
  await tab.getByRole('button', { name: 'Authorize' }).first().click();
  const popup = tab.waitForEvent('popup');
  const section = tab.locator('.auth-container').filter({ hasText: 'authorizationCode' });
  await section.locator('button.authorize').click();
  await (await popup).waitForEvent('close').catch(() => {});
  await section.getByRole('button', { name: /Logout|Remove/ }).waitFor();
  assert.deepEqual(tab.problems, []);
  await tab.context().close();
});
