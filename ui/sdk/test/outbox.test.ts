import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as SDK from '../src/node.ts';
import { until, World } from './world.ts';

let world: World;
let storage: Shelf;
const closing: { disconnect(): Promise<void> }[] = [];
const anna = 'anna@localhost';
const ben = 'ben@localhost';
const key = 'switchboard-outbox:anna@localhost';

/** A storage like the browser's. */
class Shelf implements SDK.MessageStorage {
  items = new Map<string, string>();
  refused = false;
  writes = 0;
  getItem(k: string): string | null {
    if (this.refused) throw new DOMException('no', 'SecurityError');
    return this.items.get(k) ?? null;
  }
  setItem(k: string, value: string): void {
    this.writes++;
    if (this.refused) throw new DOMException('full', 'QuotaExceededError');
    this.items.set(k, value);
  }
  removeItem(k: string): void {
    if (this.refused) throw new DOMException('no', 'SecurityError');
    this.items.delete(k);
  }
  /** The kept messages' ids. */
  get ids(): string[] {
    return [...this.items].flatMap(([k, text]) => (k.split(':').length < 3 ? [] : (JSON.parse(text) as { id: string }[]).map((row) => row.id)));
  }
}

/** The Web Locks API, as far as it goes here; a page that ends lets go. */
class Locks {
  held = new Set<string>();
  request(name: string, _options: object, call: (lock: object | null) => unknown): Promise<unknown> {
    if (this.held.has(name)) return Promise.resolve(call(null));
    this.held.add(name);
    return Promise.resolve(call({ name })).finally(() => this.held.delete(name));
  }
}

beforeEach(async () => {
  storage = new Shelf();
  world = new World();
  await world.start();
});
afterEach(async () => {
  vi.unstubAllGlobals();
  world.server.refuse = false;
  await Promise.all(closing.splice(0).map((c) => c.disconnect()));
  await world.server.close();
});

/** A page of anna's app. */
async function page(more: Partial<SDK.BoardOptions> = {}, user = 'anna') {
  const board = new SDK.Switchboard({ apiBaseUrl: world.url, licenseKey: 'trial', trial: true, maxDelay: 20, storage, ...more });
  closing.push(board);
  const states: string[] = [];
  const texts: string[] = [];
  board.on('delivery', (d) => states.push(`${d.id} ${d.state}`));
  board.on('message', (m) => texts.push(m.text));
  await board.register(user);
  return { board, states, texts };
}

/** What the server has of us for ben. */
const stored = () => world.server.archive(ben).filter((m) => !m.stanza.includes(`from="${ben}/x"`)).map((m) => /<body>(.*)<\/body>/.exec(m.stanza)?.[1] ?? '');

