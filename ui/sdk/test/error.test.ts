import { expect, it } from 'vitest';
import { asError } from '../src/error.ts';

it('a refused stanza has the words that came with it, and a status', () => {
  const refused = (condition: string, message: string) => asError(Object.assign(new Error(message), { condition }));
  expect(refused('not-acceptable', 'not-acceptable - a file is too large')).toMatchObject({ status: 400, message: 'a file is too large', code: 'not-acceptable' });
  expect(refused('remote-server-not-found', 'not served here')).toMatchObject({ status: 404, message: 'not served here' });
  expect(refused('service-unavailable', 'service-unavailable')).toMatchObject({ status: 404, message: 'this address cannot be reached' });
  expect(asError(new Error('broken'))).toMatchObject({ status: 500, message: 'broken', code: 'internal' });
});
