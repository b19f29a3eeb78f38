import { describe, expect, it } from 'vitest';
import { Platform, PlatformError } from '../src/index.ts';

interface Call {
  method: string;
  url: string;
  auth: string | null;
  body: string;
}

/** A fetch that answers from a list and notes what it was asked. */
function scripted(...answers: [number, unknown][]) {
  const calls: Call[] = [];
  const fake = async (url: string | URL | Request, init?: RequestInit) => {
    const headers = new Headers(init?.headers);
    calls.push({ method: init?.method ?? 'GET', url: String(url), auth: headers.get('authorization'), body: String(init?.body ?? '') });
    const [status, body] = answers.shift()!;
    return new Response(JSON.stringify(body), { status });
  };
  return { calls, fetch: fake as typeof fetch };
}

const token = (t: string): [number, unknown] => [200, { status: 200, data: { token: t }, message: 'ok' }];

describe('Platform', () => {
  it('registers on the trial path without a token and keeps the credential', async () => {
    const { calls, fetch } = scripted(
      [200, { token: 't1', username: 'anna', password: 'p', isExisting: false, isProfileUpdated: false, config: {} }],
      [200, { status: 200, data: { messageId: 'm1' } }],
    );
    const platform = new Platform({ baseUrl: 'http://h/', fetch });
    await platform.register({ licenseKey: 'trial', userIdentifier: 'anna', sandbox: true });
    expect(calls[0]).toMatchObject({ method: 'POST', url: 'http://h/api/v1/sandbox/register', auth: null });
    expect(JSON.parse(calls[0]!.body)).toEqual({ deviceType: 'web', licenseKey: 'trial', userIdentifier: 'anna' });
    expect(await platform.sendText('ben', 'hi & bye')).toEqual({ messageId: 'm1' });
    expect(calls[1]).toMatchObject({ auth: 't1', body: 'chatType=singlechat&toUser=ben&messageType=text&message=hi+%26+bye' });
    expect(platform.webSocketUrl).toBe('ws://h/xmpp-websocket');
  });

  it('signs in again once when the token has expired', async () => {
    const { calls, fetch } = scripted(token('old'), [401, { status: 401, message: 'Token Expired' }], token('new'), [
      200,
      { status: 200, data: { chatList: [{ messageId: 'a' }], totalPages: 1, totalRecords: 1 } },
    ]);
    const platform = new Platform({ baseUrl: 'http://h/api/v1', username: 'anna', password: 'p', fetch });
    expect((await platform.recent({ page: 1 })).rows).toHaveLength(1);
    expect(calls.map((c) => c.auth)).toEqual([null, 'old', null, 'new']);
  });

  it.each<[number, unknown]>([
    [400, { status: 400, message: 'License key is invalid' }],
    [200, { status: 400, message: 'License key is invalid' }],
  ])('throws the refusal (HTTP %i)', async (...answer) => {
    const platform = new Platform({ baseUrl: 'http://h', fetch: scripted(answer).fetch });
    const error = await platform.register({ licenseKey: 'x', userIdentifier: 'a' }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(PlatformError);
    expect(error).toMatchObject({ status: 400, message: 'License key is invalid' });
  });

  it('gives a fresh token to a client whose last one was rejected', async () => {
    const { fetch } = scripted(token('one'), token('two'));
    const platform = new Platform({ baseUrl: 'http://h', username: 'a', password: 'b', fetch });
    expect([await platform.token(false), await platform.token(false), await platform.token(true)]).toEqual(['one', 'one', 'two']);
  });

  it('does not become again who it was when an answer comes late', async () => {
    let answer!: () => void;
    const late = new Promise<void>((resolve) => (answer = resolve));
    const asked: (string | null)[] = [];
    const fetch = (async (url, init) => {
      asked.push(new Headers(init?.headers).get('authorization'));
      if (!String(url).endsWith('/login')) return Response.json({ status: 200, data: {} });
      const { username } = JSON.parse(String(init!.body)) as { username: string };
      if (username === 'anna') await late;
      return Response.json({ status: 200, data: { token: `t-${username}` } });
    }) as typeof globalThis.fetch;
    const platform = new Platform({ baseUrl: 'http://h', username: 'anna', password: 'p', fetch });
    const renewal = platform.token(true);
    platform.use({ username: 'ben', password: 'p' });
    expect(await platform.token()).toBe('t-ben');
    answer();
    await expect(renewal).rejects.toMatchObject({ status: 401 });
    await platform.call('GET', '/x');
    expect([platform.username, asked.at(-1)]).toEqual(['ben', 't-ben']);
    platform.use({});
    await expect(platform.token()).rejects.toMatchObject({ status: 401 });
  });

  it.each([
    ['/media/x?y', 'http://h/media/x?y'],
    ['https://p.example/a.png', 'https://p.example/a.png'],
    ['javascript:alert(1)', ''],
    ['http://[', ''],
    ['', ''],
  ])('resolves %j to %j', (path, url) => expect(new Platform({ baseUrl: 'http://h' }).resolve(path)).toBe(url));
});
