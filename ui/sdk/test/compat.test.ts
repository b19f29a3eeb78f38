import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as SDK from '../src/node.ts';
import type { CallbackListeners } from '../src/node.ts';
import { until, World } from './world.ts';

let world: World;
let heard: { name: string; value: unknown }[];
const anna = 'anna@localhost';
const ben = 'ben@localhost';

/** Every documented listener, noting what it hears. */
function listeners(): CallbackListeners {
  const names = ['connectionListener', 'presenceListener', 'friendsListListener', 'userProfileListener', 'messageListener', 'singleMessageDataListener', 'mediaUploadListener', 'mediaDownloadListener', 'blockUserListener', 'adminBlockListener', 'userDeletedListener', 'setUserToken'] as const;
  return Object.fromEntries(names.map((name) => [name, (value: unknown) => void heard.push({ name, value })]));
}

const values = (name: string) => heard.filter((h) => h.name === name).map((h) => h.value as Record<string, unknown>);
const messages = () => values('messageListener');

async function initialize(more: object = {}) {
  return SDK.initializeSDK({ apiBaseUrl: world.url, licenseKey: 'trial', isTrialLicenseKey: true, callbackListeners: listeners(), ...more });
}

async function signedIn(more: object = {}) {
  await initialize(more);
  const { data } = await SDK.register('anna');
  expect(await SDK.connect(data!.username, data!.password)).toEqual({ statusCode: 200, message: 'Success' });
}

beforeEach(async () => {
  heard = [];
  world = new World();
  await world.start();
});
afterEach(async () => {
  await SDK.getSwitchboard().disconnect();
  await world.server.close();
});

