// alice is our own SDK. It does what it is told on standard input, a word a
// line, and repeats the word when it is done.
import { createInterface } from 'node:readline';
import * as SDK from '../../ui/sdk/dist/index.js';

const given = JSON.parse(process.argv[2]);

async function ok(name, ...args) {
  const answer = await SDK[name](...args);
  if (answer.statusCode !== 200) throw new Error(`${name}: ${answer.statusCode} ${answer.message}`);
  return answer;
}

const words = {
  async join() {
    await ok('initializeSDK', { apiBaseUrl: `${given.api}/api/v1`, licenseKey: 'trial', isTrialLicenseKey: true, callbackListeners: {} });
    const { data } = await ok('register', 'alice');
    await ok('connect', data.username, data.password);
  },
  async profile() {
    const picture = new File([Buffer.from(given.picture, 'base64')], 'me.png', { type: 'image/png' });
    await ok('setUserProfile', 'Alice Liddell', picture, 'Down the hole', '+420123456789', 'alice@example.com');
  },
  block: () => ok('blockUser', `bob@${given.domain}`),
  unblock: () => ok('unblockUser', `bob@${given.domain}`),
  leave: () => ok('logout'),
};

for await (const word of createInterface({ input: process.stdin })) {
  await words[word]();
  console.log(word);
}
