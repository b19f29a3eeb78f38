// The SDK's documented functions against the real server, in Chromium and in
// Node alike: each with two people, and where it matters with two devices.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import jsQR from 'jsqr';
import { launch, newTab } from '../browser.mjs';
import { Node, password } from './node.mjs';
import { NodePeer, site, TabPeer } from './sdkpeers.mjs';

const dot = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
let node;
let browser;
let app;
let boss;
const peers = [];

before(async () => {
  node = await Node.start({ mia: 'admin' });
  [browser, app] = [await launch(), await site()];
  boss = await administrator();
});
after(async () => {
  for (const peer of peers) await peer.close();
  await browser?.close();
  app?.close();
  await node?.stop();
});

/** An administrator's way into both dialects: by a token, and as a browser that is signed in. */
async function administrator() {
  const login = await fetch(`${node.url}/api/v1/login`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ username: 'mia', password }) });
  const { token } = (await login.json()).data;
  const tab = await newTab(browser);
  await tab.goto(`${node.url}/login/Account/Login?ReturnUrl=%2Fapi`);
  await tab.getByLabel('User name').fill('mia');
  await tab.getByLabel('Password').fill(password);
  await tab.getByRole('button', { name: 'Sign in' }).click();
  await tab.waitForURL((url) => url.pathname.startsWith('/api'));
  return async (method, address, body) => {
    const headers = { 'Content-Type': 'application/json', Accept: 'application/json' };
    const call = async ([url, init]) => {
      const answer = await fetch(url, init);
      return { status: answer.status, text: await answer.text() };
    };
    const init = { method, body: body && JSON.stringify(body) };
    const { status, text } = address.startsWith('/public')
      ? await tab.evaluate(call, [address, { ...init, headers }])
      : await call([`${node.url}${address}`, { ...init, headers: { ...headers, Authorization: token } }]);
    assert.ok(status < 300, `${method} ${address}: ${status} ${text}`);
    return text && JSON.parse(text);
  };
}

/** Every file under the server's data directory that a text stands in. */
function storedIn(text, dir = node.data) {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => {
      try {
        return readFileSync(file).includes(text);
      } catch (error) {
        if (error.code === 'ENOENT') return false; // the server has removed it since
        throw error;
      }
    });
}

