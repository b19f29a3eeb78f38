// The console against the real server with the demo's data: the first start's
// link, and an operator who serves a visitor of the shop from its screens.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { launch, newTab, until } from '../browser.mjs';
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
  const tab = await newTab(browser, { viewport: { width: 1280, height: 800 }, locale: 'en-GB', reducedMotion: 'reduce', ...extra });
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
    await tab.waitForFunction((scheme) => document.documentElement.dataset.theme === scheme, colorScheme);
    await settled(tab);
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

/** Colours and columns have come to rest: two frames are drawn, and nothing but what never ends is moving. */
const settled = (tab) =>
  tab.evaluate(async () => {
    for (let quiet = 0; quiet < 2; ) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const moving = document.getAnimations().some((a) => a.playState === 'running' && a.effect.getComputedTiming().endTime !== Infinity);
      quiet = moving ? 0 : quiet + 1;
    }
  });

/** Presses two keys that lead to a page until that was quick enough: the second counts for little more than a second. */
const sequence = (tab, keys, to) =>
  until(async () => {
    for (const key of keys) await tab.keyboard.press(key);
    return tab.url().endsWith(to);
  }, () => `${keys} to lead to ${to}, not ${tab.url()}`);

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

/** A visitor of the shop whom jana has accepted, and jana's tab with the conversation. */
async function served(words, extra) {
  const operator = await signIn('/console/inbox', 'jana', 'demo-demo', extra);
  const visitor = await open('/demo/shop/');
  const panel = visitor.locator('switchboard-panel');
  await visitor.locator('switchboard-widget .button').click();
  await panel.locator('#first').fill(words);
  await panel.locator('#first').press('Enter');
  await operator.getByText(words).first().click();
  await operator.locator('footer').getByRole('button', { name: 'Accept' }).click();
  await panel.getByText('Jana Dvořáková joined').waitFor();
  const say = async (text) => {
    await panel.locator('.composer textarea').fill(text);
    await panel.locator('.composer textarea').press('Enter');
  };
  return { operator, visitor, panel, say };
}

/** Duplicates a tab, as the browser's menu does: the copy begins with the session storage of the first. */
async function duplicate(tab) {
  const [copy] = await Promise.all([tab.context().waitForEvent('page'), tab.evaluate(() => void window.open(location.href))]);
  copy.problems = tab.problems;
  copy.on('pageerror', (e) => copy.problems.push(e.message));
  return copy;
}

const tokens = (tab) => tab.evaluate(() => JSON.parse(sessionStorage.getItem('switchboard.console.tokens')));
const said = (tab, text) => tab.getByRole('log').getByText(text, { exact: true });
/** Writing is told by the stream alone, so whoever sees it has one. */
const sees = (tab) => tab.getByText(/is typing…/).waitFor();

test('a duplicated tab is a sign-in of its own: both hear everything, and go on when their tokens are renewed', async () => {
  const { operator, visitor, panel, say } = await served('Do you gild teapots?');
  const copy = await duplicate(operator);
  await copy.waitForFunction((refresh) => {
    const kept = JSON.parse(sessionStorage.getItem('switchboard.console.tokens') ?? 'null');
    return kept && kept.refreshToken !== refresh;
  }, (await tokens(operator)).refreshToken);
  await copy.waitForURL(operator.url());
  await said(copy, 'Do you gild teapots?').waitFor();
  await panel.locator('.composer textarea').pressSequentially('Gold, ');
  await Promise.all([sees(operator), sees(copy)]);
  await say('Gold, please.');
  await Promise.all([said(operator, 'Gold, please.').waitFor(), said(copy, 'Gold, please.').waitFor()]);

  for (const tab of [operator, copy]) {
    const before = await tokens(tab);
    await tab.evaluate((kept) => sessionStorage.setItem('switchboard.console.tokens', JSON.stringify({ ...kept, expiresAt: 0 })), before);
    await tab.reload();
    await tab.waitForFunction((refresh) => JSON.parse(sessionStorage.getItem('switchboard.console.tokens') ?? 'null').refreshToken !== refresh, before.refreshToken);
    assert.equal((await tokens(tab)).signIn, before.signIn, 'the same sign-in goes on');
  }
  await copy.locator('textarea').first().fill('Gold it is.');
  await copy.locator('textarea').first().press('Enter');
  await panel.getByText('Gold it is.').waitFor();
  await said(operator, 'Gold it is.').waitFor();
  await close(visitor);
  await close(operator);
});

