// The demo chat against the real server: what two people, one of them with two
// devices, and an administrator do. Leaves screenshots of each screen.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { launch, newTab } from '../browser.mjs';
import { Node, password } from './node.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const screens = path.resolve(import.meta.dirname, process.env.SCREENS ?? '../../../artifacts/screens');
mkdirSync(screens, { recursive: true });
const looks = {
  light: { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  dark: { colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  narrow: { colorScheme: 'light', viewport: { width: 390, height: 780 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
};
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

async function open(address, look = 'light') {
  const tab = await newTab(browser, { ...looks[look], locale: 'en-GB', reducedMotion: 'reduce' });
  tab.look = look;
  tab.on('console', (m) => m.type() === 'error' && /Content Security|Refused to/.test(m.text()) && tab.problems.push(m.text()));
  await tab.goto(new URL(address, node.url).href);
  return tab;
}

/** Signs in by a name. */
async function enter(name, look) {
  const tab = await open(`/demo?as=${name}`, look);
  await tab.getByRole('button', { name: 'Start chatting' }).click();
  await tab.locator('.side-head').waitFor();
  return tab;
}

async function chatWith(tab, name) {
  await tab.evaluate((id) => (location.hash = `chat/${id}`), name);
  await tab.locator('.composer textarea, .no-composer').first().waitFor();
}

async function write(tab, text) {
  await tab.locator('.composer textarea').fill(text);
  await tab.locator('.composer textarea').press('Enter');
}

/** Types until the other has seen it: the sign of it is gone again after a while. */
async function typing(tab, text, sign) {
  const box = tab.locator('.composer textarea');
  await box.pressSequentially(text);
  for (let tries = 0; !(await sign.waitFor({ timeout: 5000 }).then(() => true, () => false)); tries++) {
    assert.ok(tries < 10, 'nobody sees the typing');
    await box.press('Space');
  }
}

/** What the browser has saved after that. */
async function download(tab, act) {
  const [saved] = await Promise.all([tab.waitForEvent('download'), act()]);
  return { name: saved.suggestedFilename(), bytes: readFileSync(await saved.path()) };
}

const bubble = (tab, text) => tab.locator('.bubble', { hasText: text }).last();
const go = (tab, page) => tab.evaluate((hash) => (location.hash = hash), page);

/** The picture of a screen, and what WCAG 2.2 AA has to say about it. */
async function shot(tab, name) {
  await tab.screenshot({ path: `${screens}/demo-${tab.look}-${name}.png` });
  await tab.evaluate(axe);
  const { violations } = await tab.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
  assert.deepEqual(violations.map((v) => `${name}: ${v.id}: ${v.nodes.map((n) => `${n.target.flat().join(' ')} (${n.failureSummary.split('\n')[1]?.trim()})`).join(' | ')}`), []);
}

async function close(...tabs) {
  for (const tab of tabs) {
    assert.deepEqual(tab.problems, []);
    await tab.context().close();
  }
}

/** Calls the Public API as the administrator. */
async function administrator() {
  const tab = await open('/login/Account/Login?ReturnUrl=%2Fapi');
  await tab.getByLabel('User name').fill('mia');
  await tab.getByLabel('Password').fill(password);
  await tab.getByRole('button', { name: 'Sign in' }).click();
  await tab.waitForURL((url) => url.pathname.startsWith('/api'));
  const call = (method, address, body) =>
    tab.evaluate(
      async ([m, a, b]) => {
        const answer = await fetch(`/public/api/v1/${a}`, { method: m, headers: { Accept: 'application/json', ...(b && { 'Content-Type': 'application/json' }) }, ...(b && { body: JSON.stringify(b) }) });
        const text = await answer.text();
        return { status: answer.status, body: text && JSON.parse(text) };
      },
      [method, address, body],
    );
  return { tab, call };
}

/** A picture of hills under a sun: PNG bytes. */
async function hills(tab, sky = '#7fb2d8') {
  const bytes = await tab.evaluate(async (colour) => {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: 800, height: 560 });
    const pen = canvas.getContext('2d');
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 800, 560);
    pen.fillStyle = '#f3d27a';
    pen.arc(610, 150, 70, 0, 7);
    pen.fill();
    pen.fillStyle = '#4c7a5a';
    pen.fill(new Path2D('M0 560V380L220 210 420 420 560 300 800 470V560Z'));
    const blob = await new Promise((resolve) => canvas.toBlob(resolve));
    return [...new Uint8Array(await blob.arrayBuffer())];
  }, sky);
  return Buffer.from(bytes);
}

test('two people talk: ticks, typing, unread, reload, older messages', async () => {
  const [anna, ben] = [await enter('anna'), await enter('ben')];
  await ben.getByRole('link', { name: /anna/ }).click();
  await write(ben, 'Are you coming?');
  const row = anna.getByRole('link', { name: /ben.*Are you coming/ });
  await row.getByText('1 unread message').waitFor();
  await anna.waitForFunction(() => document.title.startsWith('(1)'));
  await ben.locator('.log .ticks.delivered').waitFor();
  await row.click();
  await ben.locator('.log .ticks.displayed').waitFor();
  await bubble(anna, 'Are you coming?').waitFor();
  await anna.waitForFunction(() => !document.title.startsWith('('));
  await typing(anna, 'On', ben.locator('.head .state', { hasText: 'typing' }));
  await anna.locator('.composer textarea').press('Shift+Enter');
  await anna.locator('.composer textarea').pressSequentially('my way <b>, see https://a.example/x.');
  await anna.locator('.composer textarea').press('Enter');
  assert.equal(await bubble(ben, 'On').locator('a').getAttribute('href'), 'https://a.example/x');
  await ben.locator('.head .state', { hasText: 'online' }).waitFor();
  for (let i = 0; i < 60; i++) await write(anna, `line ${i}`);
  await bubble(ben, 'line 59').waitFor();
  await anna.reload();
  await bubble(anna, 'line 59').waitFor();
  assert.equal(await bubble(anna, 'Are you coming?').count(), 0, 'only the newest page is read');
  await anna.waitForFunction(() => {
    const log = document.querySelector('.log');
    log.scrollTop = 0;
    return log.textContent.includes('Are you coming?');
  });
  await bubble(anna, 'Are you coming?').waitFor();
  const lines = await anna.locator('.log .bubble .text').allInnerTexts();
  assert.deepEqual(lines.slice(-60).map((l) => /line \d+/.exec(l)?.[0]), Array.from({ length: 60 }, (_, i) => `line ${i}`));
  await anna.getByRole('button', { name: 'To the newest message' }).click();
  await ben.goto('about:blank');
  // A page that had no time for a last word is given up after the five minutes in which it may come back.
  await anna.locator('.head .state', { hasText: /last seen/ }).waitFor({ timeout: 400_000 });
  await close(anna, ben);
});

test('pictures and files go encrypted or not, and arrive byte for byte', async () => {
  const [carl, dora] = [await enter('carl'), await enter('dora')];
  await chatWith(carl, 'dora');
  await chatWith(dora, 'carl');
  const picture = await hills(carl);
  const files = carl.locator('input[type=file]');
  await files.setInputFiles([{ name: 'hills.png', mimeType: 'image/png', buffer: picture }, { name: 'offer.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(300_000, 7) }]);
  await carl.getByText('The storage never gets the key').waitFor();
  await write(carl, 'The hills behind the house');
  const shown = dora.locator('.bubble', { hasText: 'The hills behind' });
  await shown.locator('.picture img:not(.blurred)').waitFor();
  assert.match(await shown.locator('.meta').innerText(), /Encrypted before it was sent/);
  await shown.click({ button: 'right' });
  const save = await download(dora, () => dora.getByRole('menuitem', { name: 'Save' }).click());
  assert.deepEqual(save, { name: 'hills.png', bytes: picture });
  await dora.getByRole('button', { name: 'Save offer.pdf' }).waitFor();
  assert.deepEqual((await dora.locator('.file-name, .picture').evaluateAll((all) => all.map((e) => e.className))), ['picture', 'file-name'], 'in the order of choosing');
  const offer = await download(dora, () => dora.getByRole('button', { name: 'Save offer.pdf' }).click());
  assert.deepEqual(offer, { name: 'offer.pdf', bytes: Buffer.alloc(300_000, 7) });
  await carl.locator('.log .ticks.displayed').nth(1).waitFor();
  // The lightbox, by keyboard.
  await shown.locator('button.picture').focus();
  await dora.keyboard.press('Enter');
  await dora.locator('.lightbox img').waitFor();
  await shot(dora, '13-lightbox');
  await dora.keyboard.press('Escape');
  // Not encrypted, by paste.
  await carl.getByRole('switch', { name: 'Encrypt files' }).click();
  const plain = await hills(carl, '#e6a87f');
  await carl.locator('.composer textarea').evaluate((area, data) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(data)], 'evening.png', { type: 'image/png' }));
    area.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }));
  }, [...plain]);
  await carl.getByText('the server encrypts them in its storage').waitFor();
  await carl.locator('.composer textarea').press('Enter');
  const evening = dora.locator('.picture', { has: dora.locator('img[src*="/media/"]') });
  await evening.waitFor();
  assert.match(await evening.getAttribute('aria-label'), /evening\.png/);
  await dora.waitForFunction(() => [...document.querySelectorAll('.picture img')].every((img) => img.complete && img.naturalWidth > 0));
  // Dropped on the chat, and thought better of.
  await carl.locator('.talk').evaluate((talk) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(['x'], 'note.txt', { type: 'text/plain' }));
    talk.dispatchEvent(new DragEvent('dragover', { dataTransfer: transfer, bubbles: true, cancelable: true }));
    talk.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
  });
  await carl.getByRole('button', { name: 'Leave out note.txt' }).click();
  await carl.locator('.tray').waitFor({ state: 'detached' });
  await close(carl, dora);
});

