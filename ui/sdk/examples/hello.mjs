// Two people say hello: node hello.mjs [http://127.0.0.1:8080]
import { Switchboard } from '@switchboard/sdk';

const options = { apiBaseUrl: process.argv[2] ?? 'http://127.0.0.1:8080', licenseKey: 'trial', trial: true };
const [anna, ben] = [new Switchboard(options), new Switchboard(options)];

ben.on('message', async (message) => {
  console.log(`${message.author} says ${message.text}`);
  await ben.sendText(message.chat, 'Hello, Anna!').stored;
});
const answered = new Promise((resolve) => anna.on('message', resolve));

await anna.register('anna');
await ben.register('ben');
await Promise.all([anna.connect(), ben.connect()]);
await anna.setProfile({ name: 'Anna', status: 'Trying it out' });
await anna.sendText('ben', 'Hello, Ben!').stored;
console.log(`${(await answered).author} says ${(await answered).text}`);
await Promise.all([anna.logout(), ben.logout()]);
