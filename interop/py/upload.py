"""A file: a place is found and asked for, the file goes up over HTTP, and whoever gets its address has it."""

import hashlib
import io
import urllib.request

from slixmpp.exceptions import IqError

from scene import Client, play, tell


async def refused(alice, name, size):
    """Asks for a place that there is not, and tells why."""
    upload = alice.plugin["xep_0363"]
    try:
        await upload.request_slot(upload.upload_service, name, size)
        tell("slot", text=name)
    except IqError as e:
        limit = e.iq.xml.find(".//{urn:xmpp:http:upload:0}max-file-size")
        tell("refused", id=name, text=e.condition, body="" if limit is None else limit.text)


async def scene():
    alice, bob = Client("alice", "phone", ["xep_0066", "xep_0363"]), Client("bob", "laptop", ["xep_0066"])
    for client in (alice, bob):
        await client.online()
    data = bytes(range(256)) * 9000  # more than two segments
    upload = alice.plugin["xep_0363"]
    url = await upload.upload_file("Líbánky ☂.png", size=len(data), content_type="image/png", input_file=io.BytesIO(data))
    message = alice.make_message(bob.boundjid.bare, url, mtype="chat")
    message["oob"]["url"] = url
    message.send()
    await bob.when(lambda: bob.seen)
    with urllib.request.urlopen(bob.seen[0]["body"]) as answer:
        got = answer.read()
        tell("downloaded", id=hashlib.sha256(got).hexdigest(), body=url, type=answer.headers["Content-Type"], text=str(upload.max_file_size))
    tell("sent", id=hashlib.sha256(data).hexdigest())
    await refused(alice, "large", 2000 * 2**20 + 1)
    await refused(alice, "empty", 0)
    for client in (alice, bob):
        await client.leave()


play(scene)