test('a big upload is paused and resumed, another is given up', async () => {
  const [erik, fay] = [await enter('erik'), await enter('fay')];
  await chatWith(erik, 'fay');
  await chatWith(fay, 'erik');
  const big = Buffer.alloc(24_000_000, 'switchboard');
  for (const name of ['big.bin', 'other.bin']) writeFileSync(path.join(node.data, name), big);
  const send = async (name) => {
    await erik.locator('input[type=file]').setInputFiles(path.join(node.data, name));
    await erik.locator('.composer .go').click();
  };
  // The network stands still until there was time to press a button.
  let hold = true;
  await erik.route('**/media/**', (route) => (hold ? undefined : route.continue()));
  await send('big.bin');
  await erik.getByRole('button', { name: 'Pause sending big.bin' }).click();
  await erik.getByText('Paused').waitFor();
  hold = false;
  await erik.getByRole('button', { name: 'Go on sending big.bin' }).click();
  await erik.locator('.log .ticks.delivered, .log .ticks.displayed').waitFor({ timeout: 120_000 });
  const saved = await download(fay, () => fay.getByRole('button', { name: 'Save big.bin' }).click());
  assert.ok(saved.bytes.equals(big));
  hold = true;
  await send('other.bin');
  await erik.getByRole('button', { name: 'Pause sending other.bin' }).waitFor();
  await erik.locator('.bubble .give-up').click();
  await erik.getByText('other.bin').waitFor({ state: 'detached' });
  await close(erik, fay);
});

