// The pages against the real server: visitor and operator, the login screen, the
// portal's button.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { launch, newTab } from '../browser.mjs';
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
  const tab = await newTab(browser, { viewport: { width: 1280, height: 800 }, locale: 'en-GB', reducedMotion: 'reduce', ...extra });
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

const sizes = [
  { name: 'light', width: 1000, height: 800, scheme: 'light' },
  { name: 'dark', width: 1000, height: 800, scheme: 'dark' },
  { name: 'narrow', width: 320, height: 800, scheme: 'light' },
];

/** Pictures of a page in each of the sizes; nothing may stick out. */
async function pictures(tab, name) {
  for (const size of sizes) {
    await tab.setViewportSize({ width: size.width, height: size.height });
    await tab.emulateMedia({ colorScheme: size.scheme });
    const over = await tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(over <= 0, `${name} is ${over} px wider than ${size.width}`);
    await tab.screenshot({ path: `${screens}/real-${name}-${size.name}.png`, fullPage: true });
  }
}

const native = (extra = {}) =>
  `/login/connect/authorize?${new URLSearchParams({ client_id: 'publicApiNativeClient', response_type: 'code', redirect_uri: 'urn:ietf:wg:oauth:2.0:oob', scope: 'openid offline_access', code_challenge: 'a'.repeat(43), code_challenge_method: 'S256', ...extra })}`;

test('the screens of signing in, without scripts', async () => {
  const tab = await open(native(), { javaScriptEnabled: false });
  await pictures(tab, 'sign-in');
  await tab.getByLabel('User name').fill('mia');
  await tab.getByLabel('Password').fill(password);
  await tab.getByRole('button', { name: 'Sign in' }).click();
  await tab.getByRole('heading', { name: 'Allow access?' }).waitFor();
  await pictures(tab, 'consent');
  await tab.getByRole('button', { name: 'Allow' }).click();
  assert.match(await tab.locator('#code').innerText(), /^[0-9a-f]{32}$/);
  await pictures(tab, 'code');
  await tab.goto(`${node.url}${native({ redirect_uri: 'https://evil.example/' })}`);
  await tab.getByRole('alert').waitFor();
  await pictures(tab, 'error');
  await tab.context().close();
});