test('where tabs cannot tell, the one that lost the stream says so calmly and takes it back when asked', async () => {
  const old = (page) => page.addInitScript(() => Object.defineProperty(Navigator.prototype, 'locks', { get: () => undefined }));
  const { operator, visitor, panel, say } = await served('Do you mend handles?');
  await old(operator.context());
  await operator.reload();
  await said(operator, 'Do you mend handles?').waitFor();
  const copy = await duplicate(operator);
  const taken = (tab) => tab.getByText('This sign-in is connected from another place, too');
  await taken(operator).waitFor();
  await shot(operator, 'console-taken');
  await say('It broke off.');
  await Promise.all([said(operator, 'It broke off.').waitFor(), said(copy, 'It broke off.').waitFor()]);
  await operator.locator('textarea').first().fill('We do mend them.');
  await operator.locator('textarea').first().press('Enter');
  await panel.getByText('We do mend them.').waitFor();
  await said(copy, 'We do mend them.').waitFor();
  assert.equal(await taken(copy).count(), 0, 'nobody takes anything back by itself');
  await operator.getByRole('button', { name: 'Connect here' }).click();
  await taken(operator).waitFor({ state: 'detached' });
  await taken(copy).waitFor();
  await panel.locator('.composer textarea').pressSequentially('Thank ');
  await sees(operator);
  await close(visitor);
  await close(operator);
});

test('what was asked of one conversation is not asked of the next, and a sequence of keys is none of the page’s', async () => {
  const { operator, visitor } = await served('Do you paint teapots?');
  const address = operator.url();
  await operator.goto(new URL('/console/inbox', node.url).href);
  await operator.getByText('Ines Costa').first().click();
  await operator.waitForURL((url) => /inbox\/\d+/.test(url.pathname) && url.href !== address);
  await operator.getByRole('link', { name: /Do you paint teapots/ }).click();
  await operator.waitForURL(address);
  await said(operator, 'Do you paint teapots?').waitFor();
  await operator.keyboard.press('Escape'); // out of the composer
  await operator.keyboard.press('e');
  const dialog = operator.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Result' }).fill('Painted');
  await operator.goBack();
  await dialog.waitFor({ state: 'detached' });
  await operator.goForward();
  await operator.getByRole('button', { name: 'End', exact: true }).waitFor();
  assert.equal(await dialog.count(), 0, 'nor when one comes back to it');
  await operator.getByRole('log').focus();
  await operator.keyboard.press('r');
  await operator.waitForFunction(() => document.activeElement.tagName === 'TEXTAREA');
  await operator.keyboard.press('Escape');
  await sequence(operator, 'gi', '/console/inbox');
  await close(visitor);
  await close(operator);
});