test('what is written while the server is away goes when it is back', async () => {
  const [gina, hugo] = [await enter('gina'), await enter('hugo')];
  await chatWith(gina, 'hugo');
  await chatWith(hugo, 'gina');
  await write(gina, 'before');
  await bubble(hugo, 'before').waitFor();
  await node.kill();
  try {
    await gina.locator('.banner', { hasText: 'Connection lost' }).waitFor();
    await write(gina, 'meanwhile');
    await bubble(gina, 'meanwhile').locator('.ticks.queued').waitFor();
    await shot(gina, '14-offline');
  } finally {
    await node.run();
  }
  await bubble(hugo, 'meanwhile').waitFor();
  await bubble(gina, 'meanwhile').locator('.ticks.displayed').waitFor();
  await gina.locator('.banner').waitFor({ state: 'detached' });
  assert.equal(await hugo.locator('.bubble', { hasText: 'meanwhile' }).count(), 1);
  await close(gina, hugo);
});

test('what is written without a connection outlives a reload, and goes once', async () => {
  const [gus, hal] = [await enter('gus'), await enter('hal')];
  await chatWith(hal, 'gus');
  // The page comes, its socket does not.
  let held = false;
  const sockets = [];
  await gus.routeWebSocket(/xmpp-websocket/, (socket) => {
    sockets.push(socket);
    if (held) void socket.close();
    else socket.connectToServer();
  });
  await gus.reload();
  await chatWith(gus, 'hal');
  await write(gus, 'before');
  await bubble(hal, 'before').waitFor();
  held = true;
  for (const socket of sockets) void socket.close();
  await gus.locator('.banner', { hasText: 'Connection lost' }).waitFor();
  await write(gus, 'meanwhile');
  await bubble(gus, 'meanwhile').locator('.ticks.queued').waitFor();
  await gus.reload();
  await bubble(gus, 'meanwhile').locator('.ticks.queued').waitFor();
  await gus.locator('.list .row', { hasText: 'meanwhile' }).locator('.ticks.queued').waitFor();
  await gus.locator('.banner').waitFor();
  await shot(gus, '21-queued');
  held = false;
  await bubble(hal, 'meanwhile').waitFor();
  await bubble(gus, 'meanwhile').locator('.ticks.displayed').waitFor();
  await write(gus, 'after');
  await bubble(hal, 'after').waitFor();
  assert.deepEqual((await hal.locator('.log .bubble .text').allInnerTexts()).map((text) => /\w+/.exec(text)[0]), ['before', 'meanwhile', 'after']);
  await gus.reload();
  await bubble(gus, 'after').waitFor();
  assert.equal(await gus.locator('.bubble', { hasText: 'meanwhile' }).count(), 1);
  await close(gus, hal);
});

