import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Client, type ClientOptions, type ConnectionState, type DeliveryUpdate, type Message } from '../src/node.ts';
import { FakeServer } from './server.mjs';

const seeds = (process.env.SEEDS ?? '7,11,42').split(',').map(Number);
let server: FakeServer;
const clients: Client[] = [];

beforeEach(async () => {
  server = new FakeServer();
  server.user('anna', 'secret', ['good']);
  server.user('ben', 'secret', ['ben']);
  await server.listen();
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((c) => c.disconnect()));
  await server.close();
});

function make(options: Partial<ClientOptions> = {}): Client {
  const client = new Client({ url: server.url!, domain: 'localhost', credentials: { token: 'good' }, maxDelay: 50, ...options });
  clients.push(client);
  return client;
}

function listen(client: Client) {
  const seen = { messages: [] as Message[], states: [] as ConnectionState[], deliveries: [] as DeliveryUpdate[], gaps: [] as string[] };
  client.on('message', (m) => seen.messages.push(m));
  client.on('state', (s) => seen.states.push(s));
  client.on('delivery', (d) => seen.deliveries.push(d));
  client.on('gap', (g) => seen.gaps.push(g.archive));
  return seen;
}

/** A client that has had a message already. */
async function begun() {
  const client = make();
  const seen = listen(client);
  await client.connect();
  server.message(ben, anna, 'one');
  await until(() => seen.messages.length === 1);
  return { client, seen };
}

