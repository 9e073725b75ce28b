"""Two people talk, and the server cannot read it:

python talk.py ws://localhost:8000/graphql "$(parley token --tenant demo --user ana)" \\
    "$(parley token --tenant demo --user ben)"
"""

import asyncio
import sys

from chat import Chat, signed_in
from sealing import KeyPair, fingerprint


async def talk(address: str, first_token: str, second_token: str) -> None:
    """Make two keys, exchange them, and send a message each way."""
    async with (
        signed_in(address, first_token, KeyPair.generate()) as ana,
        signed_in(address, second_token, KeyPair.generate()) as ben,
    ):
        for person in (ana, ben):
            await person.publish_key()
        compare_fingerprints(ana, ben)
        conversation = await ana.open_conversation("Encrypted", [await ben.user_id()])
        await ana.send(conversation, "Can you read this?")
        await ben.send(conversation, "I can, and nobody else. 🔒")
        for note in await ben.read(conversation):
            print(f"{note.sender}: {note.text}")
        # A real client keeps its key, or it could not read these messages again.
        for person in (ana, ben):
            await person.revoke_key()


def compare_fingerprints(one: Chat, other: Chat) -> None:
    """What the two do by telephone, or with a QR code: anything but through the server."""
    one.trust(fingerprint(other.keys.public))
    other.trust(fingerprint(one.keys.public))


if __name__ == "__main__":
    asyncio.run(talk(*sys.argv[1:4]))