test('a QR code is scanned and approved; the new device is listed and ended', async () => {
  const ivan = await enter('ivan', 'narrow');
  const fresh = await open('/demo');
  await fresh.getByRole('tab', { name: 'By QR code' }).click();
  await fresh.getByText('Waiting for your approval').waitFor();
  await shot(fresh, '02-qr');
  // The phone's camera sees the code that the other screen shows.
  const seen = await fresh.locator('.qr-code canvas').evaluate((canvas) => canvas.toDataURL());
  await ivan.evaluate((url) => {
    navigator.mediaDevices.getUserMedia = async () => {
      const canvas = document.createElement('canvas');
      Object.assign(canvas, { width: 640, height: 480 });
      const pen = canvas.getContext('2d');
      const image = new Image();
      image.src = url;
      await image.decode();
      setInterval(() => {
        pen.fillStyle = '#d8d8d8';
        pen.fillRect(0, 0, 640, 480);
        pen.drawImage(image, 140, 60, 360, 360);
      }, 50);
      return canvas.captureStream(20);
    };
  }, seen);
  await go(ivan, 'approve');
  await shot(ivan, '09-link');
  await ivan.getByRole('button', { name: 'Scan with the camera' }).click();
  await ivan.getByText('Is this you?').waitFor();
  const code = await fresh.locator('.qr-text code').innerText();
  assert.match(await ivan.locator('.facts').innerText(), new RegExp(`Chrom[\\s\\S]*Linux[\\s\\S]*127\\.0\\.0\\.1[\\s\\S]*${code}`));
  await shot(ivan, '10-approve');
  await ivan.getByRole('button', { name: 'Approve' }).click();
  await ivan.getByText('The other device is signed in now').waitFor();
  await fresh.locator('.side-head').waitFor();
  await fresh.reload();
  await fresh.locator('.side-head').waitFor();
  await go(fresh, 'menu');
  await fresh.locator('.portrait h3', { hasText: 'ivan' }).waitFor();
  // Both devices have the same chats; the first one ends the second.
  await go(ivan, 'devices');
  await ivan.locator('.device').nth(1).waitFor();
  await shot(ivan, '08-devices');
  await ivan.locator('.device').nth(1).getByRole('button').click();
  await ivan.locator('dialog').getByRole('button', { name: 'Sign out' }).click();
  await fresh.getByText('signed out from another device').waitFor();
  await shot(fresh, '03-ended');
  // The used code is worth nothing; a refusal is told.
  await go(ivan, `approve=${code}`);
  await ivan.locator('.field-problem', { hasText: /./ }).waitFor();
  await fresh.getByRole('tab', { name: 'By QR code' }).click();
  await fresh.getByText('Waiting for your approval').waitFor();
  await ivan.getByLabel('Code or link').fill(await fresh.locator('.qr-text code').innerText());
  await ivan.getByRole('button', { name: 'Continue' }).click();
  await ivan.getByRole('button', { name: 'Refuse' }).click();
  await fresh.getByText('The other device has refused').waitFor();
  await close(ivan, fresh);
});

