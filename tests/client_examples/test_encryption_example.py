"""The encryption example: what its seals withstand, and a talk over a running server."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.exceptions import CryptoError

from tests.app.serving import EVENT_SECONDS, Serving, ask, run_parley, serving

EXAMPLE = Path(__file__).parents[2] / "client-examples/encryption"
sys.path.append(str(EXAMPLE))

import chat  # noqa: E402
import sealing  # noqa: E402
from sealing import CannotOpenError, KeyPair, Sealed, seal, unseal  # noqa: E402

ANA, BEN, EVA = (KeyPair.generate() for _ in range(3))
# A public key with which every shared secret is zero.
WEAK = bytes(32)
STORED = """
    query ($id: ID!) {
        conversation(id: $id) { messages { nodes { kind body encrypted { ciphertext } } } }
        search(query: "xylophone") { nodes { id } }
    }
"""


class TestSeals:
    @given(text=st.text(max_size=2_000))
    @settings(max_examples=50, deadline=None)
    def test_each_reader_opens_it(self, text: str) -> None:
        sealed = seal(text, "c", ANA, [ANA.public, BEN.public])

        assert unseal(sealed, "c", ANA.public, ANA) == text
        assert unseal(sealed, "c", ANA.public, BEN) == text

    def test_nobody_else_opens_it(self) -> None:
        sealed = seal("secret", "c", ANA, [BEN.public])

        with pytest.raises(CannotOpenError):
            unseal(sealed, "c", ANA.public, EVA)

    def test_texts_of_like_lengths_look_alike(self) -> None:
        first, second = (seal(text, "c", ANA, [BEN.public]) for text in ("yes", "no, never"))

        assert len(first.ciphertext) == len(second.ciphertext)
        assert first.ciphertext != second.ciphertext

    def test_it_is_bound_to_its_sender_and_conversation(self) -> None:
        sealed = seal("secret", "c", ANA, [BEN.public])

        for conversation, sender in (("d", ANA.public), ("c", EVA.public)):
            with pytest.raises(CannotOpenError):
                unseal(sealed, conversation, sender, BEN)

    @given(data=st.data())
    @settings(max_examples=100, deadline=None)
    def test_changed_bytes_are_noticed(self, data: st.DataObject) -> None:
        sealed = seal("secret", "c", ANA, [BEN.public])
        size = len(sealed.ciphertext)
        place = data.draw(st.integers(0, size - 1))
        changed = bytearray(sealed.ciphertext)
        changed[place] ^= data.draw(st.integers(1, 255))

        with pytest.raises(CannotOpenError):
            unseal(replace(sealed, ciphertext=bytes(changed)), "c", ANA.public, BEN)
        with pytest.raises(CannotOpenError):
            unseal(replace(sealed, ciphertext=sealed.ciphertext[:place]), "c", ANA.public, BEN)

    @given(ciphertext=st.binary(max_size=300))
    @settings(max_examples=100, deadline=None)
    def test_any_bytes_are_refused_in_one_way(self, ciphertext: bytes) -> None:
        with pytest.raises(CannotOpenError):
            unseal(Sealed(ciphertext, bytes(24), "k"), "c", ANA.public, BEN)

    def test_readers_cannot_put_words_into_the_senders_mouth(self) -> None:
        honest = seal("I owe Ben 1", "c", ANA, [BEN.public, EVA.public])
        forged = _same_content_key(honest, reader=BEN, text="I owe Ben 9")

        with pytest.raises(CannotOpenError):
            unseal(forged, "c", ANA.public, EVA)

    def test_weak_keys_are_refused(self) -> None:
        with pytest.raises(CryptoError):
            seal("secret", "c", ANA, [WEAK])
        with pytest.raises(CannotOpenError):
            unseal(seal("secret", "c", ANA, [BEN.public]), "c", WEAK, BEN)

    def test_fingerprints_and_key_ids_tell_keys_apart(self) -> None:
        shown = sealing.fingerprint(ANA.public)

        assert [len(group) for group in shown.split()] == [8] * 8
        assert shown != sealing.fingerprint(BEN.public)
        assert sealing.key_id(ANA.public) != sealing.key_id(BEN.public)


class TestTalking:
    async def test_the_server_keeps_what_only_readers_open(
        self, server: Serving, people: "People"
    ) -> None:
        ana, ben = await people("ana", "ben")
        conversation = await ana.open_conversation("c", [await ben.user_id()])

        await ana.send(conversation, "where the xylophone is")
        await ben.send(conversation, "a xylophone!")

        told = [("Ana", "where the xylophone is"), ("Ben", "a xylophone!")]
        for person in (ana, ben):
            notes = await person.read(conversation)
            assert [(note.sender, note.text) for note in notes] == told
        stored = await ask(ana.session, STORED, id=conversation)
        nodes = stored["conversation"]["messages"]["nodes"]
        assert [(node["kind"], node["body"]) for node in nodes] == [("ENCRYPTED", "")] * 2
        assert stored["search"]["nodes"] == []

    async def test_it_is_heard_as_it_is_sent(self, people: "People") -> None:
        ana, ben = await people("carla", "dora")
        conversation = await ana.open_conversation("c", [await ben.user_id()])
        heard = asyncio.create_task(anext(ben.listen(conversation)))

        # The protocol does not tell when a subscription has begun.
        async with asyncio.timeout(EVENT_SECONDS):
            while not heard.done():
                await ana.send(conversation, "hello?")

        assert (await heard).text == "hello?"

    async def test_a_key_that_the_server_slips_in_is_not_believed(self, people: "People") -> None:
        ana, ben = await people("emil", "fritz")
        conversation = await ana.open_conversation("c", [await ben.user_id()])
        slipped = chat.Chat(ben.session, EVA)
        await slipped.publish_key()

        with pytest.raises(chat.UntrustedKeyError, match="Ask Fritz"):
            await ana.send(conversation, "secret")
        await slipped.revoke_key()
        await ana.send(conversation, "secret")

    async def test_who_has_no_key_is_told_of(self, server: Serving, people: "People") -> None:
        ana, ben = await people("greta", "hans")
        await ben.revoke_key()
        conversation = await ana.open_conversation("c", [await ben.user_id()])

        with pytest.raises(chat.UntrustedKeyError, match="Hans has published no X25519 key"):
            await ana.send(conversation, "secret")

    async def test_script_runs_again_and_again(self, server: Serving, demo_dir: Path) -> None:
        tokens = [await token_of(demo_dir, handle) for handle in ("ida", "jan")]
        command = [sys.executable, EXAMPLE / "talk.py", server.socket_url, *tokens]

        for _ in range(2):
            done = await asyncio.to_thread(
                subprocess.run, command, capture_output=True, text=True, timeout=60, check=False
            )

            assert done.stderr == ""
            assert done.stdout == "Ida: Can you read this?\nJan: I can, and nobody else. 🔒\n"


People = Callable[..., Any]


@pytest.fixture(scope="module")
async def server(demo_dir: Path) -> AsyncIterator[Serving]:
    async with serving(demo_dir, "--demo") as running:
        yield running


@pytest.fixture
async def people(server: Serving, demo_dir: Path) -> AsyncIterator[People]:
    """Makes two people who have published their keys and compared their fingerprints."""
    async with AsyncExitStack() as stack:

        async def make(*handles: str) -> list[chat.Chat]:
            made = [
                await stack.enter_async_context(
                    chat.signed_in(
                        server.socket_url, await token_of(demo_dir, handle), KeyPair.generate()
                    )
                )
                for handle in handles
            ]
            for person in made:
                await person.publish_key()
                for other in made:
                    person.trust(sealing.fingerprint(other.keys.public))
            return made

        yield make


async def token_of(demo_dir: Path, handle: str) -> str:
    """A token for a user of the demo's tenant, who is made if need be."""
    status, token, errors = await run_parley(
        demo_dir, "token", "--tenant", "demo", "--user", handle
    )
    assert status == 0, errors
    return token.strip()


def _same_content_key(honest: Sealed, *, reader: KeyPair, text: str) -> Sealed:
    """What a reader can make of a message: another text under the same wrapped keys."""
    wrapped, body = sealing._parts(honest.ciphertext)
    nonce, wrapped_key = wrapped[sealing._key_digest(reader.public)]
    wrapping_key = sealing._wrapping_key(
        reader.secret, ANA.public, sender=ANA.public, reader=reader.public
    )
    bound_to = sealing._digest("c", honest.nonce, body)
    content_key = sealing.decrypt(wrapped_key, bound_to, nonce, wrapping_key)
    padded = sealing.sodium.sodium_pad(text.encode(), sealing.PADDED_TO)
    other = sealing.encrypt(padded, b"c", honest.nonce, content_key)
    return replace(honest, ciphertext=honest.ciphertext[: -len(body)] + other)