test('a page of another site is signed in by its code, without scripts', async () => {
  const ask = (path, form) =>
    fetch(`${node.url}/login/connect/${path}`, {
      method: 'POST',
      headers: { Origin: 'https://shop.example', 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' },
      body: new URLSearchParams({ client_id: 'switchboard-sdk', ...form }),
    });
  const asked = await (await ask('device_authorization', { scope: 'chat' })).json();
  const poll = async () => {
    const answer = await ask('token', { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: asked.device_code });
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
    return answer.json();
  };
  assert.equal((await poll()).error, 'authorization_pending');
  const tab = await open('/login/device', { javaScriptEnabled: false });
  await tab.getByLabel('User name').fill('mia');
  await tab.getByLabel('Password').fill(password);
  await tab.getByRole('button', { name: 'Sign in' }).click();
  await tab.getByLabel('Code').fill('bbbb bbbb');
  await tab.getByRole('button', { name: 'Continue' }).click();
  await tab.getByRole('alert').waitFor();
  await pictures(tab, 'device-code');
  await tab.getByLabel('Code').fill(asked.user_code.toLowerCase());
  await tab.getByRole('button', { name: 'Continue' }).click();
  await tab.getByText('https://shop.example').waitFor();
  await pictures(tab, 'device');
  await tab.getByRole('button', { name: /sign it in/ }).click();
  await tab.getByRole('heading', { name: 'The device is signed in' }).waitFor();
  await pictures(tab, 'device-done');
  const got = await poll();
  assert.equal(got.username, 'mia');
  assert.match(got.password, /^[0-9a-f]{32}$/);
  assert.equal((await poll()).error, 'invalid_grant');
  await tab.context().close();
});

test('an answer by form_post comes to the client', async () => {
  const tab = await signIn('/api');
  const query = new URLSearchParams({ client_id: 'mluviiApp', response_type: 'code', response_mode: 'form_post', state: 's', redirect_uri: `${node.url}/signin-oidc`, scope: 'openid profile offline_access roles mluviiMembership', code_challenge: 'a'.repeat(43), code_challenge_method: 'S256' });
  const sent = tab.waitForRequest((r) => r.method() === 'POST' && r.url().endsWith('/signin-oidc'));
  await tab.goto(`${node.url}/login/connect/authorize?${query}`).catch(() => {}); // the form leaves at once
  const form = new URLSearchParams((await sent).postData());
  assert.match(form.get('code'), /^[0-9a-f]{32}$/);
  assert.deepEqual([form.get('state'), form.get('iss')], ['s', `${node.url}/login`]);
  await tab.waitForURL((url) => url.pathname.startsWith('/console'));
  assert.ok(!tab.url().includes('code='));
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
  await panel.locator('.own', { hasText: 'Great, thanks <b>!' }).locator('.meta', { hasText: /Sent|Delivered|Seen/ }).waitFor();
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

/** Waits until a window has closed itself. */
async function closed(window) {
  if (!window.isClosed()) await window.waitForEvent('close');
}

/** Calls who-am-I by the portal's own button and waits for a status. */
async function execute(tab, status) {
  const block = tab.locator('.opblock', { hasText: '/Users/me' }).first();
  if (!(await block.locator('.btn.execute').isVisible())) await block.locator('.opblock-summary-control').click();
  await block.locator('.btn.execute').click();
  await block.locator('.live-responses-table .response-col_status', { hasText: String(status) }).first().waitFor();
  return block.locator('.live-responses-table .response-col_description').last().innerText();
}

/** The Authorize dialog's part for one of the documented ways. */
async function authorize(tab, flow) {
  await tab.getByRole('button', { name: 'Authorize' }).first().click();
  return tab.locator('.auth-container').filter({ hasText: `(OAuth2, ${flow}` });
}

test('the portal calls the API with the session and after Authorize', async () => {
  const tab = await signIn('/api');
  await execute(tab, 200);
  await tab.screenshot({ path: `${screens}/real-portal.png` });
  const popup = tab.waitForEvent('popup');
  const section = await authorize(tab, 'authorizationCode');
  await section.locator('button.authorize').click();
  await closed(await popup);
  await section.getByRole('button', { name: /Logout|Remove/ }).waitFor();
  assert.deepEqual(tab.problems, []);
  await tab.context().close();
});

test('the portal authorizes through the login screen', async () => {
  const tab = await open('/api');
  await execute(tab, 401);
  const popup = tab.waitForEvent('popup');
  const section = await authorize(tab, 'authorizationCode');
  await section.locator('button.authorize').click();
  const login = await popup;
  await login.getByLabel('User name').fill('mia');
  await login.getByLabel('Password').fill(password);
  await login.getByRole('button', { name: 'Sign in' }).click();
  await closed(login);
  await section.getByRole('button', { name: /Logout|Remove/ }).waitFor();
  await tab.locator('.modal-ux .close-modal').click();
  await tab.context().clearCookies(); // what is called now is called with the token
  assert.match(await execute(tab, 200), /"username": "mia"/);
  assert.deepEqual(tab.problems, []);
  await tab.context().close();
});

test('the portal authorizes with an API key', async () => {
  const operator = await signIn('/api');
  const { status, body: key } = await api(operator, 'POST', 'ApiKeys', { name: 'portal', scopes: ['users.read', 'sessions.read'] });
  assert.equal(status, 201);
  await operator.context().close();
  const tab = await open('/api');
  const section = await authorize(tab, 'clientCredentials');
  const fill = async (secret) => {
    await section.getByLabel(/client_id/i).fill(key.clientId);
    await section.getByLabel(/client_secret/i).fill(secret);
    await section.locator('button.authorize').click();
  };
  await fill('0'.repeat(32));
  await section.getByText(/wrong/).waitFor();
  await pictures(tab, 'portal-authorize');
  await fill(key.clientSecret);
  await section.getByRole('button', { name: /Logout|Remove/ }).waitFor();
  await tab.locator('.modal-ux .close-modal').click();
  await tab.setViewportSize({ width: 1280, height: 800 });
  assert.match(await execute(tab, 200), new RegExp(`"username": "${key.clientId}"`));
  assert.deepEqual(tab.problems, []);
  await tab.context().close();
});
