"""A picture, a vCard and a nick of one, as another one's client sees them."""

import hashlib
import struct
import zlib

from scene import PATIENCE, Client, play, tell

PLUGINS = ("xep_0054", "xep_0060", "xep_0084", "xep_0115", "xep_0163", "xep_0172")


def png(colour):
    """A picture of four pixels."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    rows = b"".join(b"\0" + colour * 2 for _ in range(2))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class Watcher(Client):
    """A client that remembers what it is told of somebody's picture and nick."""

    def __init__(self, who, resource):
        super().__init__(who, resource, PLUGINS)
        self.avatars, self.nicks, self.hashes = [], [], []
        self.add_event_handler("avatar_metadata_publish", self.avatar)
        self.add_event_handler("user_nick_publish", self.nick)
        self.add_event_handler("presence_available", self.hash)

    def avatar(self, message):
        infos = message["pubsub_event"]["items"]["item"].xml.iter("{urn:xmpp:avatar:metadata}info")
        self.avatars.append(([i.get("id") for i in infos] or [""])[0])
        self.changed.set()

    def nick(self, message):
        self.nicks.append(message["pubsub_event"]["items"]["item"]["nick"]["nick"])
        self.changed.set()

    def hash(self, presence):
        photo = presence.xml.find("{vcard-temp:x:update}x/{vcard-temp:x:update}photo")
        if photo is not None and presence["from"].bare != self.boundjid.bare:
            self.hashes.append(photo.text or "")
            self.changed.set()


async def publish_avatar(client, image):
    sha = hashlib.sha1(image).hexdigest()
    await client.plugin["xep_0084"].publish_avatar(image)
    await client.plugin["xep_0084"].publish_avatar_metadata(
        {"id": sha, "type": "image/png", "bytes": len(image), "width": "2", "height": "2"})
    return sha


async def look(watcher, whom, sha):
    """Waits for the hash, then fetches the image and the vCard."""
    await watcher.when(lambda: sha in watcher.avatars and sha in watcher.hashes)
    item = await watcher.plugin["xep_0084"].retrieve_avatar(whom, sha, timeout=PATIENCE)
    image = item["pubsub"]["items"]["item"]["avatar_data"]["value"]
    card = await watcher.plugin["xep_0054"].get_vcard(whom, cached=False, timeout=PATIENCE)
    photo = card["vcard_temp"]["PHOTO"]["BINVAL"]
    tell("looked", who=watcher.label, id=hashlib.sha1(image).hexdigest(), text=card["vcard_temp"]["FN"], body=hashlib.sha1(photo).hexdigest())


async def scene():
    alice, bob = Watcher("alice", "phone"), Watcher("bob", "laptop")
    for client in (alice, bob):
        await client.online()
    bob.send_presence_subscription(alice.boundjid.bare)
    await bob.until("got_online")
    for client in (alice, bob):
        await client.settle()

    red, blue = png(b"\xc0\x10\x10"), png(b"\x10\x10\xc0")
    card = alice.plugin["xep_0054"].make_vcard()
    card["FN"] = "Alice Liddell"
    await alice.plugin["xep_0054"].publish_vcard(card, timeout=PATIENCE)
    first = await publish_avatar(alice, red)
    tell("published", who=alice.label, id=first)
    await look(bob, alice.boundjid.bare, first)

    card["PHOTO"]["TYPE"], card["PHOTO"]["BINVAL"] = "image/png", blue
    await alice.plugin["xep_0054"].publish_vcard(card, timeout=PATIENCE)
    second = hashlib.sha1(blue).hexdigest()
    tell("published", who=alice.label, id=second)
    await look(bob, alice.boundjid.bare, second)

    await alice.plugin["xep_0172"].publish_nick("Alice in Wonderland")
    await bob.when(lambda: "Alice in Wonderland" in bob.nicks)
    card = await bob.plugin["xep_0054"].get_vcard(alice.boundjid.bare, cached=False, timeout=PATIENCE)
    tell("renamed", who=bob.label, text=card["vcard_temp"]["FN"])

    # Who comes later is told what there is.
    desk = Watcher("bob", "desk")
    await desk.online()
    await desk.when(lambda: second in desk.avatars and second in desk.hashes and "Alice in Wonderland" in desk.nicks)

    await alice.plugin["xep_0084"].stop()
    for client in (bob, desk):
        await client.when(lambda: client.avatars[-1] == "" and client.hashes[-1] == "")
        tell("stopped", who=client.label)
    for client in (alice, bob, desk):
        await client.leave()


if __name__ == "__main__":
    play(scene)