describe('starting', () => {
  it('refuses what cannot be', async () => {
    for (const options of [undefined, {}, { licenseKey: '' }, { licenseKey: 7 }, { licenseKey: 'k', apiBaseUrl: 'nonsense' }, { licenseKey: 'k', apiBaseUrl: 'ftp://x' }, { licenseKey: 'k', apiBaseUrl: world.url, callbackListeners: 1 }])
      expect(await SDK.initializeSDK(options as never)).toMatchObject({ statusCode: 400 });
    expect(await initialize()).toEqual({ statusCode: 200, message: 'Success' });
  });

  it('registers, connects and knows who it is', async () => {
    await initialize();
    expect(SDK.getCurrentUserJid()).toMatchObject({ statusCode: 400 });
    const registered = await SDK.register('anna', false, { plan: 'gold', seats: 3, beta: true });
    expect(registered).toEqual({
      statusCode: 200,
      message: 'Success',
      data: { username: 'anna', password: 'p-anna', token: 't1', userJid: anna, isProfileUpdated: false, isSandbox: true, isExisting: false },
    });
    expect(world.asked('POST /sandbox/register')).toEqual([{ deviceType: 'web', licenseKey: 'trial', userIdentifier: 'anna', forceRegister: false, metadata: { plan: 'gold', seats: 3, beta: true } }]);
    expect(await SDK.connect('anna', 'p-anna')).toMatchObject({ statusCode: 200 });
    expect(values('connectionListener').map((v) => v.status)).toEqual(['CONNECTING', 'CONNECTED']);
    expect(SDK.getCurrentUserJid()).toEqual({ statusCode: 200, message: 'Success', userJid: anna });
    expect(SDK.getJid('ben')).toMatchObject({ statusCode: 200, userJid: ben });
    expect(SDK.getGroupJid('g1')).toMatchObject({ statusCode: 200, groupJid: 'g1@mix.localhost' });
  });

  it('connects with a credential alone', async () => {
    world.server.user('anna', 'p-anna');
    await initialize();
    expect(await SDK.connect('anna', 'p-anna')).toMatchObject({ statusCode: 200 });
    expect(SDK.getCurrentUserJid().userJid).toBe(anna);
    expect(await SDK.connect('anna', 'nonsense')).toMatchObject({ statusCode: 401 });
  });

  it.each([
    [403, 'account-disabled', 403],
    [405, 'device-limit', 405],
    [400, 'license-invalid', 400],
    [500, 'internal', 500],
    [503, 'unavailable', 500],
    [404, 'unknown', 400],
    [429, 'too-many', 429],
  ])('says why register is refused (%i)', async (status, code, statusCode) => {
    await initialize();
    world.on('POST /sandbox/register', [status, { status, message: 'because', code }]);
    expect(await SDK.register('anna', false)).toEqual({ statusCode, message: 'because', code });
  });

  it.each([
    ['', undefined],
    ['x'.repeat(192), undefined],
    [undefined, undefined],
    [7, undefined],
    ['anna', { a: 1, b: 2, c: 3, d: 4 }],
    ['anna', { a: { b: 1 } }],
    ['anna', ['x']],
    ['anna', 'x'],
    ['anna', { a: null }],
  ])('refuses the arguments %j and %j of register', async (name, metadata) => {
    await initialize();
    expect(await SDK.register(name as string, true, metadata as never)).toMatchObject({ statusCode: 400 });
    expect(world.calls).toEqual([]);
  });

  it('proves who the user is outside of trial mode', async () => {
    let n = 0;
    await initialize({ isTrialLicenseKey: false, identityToken: (user: string) => `${user}-${++n}` });
    await SDK.register('anna');
    await SDK.register('anna');
    expect(world.asked('POST /register')).toMatchObject([{ identityToken: 'anna-1' }, { identityToken: 'anna-2' }]);
    await initialize({
      isTrialLicenseKey: false,
      identityToken: async () => {
        throw new Error('the backend is away');
      },
    });
    expect(await SDK.register('anna')).toMatchObject({ statusCode: 500, message: 'the backend is away' });
  });

  it('lets a page log out while its backend owes it a token, and does not sign in afterwards', async () => {
    let arrive = (_token: string): void => {};
    await initialize({ isTrialLicenseKey: false, identityToken: () => new Promise<string>((resolve) => (arrive = resolve)) });
    const registering = SDK.register('anna');
    expect(await SDK.logout()).toMatchObject({ statusCode: 200 });
    arrive('late');
    expect(await registering).toMatchObject({ code: 'cancelled' });
    expect(world.asked('POST /register')).toEqual([]);
  });

  it('does not offer one user\'s token as a proof for another', async () => {
    await initialize();
    await SDK.register('anna');
    await SDK.register('anna');
    await SDK.register('ben');
    expect(world.calls.map((c) => c.token)).toEqual([undefined, undefined, undefined]);
    await initialize({ isTrialLicenseKey: false });
    world.calls = [];
    await SDK.register('anna');
    await SDK.register('anna');
    await SDK.register('ben');
    const [first, second, third] = world.calls.map((c) => c.token);
    expect([first, !!second, third]).toEqual([undefined, true, undefined]);
  });

  it('says 403 where the account is blocked', async () => {
    await initialize();
    world.on('POST /login', [403, { status: 403, message: 'blocked by an administrator', code: 'account-disabled' }]);
    expect(await SDK.connect('anna', 'p-anna')).toMatchObject({ statusCode: 403, code: 'account-disabled' });
    world.handlers.clear();
    await SDK.register('anna');
    world.expire();
    world.on('POST /login', [403, { status: 403, message: 'blocked by an administrator', code: 'account-disabled' }]);
    expect(await SDK.connect('anna', 'p-anna')).toMatchObject({ statusCode: 403 });
    expect(values('connectionListener').at(-1)).toMatchObject({ status: 'AUTHENTICATIONFAILED' });
  });

  it('gives the device up at logout', async () => {
    await signedIn();
    world.on('GET /users/devices', { devices: [{ id: 4, current: false }, { id: 7, current: true }] });
    world.on('DELETE /users/devices/7', {});
    expect(await SDK.logout()).toMatchObject({ statusCode: 200 });
    expect(world.calls.at(-1)).toMatchObject({ method: 'DELETE', path: '/users/devices/7' });
    expect(values('connectionListener').at(-1)).toEqual({ status: 'DISCONNECTED' });
    expect(messages()).toEqual([{ msgType: 'logout' }]);
    expect(SDK.getCurrentUserJid()).toMatchObject({ statusCode: 400 });
    expect(await SDK.getUserProfile(ben)).toMatchObject({ statusCode: 401 });
  });
});