test('a profile with a picture is seen by the other at once', async () => {
  const [jill, kurt] = [await enter('jill'), await enter('kurt')];
  await chatWith(kurt, 'jill');
  await write(kurt, 'Hi');
  await chatWith(jill, 'kurt');
  await bubble(jill, 'Hi').waitFor();
  await go(jill, 'profile');
  await jill.getByLabel('Name', { exact: true }).fill('Jill <i>Ö. Baker');
  await jill.getByLabel('Status').fill('On the hills');
  await jill.getByLabel('Mobile number').fill('+420 777 123 456');
  await jill.getByLabel('E-mail').fill('jill@example.com');
  await jill.getByRole('button', { name: 'Save' }).click();
  await jill.getByText('Saved').waitFor();
  await kurt.locator('.head .name', { hasText: 'Jill <i>Ö. Baker' }).waitFor();
  await jill.locator('demo-profile input[type=file]').setInputFiles([{ name: 'hills.png', mimeType: 'image/png', buffer: await hills(jill) }]);
  await jill.getByRole('img', { name: /Drag to move/ }).focus();
  for (const key of ['+', '+', 'ArrowRight']) await jill.keyboard.press(key);
  await shot(jill, '12-crop');
  await jill.getByRole('button', { name: 'Use picture' }).click();
  await jill.getByText('Your picture is changed').waitFor();
  await kurt.locator('.head .avatar img').waitFor();
  await kurt.waitForFunction(() => document.querySelector('.head .avatar img')?.naturalWidth > 0);
  await kurt.getByRole('button', { name: /About: Jill/ }).click();
  for (const text of ['On the hills', '+420 777 123 456', 'jill@example.com']) await kurt.locator('.about').getByText(text).waitFor();
  await kurt.getByRole('button', { name: 'Close' }).click();
  await jill.locator('demo-profile input[type=file]').setInputFiles([{ name: 'x.png', mimeType: 'image/png', buffer: Buffer.from('no picture') }]);
  await jill.getByText('That file is not a picture').waitFor();
  await jill.getByRole('button', { name: 'Change picture' }).click();
  await jill.getByRole('menuitem', { name: 'Remove the picture' }).click();
  await kurt.locator('.head .avatar img').waitFor({ state: 'detached' });
  await close(jill, kurt);
});