for (const Kind of [TabPeer, NodePeer]) {
  const where = Kind === TabPeer ? 'in Chromium' : 'in Node';
  const user = (name) => `${name}-${Kind === TabPeer ? 'tab' : 'node'}`;
  const start = async (more) => {
    const peer = await Kind.start(browser, app.url, node.url, more);
    peers.push(peer);
    return peer;
  };
  const person = async (name, ...more) => (await start()).join(user(name), ...more);

  test(`a profile is set, seen and heard of ${where}`, async () => {
    const [anna, ben] = [await person('anna', true, { plan: 'gold', seats: 3, beta: true }), await person('ben')];
    const phone = await person('anna');
    assert.equal((await anna.call('getCurrentUserJid')).userJid, anna.jid);
    await ben.ok('sendTextMessage', anna.jid, 'hello'); // From here on each is the other's affair.
    await anna.hears('messageListener', { msgType: 'receiveMessage', msgBody: { message: 'hello' } });
    const set = await anna.ok('setUserProfile', 'Anna Ábel', '', 'At work', '+420123456', 'anna@example.com');
    assert.equal(set.fileToken, '');
    for (const who of [anna, phone, ben]) await who.hears('userProfileListener', { userJid: anna.jid, nickName: 'Anna Ábel', status: 'At work', email: 'anna@example.com', mobileNumber: '+420123456' });
    const { data } = await ben.ok('getUserProfile', anna.jid);
    assert.deepEqual({ ...data, image: '', thumbImage: '' }, { userId: user('anna'), userJid: anna.jid, nickName: 'Anna Ábel', name: 'Anna Ábel', image: '', thumbImage: '', status: 'At work', email: 'anna@example.com', mobileNumber: '+420123456', isAdminBlocked: false, fromUser: user('anna') });
    const picture = await anna.setPicture(dot, 'Anna', 'At work', '', '');
    assert.equal(picture.statusCode, 200, JSON.stringify(picture));
    assert.ok(picture.fileToken && picture.fileTokenThumb);
    const { image, thumbImage } = await ben.hears('userProfileListener', (p) => p.nickName === 'Anna' && p.image !== '');
    for (const address of [image, thumbImage]) {
      const answer = await fetch(address);
      assert.equal(answer.status, 200);
      assert.match(answer.headers.get('content-type'), /^image\//);
    }
    await anna.ok('setUserProfile', 'Anna', image, 'The same picture', '', '');
    assert.equal(new URL((await ben.ok('getUserProfile', anna.jid)).data.image).pathname, new URL(image).pathname);
    await anna.ok('setUserProfile', 'Anna', 'https://pictures.example/a.png', '', '', '');
    assert.equal((await ben.ok('getUserProfile', anna.jid)).data.image, 'https://pictures.example/a.png');
    await anna.ok('setUserProfile', 'Anna', '', '', '', '');
    assert.equal((await ben.ok('getUserProfile', anna.jid)).data.image, '');
    const bad = await anna.setPicture(Buffer.from('<svg onload="alert(1)"/>').toString('base64'), 'Anna', '', '', '');
    assert.equal(bad.statusCode, 400, JSON.stringify(bad));
    assert.deepEqual((await anna.ok('getMetaData')).data, { plan: 'gold', seats: '3', beta: 'true' });
    await anna.ok('updateMetaData', { plan: 'tin' });
    assert.deepEqual((await anna.ok('getMetaData')).data, { plan: 'tin' });
  });

  test(`last seen, presence, blocking ${where}`, async () => {
    const [carl, dora] = [await person('carl'), await person('dora')];
    const phone = await person('carl');
    await carl.ok('sendTextMessage', dora.jid, 'one');
    await carl.hears('presenceListener', { fromUserJid: dora.jid, status: 'online' });
    await dora.hears('presenceListener', { fromUserJid: carl.jid, status: 'online' });
    assert.deepEqual((await carl.ok('getLastSeen', dora.jid)).data, { fromUserJid: dora.jid, seconds: 0 });
    await carl.ok('blockUser', dora.jid);
    await phone.hears('blockUserListener', { blockedUserId: user('dora'), type: 'block_user' });
    await dora.hears('messageListener', { msgType: 'userBlockStatus', fromUserId: user('carl'), type: 'block_user' });
    await dora.hears('presenceListener', { fromUserJid: carl.jid, status: 'unavailable' });
    assert.deepEqual((await carl.ok('getUsersIBlocked')).data.map((u) => [u.jid, u.userJid, u.userId]), [[dora.jid, dora.jid, user('dora')]]);
    assert.deepEqual((await dora.ok('getUsersWhoBlockedMe')).data.map((u) => u.jid), [carl.jid]);
    assert.equal((await carl.call('blockUser', dora.jid)).statusCode, 400);
    assert.equal((await dora.call('getLastSeen', carl.jid)).data?.seconds ?? -1, -1);
    assert.notEqual((await dora.call('sendTextMessage', carl.jid, 'nobody hears this')).statusCode, 200);
    const [before, since] = [await carl.now(), await dora.now()];
    await carl.ok('unblockUser', dora.jid);
    await carl.hears('presenceListener', { fromUserJid: dora.jid, status: 'online' }, before);
    await dora.hears('presenceListener', { fromUserJid: carl.jid, status: 'online' }, since);
    await phone.hears('blockUserListener', { type: 'unblock_user' });
    assert.deepEqual((await carl.ok('getUsersIBlocked')).data, []);
    await dora.ok('sendTextMessage', carl.jid, 'two');
    await carl.hears('messageListener', { msgType: 'receiveMessage', msgBody: { message: 'two' } });
    assert.ok(!JSON.stringify(await carl.heard()).includes('nobody hears this'));
    assert.ok(!JSON.stringify(await carl.heard()).includes('blockUserListener'), 'who blocks knows it');
    assert.equal((await carl.call('blockUser', carl.jid)).statusCode, 400);
    assert.equal((await carl.call('blockUser', 'nonsense')).statusCode, 400);
  });

  test(`people are listed; tokens, feedback and reports ${where}`, async () => {
    const eva = await person('eva', true, { team: where });
    const { users, totalPages, totalUsers } = await eva.ok('getUsersList', user('eva'));
    assert.deepEqual([users.map((u) => u.userId), totalPages, totalUsers], [[user('eva')], 1, 1]);
    assert.deepEqual((await eva.ok('getUsersList', '', 1, 20, { metaDataKey: 'team', metaDataValues: [where] })).users.map((u) => u.userJid), [eva.jid]);
    const all = (await eva.ok('getRegisteredUsers')).data;
    assert.ok(all.length > 1);
    assert.equal((await eva.hears('friendsListListener')).users.length, all.length);
    const fred = await person('fred');
    await eva.ok('sendTextMessage', fred.jid, 'rude', 'reported-1');
    assert.deepEqual((await fred.ok('getFriendsList')).data.map((u) => u.userId), [user('eva')]);
    const { userToken } = await eva.ok('getUserToken', eva.me.username, eva.me.password);
    await eva.ok('setUserToken', userToken);
    assert.equal((await eva.ok('getUserProfile', eva.jid)).data.userJid, eva.jid);
    assert.equal((await eva.call('getUserToken', eva.me.username, 'wrong')).statusCode, 401);
    // A token that does not count any more is renewed in the middle of a call, and the listener is told.
    await eva.ok('setUserToken', 'nonsense');
    const since = await eva.now();
    await eva.ok('sendFeedback', 'Good', `It works ${where}`);
    assert.ok((await eva.hears('setUserToken', undefined, since)) !== 'nonsense');
    await fred.ok('reportUserOrGroup', eva.jid, 'chat', [{ msgId: 'reported-1', message: 'rude', msgType: 'text', filename: '', timestamp: Date.now(), publisherId: user('eva') }]);
    const feedback = await boss('GET', '/public/api/v1/Feedback');
    assert.ok(JSON.stringify(feedback).includes(`It works ${where}`));
    assert.ok(JSON.stringify(await boss('GET', '/public/api/v1/Reports')).includes('reported-1'));
  });

  test(`two people talk ${where}`, async () => {
    const [gus, hana] = [await person('gus'), await person('hana')];
    const phone = await person('gus');
    const { data } = await gus.ok('sendTextMessage', hana.jid, 'hello', 'g1');
    assert.equal(data.msgStatus, 0);
    await gus.hears('messageListener', { msgType: 'acknowledge', msgId: 'g1' });
    await gus.hears('messageListener', { msgType: 'delivered', msgId: 'g1' });
    await phone.hears('messageListener', { msgType: 'carbonSentMessage', msgId: 'g1' });
    const got = await hana.hears('messageListener', { msgType: 'receiveMessage', msgId: 'g1' });
    assert.deepEqual([got.fromUserJid, got.toUserJid, got.publisherId, got.msgBody.message], [gus.jid, hana.jid, user('gus'), 'hello']);
    await hana.ok('sendTypingStatus', gus.jid);
    await gus.hears('messageListener', { msgType: 'composing', fromUserJid: hana.jid });
    await hana.ok('sendTypingGoneStatus', gus.jid);
    await gus.hears('messageListener', { msgType: 'gone', fromUserJid: hana.jid });
    await hana.ok('sendSeenStatus', gus.jid, 'g1');
    await gus.hears('messageListener', { msgType: 'seen', msgId: 'g1' });
    for (let i = 1; i <= 30; i++) await (i % 2 ? gus : hana).ok('sendTextMessage', { toJid: (i % 2 ? hana : gus).jid, messageText: `n${i}`, msgId: `n${i}`, ...(i === 30 && { replyMessageId: 'n29', metaData: { a: 1 } }) });
    const page = (await hana.ok('getChatMessages', { toJid: gus.jid, limit: 10 })).data;
    assert.deepEqual(page.map((m) => m.msgId), Array.from({ length: 10 }, (_, i) => `n${i + 21}`));
    assert.deepEqual([page[9].msgBody.replyTo, page[9].metaData], ['n29', { a: 1 }]);
    // A page that was opened later knows no message yet: it is told where by the message's id.
    const late = await person('hana');
    assert.deepEqual((await late.ok('getChatMessages', gus.jid, 'up', 'n21', 5)).data.map((m) => m.msgId), ['n16', 'n17', 'n18', 'n19', 'n20']);
    assert.deepEqual((await late.ok('getChatMessages', gus.jid, 'down', 'n16', 2)).data.map((m) => m.msgId), ['n17', 'n18']);
    assert.equal((await late.ok('getMessageById', 'g1', gus.jid)).data.msgBody.message, 'hello');
    const first = (await late.ok('getChatMessages', { toJid: gus.jid, limit: 100 })).data;
    assert.deepEqual([first[0].msgId, first.length], ['g1', 31]);
    const gusSees = (await gus.ok('getChatMessages', { toJid: hana.jid, limit: 100 })).data;
    assert.deepEqual([gusSees[0].msgStatus, gusSees[1].msgStatus], [2, 1]);
    const recent = (await hana.ok('getRecentChats')).data;
    assert.deepEqual(recent.map((r) => [r.userJid, r.msgId, r.isLastMessageSentByMe]), [[gus.jid, 'n30', true]]);
    assert.deepEqual((await hana.ok('getRecentChatsByPagination', { messageTime: recent[0].timestamp })).data, []);
  });

  for (const encrypted of [false, true]) {
    test(`a picture and a long file go from one to the other, encrypted ${encrypted}, ${where}`, async () => {
      const tag = encrypted ? 'e' : 'p';
      const [ida, jan] = [await person(`ida${tag}`), await person(`jan${tag}`)];
      await ida.ok('setMediaEncryption', encrypted);
      for (const [size, fileName, contentType, type] of [[70_001, 'a picture.png', 'image/png', 'image'], [3_000_017, 'long.bin', 'application/octet-stream', 'file']]) {
        const since = await ida.now();
        const { result, told, digest } = await ida.sendFile(jan.jid, size, { fileName, contentType, caption: 'look', originalWidth: 20, originalHeight: 10 }, type);
        assert.equal(result.statusCode, 200, JSON.stringify(result));
        const { msgId } = result.data;
        assert.deepEqual(told, [['pending', msgId], ['success', 200]]);
        await ida.hears('mediaUploadListener', { msgId, progress: 100 }, since);
        const message = await jan.hears('messageListener', { msgType: 'receiveMessage', msgId });
        const { media, message_type } = message.msgBody;
        assert.equal(message_type, type);
        assert.deepEqual([media.fileName, media.file_size, media.caption, media.webWidth, media.webHeight], [fileName, size, 'look', 20, 10]);
        assert.match(media.file_key, encrypted ? /^[0-9a-f]{88}$/ : /^$/);
        const down = await jan.download('downloadMedia', msgId);
        assert.deepEqual([down.digest, down.size, down.type, down.told.at(-1), down.told.at(-2)], [digest, size, contentType, 'success', 100]);
        assert.equal((await jan.download('getMediaURL', media.fileToken, media.file_key, msgId)).digest, digest);
        // What lies at the address is the file itself only where it is not encrypted.
        const bytes = Buffer.from(await (await fetch(media.file_url)).arrayBuffer());
        assert.equal(bytes.length, size + (encrypted ? 16 : 0));
        assert.equal(bytes.includes('A secret that the storage must not see.'), !encrypted);
        // Encrypted by this client or by the server: it is nowhere on the disk.
        assert.deepEqual(storedIn('A secret that the storage must not see.'), []);
        if (encrypted) {
          assert.ok(!bytes.includes(fileName));
          const wrong = `${media.file_key.slice(0, -1)}${media.file_key.endsWith('0') ? '1' : '0'}`;
          assert.equal((await jan.download('getMediaURL', media.fileToken, wrong, msgId)).statusCode, 400);
        }
        const [again] = (await jan.ok('getChatMessages', { toJid: ida.jid, limit: 1 })).data;
        assert.deepEqual([again.msgBody.media.file_url, again.msgBody.media.file_key], [media.file_url, media.file_key]);
        const [row] = (await jan.ok('getRecentChats')).data;
        assert.equal(row.msgBody.message_type, type);
      }
    });
  }

  test(`the device limit: refused, or the oldest is told why ${where}`, async () => {
    await boss('PUT', '/public/api/v1/Companies/settings', { deviceLimit: 2 });
    try {
      const first = await person('kim');
      await person('kim');
      const third = await start();
      assert.equal((await third.call('register', user('kim'), false)).statusCode, 405);
      await third.join(user('kim'), true);
      assert.equal((await first.hears('messageListener', { msgType: 'serverLogout' })).code, 'device-replaced');
      await first.hears('connectionListener', { status: 'DISCONNECTED', code: 'device-replaced' });
      assert.equal((await first.call('getUserProfile', third.jid)).statusCode, 401);
      assert.equal((await first.call('connect', first.me.username, first.me.password)).statusCode, 401);
    } finally {
      await boss('PUT', '/public/api/v1/Companies/settings', { deviceLimit: 10 });
    }
  });

  test(`logging out gives the device up ${where}`, async () => {
    const lena = await person('lena');
    await lena.ok('logout');
    await lena.hears('connectionListener', { status: 'DISCONNECTED' });
    assert.equal((await lena.call('connect', lena.me.username, lena.me.password)).statusCode, 401);
    await lena.join(user('lena'));
  });

  test(`an administrator blocks and unblocks ${where}`, async () => {
    const [max, nora] = [await person('max'), await person('nora')];
    await max.ok('sendTextMessage', nora.jid, 'hello');
    await boss('POST', '/platform/api/v1/moderation/block', { blockStatus: true, id: [user('max')], type: 'user' });
    await nora.hears('adminBlockListener', { toUserId: user('max'), toUserJid: max.jid, blockStatus: '1' });
    assert.equal((await max.hears('messageListener', { msgType: 'serverLogout' })).code, 'account-blocked');
    await max.hears('adminBlockListener', { toUserJid: max.jid, blockStatus: '1' });
    const again = await start();
    assert.equal((await again.call('register', user('max'))).statusCode, 403);
    assert.equal((await again.call('connect', max.me.username, max.me.password)).statusCode, 403);
    assert.equal((await nora.ok('getUserProfile', max.jid)).data.isAdminBlocked, true);
    await boss('POST', '/platform/api/v1/moderation/block', { blockStatus: false, id: [user('max')], type: 'user' });
    await nora.hears('adminBlockListener', { toUserJid: max.jid, blockStatus: '0' });
    await again.join(user('max'));
  });

  test(`what is switched off answers 403 ${where}`, async () => {
    const [olga, paul] = [await person('olga'), await person('paul')];
    const off = (flags, value) => boss('PUT', '/public/api/v1/Companies/features', { features: Object.fromEntries(flags.map((f) => [f, value])) });
    const flags = ['isBlockEnabled', 'isReportEnabled', 'isImageAttachmentEnabled'];
    await off(flags, false);
    try {
      const { data } = await olga.ok('getAvailableFeatures');
      assert.deepEqual([data.isBlockEnabled, data.isReportEnabled, data.isImageAttachmentEnabled, data.isDocumentAttachmentEnabled], [false, false, false, true]);
      assert.equal((await olga.call('blockUser', paul.jid)).statusCode, 403);
      assert.equal((await olga.call('reportUserOrGroup', paul.jid, 'chat', [])).statusCode, 403);
      for (const encrypted of [false, true]) {
        await olga.ok('setMediaEncryption', encrypted);
        const { result, told } = await olga.sendFile(paul.jid, 1000, { fileName: 'a.png', contentType: 'image/png' }, 'image');
        assert.equal(result.statusCode, 403, JSON.stringify(result));
        assert.deepEqual(told.at(-1), ['error', 403]);
      }
    } finally {
      await off(flags, true);
    }
    await olga.ok('blockUser', paul.jid);
  });

  test(`an account is deleted ${where}`, async () => {
    const [rita, sven] = [await person('rita'), await person('sven')];
    const phone = await person('rita');
    await rita.ok('sendTextMessage', sven.jid, 'soon I am gone');
    await rita.ok('deleteMyAccount', 'enough', 'it was nice');
    await sven.hears('userDeletedListener', rita.jid);
    assert.equal((await phone.hears('messageListener', { msgType: 'serverLogout' })).code, 'account-deleted');
    assert.equal((await phone.call('getUserProfile', sven.jid)).statusCode, 401);
    const again = await start();
    assert.notEqual((await again.call('register', user('rita'))).statusCode, 200);
  });
}

test('a server that is killed leaves no hole and no double, in a page and in Node', async () => {
  const tab = await TabPeer.start(browser, app.url, node.url);
  const other = await NodePeer.start(browser, app.url, node.url);
  peers.push(tab, other);
  await tab.join('tom');
  await other.join('una');
  const each = 60;
  for (let i = 0; i < each; i++) {
    const [a, b] = await Promise.all([tab.call('sendTextMessage', other.jid, `t${i}`), other.call('sendTextMessage', tab.jid, `u${i}`)]);
    assert.deepEqual([a.statusCode, b.statusCode], [200, 200]);
    if (i === 20) await node.kill();
    if (i === 35) await node.run();
  }
  const texts = async (peer) => (await peer.heard()).filter((h) => h.name === 'messageListener' && h.value.msgType === 'receiveMessage').map((h) => h.value.msgBody.message);
  await tab.hears('messageListener', { msgType: 'receiveMessage', msgBody: { message: `u${each - 1}` } });
  await other.hears('messageListener', { msgType: 'receiveMessage', msgBody: { message: `t${each - 1}` } });
  assert.deepEqual(await texts(tab), Array.from({ length: each }, (_, i) => `u${i}`));
  assert.deepEqual(await texts(other), Array.from({ length: each }, (_, i) => `t${i}`));
});

test('an upload goes on where a killed server left it', async () => {
  const [xena, yan] = [await NodePeer.start(browser, app.url, node.url), await NodePeer.start(browser, app.url, node.url)];
  peers.push(xena, yan);
  await xena.join('xena');
  await yan.join('yan');
  await xena.ok('setMediaEncryption', true);
  const sending = xena.sendFile(yan.jid, 24_000_000, { fileName: 'long.bin', contentType: 'application/octet-stream' });
  await xena.hears('mediaUploadListener');
  await node.kill();
  await node.run();
  const { result, digest } = await sending;
  assert.equal(result.statusCode, 200, JSON.stringify(result));
  await yan.hears('messageListener', { msgType: 'receiveMessage', msgId: result.data.msgId });
  assert.equal((await yan.download('downloadMedia', result.data.msgId)).digest, digest);
});

/** What a phone's camera would read off the page. */
async function scan(tab) {
  const { data, width, height } = await tab.evaluate(() => {
    const canvas = document.querySelector('#qr canvas');
    const image = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return { data: [...image.data], width: canvas.width, height: canvas.height };
  });
  const code = jsQR(Uint8ClampedArray.from(data), width, height);
  assert.ok(code, 'the code can be read with the logo in it');
  // The middle is the logo's.
  const middle = (Math.floor(height / 2) * width + Math.floor(width / 2)) * 4;
  assert.deepEqual(data.slice(middle, middle + 3), [0xc2, 0x18, 0x5b]);
  return code.data;
}

async function showCode(peer) {
  await peer.tab.evaluate(([server]) => {
    window.qr = [];
    return SDK.generateQrCode('qr', 'logo', server, (result) => window.qr.push(result)).then((answer) => (window.drawn = answer));
  }, [node.url]);
  assert.deepEqual(await peer.tab.evaluate(() => window.drawn), { statusCode: 200, message: 'Success' });
  return scan(peer.tab);
}

const outcome = async (peer) => (await peer.tab.waitForFunction(() => window.qr[0])).jsonValue();

test('a page is signed in by a code that another device has scanned and approved', async () => {
  const [page, phone, thief] = await Promise.all([0, 1, 2].map(() => TabPeer.start(browser, app.url, node.url)));
  peers.push(page, phone, thief);
  await phone.join('vera');
  const text = await showCode(page);
  const { data: ask } = await phone.ok('getQrCodeRequest', text);
  assert.match(JSON.stringify(ask), /Chrom/);
  assert.equal((await thief.call('approveQrCode', text)).statusCode, 401);
  const since = await phone.now();
  await phone.ok('approveQrCode', text);
  const result = await outcome(page);
  assert.deepEqual([result.statusCode, result.username], [200, 'vera']);
  assert.deepEqual(await page.call('connect', result.username, result.password), { statusCode: 200, message: 'Success' });
  assert.equal((await page.call('getCurrentUserJid')).userJid, phone.jid);
  assert.ok((await phone.now()) >= since);
  // It was good for one use.
  assert.notEqual((await phone.call('approveQrCode', text)).statusCode, 200);
  assert.notEqual((await phone.call('getQrCodeRequest', 'https://example.com/nothing')).statusCode, 200);
});

test('a code is refused by the person, and that is the end of it', async () => {
  const [page, phone] = await Promise.all([0, 1].map(() => TabPeer.start(browser, app.url, node.url)));
  peers.push(page, phone);
  await phone.join('wim');
  const text = await showCode(page);
  await phone.ok('rejectQrCode', text);
  assert.equal((await outcome(page)).statusCode, 403);
  assert.notEqual((await phone.call('approveQrCode', text)).statusCode, 200);
});