describe('tokens', () => {
  it('are given, taken, renewed and told', async () => {
    await signedIn();
    expect(await SDK.getUserToken('anna', 'p-anna')).toMatchObject({ statusCode: 200, userToken: 't2' });
    expect(await SDK.getUserToken('anna', 'x')).toMatchObject({ statusCode: 401 });
    expect(await SDK.setUserToken('t2')).toEqual({ statusCode: 200, message: 'Success' });
    await SDK.getUserProfile(ben);
    expect(world.calls.at(-1)!.token).toBe('t2');
    expect(await SDK.setUserToken('')).toMatchObject({ statusCode: 400 });
    heard = [];
    world.expire();
    const all = await Promise.all([SDK.getUserProfile(ben), SDK.getUserProfile(ben), SDK.getUserProfile(ben)]);
    expect(all.map((a) => a.statusCode)).toEqual([200, 200, 200]);
    expect(values('setUserToken')).toHaveLength(1);
  });

  it('that cannot be renewed are 401', async () => {
    await signedIn();
    world.expire();
    world.on('POST /login', [401, { status: 401, message: 'wrong' }]);
    expect(await SDK.getUserProfile(ben)).toMatchObject({ statusCode: 401 });
  });
});

describe('people', () => {
  const row = { userId: 'ben', nickName: 'Ben', image: '/media/b', thumbImage: '', status: 'hi', email: 'b@x', mobileNumber: '1', isAdminBlocked: 0 };
  const shown = { userId: 'ben', userJid: ben, nickName: 'Ben', name: 'Ben', status: 'hi', email: 'b@x', mobileNumber: '1', isAdminBlocked: false, fromUser: 'ben' };

  it('have profiles', async () => {
    await signedIn();
    world.on('GET /users/ben', { ...row, emailId: 'b@x', email: undefined, profileUrl: '/media/b', image: undefined });
    const { data, statusCode } = await SDK.getUserProfile(ben);
    expect(statusCode).toBe(200);
    expect(data).toEqual({ ...shown, image: `${world.url}/media/b`, thumbImage: `${world.url}/media/b` });
    expect(values('userProfileListener')).toEqual([data]);
    for (const bad of ['', 'ben', 'a@b@c', undefined, 7]) expect(await SDK.getUserProfile(bad as string)).toMatchObject({ statusCode: 400 });
  });

  it('change their own', async () => {
    await signedIn();
    world.on('POST /users/profile', { ...row, fileToken: 'ft', fileTokenThumb: 'fthumb' });
    expect(await SDK.setUserProfile('Anna', 'https://x/p.png', 'there', '42', 'a@x')).toEqual({ statusCode: 200, message: 'Success', fileToken: 'ft', fileTokenThumb: 'fthumb' });
    await SDK.setUserProfile('Anna', '', '', '', '');
    await SDK.setUserProfile('Anna', new File(['png'], 'me.png', { type: 'image/png' }), 'there', '', '');
    await SDK.setUserProfile('Anna', `${world.url}/media/x?e=1&s=2`, 'same picture', '', '');
    const [url, none, file, same] = world.asked('POST /users/profile');
    expect(url).toEqual({ nickName: 'Anna', status: 'there', mobileNumber: '42', email: 'a@x', profileUrl: 'https://x/p.png' });
    expect(none).toEqual({ nickName: 'Anna', status: '', mobileNumber: '', email: '', removeImage: true });
    expect(file).toContain('name="image"; filename="me.png"');
    expect(same).not.toHaveProperty('profileUrl');
    for (const bad of [['', ''], ['Anna', 7], ['Anna', {}]]) expect(await SDK.setUserProfile(bad[0] as string, bad[1] as string, '', '', '')).toMatchObject({ statusCode: 400 });
  });

  it('were seen, are blocked and unblocked', async () => {
    await signedIn();
    world.on('GET /users/lastSeen/ben', { userId: 'ben', userJid: ben, seconds: 12 });
    world.on('POST /users/block', {});
    world.on('POST /users/unblock', [400, { status: 400, message: 'User is not in blocked list' }]);
    world.on('GET /users/blockedList', { usersList: [row], totalPages: 1, totalRecords: 1 });
    world.on('GET /users/blockedByList', { usersList: [], totalPages: 0, totalRecords: 0 });
    expect(await SDK.getLastSeen(ben)).toMatchObject({ statusCode: 200, data: { fromUserJid: ben, seconds: 12 } });
    expect(await SDK.blockUser(ben)).toEqual({ statusCode: 200, message: 'Success' });
    expect(world.asked('POST /users/block')).toEqual([{ userId: 'ben' }]);
    expect(await SDK.unblockUser(ben)).toMatchObject({ statusCode: 400, message: 'User is not in blocked list' });
    expect(await SDK.getUsersIBlocked()).toMatchObject({ data: [{ ...shown, jid: ben }] });
    expect(await SDK.getUsersWhoBlockedMe()).toMatchObject({ statusCode: 200, data: [] });
    world.on('POST /users/block', [403, { status: 403, message: 'blocking is switched off', code: 'feature-off' }]);
    expect(await SDK.blockUser(ben)).toMatchObject({ statusCode: 403 });
  });

  it('are listed', async () => {
    await signedIn();
    world.on('GET /users/userList', { userList: [row], totalPages: 3, totalRecords: 41 });
    world.on('GET /contacts/contactsList', { contactsList: [row, row], totalPages: 1, totalRecords: 2 });
    expect(await SDK.getUsersList('be', 2, 10, { metaDataKey: 'plan', metaDataValues: ['gold', 'tin'] })).toMatchObject({ statusCode: 200, totalPages: 3, totalUsers: 41, users: [shown] });
    expect(world.asked('GET /users/userList')).toEqual([{ name: 'be', page: '2', size: '10', metadataKey: 'plan', metadataValues: 'gold,tin' }]);
    expect((await SDK.getRegisteredUsers()).data).toHaveLength(3);
    expect((await SDK.getFriendsList()).data).toHaveLength(2);
    expect(values('friendsListListener').map((v) => (v.users as unknown[]).length)).toEqual([3, 2]);
    expect(await SDK.getUsersList('', 0)).toMatchObject({ statusCode: 400 });
  });

  it('give feedback, report and delete themselves', async () => {
    await signedIn();
    for (const path of ['feedback', 'report', 'deleteMyAccount']) world.on(`POST /users/${path}`, {});
    world.on('GET /users/features', { isBlockEnabled: false });
    world.on('GET /users/getMetaData', { metaData: { plan: 'gold' } });
    world.on('PUT /users/updateMetaData', { metaData: { plan: 'tin' } });
    expect(await SDK.sendFeedback('Title', 'Text')).toMatchObject({ statusCode: 200 });
    expect(await SDK.sendFeedback('Title', '')).toMatchObject({ statusCode: 400 });
    const message = { msgId: 'm1', message: 'x', msgType: 'text', filename: '', timestamp: 1, publisherId: 'ben' };
    expect(await SDK.reportUserOrGroup(ben, 'chat', [message])).toMatchObject({ statusCode: 200 });
    expect(world.asked('POST /users/report')).toEqual([{ jid: ben, chatType: 'chat', messages: [message] }]);
    expect(await SDK.reportUserOrGroup(ben, 'groupchat', [])).toMatchObject({ statusCode: 400 });
    expect(await SDK.reportUserOrGroup(ben, 'chat', Array(6).fill(message))).toMatchObject({ statusCode: 400 });
    expect(await SDK.getAvailableFeatures()).toMatchObject({ data: { isBlockEnabled: false } });
    expect(await SDK.getMetaData()).toMatchObject({ data: { plan: 'gold' } });
    expect(await SDK.updateMetaData({ plan: 'tin' })).toMatchObject({ data: { plan: 'tin' } });
    expect(await SDK.updateMetaData({ a: 1, b: 2, c: 3, d: 4 })).toMatchObject({ statusCode: 400 });
    expect(await SDK.deleteMyAccount('')).toMatchObject({ statusCode: 400 });
    expect(await SDK.deleteMyAccount('enough', 'bye')).toMatchObject({ statusCode: 200 });
    expect(world.asked('POST /users/deleteMyAccount')).toEqual([{ reason: 'enough', feedback: 'bye' }]);
    expect(values('connectionListener').at(-1)).toMatchObject({ status: 'DISCONNECTED' });
  });
});