test('a history that breaks off waits to be asked again', async () => {
  const tab = await admin('/console/inbox');
  const ended = (n) => ({ id: 9_000_000 - n, channel: 'Chat', source: 'Default', status: 'CLOSED', created: '2026-01-02T03:04:05Z', ended: '2026-01-02T03:10:05Z', guestName: n === 7 ? 'שרה לוי' : `Guest ${n} ${'of a very long name '.repeat(n === 3 ? 12 : 0)}`, operators: [], lastMessage: { text: 'Bye', time: '2026-01-02T03:10:00Z', fromGuest: true } });
  let asked = 0;
  let broken = true;
  await tab.route('**/public/api/v1/Sessions?Status=CLOSED*', (route) => {
    const offset = Number(new URL(route.request().url()).searchParams.get('offset'));
    if (offset > 0) asked++;
    if (offset > 0 && broken) return route.abort();
    return route.fulfill({ json: Array.from({ length: offset < 9_950 ? 50 : 7 }, (_, i) => ended(offset - Math.min(offset, 1) + i)) });
  });
  await tab.getByRole('link', { name: 'History' }).click();
  await tab.getByText('Guest 0').waitFor();
  await looks(tab, 'history');
  const list = tab.locator('[role=table] [role=rowgroup]');
  const down = () => list.evaluate((e) => e.scrollTo(0, e.scrollHeight));
  await down();
  await tab.getByRole('alert').getByText('The server cannot be reached').waitFor();
  const before = asked;
  await down();
  await tab.waitForTimeout(1_500); // nothing may happen
  assert.equal(asked, before, 'it is not asked for again by itself');
  broken = false;
  await tab.getByRole('alert').getByRole('button', { name: 'Try again' }).click();
  await tab.getByText('Guest 50').waitFor({ state: 'attached' });
  for (let i = 0; i < 20; i++) {
    await down();
    await tab.waitForFunction((n) => document.querySelector('[role=table] [role=rowgroup] > div').clientHeight > n * 56, 50 * i);
  }
  assert.ok((await tab.getByRole('row').count()) < 60, 'only what is on screen exists');
  await close(tab);
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
  await dialog.getByText('163 of 163 rows').waitFor({ timeout: 120_000 });
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
  await tab.getByLabel('Name, username or e-mail').fill('walker 42');
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
  await drawer.getByText(/ on Linux$/).waitFor();

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

/** Registers a device of a user in trial mode and gives back a caller of the Platform API as that user. */
async function user(name) {
  const at = `${node.url}/platform/api/v1`;
  const json = { 'Content-Type': 'application/json' };
  const r = await fetch(`${at}/sandbox/register`, { method: 'POST', headers: json, body: JSON.stringify({ licenseKey: 'trial', userIdentifier: name, deviceType: 'web' }) });
  const { token } = await r.json();
  return async (path, body) => {
    const answer = await fetch(`${at}/${path}`, { method: 'POST', headers: { ...json, Authorization: token }, body: JSON.stringify(body) });
    assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
  };
}

test('what users report and write arrives at once, and is answered', async () => {
  const tab = await admin('/console/inbox');
  const rail = tab.getByRole('navigation', { name: 'Main' });
  await rail.getByRole('link', { name: /^Reports.*1 open report/ }).waitFor(); // of the demo
  const [mia, noah] = [await user('mia'), await user('noah')];
  void noah;
  await mia('users/report', { userId: 'noah', chatType: 'chat', messages: [
    { msgId: 'r1', message: 'Buy my coins <b>now</b>', msgType: 'text', publisherId: 'noah', timestamp: String(Date.now()) },
    { msgId: 'r2', message: '', msgType: 'image', filename: 'coins.png', publisherId: 'noah' },
  ] });
  await rail.getByRole('link', { name: /^Reports.*2 open reports/ }).waitFor();
  await sequence(tab, 'gr', '/console/reports');
  const card = tab.getByRole('article', { name: 'Report about noah' });
  await card.getByText('Buy my coins <b>now</b>').waitFor();
  await card.getByText('coins.png').waitFor();
  await card.getByText('Reported by mia').waitFor();
  await looks(tab, 'reports');
  await card.getByRole('button', { name: 'Block user' }).click();
  await tab.getByRole('dialog', { name: 'Block noah?' }).getByRole('button', { name: 'Block' }).click();
  await card.getByText('Blocked', { exact: true }).waitFor();
  assert.equal((await ask(tab, 'GET', 'Accounts?search=noah'))[0].enabled, false, 'the account is blocked');
  await card.getByRole('button', { name: 'Resolve' }).click();
  const dialog = tab.getByRole('dialog', { name: 'Resolve the report about noah' });
  await dialog.getByRole('textbox').fill('Blocked for advertising.');
  await looks(tab, 'reports-resolve');
  await dialog.getByRole('button', { name: 'Resolve' }).click();
  await card.waitFor({ state: 'detached' });
  await tab.getByText('Resolved', { exact: true }).first().click();
  await card.getByText('Blocked for advertising.').waitFor();
  await looks(tab, 'reports-resolved');
  await card.getByRole('button', { name: 'Unblock' }).click();
  await card.getByText('Blocked', { exact: true }).waitFor({ state: 'detached' });
  await card.getByRole('button', { name: 'Reopen' }).click();
  await tab.getByText('Nothing was resolved yet').waitFor();

  await mia('users/feedback', { title: 'Bigger letters', description: 'I cannot read the times below the messages.' });
  const feedback = rail.getByRole('link', { name: /^Feedback.*\d new/ });
  await feedback.click();
  await tab.getByRole('article', { name: 'Bigger letters' }).getByText('I cannot read the times').waitFor();
  await mia('users/deleteMyAccount', { reason: 'Too much noise', feedback: 'Everybody sells coins.' });
  await tab.getByRole('article', { name: 'Too much noise' }).getByText('Deleted the account').waitFor();
  await looks(tab, 'feedback');
  await rail.getByRole('link', { name: 'Feedback', exact: true }).waitFor();
  await close(tab);
});

test('features, limits and the proof of identity are set, and the trial ends', async () => {
  const tab = await admin('/console/settings/features');
  await tab.getByText('Trial mode', { exact: true }).waitFor();
  await looks(tab, 'features');
  const files = tab.getByRole('switch', { name: 'Send files' });
  await files.click();
  await tab.getByText('Off, because sending files is off.').first().waitFor();
  assert.equal(await tab.getByRole('switch', { name: 'Pictures' }).isDisabled(), true);
  await until(async () => !(await ask(tab, 'GET', 'Companies/features')).features.isAttachmentEnabled, () => 'sending files to be off');
  await files.click();
  await tab.getByText('Off, because sending files is off.').first().waitFor({ state: 'detached' });

  const devices = tab.getByLabel('Devices of one account');
  await devices.fill('0');
  await tab.getByText('A whole number from 1 to 1,000.').waitFor();
  await devices.fill('3');
  await tab.getByRole('button', { name: 'Save' }).first().click();
  await tab.getByText('Saved', { exact: true }).first().waitFor();
  await tab.getByRole('combobox', { name: 'Deleted accounts can be restored for' }).click();
  await tab.getByRole('option', { name: '7 days' }).click();
  await tab.getByLabel('Address of its keys (JWKS)').fill('http://id.example.com/keys');
  await tab.getByRole('button', { name: 'Save' }).last().click();
  await tab.getByText('Want an https URL').waitFor();
  await tab.getByLabel('Address of its keys (JWKS)').scrollIntoViewIfNeeded();
  await looks(tab, 'features-identity');
  await tab.getByLabel('Address of its keys (JWKS)').fill('https://id.example.com/keys');
  await tab.getByLabel('Issuer').fill('https://id.example.com');
  await tab.getByRole('button', { name: 'Save' }).last().click();
  await tab.getByText('Want an https URL').waitFor({ state: 'detached' });
  // The complaint goes when the button is pressed, not when the server has saved.
  let kept;
  await until(async () => {
    const { deviceLimit, deletionGraceHours, identity } = await ask(tab, 'GET', 'Companies/settings');
    kept = [deviceLimit, deletionGraceHours, identity.jwksUrl, identity.issuer].join(' ');
    return kept === '3 168 https://id.example.com/keys https://id.example.com';
  }, () => `the settings to be kept; they are ${kept}`);

  await tab.getByRole('button', { name: 'Show: Identity key' }).click();
  const key = await tab.locator('code').filter({ hasText: /^[0-9a-f]{64}$/ }).textContent();
  const snippet = await tab.getByLabel('Your backend, in Node.js').textContent();
  await tab.getByRole('button', { name: 'End trial mode' }).click();
  await tab.getByRole('dialog', { name: 'End trial mode?' }).getByRole('button', { name: 'End trial mode' }).click();
  const ended = tab.getByRole('dialog', { name: 'Trial mode has ended' });
  const licence = await ended.locator('code').textContent();
  await shot(tab, 'trial-ended');
  await ended.getByRole('button', { name: 'Done' }).click();
  await tab.getByText('Trial mode', { exact: true }).waitFor({ state: 'detached' });

  // The backend's lines, as they are shown, prove a user to the server.
  process.env.SWITCHBOARD_IDENTITY_KEY = key;
  const { identityToken } = await import(`data:text/javascript,${encodeURIComponent(snippet)}`);
  const register = (userIdentifier, token) =>
    fetch(`${node.url}/platform/api/v1/register`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ licenseKey: licence, userIdentifier, identityToken: token }) });
  assert.equal((await register('olga', identityToken('olga'))).status, 200);
  assert.equal((await register('alice', identityToken('olga'))).status, 401);
  assert.equal((await register('olga', '')).status, 401);
  await close(tab);
});

