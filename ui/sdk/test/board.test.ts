import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as SDK from '../src/node.ts';
import { until, World } from './world.ts';
import { random, Storage } from './storage.ts';

let world: World;
let storage: Storage;
let anna: SDK.Switchboard;
const ben = 'ben@localhost';

/** Files go to the storage, everything else to the world. */
const mixed: typeof fetch = (input, init) => (String(input).startsWith('http://store/') ? storage.fetch(input, init) : fetch(input, init));

beforeEach(async () => {
  world = new World();
  storage = new Storage();
  await world.start();
  world.server.onIQ = (_element, request) => {
    if (!request.is('request', 'urn:xmpp:http:upload:0')) return undefined;
    const url = `http://store/media/${storage.files.size}/${request.attrs.filename}`;
    storage.files.set(url, { size: Number(request.attrs.size), bytes: new Uint8Array(), secret: 'Bearer s', filename: '', type: '' });
    return [world.server.parse(`<slot xmlns='urn:xmpp:http:upload:0'><put url='${url}'><header name='Authorization'>Bearer s</header></put><get url='${url}'/></slot>`)];
  };
  anna = new SDK.Switchboard({ apiBaseUrl: world.url, licenseKey: 'trial', trial: true, fetch: mixed, maxDelay: 20 });
  await anna.register('anna');
});
afterEach(async () => {
  vi.unstubAllGlobals();
  await anna.disconnect();
  await world.server.close();
});

function hurry(): void {
  const { setTimeout: later } = globalThis;
  // Pauses of ours, not the time limits of connections.
  vi.stubGlobal('setTimeout', (f: () => void, ms: number, ...args: []) => later(f, ms < 8000 && args.length === 0 ? Math.min(ms, 3) : ms, ...args));
}

const stanzas = () => world.server.archive(ben).map((m) => m.stanza);

