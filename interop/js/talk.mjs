// Two people with @xmpp/client: messages, ping, archive, a connection that
// breaks and is resumed. The one argument is JSON: {service, domain, password}.
import { client, xml } from "@xmpp/client";
import { WebSocket } from "ws";

globalThis.WebSocket ??= WebSocket; // Node.js before 22 has none

const given = JSON.parse(process.argv[2]);
const patience = 60_000;

const tell = (event, what = {}) => console.log(JSON.stringify({ event, ...what }));

const fail = (text, what = {}) => {
  tell("failed", { text, ...what });
  process.exit(1);
};
process.on("unhandledRejection", (e) => fail(String(e)));

/** What a test wants to know of a message. */
function fact(message) {
  return {
    from: message.attrs.from,
    to: message.attrs.to,
    type: message.attrs.type,
    id: message.attrs.id,
    body: message.getChildText("body") ?? "",
    archiveId: message.getChild("stanza-id", "urn:xmpp:sid:0")?.attrs.id,
    delay: message.getChild("delay", "urn:xmpp:delay")?.attrs.stamp,
  };
}

/** A person, with all the messages that came. */
function person(name) {
  const xmpp = client({ service: given.service, domain: given.domain, resource: "node", username: name, password: given.password });
  const waiting = new Set();
  const me = {
    xmpp,
    name,
    bare: `${name}@${given.domain}`,
    seen: [],
    asked: 0, // for acknowledgements
    /** Waits until a message makes condition true. */
    when(condition, what) {
      return new Promise((resolve) => {
        const timer = setTimeout(() => fail(`${name} waits in vain for ${what}`, { messages: me.seen }), patience);
        const look = () => {
          if (!condition()) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      });
    },
    body: (text) => me.when(() => me.seen.some((m) => m.body === text), text),
    say: (to, body, id) => xmpp.send(xml("message", { to: to.bare, type: "chat", id }, xml("body", {}, body))),
  };
  xmpp.reconnect.delay = 10;
  xmpp.on("element", (element) => {
    if (element.is("r", "urn:xmpp:sm:3")) me.asked++;
  });
  xmpp.on("error", () => {}); // of a connection that we cut
  xmpp.on("stanza", (stanza) => {
    if (stanza.is("message") && !stanza.getChild("result", "urn:xmpp:mam:2")) me.seen.push(fact(stanza));
    for (const look of [...waiting]) look();
  });
  return me;
}

/** Cuts a person's connection without a word; resolves when it is resumed. */
function cut(who) {
  const resumed = new Promise((resolve) => {
    const timer = setTimeout(() => fail(`${who.name} is not resumed`), patience);
    who.xmpp.streamManagement.once("resumed", () => {
      clearTimeout(timer);
      tell("resumed", { who: who.name });
      resolve();
    });
  });
  const { socket } = who.xmpp;
  if (typeof socket.destroy === "function") socket.destroy(); // TCP
  else if (typeof socket.socket.destroy === "function") socket.socket.destroy(); // TLS
  else socket.socket.terminate(); // WebSocket
  return resumed;
}

async function archive(who, peer) {
  const messages = [];
  let after;
  for (;;) {
    const query = `q${messages.length}`;
    const collect = (stanza) => {
      const result = stanza.getChild("result", "urn:xmpp:mam:2");
      if (result?.attrs.queryid !== query) return;
      const forwarded = result.getChild("forwarded", "urn:xmpp:forward:0");
      messages.push({ ...fact(forwarded.getChild("message")), archiveId: result.attrs.id });
    };
    who.xmpp.on("stanza", collect);
    const field = (name, value) => xml("field", { var: name }, xml("value", {}, value));
    const answer = await who.xmpp.iqCaller.request(
      xml("iq", { type: "set" }, xml("query", { xmlns: "urn:xmpp:mam:2", queryid: query },
        xml("x", { xmlns: "jabber:x:data", type: "submit" }, field("FORM_TYPE", "urn:xmpp:mam:2"), field("with", peer.bare)),
        xml("set", { xmlns: "http://jabber.org/protocol/rsm" }, xml("max", {}, "4"), after && xml("after", {}, after)))),
      patience);
    const fin = answer.getChild("fin", "urn:xmpp:mam:2");
    who.xmpp.off("stanza", collect);
    if (fin.attrs.complete === "true") break;
    after = fin.getChild("set", "http://jabber.org/protocol/rsm").getChildText("last");
  }
  tell("archive", { who: who.name, messages });
}

const alice = person("alice");
const bob = person("bob");
for (const who of [alice, bob]) {
  const address = await who.xmpp.start();
  await who.xmpp.send(xml("presence"));
  tell("online", { who: who.name, text: String(address) });
}
await alice.xmpp.iqCaller.get(xml("ping", "urn:xmpp:ping"), given.domain, patience);
tell("ping");

for (let n = 0; n < 3; n++) await alice.say(bob, `there ${n} <&> ☂`, `there${n}`);
await bob.body("there 2 <&> ☂");
await bob.say(alice, "back", "back");
await alice.body("back");

// The receiver breaks while more is on its way.
const again = cut(bob);
for (let n = 3; n < 8; n++) await alice.say(bob, `there ${n} <&> ☂`, `there${n}`);
await again;
await bob.body("there 7 <&> ☂");

// The sender breaks with words that it does not know the fate of.
for (let n = 8; n < 12; n++) await alice.say(bob, `there ${n} <&> ☂`, `there${n}`);
await cut(alice);
await alice.say(bob, "last", "last");
await bob.body("last");
await bob.xmpp.iqCaller.get(xml("ping", "urn:xmpp:ping"), given.domain, patience);

for (const who of [alice, bob]) tell("seen", { who: who.name, messages: who.seen, asked: who.asked });
await archive(alice, bob);
await archive(bob, alice);
await Promise.all([alice.xmpp.stop(), bob.xmpp.stop()]);
tell("done");
