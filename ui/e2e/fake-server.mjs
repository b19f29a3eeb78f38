// Serves the built pages with a stand-in for the server behind them (see
// fake/backend.mjs), with an operator who answers by herself. Not the product:
// only for looking at widget, shop, demo and portal. PORT=8090 by default.
import { FakeBackend } from './fake/backend.mjs';

const backend = new FakeBackend();
const answers = ['Hello, this is Mia. Let me look that up for you.', 'Yes, we have that in stock. It leaves tomorrow.', 'You are welcome. Anything else?'];
backend.onOpened = (conversation) => {
  setTimeout(() => backend.place(1, conversation.id), 2000);
  setTimeout(() => backend.join('Mia Novak', 'mia', conversation.id), 4000);
  let said = 0;
  const speak = () => {
    if (conversation.status !== 'ACTIVE' || said >= answers.length) return;
    backend.type('composing', conversation.id);
    setTimeout(() => conversation.status === 'ACTIVE' && backend.say(answers[said++], conversation.id), 1500);
  };
  setTimeout(speak, 5000);
  backend.xmpp.onMessage = (from, to, element) => {
    if (to === conversation.groupJid && from.includes('/v-') && element.getChild('body')) setTimeout(speak, 800);
  };
};
const url = await backend.listen(Number(process.env.PORT ?? 8090));
console.log(`stand-in at ${url}/demo/shop ${url}/demo ${url}/api`);