describe('messages', () => {
  it('are sent in both forms', async () => {
    await signedIn();
    const first = await SDK.sendTextMessage(ben, 'hello @[?]', 'm1', 'm0', ['carl']);
    expect(first).toMatchObject({
      statusCode: 200,
      data: { msgId: 'm1', chatType: 'chat', msgType: 'sentMessage', msgStatus: 0, fromUserId: 'anna', toUserJid: ben, publisherId: 'anna', msgBody: { message_type: 'text', message: 'hello @[?]', mentionedUsersIds: ['carl'], replyTo: 'm0' } },
    });
    await SDK.sendTextMessage({ toJid: ben, messageText: 'two', msgId: 'm2', topicId: 't', metaData: { a: 1 } });
    const [one, two] = world.server.archive(anna);
    expect(one!.stanza).toContain('<reply xmlns="urn:xmpp:reply:0" id="m0" to="ben@localhost"/>');
    expect(one!.stanza).toContain('begin="6" end="10"');
    expect(two!.stanza).toMatch(/<thread>t<\/thread><json xmlns="urn:xmpp:json:0">\{"a":1\}<\/json>/);
    for (const bad of [[ben, ''], ['ben', 'x'], [undefined, 'x'], [ben, 7], [null, 'x']]) expect(await SDK.sendTextMessage(bad[0] as string, bad[1] as string)).toMatchObject({ statusCode: 400 });
    expect(messages().map((m) => [m.msgType, m.msgId])).toEqual([['acknowledge', 'm1'], ['acknowledge', 'm2']]);
  });

  it('may be places and contacts', async () => {
    await signedIn();
    for (const payload of ["<geoloc xmlns='http://jabber.org/protocol/geoloc'><lat>50.08</lat><lon>14.42</lon></geoloc>", "<geoloc xmlns='http://jabber.org/protocol/geoloc'><lat>500</lat><lon>1</lon></geoloc>", "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Carl</text></fn><tel><uri>tel:+1</uri></tel><tel><text>2</text></tel></vcard>"])
      world.server.message(`${ben}/x`, anna, 'words', { extra: [world.server.parse(payload)] });
    await until(() => messages().length === 3);
    expect(messages().map((m) => m.msgBody)).toMatchObject([
      { message_type: 'location', location: { latitude: 50.08, longitude: 14.42 } },
      { message_type: 'text', message: 'words' },
      { message_type: 'contact', contact: { name: 'Carl', phone_number: ['+1', '2'] } },
    ]);
  });

  it('that are refused say so', async () => {
    await signedIn();
    world.server.refuseMessages = 'forbidden';
    expect(await SDK.sendTextMessage(ben, 'x', 'm1')).toMatchObject({ statusCode: 403 });
    expect(messages()).toMatchObject([{ msgType: 'acknowledge', type: 'failed', msgId: 'm1' }]);
  });

  it('wait without a connection, and go', async () => {
    await signedIn();
    world.server.refuse = true;
    world.server.drop();
    await until(() => values('connectionListener').at(-1)?.status === 'RECONNECTING');
    expect(await SDK.sendTextMessage(ben, 'later', 'm1')).toMatchObject({ statusCode: 200, data: { msgStatus: 3 } });
    world.server.refuse = false;
    SDK.getSwitchboard().client.retryNow();
    await until(() => messages().some((m) => m.msgType === 'acknowledge'));
    expect(world.server.archive(ben)).toHaveLength(1);
  });

  it('arrive, are ticked and seen', async () => {
    await signedIn();
    world.server.message(`${ben}/x`, anna, 'hi', { id: 'b1' });
    await until(() => messages().length === 1);
    expect(messages()[0]).toMatchObject({ msgType: 'receiveMessage', msgId: 'b1', fromUserId: 'ben', fromUserJid: ben, toUserId: 'anna', publisherId: 'ben', msgBody: { message: 'hi' } });
    expect(await SDK.sendSeenStatus(ben, 'b1')).toMatchObject({ statusCode: 200 });
    expect(await SDK.sendTypingStatus(ben)).toMatchObject({ statusCode: 200 });
    expect(await SDK.sendTypingGoneStatus(ben)).toMatchObject({ statusCode: 200 });
    await until(() => world.server.log.some((l) => l.includes('<paused')));
    expect(world.server.log.some((l) => l.includes('<displayed') && l.includes('b1'))).toBe(true);
    await SDK.sendTextMessage(ben, 'yes', 'm1');
    const from = { extra: [] as unknown[] };
    for (const text of ["<received xmlns='urn:xmpp:receipts' id='m1'/>", "<displayed xmlns='urn:xmpp:chat-markers:0' id='m1'/>", "<received xmlns='urn:xmpp:receipts' id='other'/>", "<composing xmlns='http://jabber.org/protocol/chatstates'/>", "<paused xmlns='http://jabber.org/protocol/chatstates'/>"])
      world.server.message(`${ben}/x`, anna, undefined, { ...from, extra: [world.server.parse(text)] });
    await until(() => messages().some((m) => m.msgType === 'gone'));
    expect(messages().slice(1).map((m) => m.msgType)).toEqual(['acknowledge', 'delivered', 'seen', 'carbonDelivered', 'composing', 'gone']);
  });

  it('of other devices come as carbons', async () => {
    await signedIn();
    const other = new SDK.Client({ url: world.server.url, domain: 'localhost', credentials: { token: world.token('anna') } });
    await other.connect();
    other.send(ben, 'from my phone', { id: 'p1' });
    await until(() => messages().length === 1);
    expect(messages()[0]).toMatchObject({ msgType: 'carbonSentMessage', msgId: 'p1', toUserId: 'ben', publisherId: 'anna' });
    await other.disconnect();
  });

  it('are read back by pages', async () => {
    await signedIn();
    for (let i = 1; i <= 30; i++) world.server.message(i % 2 ? `${ben}/x` : `${anna}/y`, i % 2 ? anna : ben, `n${i}`, { id: `n${i}` });
    await until(() => messages().length === 30);
    world.server.message(`${ben}/x`, anna, undefined, { extra: [world.server.parse("<displayed xmlns='urn:xmpp:chat-markers:0' id='n20'/>")] });
    const texts = (r: { data?: SDK.MessageObject[] }) => r.data!.map((m) => m.msgBody.message);
    const newest = await SDK.getChatMessages({ toJid: ben, limit: 12 });
    expect(newest).toMatchObject({ statusCode: 200, userJid: ben });
    expect(texts(newest)).toEqual(Array.from({ length: 12 }, (_, i) => `n${i + 19}`));
    expect(newest.data!.filter((m) => m.publisherId === 'anna').map((m) => m.msgStatus)).toEqual([2, 0, 0, 0, 0, 0]);
    const older = await SDK.getChatMessages(ben, 'up', 'n19', 15);
    expect(texts(older)).toEqual(Array.from({ length: 15 }, (_, i) => `n${i + 4}`));
    expect(texts(await SDK.getChatMessages(ben, 'down', 'n4', 3))).toEqual(['n5', 'n6', 'n7']);
    expect(texts(await SDK.getChatMessages({ toJid: ben, position: 'down', lastMessageId: 'n4', limit: 3, includeMsgObj: true }))).toEqual(['n4', 'n5', 'n6', 'n7']);
    expect(texts(await SDK.getChatMessages({ toJid: ben, position: 'up', lastMessageId: older.data![0]!.rowId, limit: 20 }))).toEqual(['n1', 'n2', 'n3']);
    expect(await SDK.getMessageById('n7', ben)).toMatchObject({ statusCode: 200, data: { msgBody: { message: 'n7' } } });
    expect(values('singleMessageDataListener')).toHaveLength(1);
    world.on('GET /chat/history', { chatList: [], totalPages: 0, totalRecords: 0 });
    expect(await SDK.getMessageById('nothing', ben)).toMatchObject({ statusCode: 400 });
    for (const bad of [{ toJid: 'x' }, { toJid: ben, position: 'left' }, { toJid: ben, limit: 0 }, undefined]) expect(await SDK.getChatMessages(bad as never)).toMatchObject({ statusCode: 400 });
  });

  it('of before this page was opened are found by their id', async () => {
    for (let i = 1; i <= 5; i++) world.server.message(`${ben}/x`, anna, `n${i}`, { id: `n${i}` });
    await signedIn();
    const time = Date.parse(world.server.archive(anna)[2]!.time);
    world.on('GET /chat/history', { chatList: [{ messageId: 'n3', messageTime: time }], totalPages: 1, totalRecords: 1 });
    const { data } = await SDK.getChatMessages(ben, 'up', 'n3', 20);
    expect(data!.map((m) => m.msgId)).toEqual(['n1', 'n2']);
    expect(world.asked('GET /chat/history')).toEqual([{ chatType: 'singlechat', participant: 'ben', messageId: 'n3', size: '1' }]);
  });

  it('are shown by chat', async () => {
    await signedIn();
    const chat = (n: number) => ({ chatType: n % 2 ? 'singlechat' : 'groupchat', messageType: 'text', messageId: `m${n}`, message: `text ${n}`, fromUser: n % 3 ? 'ben' : 'anna', toUser: 'anna', participant: `p${n}`, participantName: `P${n}`, unread: n, messageTime: 10_000 - n, deliveryStatus: 1 });
    const rows = Array.from({ length: 60 }, (_, i) => chat(i + 1));
    world.on('GET /chat/recent', ({ query }: { query: URLSearchParams }) => {
      const [page, size] = [Number(query.get('page')), Number(query.get('size'))];
      return [200, { status: 200, data: { chatList: rows.slice((page - 1) * size, page * size), totalPages: Math.ceil(60 / size), totalRecords: 60 } }] as [number, unknown];
    });
    const { data } = await SDK.getRecentChats();
    expect(data).toHaveLength(60);
    expect(data![1]).toMatchObject({ userId: 'p2', userJid: 'p2@mix.localhost', chatType: 'groupchat', msgId: 'm2', msgStatus: 1, unreadCount: 2, isLastMessageSentByMe: false, msgBody: { message: 'text 2' } });
    const first = await SDK.getRecentChatsByPagination();
    expect(first.data!.map((r) => r.msgId)).toEqual(rows.slice(0, 20).map((r) => r.messageId));
    const third = await SDK.getRecentChatsByPagination({ messageTime: rows[44]!.messageTime });
    expect(third.data!.map((r) => r.msgId)).toEqual(rows.slice(45).map((r) => r.messageId));
    expect(await SDK.getRecentChatsByPagination({ messageTime: 'soon' })).toMatchObject({ statusCode: 400 });
  });
});