test('blocked: nothing comes through either way, until it is undone', async () => {
  const [lara, milo] = [await enter('lara'), await enter('milo')];
  await chatWith(lara, 'milo');
  await chatWith(milo, 'lara');
  await write(milo, 'first');
  await bubble(lara, 'first').waitFor();
  await lara.getByRole('button', { name: 'More about this chat' }).click();
  await lara.getByRole('menuitem', { name: 'Block' }).click();
  await lara.locator('dialog').getByRole('button', { name: 'Block' }).click();
  await lara.getByText('You have blocked milo').waitFor();
  await milo.locator('.head .state', { hasText: 'online' }).waitFor({ state: 'detached' });
  await milo.locator('.no-composer', { hasText: 'cannot be reached' }).waitFor();
  await milo.reload();
  await milo.locator('.no-composer', { hasText: 'cannot be reached' }).waitFor();
  await go(lara, 'blocked');
  await lara.locator('.device', { hasText: 'milo' }).waitFor();
  await shot(lara, '11-blocked');
  await lara.getByRole('button', { name: 'Unblock milo' }).click();
  await lara.getByText('You have blocked nobody').waitFor();
  await milo.locator('.head .state', { hasText: 'online' }).waitFor();
  await write(milo, 'second');
  await chatWith(lara, 'milo');
  await bubble(lara, 'second').waitFor();
  await close(lara, milo);
});

test('a report and feedback reach the administrator, whose block and switches reach the page', async () => {
  const [nora, otto] = [await enter('nora'), await enter('otto')];
  const { tab, call } = await administrator();
  await chatWith(otto, 'nora');
  for (const text of ['Win a prize', 'Only today', 'Send me your card']) await write(otto, text);
  await chatWith(nora, 'otto');
  await bubble(nora, 'Send me your card').waitFor();
  await bubble(nora, 'Send me your card').click({ button: 'right' });
  await nora.getByRole('menuitem', { name: 'Report message' }).click();
  await nora.getByLabel(/Win a prize/).check();
  await shot(nora, '15-report');
  await nora.getByRole('button', { name: 'Send report' }).click();
  await nora.getByText('Reported. Thank you.').waitFor();
  const reports = await call('GET', 'Reports');
  assert.match(JSON.stringify(reports.body), /otto.*Win a prize.*Send me your card|otto.*Send me your card.*Win a prize/s);
  assert.doesNotMatch(JSON.stringify(reports.body), /Only today/);
  await go(nora, 'menu');
  await nora.getByRole('button', { name: 'Send feedback' }).click();
  await nora.getByLabel('Subject').fill('Bigger text');
  await nora.getByLabel('What would you like to tell us?').fill('Please.');
  await nora.locator('dialog').getByRole('button', { name: 'Send' }).click();
  await nora.getByText('Thank you. It was sent.').waitFor();
  assert.match(JSON.stringify((await call('GET', 'Feedback')).body), /Bigger text/);
  // Switched off, its buttons go; switched on, they come back.
  assert.ok((await call('PUT', 'Companies/features', { features: { isReportEnabled: false, isBlockEnabled: false } })).status < 300);
  await nora.getByRole('link', { name: 'Blocked people' }).waitFor({ state: 'detached' });
  await nora.getByRole('button', { name: 'More about this chat' }).click();
  await nora.getByRole('menuitem', { name: 'About' }).waitFor();
  assert.deepEqual(await nora.getByRole('menuitem').allInnerTexts(), ['About']);
  await nora.keyboard.press('Escape');
  assert.ok((await call('PUT', 'Companies/features', { features: { isReportEnabled: true, isBlockEnabled: true } })).status < 300);
  await nora.getByRole('link', { name: 'Blocked people' }).waitFor();
  // Blocked by an administrator.
  const { body } = await call('GET', 'Accounts?search=otto');
  const { id } = body.find((account) => account.username === 'otto');
  assert.ok((await call('PUT', `Accounts/${id}/enabled`, { isEnabled: false })).status < 300);
  await otto.getByText('An administrator has blocked this account').waitFor();
  await otto.getByRole('button', { name: 'Start chatting' }).click();
  await otto.locator('.problem').waitFor();
  await nora.getByText('An administrator has blocked this account').waitFor();
  await close(nora, otto, tab);
});