test('the signing key is replaced, and the audit log tells of it', async () => {
  const tab = await admin('/console/settings/security');
  await tab.getByText('Signs', { exact: true }).waitFor();
  await tab.getByRole('button', { name: 'New key' }).click();
  await tab.getByRole('dialog', { name: 'Sign with a new key?' }).getByRole('button', { name: 'New key' }).click();
  await tab.getByText('Only checks').first().waitFor();
  await tab.getByRole('cell', { name: 'Signing key replaced' }).first().waitFor();
  await looks(tab, 'security');
  await tab.getByRole('button', { name: 'admin', exact: true }).first().click();
  await tab.waitForURL(/actor=\d+/);
  await tab.getByRole('combobox', { name: 'Kind of event' }).fill('Account deleted');
  await tab.getByRole('option', { name: 'Account deleted' }).click();
  await tab.waitForURL(/kind=account\.deleting/);
  await tab.getByRole('row', { name: /Account restored walker042/ }).waitFor({ state: 'detached' });
  await tab.getByRole('row', { name: /Account deleted walker042/ }).waitFor();
  await tab.getByRole('cell', { name: 'Signing key replaced' }).waitFor({ state: 'detached' });
  const [file] = await Promise.all([tab.waitForEvent('download'), tab.getByRole('button', { name: 'CSV' }).click()]);
  const lines = readFileSync(await file.path(), 'utf8').trim().split('\r\n');
  assert.equal(lines.length, 2);
  assert.match(lines[1], /account\.deleting,\d+,admin,\d+,walker042/);
  await tab.getByRole('button', { name: 'Clear filters' }).click();
  await tab.getByRole('cell', { name: 'Signing key replaced' }).first().waitFor();
  const rows = await tab.getByRole('row').count();
  await tab.getByRole('button', { name: 'Show more' }).click();
  await tab.waitForFunction((n) => document.querySelectorAll('tr').length > n, rows);
  await tab.keyboard.press('Control+k');
  await tab.getByRole('dialog').getByRole('combobox').fill('walker042');
  await tab.getByRole('option', { name: /Walker 42/ }).click();
  await tab.getByRole('dialog').getByRole('heading', { name: 'Walker 42' }).waitFor();
  await close(tab);
});

