import { Client } from '../../sdk/src/node.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeBackend } from '../../e2e/fake/backend.mjs';
import { WidgetApi, type Visitor } from '../src/api.ts';
import type { Kept, Memory } from '../src/memory.ts';
import { Talk } from '../src/talk.ts';

let backend: FakeBackend;
let memory: Memory;
const talks: Talk[] = [];
const events: string[] = [];

beforeEach(async () => {
  backend = new FakeBackend();
  await backend.listen();
  memory = { visitor: undefined as Visitor | undefined, conversation: undefined as Kept | undefined, open: false } as Memory;
  events.length = 0;
});

afterEach(async () => {
  for (const talk of talks.splice(0)) talk.dispose();
  await backend.close();
});

function make(visible = true, api = new WidgetApi(backend.url, 'default')): Talk {
  const talk = new Talk({
    api,
    memory,
    language: 'en',
    preset: 'shop',
    params: () => ({ basket: '3' }),
    changed: () => {},
    event: (type) => events.push(type),
    visible: () => visible,
    client: (options) => new Client({ ...options, maxDelay: 30 }),
  });
  talks.push(talk);
  return talk;
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const end = Date.now() + 25_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited too long for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

const texts = (talk: Talk) => talk.state.lines.filter((l) => l.kind === 'text').map((l) => l.text);

async function active(visible = true): Promise<Talk> {
  const talk = make(visible);
  await talk.resume();
  await talk.send('hello', { name: 'Jana' });
  await until(() => talk.state.connection === 'ok' && talk.state.lines.some((l) => l.notice), 'the archive');
  backend.join('Mia');
  await until(() => talk.state.phase === 'active', 'the operator');
  return talk;
}

describe('a conversation', () => {
  it('asks nothing of the server before the first word', async () => {
    const talk = make();
    await talk.resume();
    expect(talk.state.phase).toBe('greeting');
    expect(backend.xmpp.log).toEqual([]);
    expect(memory.visitor).toBeUndefined();
  });

  it('goes from the first word to the end', async () => {
    const talk = await active();
    expect(backend.opened[0]).toMatchObject({ text: 'hello', name: 'Jana', widget: 'shop', params: { basket: '3', oo1_widget_lang: 'en' } });
    expect(talk.state.operator).toBe('Mia');
    backend.say('hi Jana');
    await talk.send('bye');
    await until(() => texts(talk).length === 3 && talk.state.lines.every((l) => !l.own || l.state === 'sent'), 'the talk');
    expect(texts(talk).sort()).toEqual(['bye', 'hello', 'hi Jana']);
    backend.end();
    await until(() => talk.state.phase === 'ended', 'the end');
    expect(events).toEqual(['chatSessionCreated', 'chatSessionStarted', 'chatSessionEnded']);
    await talk.feedback(5, ' good ');
    expect(backend.feedback).toEqual([{ stars: 5, text: 'good' }]);
    talk.restart();
    expect(talk.state).toMatchObject({ phase: 'greeting', lines: [], operator: undefined, feedback: 'none' });
    expect(memory.conversation).toBeUndefined();
    expect(memory.visitor).toBeDefined();
  });

  it('shows the place in the queue as it changes', async () => {
    const talk = make();
    await talk.send('hello');
    expect(talk.state).toMatchObject({ phase: 'waiting', place: 2 });
    await until(() => talk.state.lines.some((l) => l.notice), 'the archive');
    backend.place(1);
    await until(() => talk.state.place === 1, 'the new place');
  });

  it('is found again on the next page, with what was said meanwhile', async () => {
    const first = await active();
    backend.say('one');
    await until(() => texts(first).length === 2, 'the first answer');
    first.dispose();
    backend.say('two');
    const second = make();
    await second.resume();
    await until(() => texts(second).length === 3, 'the archive');
    expect(second.state).toMatchObject({ phase: 'active', operator: 'Mia' });
    expect(texts(second)).toEqual(['hello', 'one', 'two']);
    expect(backend.opened).toHaveLength(1);
  });

  it('that ended while the visitor was away is shown as ended', async () => {
    (await active()).dispose();
    backend.say('sorry, have to go');
    backend.end();
    const talk = make();
    await talk.resume();
    expect(talk.state).toMatchObject({ phase: 'ended', operator: 'Mia' });
    expect(texts(talk)).toEqual(['hello', 'sorry, have to go']);
  });

  it('counts what came unseen', async () => {
    const talk = await active(false);
    backend.say('a');
    backend.say('b');
    await until(() => talk.state.unread === 2, 'two unread');
    talk.seen();
    expect(talk.state.unread).toBe(0);
    await until(() => backend.xmpp.log.some((l) => l.includes('<displayed')), 'the marker');
  });

  it('shows read marks on everything before them', async () => {
    const talk = await active();
    await talk.send('two');
    await until(() => backend.xmpp.log.some((l) => l.includes('<body>two</body>')), 'the message');
    backend.displayed(talk.state.lines.findLast((l) => l.own)!.id);
    await until(() => talk.state.lines.filter((l) => l.own).every((l) => l.state === 'displayed'), 'the marks');
  });

  it('survives a break and loses nothing', async () => {
    const talk = await active();
    backend.xmpp.refuse = true;
    backend.xmpp.forget();
    await until(() => talk.state.connection === 'lost', 'the loss');
    backend.say('are you there?');
    void talk.send('wait, I am offline');
    backend.xmpp.refuse = false;
    await until(() => texts(talk).includes('are you there?') && talk.state.lines.at(-1)?.state !== 'queued', 'the rest');
    await until(() => talk.state.lines.filter((l) => l.own).every((l) => l.state === 'sent'), 'our message');
    await until(() => talk.state.connection === 'ok', 'the connection');
  });

  it('that began and ended during a break tells the page both, and what was said', async () => {
    const talk = make();
    await talk.send('hello');
    await until(() => talk.state.lines.some((l) => l.notice), 'the archive');
    backend.xmpp.refuse = true;
    backend.xmpp.forget();
    await until(() => talk.state.connection === 'lost', 'the loss');
    backend.join('Mia');
    backend.say('sorry, have to go');
    backend.end();
    backend.xmpp.refuse = false;
    await until(() => talk.state.phase === 'ended', 'the end');
    expect(texts(talk)).toEqual(['hello', 'sorry, have to go']);
    expect(events).toEqual(['chatSessionCreated', 'chatSessionStarted', 'chatSessionEnded']);
  });

  it('begins once: a reload in the middle tells nothing again', async () => {
    (await active()).dispose();
    const talk = make();
    await talk.resume();
    await until(() => talk.state.connection === 'ok' && talk.state.lines.some((l) => l.notice), 'the archive');
    expect(events).toEqual(['chatSessionCreated', 'chatSessionStarted']);
  });

  it('is not put back by an answer that a notice has overtaken', async () => {
    const api = new WidgetApi(backend.url, 'default');
    const held: (() => void)[] = [];
    let [asked, answered, holding] = [0, 0, false];
    const current = api.current.bind(api);
    api.current = async (token) => {
      asked++;
      const answer = await current(token);
      if (holding) await new Promise<void>((resolve) => held.push(resolve));
      answered++;
      return answer;
    };
    const talk = make(true, api);
    await talk.send('hello');
    await until(() => asked > 0 && asked === answered && talk.state.lines.some((l) => l.notice), 'the archive, and the question of who has just connected');
    holding = true;
    backend.place(1);
    await until(() => held.length === 1, 'an answer that says: waiting');
    backend.join('Mia');
    await until(() => talk.state.phase === 'active', 'the operator');
    held[0]!();
    await until(() => held.length === 2, 'the next question');
    expect(talk.state).toMatchObject({ phase: 'active', operator: 'Mia' });
    backend.end();
    await until(() => talk.state.phase === 'ended', 'the end');
    held[1]!();
    await new Promise((resolve) => setImmediate(resolve));
    expect(talk.state.phase).toBe('ended');
    expect(held).toHaveLength(2);
    expect(events).toEqual(['chatSessionCreated', 'chatSessionStarted', 'chatSessionEnded']);
  });

  it('keeps its order when its newest page is read again', async () => {
    const talk = await active();
    for (let i = 0; i < 80; i++) backend.say(`n${i}`);
    await until(() => texts(talk).length === 81, 'the lines');
    const joined = talk.state.lines.findIndex((l) => l.notice?.event === 'operator-joined');
    talk.dispose();
    const again = make();
    await again.resume();
    await again.older();
    expect(texts(again)).toEqual(['hello', ...Array.from({ length: 80 }, (_, i) => `n${i}`)]);
    const before = again.state.lines.map((l) => l.id);
    // The place in the group's archive is lost: its newest page is read once more.
    backend.xmpp.archive(backend.latest.groupJid).splice(0, 20);
    for (const message of backend.xmpp.archive(backend.latest.groupJid)) message.id = `moved-${message.id}`;
    const asked = () => backend.xmpp.log.filter((l) => l.includes('urn:xmpp:mam:2') && l.includes('<before')).length;
    const pages = asked();
    backend.xmpp.forget();
    await until(() => asked() > pages, 'the page');
    backend.say('after');
    await until(() => texts(again).at(-1) === 'after', 'what is said next');
    expect(again.state.lines.map((l) => l.id).slice(0, -1)).toEqual(before);
    expect(again.state.lines.findIndex((l) => l.notice?.event === 'operator-joined')).toBe(joined);
  });

  it('can be left by the visitor', async () => {
    const talk = await active();
    await talk.leave();
    expect(talk.state.phase).toBe('ended');
    expect(backend.latest.status).toBe('CLOSED');
  });
});

describe('trouble', () => {
  it('on opening keeps the text and tries again under the same id', async () => {
    const talk = make();
    backend.broken = ['/widget/v1/conversations'];
    await talk.send('hello', { email: 'a@b.example' });
    expect(talk.state).toMatchObject({ failure: 'network', opening: false });
    expect(talk.state.lines[0]).toMatchObject({ text: 'hello', state: 'failed' });
    const { id } = talk.state.lines[0]!;
    backend.broken = [];
    await talk.retry();
    expect(talk.state).toMatchObject({ phase: 'waiting', failure: undefined });
    expect(backend.opened).toMatchObject([{ messageId: id, email: 'a@b.example' }]);
  });

  it('on resuming is said, and can be tried again', async () => {
    (await active()).dispose();
    backend.broken = ['/widget/'];
    const talk = make();
    await talk.resume();
    expect(talk.state.phase).toBe('error');
    backend.broken = [];
    await talk.retry();
    expect(talk.state.phase).toBe('active');
  });

  it('with a visitor whom the server forgot starts a new one', async () => {
    (await active()).dispose();
    backend.xmpp.accounts.clear();
    const talk = make();
    await talk.resume();
    expect(talk.state.phase).toBe('greeting');
    expect(memory.visitor).toBeUndefined();
    await talk.send('hello again');
    expect(talk.state.phase).toBe('waiting');
  });
});
