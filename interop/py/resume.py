"""Connections that break while both sides talk: streams are resumed, nothing is lost or comes twice."""

import asyncio

from scene import PATIENCE, Client, play, tell


async def resume(client, meanwhile):
    """Cuts a client's connection, lets something happen, and connects again."""
    gone = asyncio.ensure_future(client.until("disconnected"))
    client.cut()
    await gone
    await meanwhile()
    await client.go("session_resumed")
    tell("resumed", who=client.label)


async def scene():
    alice, bob = Client("alice", "phone", ["xep_0198"]), Client("bob", "laptop", ["xep_0198"])
    alice.plugin["xep_0198"].window = 1000  # acknowledgements are asked for when the scene says so
    for client in (alice, bob):
        await client.online()

    def say(first, last):
        for n in range(first, last):
            alice.send_message(bob.boundjid.bare, f"{n}", mtype="chat")

    # The receiver breaks.
    say(0, 5)
    await bob.body("4")

    async def more():
        say(5, 12)
        await alice.settle()
    await resume(bob, more)
    await bob.body("11")

    # The sender breaks, with stanzas that it does not know the fate of.
    say(12, 40)
    await asyncio.wait_for(alice.waiting_queue.join(), PATIENCE)

    async def nothing():
        pass
    await resume(alice, nothing)
    say(40, 45)
    await bob.body("44")

    # Both at once.
    say(45, 60)
    await asyncio.wait_for(alice.waiting_queue.join(), PATIENCE)
    await asyncio.gather(resume(alice, nothing), resume(bob, nothing))
    say(60, 65)
    await bob.body("64")

    await bob.settle()
    tell("seen", who=bob.label, messages=bob.seen)
    for client in (alice, bob):
        await client.leave()


play(scene)