test('every settings page of before looks right, too', async () => {
  const tab = await admin('/console/settings/keys');
  await tab.getByText('No keys yet').waitFor();
  await tab.getByRole('button', { name: 'New key' }).first().click();
  const dialog = tab.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Nightly export');
  await dialog.getByText('Follow live events').waitFor();
  await looks(tab, 'keys-create');
  await dialog.getByRole('button', { name: 'New key' }).click();
  await tab.getByText('I have copied it').waitFor();
  await looks(tab, 'keys-created');
  await tab.getByRole('button', { name: 'I have copied it' }).click();
  await tab.getByRole('button', { name: 'Revoke Nightly export' }).waitFor();
  await looks(tab, 'keys');
  await tab.goto(new URL('/console/settings/company', node.url).href);
  await tab.getByText('Licence key', { exact: true }).waitFor();
  await looks(tab, 'company');
  await close(tab);
});

test('on the smallest phone, in the language of the longest words, every page fits', async () => {
  const narrow = { locale: 'de-DE', viewport: { width: 360, height: 740 } };
  const tab = await open('/console/', narrow);
  await tab.getByLabel('Benutzername').fill('admin');
  await tab.getByLabel('Passwort').fill(password);
  await tab.getByRole('button', { name: 'Anmelden' }).click();
  await tab.waitForURL(/\/console\/inbox/);
  for (const at of ['inbox', 'history', 'reports', 'feedback', 'settings/accounts', 'settings/features', 'settings/keys', 'settings/webhooks', 'settings/security', 'settings/company', 'nowhere']) {
    await tab.goto(new URL(`/console/${at}`, node.url).href);
    await tab.getByRole('heading', { level: 1 }).waitFor({ state: 'attached' });
    await tab.getByRole('button', { name: /Administrator/ }).waitFor();
    const wide = await tab.evaluate(() => ({
      page: document.documentElement.scrollWidth - innerWidth,
      rail: Math.max(...[...document.querySelectorAll('nav a, nav button')].filter((e) => e.offsetParent && !e.closest('main')).map((e) => e.getBoundingClientRect().right)) - innerWidth,
    }));
    assert.ok(wide.page <= 0 && wide.rail <= 0, `${at}: ${JSON.stringify(wide)}`);
    await shot(tab, `smallest-${at.replace('/', '-')}`);
  }
  await close(tab);
});