describe('files', () => {
  it('wait for a connection, then go as a message that other clients understand', async () => {
    const seen: number[] = [];
    const plain = random(100_000);
    const transfer = anna.sendFile('ben', new File([plain], 'a.png', { type: 'image/png' }), {
      encrypt: true,
      caption: 'look',
      width: 3,
      height: 2,
      replyTo: 'm0',
      metadata: { a: 1 },
      onProgress: (p) => seen.push(p.percent),
    });
    expect(transfer).toMatchObject({ state: 'running', message: { kind: 'file', text: 'look', state: 'queued' } });
    world.on('GET /users/features', { isAttachmentEnabled: true });
    await anna.connect();
    const { file } = await transfer.stored;
    expect(seen.at(-1)).toBe(100);
    expect(transfer.state).toBe('done');
    const [stanza] = stanzas();
    expect(stanza).toMatch(/<body>aesgcm:\/\/store\/media\/0\/encrypted#[0-9a-f]{88}<\/body>/);
    for (const part of ['<reply xmlns="urn:xmpp:reply:0" id="m0"', '{"a":1}', '<media-type>image/png</media-type><name>a.png</name><size>100000</size><width>3</width><height>2</height><desc>look</desc>', '<encrypted xmlns="urn:xmpp:esfs:0" cipher="urn:xmpp:ciphers:aes-256-gcm-nopadding:0">'])
      expect(stanza).toContain(part);
    expect(stanza).not.toContain('jabber:x:oob');
    const { messages } = await anna.messages('ben');
    expect(messages[0]).toMatchObject({ kind: 'image', text: 'look', file: { ...file, key: file!.key, type: 'image/png' } });
    const blob = await anna.download(messages[0]!);
    expect(Buffer.compare(new Uint8Array(await blob.arrayBuffer()), plain)).toBe(0);
  });

  it('are plain links where they are not encrypted', async () => {
    await anna.connect();
    const { file } = await anna.sendFile('ben', new Blob(['<script>']), { name: 'x.svg', type: 'image/svg+xml' }).stored;
    expect(stanzas()[0]).toContain('<body>http://store/media/0/x.svg</body>');
    expect(stanzas()[0]).toContain('<x xmlns="jabber:x:oob"><url>http://store/media/0/x.svg</url></x>');
    // Nothing that a page could run comes back under its own type.
    expect((await anna.download(file!)).type).toBe('application/octet-stream');
  });

  it('pause, go on, are cancelled', async () => {
    await anna.connect();
    const transfer = anna.sendFile('ben', new Blob([random(900_000)]));
    storage.fault = (_m, n) => {
      if (n === 2) transfer.pause();
      return undefined;
    };
    await until(() => transfer.state === 'paused');
    transfer.resume();
    await transfer.stored;
    expect(storage.log).toContain('HEAD');
    const second = anna.sendFile('ben', new Blob([random(900_000)]));
    storage.fault = () => {
      second.cancel();
      return undefined;
    };
    await expect(second.stored).rejects.toMatchObject({ code: 'cancelled' });
    await until(() => storage.log.includes('DELETE'));
    expect(stanzas()).toHaveLength(1);
    const controller = new AbortController();
    const third = anna.sendFile('ben', new Blob(['x']), { signal: controller.signal });
    controller.abort();
    await expect(third.stored).rejects.toMatchObject({ code: 'cancelled' });
    const fourth = anna.sendFile('ben', new Blob(['x']), { signal: controller.signal });
    await expect(fourth.stored).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('fail, and go on when told', async () => {
    await anna.connect();
    storage.fault = () => Response.json({ status: 403, message: 'over the quota', code: 'quota' }, { status: 403 });
    const transfer = anna.sendFile('ben', new Blob(['x']));
    await expect(transfer.stored).rejects.toMatchObject({ status: 403, code: 'quota' });
    expect(transfer.state).toBe('failed');
    storage.fault = () => undefined;
    transfer.resume();
    await transfer.stored;
  });

  it('survive a connection that is lost', async () => {
    await anna.connect();
    hurry();
    storage.fault = (_m, n) => {
      if (n === 1) world.server.forget();
      if (n === 2) throw new TypeError('no network');
      return undefined;
    };
    await anna.sendFile('ben', new Blob([random(400_000)]), { id: 'f1' }).stored;
    expect(stanzas().filter((s) => s.includes('f1'))).toHaveLength(1);
  });

  it('are refused where they cannot be', async () => {
    expect(() => anna.sendFile('ben', 7 as never)).toThrow('no file');
    expect(() => anna.sendFile('ben', new Blob(['x']), { thumbnail: 'https://x' })).toThrow('data:');
    await anna.connect();
    await expect(anna.sendFile('ben', new Blob([])).stored).rejects.toMatchObject({ code: 'file-empty' });
    await expect(anna.sendFile('ben', '/nowhere/at/all').stored).rejects.toMatchObject({ status: 400, code: 'file-invalid' });
    world.on('GET /users/features', { isAttachmentEnabled: true, isDocumentAttachmentEnabled: false });
    await expect(anna.sendFile('ben', new Blob(['x']), { encrypt: true }).stored).rejects.toMatchObject({ status: 403, code: 'feature-off' });
    await expect(anna.download({ kind: 'file', url: '', name: '', type: '', size: 0, caption: '' })).rejects.toMatchObject({ status: 400 });
  });

  it('of others never get our token, unless they are the API\'s own', async () => {
    await anna.connect();
    const asked: [string, string | null][] = [];
    const spy: typeof fetch = async (input, init) => {
      asked.push([String(input), new Headers(init?.headers).get('authorization')]);
      return new Response('x');
    };
    const other = new SDK.Switchboard({ apiBaseUrl: world.url, licenseKey: 'trial', fetch: spy });
    other.useToken('secret');
    const base = `${world.url}/api/v1`;
    for (const url of [other.mediaUrl('tok'), 'https://evil.example/media/x', `${base}/group/removeParticipant?groupId=1`, `${base}/media/../group/removeParticipant`])
      await other.download({ kind: 'file', url, name: '', type: '', size: 0, caption: '' });
    expect(asked.map(([, token]) => token)).toEqual(['secret', null, null, null]);
  });
});

it('messages with addresses that are none are read all the same', async () => {
  const texts: string[] = [];
  anna.on('message', (m) => texts.push(`${m.kind} ${m.file?.key ?? ''} ${m.text}`));
  await anna.connect();
  const sharing = (target: string, more = '') => world.server.parse(`<file-sharing xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'><name>x</name><desc>look</desc></file><sources>${more}<url-data xmlns='http://jabber.org/protocol/url-data' target='${target}'/>${more && '</sources></encrypted>'}</sources></file-sharing>`);
  world.server.message(`${ben}/x`, 'anna@localhost', 'https://[', { extra: [sharing('https://[')] });
  world.server.message(`${ben}/x`, 'anna@localhost', `aesgcm://[#${'0'.repeat(88)}`);
  world.server.message(`${ben}/x`, 'anna@localhost', 'sealed', { extra: [sharing('https://x/y', "<encrypted xmlns='urn:xmpp:esfs:0'><key>§</key><iv/><sources xmlns='urn:xmpp:sfs:0'>")] });
  await until(() => texts.length === 3);
  // What says that it is encrypted is never taken for plain.
  expect(texts).toEqual(['text  https://[', `text  aesgcm://[#${'0'.repeat(88)}`, 'file ? look']);
  const { messages } = await anna.messages('ben');
  await expect(anna.download(messages[2]!)).rejects.toMatchObject({ code: 'key-invalid' });
  await expect(anna.download({ ...messages[2]!.file!, url: 'https://[' })).rejects.toMatchObject({ status: 400 });
});

it('receipts tick the messages of their chat alone', async () => {
  await anna.connect();
  await anna.sendText('ben', 'x', { id: 'm1' }).stored;
  world.server.message('eve@localhost/x', 'anna@localhost', undefined, { extra: [world.server.parse("<received xmlns='urn:xmpp:receipts' id='m1'/>")] });
  world.server.message(`${ben}/x`, 'anna@localhost', 'after');
  const { messages } = await anna.messages('ben');
  expect(messages.map((m) => m.state)).toEqual(['sent', undefined]);
});

describe('signing in and out', () => {
  it('with a wrong password leaves everything as it is', async () => {
    await anna.connect();
    await expect(anna.connect({ username: 'anna', password: 'wrong' })).rejects.toMatchObject({ status: 401 });
    expect(anna.status).toBe('CONNECTED');
    world.expire();
    expect((await anna.profile('ben')).userId).toBe('ben');
    await anna.connect({ username: 'anna', password: 'p-anna' });
  });

  it('one after the other, whoever calls first', async () => {
    await Promise.all([anna.register('ben'), anna.register('carl'), anna.connect({ username: 'carl', password: 'p-carl' })]);
    expect([anna.userId, anna.platform.username, anna.client.address]).toEqual(['carl', 'carl', 'carl@localhost']);
  });

  it('ends a connection that is being made', async () => {
    world.server.refuse = true;
    const connecting = expect(anna.connect()).rejects.toMatchObject({ status: 0, code: 'cancelled' });
    await until(() => anna.status === 'RECONNECTING');
    await anna.logout();
    await connecting;
    expect(anna.userId).toBe('');
    world.server.refuse = false;
    world.server.user('anna', 'p-anna');
    const signing = anna.connect({ username: 'anna', password: 'p-anna' });
    const out = anna.logout();
    await expect(signing).rejects.toMatchObject({ code: 'cancelled' });
    await out;
    expect([anna.status, anna.userId]).toEqual(['DISCONNECTED', '']);
  });
});

it('what waits is given up with the account', async () => {
  world.server.refuse = true;
  anna.connect().catch(() => {});
  const text = anna.sendText('ben', 'never sent');
  const file = anna.sendFile('ben', new Blob(['x']));
  await anna.logout();
  await expect(text.stored).rejects.toMatchObject({ code: 'cancelled' });
  await expect(file.stored).rejects.toMatchObject({ code: 'cancelled' });
  expect(file.state).toBe('cancelled');
});

it('what is on its way arrives before the account is left', async () => {
  await anna.connect();
  const sent = [1, 2, 3].map((n) => anna.sendText('ben', `last ${n}`).stored);
  await anna.logout();
  expect((await Promise.all(sent)).map((m) => m.state)).toEqual(['sent', 'sent', 'sent']);
  expect(stanzas()).toHaveLength(3);
});

it('whoever blocks is gone for the other side, until that ends', async () => {
  const heard: string[] = [];
  anna.on('presence', (p) => heard.push(`${p.userId} ${p.online}`));
  await anna.connect();
  await anna.sendText('ben', 'hello').stored;
  await until(() => world.server.log.some((l) => l.startsWith('<presence to="ben@localhost"')));
  world.server.push('anna', `<presence from='${ben}/x'/>`);
  const notice = (kind: string) => world.server.push('anna', `<message type='headline' from='localhost'><notice xmlns='urn:switchboard:notice:0' kind='${kind}' jid='${ben}'/></message>`);
  notice('blocked-by');
  await until(() => heard.length === 2);
  expect(heard).toEqual(['ben true', 'ben false']);
  const shown = () => world.server.log.filter((l) => l.startsWith('<presence to="ben@localhost"')).length;
  const before = shown();
  notice('unblocked-by');
  await until(() => shown() === before + 1);
});

describe('compatible file functions', () => {
  it('send, cancel, resume and download', async () => {
    const heard: unknown[] = [];
    await SDK.initializeSDK({ apiBaseUrl: world.url, licenseKey: 'trial', isTrialLicenseKey: true, fetch: mixed, callbackListeners: { mediaUploadListener: (e) => heard.push(e) } });
    const { data } = await SDK.register('anna');
    await SDK.connect(data!.username, data!.password);
    world.on('GET /users/features', { isAttachmentEnabled: true });
    await SDK.setMediaEncryption(true);
    const file = new File([random(70_000)], 'a.png', { type: 'image/png' });
    const calls: unknown[] = [];
    const sent = await SDK.sendMediaFileMessage({ toJid: ben, messageType: 'image', fileMessageParams: { file, msgId: 'f1', caption: 'c' } }, (id) => calls.push(id), (r) => calls.push(r.statusCode));
    expect(calls).toEqual(['f1', 200]);
    expect(sent.data).toMatchObject({ msgId: 'f1', msgStatus: 0, msgBody: { message_type: 'image', media: { fileName: 'a.png', file_size: 70_000, caption: 'c' } } });
    expect(heard.at(-1)).toEqual({ msgId: 'f1', progress: 100, fromUserJid: ben });
    const down = await SDK.downloadMedia('f1');
    expect(down.data!.blob.size).toBe(70_000);
    const { media } = sent.data!.msgBody;
    expect((await SDK.getMediaURL(media!.file_url, media!.file_key)).data!.blob.size).toBe(70_000);
    storage.fault = () => Response.json({}, { status: 403 });
    const errors: unknown[] = [];
    await SDK.sendMediaFileMessage({ toJid: ben, messageType: 'file', fileMessageParams: { file, msgId: 'f2' } }, undefined, undefined, (e) => errors.push([e.msgId, e.statusCode]));
    storage.fault = () => undefined;
    expect(await SDK.resumeMediaUpload('f2')).toMatchObject({ statusCode: 200, msgId: 'f2' });
    storage.fault = (m) => {
      if (m === 'PATCH') void SDK.cancelMediaUpload('f3');
      return undefined;
    };
    await SDK.sendMediaFileMessage({ toJid: ben, messageType: 'file', fileMessageParams: { file, msgId: 'f3' } }, undefined, undefined, (e) => errors.push([e.msgId, e.statusCode]));
    storage.fault = (m) => {
      if (m === 'GET') SDK.cancelMediaDownload('f1');
      return undefined;
    };
    expect(await SDK.downloadMedia('f1', undefined, undefined, (e) => errors.push(['down', e.statusCode]))).toMatchObject({ statusCode: 500, code: 'cancelled' });
    expect(await SDK.sendMediaFileMessage({ toJid: ben, messageType: 'poem' } as never, undefined, undefined, (e) => errors.push(['bad', e.statusCode]))).toMatchObject({ statusCode: 400 });
    expect(errors).toEqual([['f2', 403], ['f3', 500], ['down', 500], ['bad', 400]]);
    await SDK.getSwitchboard().disconnect();
  });
});

describe('signing in by a code', () => {
  const grant = (n: number, more = {}) => [200, { device_code: `d${n}`, user_code: `U-${n}`, verification_uri: 'http://h/login/device', verification_uri_complete: `http://h/login/device?user_code=U-${n}`, expires_in: 300, interval: 2, ...more }] as [number, unknown];
  const error = (name: string) => [400, { error: name }] as [number, unknown];

  function script(grants: [number, unknown][], tokens: [number, unknown][]) {
    world.server.rest = ({ path, body }) => {
      const fields = Object.fromEntries(new URLSearchParams(body.toString()));
      world.calls.push({ method: 'POST', path, query: {}, body: fields });
      return path === '/login/connect/device_authorization' ? grants.shift() : tokens.shift();
    };
  }

  it('polls until somebody approves', async () => {
    hurry();
    script([grant(1)], [error('authorization_pending'), error('slow_down'), [503, {}], error('authorization_pending'), [200, { username: 'ben', password: 'secret', jid: ben, access_token: 'x' }]]);
    const codes: string[] = [];
    const login = anna.qr.start({ onCode: (c) => codes.push(c.text) });
    await login.drawn;
    expect(await login.credentials).toEqual({ username: 'ben', password: 'secret', jid: ben });
    expect(codes).toEqual(['http://h/login/device?user_code=U-1']);
    expect(world.calls.slice(-6).map((c) => c.body)).toMatchObject([
      { client_id: 'switchboard-sdk', scope: 'chat', licenseKey: 'trial' },
      ...Array(5).fill({ client_id: 'switchboard-sdk', grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: 'd1' }),
    ]);
  });

  it('shows another code when the last has expired', async () => {
    hurry();
    script([grant(1), grant(2)], [error('expired_token'), [200, { username: 'ben', password: 'secret' }]]);
    const codes: string[] = [];
    await anna.qr.start({ onCode: (c) => codes.push(c.userCode) }).credentials;
    expect(codes).toEqual(['U-1', 'U-2']);
  });

  it('ends when refused, when the server has none, and when cancelled', async () => {
    hurry();
    script([grant(1)], [error('access_denied')]);
    await expect(anna.qr.start().credentials).rejects.toMatchObject({ status: 403, code: 'access_denied' });
    script([[400, { error: 'invalid_client', error_description: 'unknown' }]], []);
    const login = anna.qr.start();
    await expect(login.drawn).rejects.toMatchObject({ status: 400, message: 'unknown' });
    await expect(login.credentials).rejects.toMatchObject({ status: 400 });
    script([grant(1)], []);
    const other = anna.qr.start();
    await other.drawn;
    other.cancel();
    await expect(other.credentials).rejects.toMatchObject({ code: 'cancelled' });
    expect(() => anna.qr.request('https://example.com/')).toThrow('no code');
  });
});