test('an account is deleted, and its contacts hear it', async () => {
  const [pia, quin] = [await enter('pia'), await enter('quin')];
  await chatWith(pia, 'quin');
  await write(pia, 'Goodbye');
  await chatWith(quin, 'pia');
  await bubble(quin, 'Goodbye').waitFor();
  await go(pia, 'menu');
  await pia.getByRole('button', { name: 'Delete account' }).click();
  const dialog = pia.locator('dialog');
  await dialog.getByLabel('Why are you leaving?').selectOption({ index: 1 });
  await dialog.getByLabel('What could be better?').fill('Nothing');
  const sure = dialog.getByRole('button', { name: 'Delete account' });
  assert.ok(await sure.isDisabled());
  await dialog.getByLabel(/Type pia/).fill('pia');
  await shot(pia, '16-delete');
  await sure.click();
  await pia.getByText('Your account is being deleted').waitFor();
  await quin.locator('.no-composer', { hasText: 'deleted' }).waitFor();
  await close(pia, quin);
});

test('opened under another name of the server, sockets and files still find it', async () => {
  const tab = await open(`${node.url.replace('127.0.0.1', 'localhost')}/demo?as=xena`);
  await tab.getByRole('button', { name: 'Start chatting' }).click();
  await tab.locator('.side-head').waitFor();
  await chatWith(tab, 'anna');
  await tab.locator('input[type=file]').setInputFiles([{ name: 'hills.png', mimeType: 'image/png', buffer: await hills(tab) }]);
  await write(tab, 'From localhost');
  await bubble(tab, 'From localhost').locator('.ticks:not(.queued)').waitFor();
  await bubble(tab, 'From localhost').locator('.ring').waitFor({ state: 'detached' });
  await close(tab);
});

test('at the limit of devices the oldest is signed out, and told why', async () => {
  const { tab, call } = await administrator();
  const { body: before } = await call('GET', 'Companies/settings');
  assert.ok((await call('PUT', 'Companies/settings', { ...before, deviceLimit: 1 })).status < 300);
  const first = await enter('tess');
  const second = await enter('tess');
  await first.getByText('the limit of devices was reached').waitFor();
  await go(second, 'devices');
  await second.getByText('You are signed in on this device only').waitFor();
  assert.ok((await call('PUT', 'Companies/settings', before)).status < 300);
  await close(first, second, tab);
});

test('by keyboard alone, in another language', async () => {
  const [rosa, sam] = [await enter('rosa'), await enter('sam')];
  await rosa.keyboard.press('/');
  await rosa.keyboard.type('sam');
  // Until the answer is there to all that was typed, others may stand in the list.
  await rosa.waitForFunction(() => [...document.querySelectorAll('.list a.row')].map((row) => row.hash).join() === '#chat/sam');
  await rosa.keyboard.press('ArrowDown');
  await rosa.keyboard.press('Enter');
  await rosa.locator('.composer textarea:focus').waitFor();
  await rosa.keyboard.type('Hallo');
  await rosa.keyboard.press('Enter');
  await sam.getByRole('link', { name: /rosa/ }).waitFor();
  await rosa.keyboard.press('Control+k');
  assert.equal(await rosa.evaluate(() => document.activeElement.id), 'search');
  await go(rosa, 'settings');
  await rosa.getByLabel('Language').selectOption('de');
  await rosa.getByRole('heading', { name: 'Einstellungen' }).waitFor();
  await rosa.getByText('Dunkel').click();
  await rosa.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
  await rosa.reload();
  await rosa.getByRole('heading', { name: 'Einstellungen' }).waitFor();
  await rosa.keyboard.press('Escape');
  await rosa.getByRole('heading', { name: 'Konto' }).waitFor();
  await rosa.getByRole('button', { name: 'Abmelden' }).click();
  await rosa.locator('dialog').getByRole('button', { name: 'Abmelden' }).click();
  await rosa.getByRole('button', { name: 'Chat beginnen' }).waitFor();
  await close(rosa, sam);
});