test('the user of an app hears that the console is not for them', async () => {
  const manager = await admin('/console/inbox');
  const { password: secret } = await ask(manager, 'POST', 'Accounts', { username: 'una', role: 'user' });
  await close(manager);
  const tab = await signIn('/console/inbox', 'una', secret);
  await tab.getByRole('heading', { name: 'This account cannot use the console' }).waitFor();
  await looks(tab, 'not-admitted');
  await tab.getByRole('button', { name: 'Sign in with another account' }).click();
  await tab.getByRole('heading', { name: 'You are signed out' }).waitFor();
  await close(tab);
});

test('a file that cannot be read is refused before it is sent; an import that is closed stops and says so', async () => {
  const tab = await admin('/console/settings/accounts');
  await tab.getByRole('button', { name: 'Import', exact: true }).click();
  const dialog = tab.getByRole('dialog', { name: 'Import accounts' });
  const start = dialog.getByRole('button', { name: 'Import', exact: true });
  const choose = (text) => tab.locator('input[type=file]').setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.isBuffer(text) ? text : Buffer.from(text) });
  await choose(Buffer.from('name;password;displayName\nzofie;secret words;\x8eofie\n', 'latin1'));
  await dialog.getByText('The file is not in UTF-8').waitFor();
  assert.ok(await start.isDisabled());
  await choose('name;password\nzofie;secret words\n'.replaceAll('name', 'nom'));
  await start.click();
  await dialog.getByText('The first line must name the columns').waitFor();
  await dialog.getByRole('button', { name: 'Import another file' }).click();
  await choose(`\ufeff"Name";"Password";"displayName"\r\n"bo b";"secret words";""\r\nzofie;"sec""ret words";"Žofie; ""the"" first"\r\nopen;"never closed;x\r\n`);
  await start.click();
  await dialog.getByText('1 account made').waitFor();
  await dialog.getByRole('cell', { name: 'The quotes in this line do not match' }).waitFor();
  assert.equal((await ask(tab, 'GET', 'Accounts?search=zofie'))[0].name, 'Žofie; "the" first');
  await dialog.getByRole('button', { name: 'Import another file' }).click();
  await choose(`name,password\n${Array.from({ length: 100_000 }, (_, i) => `crowd${i},secret words`).join('\n')}\n`);
  await start.click();
  await dialog.getByText(/of 100,000 rows/).waitFor({ timeout: 60_000 });
  await tab.keyboard.press('Escape');
  await dialog.getByText('Stopped. What was made stays').waitFor();
  await tab.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await close(tab);
});
