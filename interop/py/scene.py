"""What the scenes share: a client that tells what it sees, and waits for it."""

import asyncio
import json
import logging
import ssl
import sys

from slixmpp import ClientXMPP

PATIENCE = 60  # seconds that a client waits for anything

given = json.loads(sys.argv[1])


def tell(event, **what):
    """Prints one fact for the test."""
    print(json.dumps({"event": event, **what}), flush=True)


class Client(ClientXMPP):
    """A client of one account that keeps every message it gets."""

    def __init__(self, who, resource, plugins=()):
        super().__init__(f"{who}@{given['domain']}/{resource}", given["password"])
        self.label = f"{who}/{resource}"
        self.seen = []
        self.changed = asyncio.Event()
        self.enable_direct_tls = False
        self.enable_plaintext = False  # STARTTLS or nothing
        self.ssl_context.check_hostname = False
        self.ssl_context.verify_mode = ssl.CERT_NONE  # the certificate is self-signed
        for name in ("xep_0030", "xep_0199", "xep_0203", "xep_0297", "xep_0359", *plugins):
            self.register_plugin(name)
        self.add_event_handler("message", self.keep)  # those with a body
        self.add_event_handler("receipt_received", self.keep)
        self.add_event_handler("failed_auth", lambda f: self.fail("authentication failed"))

    def fail(self, why):
        tell("failed", who=self.label, text=why)
        sys.exit(1)

    def keep(self, message):
        self.seen.append(fact(message))
        self.changed.set()

    async def until(self, event):
        """Waits for an event of slixmpp."""
        return await self.wait_until(event, PATIENCE)

    async def go(self, event="session_start"):
        """Connects, and waits until that has led to an event."""
        came = asyncio.ensure_future(self.until(event))
        self.connect("127.0.0.1", given["port"])
        await came

    async def online(self):
        """Signs in, gets the roster and becomes available."""
        await self.go()
        tell("online", who=self.label, mechanism=self.plugin["feature_mechanisms"].mech.name,
             tls=self.transport.get_extra_info("ssl_object").version())
        await asyncio.wait_for(self.get_roster(), PATIENCE)
        self.send_presence()
        await self.settle()

    async def settle(self):
        """Waits until the server has handled all that was sent, and we what it sent before."""
        await self.plugin["xep_0199"].ping(timeout=PATIENCE)

    async def when(self, condition):
        """Waits until a condition on what was seen holds."""
        async def wait():
            while not condition():
                self.changed.clear()
                await self.changed.wait()
        try:
            await asyncio.wait_for(wait(), PATIENCE)
        except asyncio.TimeoutError:
            tell("failed", who=self.label, text="waited in vain", seen=self.seen)
            sys.exit(1)

    async def body(self, text):
        """Waits for a message with a text."""
        await self.when(lambda: any(m["body"] == text for m in self.seen))

    async def leave(self):
        await self.disconnect()

    def cut(self):
        """Cuts the connection without a word."""
        self.transport.abort()


def fact(message):
    """A message as a test wants it."""
    what = {"from": str(message["from"]), "to": str(message["to"]), "type": message["type"], "id": message["id"], "body": message["body"]}
    ids = [(e.get("by"), e.get("id")) for e in message.xml.iter("{urn:xmpp:sid:0}stanza-id")]
    if ids:
        what["by"], what["archiveId"] = ids[0]
    receipt = message.xml.find("{urn:xmpp:receipts}received")
    if receipt is not None:
        what["receipt"] = receipt.get("id")
    delay = message.xml.find("{urn:xmpp:delay}delay")
    if delay is not None:
        what["delay"] = delay.get("stamp")
    return what


def play(scene):
    """Runs a scene."""
    if given.get("debug"):
        logging.basicConfig(level=logging.DEBUG)
    asyncio.get_event_loop().run_until_complete(asyncio.wait_for(scene(), 170))
    tell("done")
