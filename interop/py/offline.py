"""Messages for somebody who is away wait, say since when, and come once."""

from scene import Client, play, tell


async def scene():
    alice = Client("alice", "phone")
    await alice.online()
    for n in range(3):
        alice.send_message("bob@" + alice.boundjid.host, f"while away {n}", mtype="chat")
    await alice.settle()
    for visit in ("first", "second"):
        bob = Client("bob", visit)
        await bob.online()
        alice.send_message(bob.boundjid.bare, f"{visit} visit", mtype="chat")
        await bob.body(f"{visit} visit")
        tell("seen", who=bob.label, messages=bob.seen)
        await bob.leave()
    await alice.leave()


play(scene)
