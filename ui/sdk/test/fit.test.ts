import { afterEach, beforeEach, expect, it } from 'vitest';
import { Client, type SwitchboardError } from '../src/node.ts';
import { FakeServer } from './server.mjs';

let server: FakeServer;
let client: Client;
let states: string[];

beforeEach(async () => {
  server = new FakeServer();
  server.user('anna', 'secret', ['good']);
  server.user('ben', 'secret', ['ben']);
  server.limit = 10_000;
  await server.listen();
  client = new Client({ url: server.url!, domain: 'localhost', credentials: { token: 'good' }, maxDelay: 50 });
  states = [];
  client.on('state', (s) => states.push(s));
});

afterEach(async () => {
  await client.disconnect();
  await server.close();
});

const refused = (sent: { acknowledged: Promise<void> }) => sent.acknowledged.then(() => 'taken', (e: SwitchboardError & { condition: string }) => e.condition);

// A server ends the stream for them: without this they would be sent again for ever.
it.each([
  ['a control character', 'a\u0001b', {}, 'not-acceptable'],
  ['a noncharacter', 'a\uffffb', {}, 'not-acceptable'],
  ['one in the id', 'a', { id: 'i\u0002' }, 'not-acceptable'],
  ['too many bytes', 'ž'.repeat(5_000), {}, 'policy-violation'],
])('a message that no server can take fails alone: %s', async (_, text, options, condition) => {
  await client.connect();
  const bad = client.send('ben@localhost', text, options);
  const good = client.send('ben@localhost', 'good');
  expect(await refused(bad)).toBe(condition);
  await good.acknowledged;
  expect(states).toEqual(['CONNECTING', 'CONNECTED']);
});

it('what waits for the connection fails there, and nothing behind it', async () => {
  const sent = ['a', 'b\u0000', 'c'].map((text) => refused(client.send('ben@localhost', text)));
  const failed = new Promise((resolve) => client.on('delivery', (d) => d.state === 'failed' && resolve(d.error?.message)));
  await client.connect();
  expect(await Promise.all(sent)).toEqual(['taken', 'not-acceptable', 'taken']);
  expect(await failed).toBe('there are characters in it that cannot be sent');
});

it('a mark, a sign of writing and a question that do not fit end nothing', async () => {
  await client.connect();
  client.markDisplayed('ben@localhost', 'i\u0003');
  client.typing('ben\u0004@localhost');
  await expect(client.history('ben\u0005@localhost')).rejects.toMatchObject({ condition: 'not-acceptable' });
  await client.send('ben@localhost', 'tabs\tand\nlines and 🙂').acknowledged;
  expect(states).toEqual(['CONNECTING', 'CONNECTED']);
});