describe('what the server tells', () => {
  const notice = (kind: string, jid: string, fields: Record<string, string> = {}, from = 'localhost') =>
    world.server.push('anna', `<message type='headline' from='${from}' to='${anna}'><notice xmlns='urn:switchboard:notice:0' kind='${kind}' jid='${jid}'>${Object.entries(fields).map(([k, v]) => `<field name='${k}'>${v}</field>`).join('')}</notice></message>`);

  it('reaches the listener of its kind', async () => {
    await signedIn();
    await until(() => world.server.log.join().includes('urn:switchboard:notice:0'));
    notice('profile', ben, { name: 'Ben', status: 'new', image: '/media/9' });
    notice('profile', ben, { name: 'forged' }, 'ben@localhost/x');
    notice('deleted', ben);
    notice('admin-blocked', 'g1@mix.localhost');
    notice('admin-unblocked', ben);
    notice('blocked-by', ben);
    notice('unblocked-by', ben);
    notice('device-added', anna, { type: 'ios' });
    notice('of-the-future', ben);
    await until(() => messages().length === 2);
    expect(values('userProfileListener')).toMatchObject([{ userId: 'ben', userJid: ben, nickName: 'Ben', status: 'new', image: `${world.url}/media/9` }]);
    expect(values('userDeletedListener')).toEqual([ben]);
    expect(values('adminBlockListener')).toEqual([
      { toUserId: 'g1', toUserJid: 'g1@mix.localhost', blockStatus: '1' },
      { toUserId: 'ben', toUserJid: ben, blockStatus: '0' },
    ]);
    expect(messages()).toMatchObject([
      { msgType: 'userBlockStatus', fromUserId: 'ben', type: 'block_user' },
      { msgType: 'userBlockStatus', fromUserId: 'ben', type: 'unblock_user' },
    ]);
  });

  it('tells other devices whom we blocked', async () => {
    await signedIn();
    world.server.push('anna', `<iq type='set' id='p1' from='${anna}'><block xmlns='urn:xmpp:blocking'><item jid='${ben}'/></block></iq>`);
    world.server.push('anna', `<iq type='set' id='p2' from='${ben}'><unblock xmlns='urn:xmpp:blocking'><item jid='${ben}'/></unblock></iq>`);
    await until(() => world.server.log.some((l) => l.includes('p2')));
    expect(values('blockUserListener')).toEqual([{ blockedUserId: 'ben', type: 'block_user' }]);
  });

  it('tells nothing of a block to the device that blocks', async () => {
    await signedIn();
    world.on('POST /users/block', {});
    expect(await SDK.blockUser(ben)).toMatchObject({ statusCode: 200 });
    world.server.push('anna', `<iq type='set' id='p1' from='${anna}'><block xmlns='urn:xmpp:blocking'><item jid='${ben}'/></block></iq>`);
    world.server.push('anna', `<iq type='set' id='p2' from='${anna}'><unblock xmlns='urn:xmpp:blocking'><item jid='${ben}'/></unblock></iq>`);
    await until(() => values('blockUserListener').length > 0);
    expect(values('blockUserListener')).toEqual([{ blockedUserId: 'ben', type: 'unblock_user' }]);
  });

  it.each([
    ['device-replaced', []],
    ['device-revoked', []],
    ['password-changed', []],
    ['account-blocked', [{ toUserId: 'anna', toUserJid: anna, blockStatus: '1' }]],
    ['account-deleted', []],
  ])('includes why a stream ended: %s', async (code, blocked) => {
    await signedIn();
    world.server.end('anna', `<not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>because</text><ended xmlns='urn:switchboard:notice:0' code='${code}'/>`);
    await until(() => messages().length === 1);
    expect(messages()).toEqual([{ msgType: 'serverLogout', code, message: 'because' }]);
    expect(values('connectionListener').at(-1)).toEqual({ status: 'DISCONNECTED', code, message: 'because' });
    expect(values('adminBlockListener')).toEqual(blocked);
    expect(values('userDeletedListener')).toHaveLength(code === 'account-deleted' ? 1 : 0);
  });

  it('presence', async () => {
    world.server.rosters.set(anna, [ben]);
    world.server.rosters.set(ben, [anna]);
    await signedIn();
    const other = new SDK.Client({ url: world.server.url, domain: 'localhost', credentials: { token: world.token('ben') } });
    await other.connect();
    await until(() => values('presenceListener').length === 1);
    world.server.push('anna', `<presence from='${ben}/second'/>`);
    for (const p of other.presences(ben)) expect(p.available).toBe(true);
    world.server.push('anna', `<presence from='${ben}/second' type='unavailable'/>`);
    world.server.push('anna', `<presence from='${other.jid}' type='unavailable'/>`);
    await until(() => values('presenceListener').length === 2);
    expect(values('presenceListener')).toEqual([{ fromUserJid: ben, status: 'online' }, { fromUserJid: ben, status: 'unavailable' }]);
    await other.disconnect();
  });

  it('says why an attempt fails, and goes on', async () => {
    await signedIn();
    heard = [];
    world.server.refuse = true;
    world.server.drop();
    await until(() => values('connectionListener').some((v) => v.status === 'CONNECTIONFAILED'));
    await until(() => values('connectionListener').at(-1)!.status === 'RECONNECTING');
    world.server.refuse = false;
    SDK.getSwitchboard().client.retryNow();
    await until(() => values('connectionListener').at(-1)!.status === 'CONNECTED');
  });

  it('does not break on listeners that do', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    await signedIn({
      callbackListeners: {
        connectionListener: () => {
          throw new Error('mine');
        },
        messageListener: async () => {
          throw new Error('mine, too');
        },
      },
    });
    await SDK.sendTextMessage(ben, 'x');
    await until(() => log.mock.calls.length >= 3);
    log.mockRestore();
  });
});

it('every function refuses before initializeSDK, and none rejects', async () => {
  await initialize();
  vi.resetModules();
  const fresh = await import('../src/index.ts');
  const skip = new Set(['initializeSDK', 'getSwitchboard', 'Switchboard', 'SwitchboardError', 'Client', 'Emitter', 'Platform', 'PlatformError', 'bare', 'domainOf', 'groupDomain', 'isGroup', 'localOf', 'resourceOf', 'uuid', 'readContent']);
  const names = Object.keys(fresh).filter((name) => !skip.has(name));
  expect(names.length).toBeGreaterThan(40);
  for (const name of names) {
    const call = fresh[name as keyof typeof fresh] as (...args: unknown[]) => unknown;
    expect(await call('a@b', 'b', 'c', () => {}), name).toMatchObject({ statusCode: 400 });
    expect(await call(), name).toMatchObject({ statusCode: 400 });
  }
});