async function until(condition: () => boolean, what = 'the condition'): Promise<void> {
  const end = Date.now() + 25_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited too long for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

const texts = (messages: Message[]) => messages.map((m) => m.text);
const anna = 'anna@localhost';
const ben = 'ben@localhost/tests';

describe('signing in', () => {
  it('with a token', async () => {
    const client = make();
    const seen = listen(client);
    await client.connect();
    expect(client.address).toBe(anna);
    expect(seen.states).toEqual(['CONNECTING', 'CONNECTED']);
  });

  it.each([['SCRAM-SHA-256'], ['SCRAM-SHA-1'], ['PLAIN']])('with a password by %s', async (mechanism) => {
    server.mechanisms = [mechanism];
    server.user('zoë, or =', 'päss wörd 密');
    const client = make({ credentials: { username: 'zoë, or =', password: 'päss wörd 密' } });
    await client.connect();
    expect(client.state).toBe('CONNECTED');
  });

  it('prefers the strongest mechanism', async () => {
    await make({ credentials: { username: 'anna', password: 'secret' } }).connect();
    expect(server.log.join()).toContain('mechanism="SCRAM-SHA-256"');
  });

  it('refuses a server that does not prove itself', async () => {
    server.lieAboutProof = true;
    const client = make({ credentials: { username: 'anna', password: 'secret' } });
    const errors: string[] = [];
    client.on('error', (e) => errors.push(e.message));
    client.connect().catch(() => {});
    await until(() => errors.length > 0);
    expect(errors[0]).toMatch(/did not prove/);
    expect(client.state).not.toBe('CONNECTED');
  });

  it('ends with AUTHENTICATIONFAILED on a wrong password', async () => {
    const client = make({ credentials: { username: 'anna', password: 'wrong' } });
    await expect(client.connect()).rejects.toThrow();
    expect(client.state).toBe('AUTHENTICATIONFAILED');
  });

  it('asks once for a new token when the first is refused', async () => {
    const asked: boolean[] = [];
    const client = make({
      credentials: {
        token: (rejected) => {
          asked.push(rejected);
          return rejected ? 'good' : 'expired';
        },
      },
    });
    await client.connect();
    expect(asked).toEqual([false, true]);
  });

  it('gives up when the new token is refused too', async () => {
    const client = make({ credentials: { token: () => 'expired' } });
    await expect(client.connect()).rejects.toThrow();
    expect(client.state).toBe('AUTHENTICATIONFAILED');
  });

  it('keeps trying while the server is away', async () => {
    server.refuse = true;
    const client = make();
    const connected = client.connect();
    await until(() => client.state === 'RECONNECTING');
    server.refuse = false;
    await connected;
  });

  it('is one connection where it is given up and wanted again at once', async () => {
    const client = make({ maxDelay: 2 });
    await client.connect();
    const gone = client.disconnect();
    await client.connect();
    await gone;
    for (let i = 0; i < 5; i++) await client.send('ben@localhost', `m${i}`).acknowledged;
    expect(server.log.filter((l) => l.startsWith('<auth'))).toHaveLength(2);
    expect(client.state).toBe('CONNECTED');
  });

  it('does not ask for tokens without a pause where none can be had', async () => {
    const asked: number[] = [];
    const client = make({
      maxDelay: 60_000,
      credentials: {
        token: (rejected) => {
          asked.push(Date.now());
          if (rejected) throw Object.assign(new Error('too often'), { status: 429 });
          return 'expired';
        },
      },
    });
    client.connect().catch(() => {});
    await until(() => asked.length === 4, 'the attempts');
    expect(asked[3]! - asked[2]!).toBeGreaterThan(100);
  });

  it('says so where nobody connects', async () => {
    await expect(make().history('ben@localhost')).rejects.toThrow('not connected');
    const client = make({ credentials: { token: 'good' } });
    await client.connect();
    await client.disconnect();
    await expect(client.request('get', 'localhost', elementOf("<query xmlns='x'/>") as never)).rejects.toThrow('not connected');
    server.refuse = true;
    const connecting = client.connect();
    await client.disconnect();
    await expect(connecting).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('does not fight the stream that replaced it', async () => {
    const client = make();
    const seen = listen(client);
    await client.connect();
    for (const ws of server.wss!.clients) {
      ws.send("<stream:error xmlns:stream='http://etherx.jabber.org/streams'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>");
    }
    await until(() => client.state === 'DISCONNECTED');
    expect(seen.states).toEqual(['CONNECTING', 'CONNECTED', 'DISCONNECTED']);
  });
});

describe('messages', () => {
  it('are sent with an id of ours, acknowledged and ticked', async () => {
    const client = make();
    const seen = listen(client);
    await client.connect();
    const sent = client.send('ben@localhost', 'a <b> & "c"');
    expect(sent.message).toMatchObject({ own: true, author: 'anna', text: 'a <b> & "c"', chat: 'ben@localhost' });
    await sent.acknowledged;
    server.message(ben, anna, undefined, { extra: [elementOf(`<received xmlns='urn:xmpp:receipts' id='${sent.id}'/>`)] });
    server.message(ben, anna, undefined, { extra: [elementOf(`<displayed xmlns='urn:xmpp:chat-markers:0' id='${sent.id}'/>`)] });
    await until(() => seen.deliveries.length === 3);
    expect(seen.deliveries.map((d) => d.state)).toEqual(['sent', 'delivered', 'displayed']);
    expect(seen.messages).toEqual([]);
  });

  it('wait for a connection and go out in order, once', async () => {
    const client = make();
    const all = [1, 2, 3].map((n) => client.send('ben@localhost', `m${n}`).acknowledged);
    client.send('ben@localhost', 'm4', { id: 'same' });
    client.send('ben@localhost', 'm4', { id: 'same' });
    await client.connect();
    await Promise.all(all);
    await until(() => server.archive(anna).length === 4);
    expect(server.archive(anna).map((m) => /<body>(.*)<\/body>/.exec(m.stanza)![1])).toEqual(['m1', 'm2', 'm3', 'm4']);
  });

  it('go once where an id is sent again', async () => {
    const client = make();
    const [first, second] = [client.send('ben@localhost', 'm', { id: 'same' }), client.send('ben@localhost', 'm', { id: 'same' })];
    let settled = false;
    void second.acknowledged.then(() => (settled = true));
    await until(() => !settled);
    await client.connect();
    await Promise.all([first.acknowledged, second.acknowledged]);
    const third = client.send('ben@localhost', 'm', { id: 'same' });
    await third.acknowledged;
    await client.send('ben@localhost', 'after').acknowledged;
    expect(server.archive(anna)).toHaveLength(2);
  });

  it('are ticked and refused by nobody but whom they went to', async () => {
    const client = make();
    const seen = listen(client);
    await client.connect();
    const { id, acknowledged } = client.send('ben@localhost', 'x', { id: 'm1' });
    await acknowledged;
    for (const child of [`<received xmlns='urn:xmpp:receipts' id='${id}'/>`, `<displayed xmlns='urn:xmpp:chat-markers:0' id='${id}'/>`]) server.message('eve@localhost/x', anna, undefined, { extra: [elementOf(child)] });
    server.push('anna', `<message type='error' id='${id}' from='eve@localhost'><error type='cancel'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`);
    server.message(ben, anna, 'after');
    await until(() => seen.messages.length === 1);
    expect(seen.deliveries.map((d) => d.state)).toEqual(['sent']);
  });

  it('that were read while there was no connection are marked when there is one', async () => {
    const client = make();
    await client.connect();
    server.refuse = true;
    server.forget();
    await until(() => client.state === 'RECONNECTING');
    client.markDisplayed('ben@localhost', 'b1');
    client.markDisplayed('ben@localhost', 'b2');
    server.refuse = false;
    await until(() => server.log.some((l) => l.includes('<displayed')));
    await client.send('ben@localhost', 'x').acknowledged;
    expect(server.log.filter((l) => l.includes('<displayed')).map((l) => /displayed[^>]*id="(\w+)"/.exec(l)![1])).toEqual(['b2']);
  });

  it('fail visibly when the server refuses them', async () => {
    const client = make();
    await client.connect();
    server.refuseMessages = 'service-unavailable';
    server.offerSM = true;
    const sent = client.send('ben@localhost', 'x');
    const seen = listen(client);
    await until(() => seen.deliveries.some((d) => d.state === 'failed'));
    expect(seen.deliveries.at(-1)!.id).toBe(sent.id);
  });

  it('from other devices come as carbons, forged carbons do not', async () => {
    const client = make();
    const seen = listen(client);
    await client.connect();
    const other = make();
    await other.connect();
    other.send('ben@localhost', 'from my phone');
    await until(() => seen.messages.length === 1);
    expect(seen.messages[0]).toMatchObject({ own: true, source: 'carbon', chat: 'ben@localhost' });
    server.message(ben, anna, undefined, {
      extra: [elementOf("<sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='anna@localhost/x' to='eve@localhost' type='chat'><body>forged</body></message></forwarded></sent>")],
    });
    server.message(ben, anna, 'after');
    await until(() => seen.messages.length === 2);
    expect(texts(seen.messages)).toEqual(['from my phone', 'after']);
  });

  it('are answered with a receipt when one is asked for', async () => {
    const client = make();
    await client.connect();
    const id = server.message(ben, anna, 'hello', { extra: [elementOf("<request xmlns='urn:xmpp:receipts'/>")] });
    await until(() => server.log.some((l) => l.includes('<received') && l.includes(id)));
  });

  it('bring typing', async () => {
    const client = make();
    const typing: string[] = [];
    client.on('typing', (t) => typing.push(`${t.author} ${t.state}`));
    await client.connect();
    server.message(ben, anna, undefined, { extra: [elementOf("<composing xmlns='http://jabber.org/protocol/chatstates'/>")] });
    await until(() => typing.length === 1);
    expect(typing).toEqual(['ben composing']);
  });
});

describe('history', () => {
  it('pages a peer backwards from the newest', async () => {
    const client = make();
    await client.connect();
    for (let i = 1; i <= 25; i++) server.message(ben, anna, `b${i}`);
    server.message('carl@localhost/x', anna, 'not this');
    const newest = await client.history('ben@localhost', { limit: 10 });
    expect(texts(newest.messages)).toEqual(Array.from({ length: 10 }, (_, i) => `b${i + 16}`));
    expect(newest.complete).toBe(false);
    const older = await client.history('ben@localhost', { limit: 10, before: newest.first });
    const oldest = await client.history('ben@localhost', { limit: 10, before: older.first });
    expect(texts(oldest.messages)).toEqual(['b1', 'b2', 'b3', 'b4', 'b5']);
    expect(oldest.complete).toBe(true);
    expect(oldest.messages[0]).toMatchObject({ source: 'history', own: false, author: 'ben' });
  });

  it('reads a group', async () => {
    const group = 'g1@mix.localhost';
    server.groups.set(group, new Set(['anna', 'ben']));
    server.message(ben, group, 'one');
    server.notice(group, { id: '7', event: 'operator-joined', status: 'ACTIVE', operator: 'Ben' });
    const client = make();
    await client.connect();
    const page = await client.history(group);
    expect(page.messages[0]).toMatchObject({ type: 'groupchat', chat: group, author: 'ben', text: 'one' });
    expect(page.messages[1]!.conversation).toMatchObject({ id: '7', event: 'operator-joined', operator: 'Ben' });
  });

  it('rejects with the condition', async () => {
    const client = make();
    await client.connect();
    await expect(client.history('ben@localhost', { before: 'nothing' })).rejects.toMatchObject({ condition: 'item-not-found' });
  });
});

describe('groups', () => {
  it('echo our message as its acknowledgement, not as a message', async () => {
    const group = 'g1@mix.localhost';
    server.groups.set(group, new Set(['anna', 'ben']));
    const client = make();
    const seen = listen(client);
    await client.connect();
    client.send(group, 'hello');
    await until(() => seen.deliveries.length === 1);
    server.message(ben, group, 'hi anna');
    await until(() => seen.messages.length === 1);
    expect(seen.messages[0]).toMatchObject({ author: 'ben', chat: group, own: false });
  });
});

describe('after a break', () => {
  it('resumes: what came meanwhile arrives once', async () => {
    const { client, seen } = await begun();
    server.refuse = true;
    server.drop();
    server.message(ben, anna, 'two');
    await until(() => client.state === 'RECONNECTING');
    server.refuse = false;
    await until(() => seen.messages.length === 2);
    expect(texts(seen.messages)).toEqual(['one', 'two']);
    expect(seen.states).toEqual(['CONNECTING', 'CONNECTED', 'RECONNECTING', 'CONNECTED']);
    expect(server.log.filter((l) => l.startsWith('<resume'))).toHaveLength(1);
  });

  it('catches up where a new stream broke before it was set up, and is resumed', async () => {
    const { setTimeout: later } = globalThis;
    const { seen } = await begun();
    // The break comes first.
    vi.stubGlobal('setTimeout', (f: () => void, ms: number, ...args: []) => later(f, ms === 0 ? 1_000 : ms, ...args));
    const { log } = server;
    server.log = new Proxy(log, {
      get: (all, name) =>
        name !== 'push' ? Reflect.get(all, name) : (text: string) => {
          if (text.startsWith('<enable ')) setImmediate(() => {
            server.message(ben, anna, 'early');
            for (const ws of server.wss!.clients) ws.close();
            server.log = log;
          });
          return all.push(text);
        },
    });
    server.forget();
    server.message(ben, anna, 'missed');
    await until(() => log.some((l) => l.startsWith('<resume') && log.lastIndexOf(l) > log.findLastIndex((x) => x.startsWith('<enable '))), 'the resumption');
    vi.unstubAllGlobals();
    await until(() => seen.messages.length === 3, 'the messages');
    expect(texts(seen.messages)).toEqual(['one', 'missed', 'early']);
  });

  it('catches up by the archive where the stream was forgotten, before anything live', async () => {
    const { client, seen } = await begun();
    server.refuse = true;
    server.forget();
    for (let i = 0; i < 250; i++) server.message(ben, anna, `missed ${i}`);
    server.refuse = false;
    await until(() => client.state === 'CONNECTED', 'the connection');
    server.message(ben, anna, 'live');
    await until(() => seen.messages.length >= 252, 'all messages');
    expect(texts(seen.messages)).toEqual(['one', ...Array.from({ length: 250 }, (_, i) => `missed ${i}`), 'live']);
    expect(seen.messages[1]!.source).toBe('catchup');
  });

  it('does not send twice what was stored but not acknowledged', async () => {
    const { client, seen } = await begun();
    server.afterStore = 'drop';
    server.sessions = new Map([...server.sessions]);
    const first = client.send('ben@localhost', 'mine');
    const second = client.send('ben@localhost', 'mine too');
    server.sessions.clear();
    await Promise.all([first.acknowledged, second.acknowledged]);
    const stored = server.archive('ben@localhost').filter((m) => m.stanza.includes('mine'));
    expect(stored).toHaveLength(2);
    expect(texts(seen.messages)).toEqual(['one']);
  });

  it('reads on where reading was broken off for longer than an answer is waited for', async () => {
    const { setTimeout: later } = globalThis;
    const { client, seen } = await begun();
    // Stored, not acknowledged; and the archive is asked and does not answer.
    let given = 0;
    vi.stubGlobal('setTimeout', (f: () => void, ms: number, ...args: []) => later(() => (given += ms === 30_000 ? 1 : 0, f()), ms === 30_000 ? 1_000 : ms, ...args));
    const { archive } = server;
    server.afterStore = 'drop';
    const mine = client.send('ben@localhost', 'mine');
    server.sessions.clear();
    server.archive = function (jid: string) {
      server.mute = server.log.at(-1)!.includes('urn:xmpp:mam:2');
      if (server.mute) server.refuse = true;
      return archive.call(server, jid);
    };
    await until(() => server.mute, 'the question');
    server.drop();
    await until(() => given > 0, 'the end of patience');
    vi.unstubAllGlobals();
    server.archive = archive;
    server.message(ben, anna, 'two');
    server.mute = server.refuse = false;
    await until(() => seen.messages.length === 2, 'the message');
    await mine.acknowledged;
    expect(texts(seen.messages)).toEqual(['one', 'two']);
    expect(server.log.some((l) => l.startsWith('<resume'))).toBe(true);
    expect(server.archive('ben@localhost').filter((m) => m.stanza.includes('mine'))).toHaveLength(1);
    await until(() => client.state === 'CONNECTED');
  });

  it('forgets who was there before', async () => {
    server.rosters.set(anna, ['ben@localhost']);
    server.rosters.set('ben@localhost', [anna]);
    const client = make();
    const heard: string[] = [];
    client.on('presence', (p) => heard.push(`${p.contact} ${p.available} ${client.presences(p.contact).length}`));
    await client.connect();
    const other = make({ credentials: { token: 'ben' } });
    await other.connect();
    await until(() => heard.length === 1);
    await other.disconnect();
    server.forget();
    await until(() => heard.length === 2);
    expect(heard).toEqual(['ben@localhost true 1', 'ben@localhost false 0']);
  });

  it('notices a connection that died in a sleep', async () => {
    const { setTimeout: later } = globalThis;
    const client = make();
    const seen = listen(client);
    await client.connect();
    client.checkNow();
    await until(() => server.log.some((l) => l.startsWith('<r ')), 'the question');
    server.deaf = server.mute = true;
    // It hears again before the next attempt begins.
    client.on('state', (state) => state === 'RECONNECTING' && (server.deaf = server.mute = false));
    // The time that an answer may take.
    vi.stubGlobal('setTimeout', (f: () => void, ms: number, ...args: []) => later(f, ms === 5_000 ? 30 : ms, ...args));
    await new Promise((resolve) => later(resolve, 50));
    client.checkNow();
    await until(() => client.state === 'RECONNECTING', 'the break');
    vi.unstubAllGlobals();
    server.message(ben, anna, 'while asleep');
    await until(() => seen.messages.length === 1, 'the message');
    expect(seen.states).toEqual(['CONNECTING', 'CONNECTED', 'RECONNECTING', 'CONNECTED']);
  });

  it('says so where the archive has lost the place', async () => {
    const { client, seen } = await begun();
    server.archives.clear();
    server.forget();
    await until(() => seen.gaps.length === 1);
    expect(seen.gaps).toEqual([anna]);
    await until(() => client.state === 'CONNECTED');
  });

  it('starts from known positions', async () => {
    const first = make();
    await first.connect();
    server.message(ben, anna, 'seen');
    await until(() => Object.keys(first.positions()).length === 1 && first.positions()[anna] !== '');
    const positions = first.positions();
    await first.disconnect();
    server.message(ben, anna, 'while away');
    const second = make({ positions });
    const seen = listen(second);
    await second.connect();
    await until(() => seen.messages.length === 1);
    expect(texts(seen.messages)).toEqual(['while away']);
  });

  it.each(seeds)('loses and doubles nothing, whatever breaks (%i)', async (seed) => {
    const group = 'g1@mix.localhost';
    server.groups.set(group, new Set(['anna', 'ben']));
    const client = make({ maxDelay: 5 });
    const seen = listen(client);
    await client.connect();
    client.follow(group);
    await until(() => group in client.positions());
    let random = seed;
    const next = (n: number) => (random = (random * 1103515245 + 12345) % 2147483648) % n;
    let theirs = 0;
    let ours = 0;
    let spoken = 0;
    for (let step = 0; step < 160; step++) {
      const what = next(10);
      if (what < 4) server.message(ben, anna, `t${theirs++}`);
      else if (what < 6) server.message(ben, group, `g${spoken++}`);
      else if (what < 8) client.send('ben@localhost', `o${ours++}`);
      else if (what === 8) [() => server.drop(), () => (server.mute = true), () => (server.deaf = true)][next(3)]!();
      else if (next(2)) server.afterStore = 'drop';
      else server.forget();
      // A dead direction is noticed by the break that follows it, here at once.
      if ((server.mute || server.deaf) && next(3) === 0) {
        server.drop();
        server.mute = server.deaf = false;
      }
      if (next(3) === 0) await new Promise((resolve) => setTimeout(resolve, next(12)));
    }
    server.afterStore = undefined;
    if (server.mute || server.deaf) server.drop();
    server.mute = server.deaf = false;
    const of = (letter: string) => texts(seen.messages).filter((t) => t.startsWith(letter));
    await until(() => of('t').length >= theirs && of('g').length >= spoken, 'their messages');
    await until(() => new Set(stored('o')).size === ours, 'our messages');
    expect(of('t')).toEqual(Array.from({ length: theirs }, (_, i) => `t${i}`));
    expect(of('g')).toEqual(Array.from({ length: spoken }, (_, i) => `g${i}`));
    expect(stored('o')).toEqual(Array.from({ length: ours }, (_, i) => `o${i}`));

    function stored(letter: string): string[] {
      return server
        .archive('ben@localhost')
        .map((m) => /<body>(.*)<\/body>/.exec(m.stanza)?.[1] ?? '')
        .filter((t) => t.startsWith(letter));
    }
  }, 60_000);
});

function elementOf(text: string) {
  return server.parse(text);
}
