"""Two people, one of them on two devices: subscription, messages, receipts, carbons, archives."""

import asyncio

from scene import PATIENCE, Client, fact, play, tell


async def archive(client, peer, reverse):
    """Reads an archive page by page, in pages that do not divide it."""
    found = []
    async for result in client.plugin["xep_0313"].iterate(with_jid=peer, reverse=reverse, rsm={"max": 3}):
        result = result["mam_result"]
        message = result["forwarded"]["stanza"]
        found.append({**fact(message), "archiveId": result["id"], "delay": str(result["forwarded"]["delay"]["stamp"])})
    if reverse:
        found.reverse()
    tell("archive", who=client.label, text="backwards" if reverse else "forwards", messages=found)


async def subscribe(alice, bob):
    """Both want to see each other; slixmpp answers one request with another."""
    def both(client, peer):
        def mutual(_=None):
            return client.client_roster[peer]["to"] and client.client_roster[peer]["from"]
        done = asyncio.Event()
        client.add_event_handler("roster_update", lambda _: mutual() and done.set())
        return done
    waits = both(alice, bob.boundjid.bare), both(bob, alice.boundjid.bare)
    present = [asyncio.ensure_future(c.until("got_online")) for c in (alice, bob)]
    alice.send_presence_subscription(bob.boundjid.bare)
    await asyncio.wait_for(asyncio.gather(*(w.wait() for w in waits)), PATIENCE)
    for client, peer in ((alice, bob), (bob, alice)):
        tell("subscribed", who=client.label, text=client.client_roster[peer.boundjid.bare]["subscription"])
    for p in present:
        tell("present", **{"from": str((await p)["from"])})


async def talk(alice, bob):
    """Four messages there, three back, each with a receipt."""
    for n in range(4):
        message = alice.make_message(bob.boundjid.bare, f"there {n} <&> ☂", mtype="chat")
        message["request_receipt"] = True
        message["id"] = f"there{n}"
        message.send()
        await bob.body(f"there {n} <&> ☂")
        await alice.when(lambda: any(m.get("receipt") == f"there{n}" for m in alice.seen))
    for n in range(3):
        message = bob.make_message(alice.boundjid, f"back {n}", mtype="chat")
        message["request_receipt"] = True
        message["id"] = f"back{n}"
        message.send()
        await alice.body(f"back {n}")
        await bob.when(lambda: any(m.get("receipt") == f"back{n}" for m in bob.seen))


async def scene():
    plugins = ("xep_0184", "xep_0280", "xep_0313")
    alice, desk, bob = Client("alice", "phone", plugins), Client("alice", "desk", plugins), Client("bob", "laptop", plugins)
    desk.plugin["xep_0184"].auto_ack = False  # the receipts are the phone's
    copies = []

    def copy(kind):
        def keep(message):
            copies.append({**fact(message[kind]), "text": kind})
            desk.changed.set()
        return keep
    desk.add_event_handler("carbon_sent", copy("carbon_sent"))
    desk.add_event_handler("carbon_received", copy("carbon_received"))
    for client in (alice, desk, bob):
        await client.online()
    desk.send_presence(ppriority=-1)  # nothing but copies
    await desk.plugin["xep_0280"].enable()
    await subscribe(alice, bob)
    await talk(alice, bob)
    await desk.when(lambda: len(copies) >= 14)  # seven messages, seven receipts
    await desk.settle()
    for client in (alice, desk, bob):
        await client.settle()
        tell("seen", who=client.label, messages=client.seen)
    tell("copies", who=desk.label, messages=copies)
    for client, peer in ((alice, bob), (bob, alice)):
        for reverse in (False, True):
            await archive(client, peer.boundjid.bare, reverse)
    for client in (alice, desk, bob):
        await client.leave()


play(scene)