for (const look of Object.keys(looks)) {
  test(`screens, ${look}`, async () => {
    const [me, you] = [`vera-${look}`, `will-${look}`];
    const welcome = await open('/demo', look);
    await shot(welcome, '01-login');
    await close(welcome);
    const [a, b] = [await enter(me, look), await enter(you)];
    await shot(a, '04-empty');
    await go(b, 'profile');
    await b.getByLabel('Name', { exact: true }).fill('William Ashdown');
    await b.getByLabel('Status').fill('In the workshop until six');
    await b.getByRole('button', { name: 'Save' }).click();
    await b.getByText('Saved').waitFor();
    await chatWith(a, you);
    await chatWith(b, me);
    await write(b, 'Morning! The samples have arrived, all twelve.');
    await bubble(a, 'all twelve').waitFor();
    await write(a, 'Wonderful. Which one do you like best?');
    await a.locator('input[type=file]').setInputFiles([{ name: 'hills.png', mimeType: 'image/png', buffer: await hills(a) }]);
    await a.locator('.tray').waitFor();
    await shot(a, '05-tray');
    await write(a, 'This is the one I had in mind');
    await b.locator('.picture img:not(.blurred)').waitFor();
    await write(b, 'That one, without a doubt. I would print it larger than the others, so that people see it from the street.');
    await b.locator('input[type=file]').setInputFiles([{ name: 'Offer for the spring fair.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(240_000, 7) }]);
    await b.locator('.composer .go').click();
    await a.getByText('Offer for the spring').last().waitFor();
    await a.locator('.log .ticks.displayed').last().waitFor();
    await typing(b, 'And', a.locator('.dots'));
    await shot(a, '06-chat');
    await a.getByRole('button', { name: /About: William/ }).click();
    await a.locator('.about').getByText('In the workshop').waitFor();
    await shot(a, '07-about');
    await go(a, 'menu');
    await a.locator('.deed').first().waitFor();
    await shot(a, '17-menu');
    for (const [page, name, part] of [['profile', '18-profile', 'demo-profile form'], ['settings', '19-settings', 'demo-settings select'], ['', '20-list', '.list .row']]) {
      await go(a, page);
      await a.locator(part).first().waitFor();
      await shot(a, name);
    }
    await close(a, b);
  });
}

test('after the trial a name is not enough; a QR code of the application is', async () => {
  const { tab, call } = await administrator();
  const uma = await enter('uma');
  assert.ok((await call('POST', 'Companies/endTrial')).status < 300);
  const stranger = await open('/demo?as=uma');
  await stranger.getByRole('button', { name: 'Start chatting' }).click();
  await stranger.getByText('This server is not in trial mode').waitFor();
  const { body } = await call('GET', 'Companies');
  const fresh = await open(`/demo?licenseKey=${body.licenseKey}`);
  await fresh.getByRole('tab', { name: 'By QR code' }).click();
  await fresh.getByText('Waiting for your approval').waitFor();
  await go(uma, `approve=${await fresh.locator('.qr-text code').innerText()}`);
  await uma.getByRole('button', { name: 'Approve' }).click();
  await fresh.locator('.side-head').waitFor();
  await close(uma, stranger, fresh, tab);
});