describe('unsent messages', () => {
  it('outlive the page and go once, in order, under their ids', async () => {
    world.server.refuse = true;
    const before = await page();
    before.board.connect().catch(() => {});
    before.board.sendText('ben', 'one <&"', { id: 'm1', replyTo: 'm0', metadata: { a: 1 } });
    before.board.sendText('ben', 'two', { id: 'm2' });
    await until(() => storage.ids.length === 2);
    await before.board.disconnect();
    const after = await page();
    const connected = after.board.connect();
    await until(() => after.states.length === 2);
    expect(after.board.queued()).toMatchObject([{ id: 'm1', chat: ben, author: 'anna', from: anna, text: 'one <&"', replyTo: 'm0', metadata: { a: 1 }, own: true, state: 'queued' }, { id: 'm2' }]);
    expect(after.board.client.sent('m1')).toBe(true);
    world.server.refuse = false;
    await connected;
    await until(() => after.states.length === 4);
    expect(after.states).toEqual(['m1 queued', 'm2 queued', 'm1 sent', 'm2 sent']);
    expect(world.server.archive(ben).map((m) => /id="(m\d)"/.exec(m.stanza)![1])).toEqual(['m1', 'm2']);
    expect(stored()).toEqual(['one &lt;&amp;"', 'two']);
    expect(after.board.queued()).toEqual([]);
    await until(() => storage.ids.length === 0);
    await after.board.disconnect();
    expect(storage.items.size).toBe(0);
  });

  it.each([[true], [false]])('are not sent again where the server had taken them (its archive has the place: %s)', async (known) => {
    const before = await page();
    await before.board.connect();
    for (let i = 0; i < 5; i++) world.server.message(`${ben}/x`, anna, `b${i}`);
    await until(() => before.texts.length === 5);
    world.server.afterStore = 'drop';
    world.server.refuse = true;
    before.board.sendText('ben', 'mine', { id: 'm1' });
    before.board.sendText('ben', 'mine, too', { id: 'm2' });
    await until(() => stored().length > 0 && before.board.status === 'RECONNECTING');
    await before.board.disconnect();
    for (let i = 0; i < 150; i++) world.server.message(`${ben}/x`, anna, `later ${i}`);
    if (!known) world.server.archives.set(anna, world.server.archive(anna).slice(-120, -1).concat(world.server.archive(anna).filter((m) => m.stanza.includes('mine'))));
    world.server.refuse = false;
    const after = await page();
    await after.board.connect();
    await until(() => after.states.filter((s) => s.endsWith('sent')).length === 2);
    expect(stored()).toEqual(['mine', 'mine, too']);
    // What the page before has told, or this one reads as history, is no news.
    expect(after.texts).toEqual([]);
    world.server.message(`${ben}/x`, anna, 'news');
    await until(() => after.texts.length === 1);
    expect(after.texts).toEqual(['news']);
  });

  it('wait for the same account', async () => {
    world.server.refuse = true;
    const before = await page();
    before.board.sendText('ben', 'one', { id: 'm1' });
    before.board.connect().catch(() => {});
    await until(() => storage.ids.length === 1);
    await before.board.disconnect();
    world.server.refuse = false;
    const other = await page({}, 'carl');
    await other.board.connect();
    await other.board.sendText('ben', 'from carl').stored;
    expect(stored()).toEqual(['from carl']);
    expect(storage.ids).toEqual(['m1']);
  });

  it('with a file whose upload was over are that file', async () => {
    world.server.refuse = true;
    const before = await page();
    before.board.connect().catch(() => {});
    const sharing = "<file-sharing xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'><media-type>image/png</media-type><name>a.png</name><desc>look</desc></file><sources><url-data xmlns='http://jabber.org/protocol/url-data' target='https://x/a.png'/></sources></file-sharing>";
    before.board.client.send(ben, 'https://x/a.png', { id: 'f1', payload: [world.server.parse(sharing) as SDK.Stanza] });
    await until(() => storage.ids.length === 1);
    await before.board.disconnect();
    world.server.refuse = false;
    const after = await page();
    const connected = after.board.connect();
    await until(() => after.states.length > 0);
    expect(after.board.queued()).toMatchObject([{ kind: 'image', text: 'look', file: { url: 'https://x/a.png', name: 'a.png' } }]);
    await connected;
    await until(() => world.server.archive(ben).some((m) => m.stanza.includes('<name>a.png</name>')));
  });

  it.each<[string, (board: SDK.Switchboard) => Promise<unknown>]>([
    ['logout', (board) => board.logout()],
    ['deletion', (board) => board.deleteAccount('enough')],
  ])('are wiped by %s, those of an earlier page too', async (_, leave) => {
    world.server.refuse = true;
    world.on('POST /users/deleteMyAccount', {});
    const before = await page();
    before.board.connect().catch(() => {});
    before.board.sendText('ben', 'one', { id: 'm1' });
    await until(() => storage.ids.length === 1);
    await before.board.disconnect();
    const after = await page();
    const sent = after.board.sendText('ben', 'two', { id: 'm2' });
    await leave(after.board);
    await expect(sent.stored).rejects.toMatchObject({ code: 'cancelled' });
    expect(storage.items.size).toBe(0);
  });

  it('are wiped where the account is deleted elsewhere', async () => {
    const { board } = await page();
    await board.connect();
    world.server.deaf = true;
    const sent = board.sendText('ben', 'one', { id: 'm1' });
    await until(() => storage.ids.length === 1);
    world.server.end('anna', "<not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><ended xmlns='urn:switchboard:notice:0' code='account-deleted'/>");
    await expect(sent.stored).rejects.toMatchObject({ code: 'cancelled' });
    world.server.deaf = false;
    await until(() => storage.items.size === 0);
  });

  it('are at most 500 and 1 MB', async () => {
    world.server.refuse = true;
    const { board } = await page();
    board.connect().catch(() => {});
    for (let i = 0; i < 520; i++) board.sendText('ben', `n${i}`, { id: `m${i}` });
    await until(() => storage.ids.length > 0);
    expect(storage.ids).toHaveLength(500);
    expect(storage.writes).toBeLessThan(10);
    for (let i = 0; i < 100; i++) board.sendText('ben', 'x'.repeat(50_000));
    await until(() => storage.writes > 2);
    expect([...storage.items.values()].join('').length).toBeLessThan(1_100_000);
    await board.logout();
  });

  it('are sent where the storage refuses, or holds something else', async () => {
    storage.refused = true;
    const refused = await page();
    await refused.board.connect();
    await refused.board.sendText('ben', 'one').stored;
    await refused.board.disconnect();
    storage.refused = false;
    for (const junk of ['{', '7', 'null', `["${key}:x",7,"other"]`]) {
      storage.items.set(key, junk);
      storage.items.set(`${key}:x`, '[null,7,{"id":"m1"},{"id":"m2","to":"ben@localhost","xml":["iq",{}]}]');
      const { board } = await page();
      await board.connect();
      await board.sendText('ben', junk).stored;
      await board.disconnect();
    }
    expect(stored()).toHaveLength(5);
  });

  it('of a page that is still there are left to it', async () => {
    const locks = new Locks();
    vi.stubGlobal('navigator', { locks });
    world.server.refuse = true;
    const first = await page();
    first.board.connect().catch(() => {});
    first.board.sendText('ben', 'one', { id: 'm1' });
    await until(() => storage.ids.length === 1);
    const second = await page();
    second.board.connect().catch(() => {});
    second.board.sendText('ben', 'two', { id: 'm2' });
    await until(() => storage.ids.length === 2);
    world.server.refuse = false;
    await until(() => stored().length === 2);
    await until(() => storage.ids.length === 0);
    expect([first.states, second.states]).toEqual([['m1 sent'], ['m2 sent']]);
    // The first is killed with one more.
    world.server.refuse = true;
    world.server.forget();
    first.board.sendText('ben', 'three', { id: 'm3' });
    await until(() => storage.ids.length === 1);
    locks.held.clear();
    const kept = new Map(storage.items);
    await first.board.disconnect();
    storage.items = kept;
    const third = await page();
    third.board.connect().catch(() => {});
    await until(() => third.states.length === 1);
    expect(third.states).toEqual(['m3 queued']);
    world.server.refuse = false;
    await until(() => stored().includes('three'));
  });

  it('of a page that goes while this one comes are taken over when there is a connection', async () => {
    vi.stubGlobal('navigator', { locks: new Locks() });
    world.server.refuse = true;
    const first = await page();
    first.board.connect().catch(() => {});
    first.board.sendText('ben', 'one', { id: 'm1' });
    const second = await page();
    const connected = second.board.connect();
    await until(() => second.board.status === 'RECONNECTING' && storage.ids.length === 1);
    expect(second.board.queued()).toEqual([]);
    await first.board.disconnect();
    world.server.refuse = false;
    await connected;
    await until(() => second.states.length === 2);
    expect(second.states).toEqual(['m1 queued', 'm1 sent']);
    expect(stored()).toEqual(['one']);
  });

  it('are not kept where nobody wants it', async () => {
    world.server.refuse = true;
    const { board } = await page({ storage: null });
    board.connect().catch(() => {});
    board.sendText('ben', 'one');
    await board.disconnect();
    expect(storage.writes).toBe(0);
  });

  it('are looked up first where another page may have taken them meanwhile', async () => {
    const first = await page();
    await first.board.connect();
    await first.board.disconnect();
    first.board.sendText('ben', 'one', { id: 'm1' });
    await until(() => storage.ids.length === 1);
    const second = await page();
    await second.board.connect();
    await until(() => stored().length === 1);
    await first.board.connect();
    await until(() => first.states.includes('m1 sent'));
    await first.board.sendText('ben', 'two').stored;
    expect(stored()).toEqual(['one', 'two']);
  });
});
