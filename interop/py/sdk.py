"""What our own SDK does, as slixmpp sees it: profile, picture, block, last seen."""

import asyncio
import hashlib
import json
import os

from slixmpp.exceptions import IqError

from profile import PLUGINS, Watcher, png
from scene import PATIENCE, Client, given, play, tell


class Phone:
    """The SDK in Node, which is alice."""

    async def start(self, picture):
        import base64
        what = dict(given, picture=base64.b64encode(picture).decode())
        self.process = await asyncio.create_subprocess_exec(
            "node", os.path.join("js", "sdk.mjs"), json.dumps(what), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
        await self.do("join")

    async def do(self, word):
        self.process.stdin.write(f"{word}\n".encode())
        answer = await asyncio.wait_for(self.process.stdout.readline(), PATIENCE)
        if answer.decode().strip() != word:
            tell("failed", who="alice/sdk", text=f"{word} did not work")
            raise SystemExit(1)

    async def end(self):
        self.process.stdin.close()
        await asyncio.wait_for(self.process.wait(), PATIENCE)


class Bob(Watcher):
    """Watcher that also knows whether alice is there."""

    def __init__(self):
        super().__init__("bob", "laptop")
        self.register_plugin("xep_0012")
        self.there = False
        self.add_event_handler("presence_available", lambda p: self.see(p, True))
        self.add_event_handler("presence_unavailable", lambda p: self.see(p, False))

    def see(self, presence, there):
        if presence["from"].user == "alice":
            self.there = there
            self.changed.set()


async def refused(coroutine):
    """The condition with which a request is refused; empty if it is not."""
    try:
        await coroutine
        return ""
    except IqError as e:
        return e.condition


async def friends():
    """Lets alice and bob see each other's presence, once and for all."""
    alice, bob = Client("alice", "desk"), Client("bob", "desk")
    for client in (alice, bob):
        await client.online()
    bob.send_presence_subscription(alice.boundjid.bare)
    await bob.until("got_online")
    for client in (alice, bob):
        await client.settle()
        await client.leave()


async def scene():
    await friends()
    bob, phone, alice = Bob(), Phone(), f"alice@{given['domain']}"
    await bob.online()
    await phone.start(png(b"\x10\xa0\x40"))
    await bob.when(lambda: bob.there)

    await phone.do("profile")
    await bob.when(lambda: bob.avatars and bob.avatars[-1] and bob.hashes and bob.hashes[-1] == bob.avatars[-1])
    sha = bob.avatars[-1]
    item = await bob.plugin["xep_0084"].retrieve_avatar(alice, sha, timeout=PATIENCE)
    image = item["pubsub"]["items"]["item"]["avatar_data"]["value"]
    card = (await bob.plugin["xep_0054"].get_vcard(alice, cached=False, timeout=PATIENCE))["vcard_temp"]
    tell("profile", who=bob.label, id=sha, body=hashlib.sha1(image).hexdigest(), text=card["FN"],
         type=hashlib.sha1(card["PHOTO"]["BINVAL"]).hexdigest())

    await phone.do("block")
    await bob.when(lambda: not bob.there)
    tell("blocked", who=bob.label, text=await refused(bob.plugin["xep_0054"].get_vcard(alice, cached=False, timeout=PATIENCE)),
         body=await refused(bob.plugin["xep_0012"].get_last_activity(alice, timeout=PATIENCE)))

    await phone.do("unblock")
    await bob.when(lambda: bob.there)
    tell("here", who=bob.label, body=str((await bob.plugin["xep_0012"].get_last_activity(alice, timeout=PATIENCE))["last_activity"]["seconds"]))

    await phone.do("leave")
    await bob.when(lambda: not bob.there)
    await bob.settle()
    tell("gone", who=bob.label, body=str((await bob.plugin["xep_0012"].get_last_activity(alice, timeout=PATIENCE))["last_activity"]["seconds"]))
    await phone.end()
    await bob.leave()


play(scene)
