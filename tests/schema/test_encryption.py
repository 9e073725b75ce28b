"""Bodies that the server cannot read, and the public keys of those who can."""

import asyncio
import base64
import logging
import os
import traceback
from contextlib import aclosing
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import structlog

from models.database import Database
from models.ids import new_id
from models.tenants import Role
from realtime.post_statement import values_of
from resolvers.limits import Limits
from schema.ids import IdType, decode_id

CREATE = """
    mutation ($input: CreateConversationInput!) {
        createConversation(input: $input) { conversation { id } }
    }
"""
MESSAGE = "id kind body editedAt encrypted { ciphertext scheme keyId nonce }"
SEND = f"""
    mutation ($input: SendMessageInput!) {{
        sendMessage(input: $input) {{ message {{ {MESSAGE} }} userErrors {{ code field }} }}
    }}
"""
EDIT = f"""
    mutation ($input: EditMessageInput!) {{
        editMessage(input: $input) {{ message {{ {MESSAGE} }} userErrors {{ code field }} }}
    }}
"""
DELETE = f"""
    mutation ($id: ID!) {{ deleteMessage(input: {{messageId: $id}}) {{ message {{ {MESSAGE} }} }} }}
"""
PAGE = f"""
    query ($id: ID!) {{
        conversation(id: $id) {{
            messages {{ nodes {{ {MESSAGE} }} }}
            lastMessage {{ encrypted {{ ciphertext }} }}
        }}
    }}
"""
ADDED = f"subscription {{ messageAdded {{ {MESSAGE} }} }}"
KEY = "publicKey { keyId algorithm publicKey revokedAt }"
PUBLISH = f"""
    mutation ($input: PublishPublicKeyInput!) {{
        publishPublicKey(input: $input) {{ {KEY} userErrors {{ code field }} }}
    }}
"""
REVOKE = f"""
    mutation ($id: String!) {{
        revokePublicKey(input: {{keyId: $id}}) {{ {KEY} userErrors {{ code field }} }}
    }}
"""
KEYS = """
    query ($id: ID!, $first: Int, $after: String, $filter: PublicKeyFilterInput) {
        node(id: $id) { ... on User {
            publicKeys(first: $first, after: $after, filter: $filter) {
                nodes { keyId publicKey revokedAt } totalCount pageInfo { hasNextPage endCursor }
            }
        } }
    }
"""


def text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def sealed(ciphertext: bytes = b"\x00\xff opaque", **given: Any) -> dict[str, Any]:
    """The fields of an encrypted body."""
    return {
        "ciphertext": text(ciphertext),
        "scheme": "X25519-XChaCha20-Poly1305",
        "keyId": "laptop",
        "nonce": text(bytes(range(24))),
    } | given


async def conversation_of(client: Any, **given: Any) -> str:
    made = await client.data(CREATE, input={"title": "c"} | given)
    key: str = made["createConversation"]["conversation"]["id"]
    return key


async def send(client: Any, key: str, **given: Any) -> dict[str, Any]:
    payload = await client.data(SEND, input={"conversationId": key} | given)
    sent: dict[str, Any] = payload["sendMessage"]
    return sent


async def edit(client: Any, message: str, **given: Any) -> dict[str, Any]:
    payload = await client.data(EDIT, input={"messageId": message} | given)
    edited: dict[str, Any] = payload["editMessage"]
    return edited


async def publish(client: Any, key_id: str = "laptop", key: bytes = b"k" * 32) -> dict[str, Any]:
    given = {"keyId": key_id, "algorithm": "X25519", "publicKey": text(key)}
    payload: dict[str, Any] = (await client.data(PUBLISH, input=given))["publishPublicKey"]
    return payload


async def keys_of(client: Any, user: str, **given: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await client.data(KEYS, id=user, **given))["node"]["publicKeys"]
    return found


async def user_id(client: Any) -> str:
    key: str = (await client.data("{ viewer { id } }"))["viewer"]["id"]
    return key


def limited(client: Any, **limits: int) -> Any:
    """The same client at a server of other limits."""
    return replace(client, services=replace(client.services, limits=Limits(**limits)))


class TestMessages:
    async def test_bytes_are_stored_and_given_back(self, client: Any) -> None:
        key = await conversation_of(client)
        body = sealed(os.urandom(70_000))

        sent = (await send(client, key, **body))["message"]
        page = (await client.data(PAGE, id=key))["conversation"]

        assert (sent["kind"], sent["body"], sent["encrypted"]) == ("ENCRYPTED", "", body)
        assert page["messages"]["nodes"] == [sent]
        assert page["lastMessage"]["encrypted"] == {"ciphertext": body["ciphertext"]}

    async def test_subscribers_get_it_like_any_message(self, client: Any) -> None:
        key = await conversation_of(client)
        async with aclosing(client.events(ADDED)) as added:
            heard = asyncio.create_task(anext(added))
            await client.services.hub.joined.acquire()

            sent = (await send(client, key, **sealed()))["message"]

            assert (await heard)["messageAdded"] == sent

    async def test_plain_messages_have_no_encrypted_body(self, client: Any) -> None:
        key = await conversation_of(client)

        sent = (await send(client, key, body="hello"))["message"]

        assert (sent["kind"], sent["body"], sent["encrypted"]) == ("TEXT", "hello", None)

    async def test_encrypted_bodies_of_a_page_are_one_statement(self, client: Any) -> None:
        key = await conversation_of(client)
        query = "query ($id: ID!) { conversation(id: $id) { messages { nodes { body } } } }"
        for _ in range(3):
            await send(client, key, **sealed())

        without = await client.count_statements(query, id=key)
        whole = query.replace("body", "encrypted { ciphertext }")

        assert await client.count_statements(whole, id=key) == without + 1

    async def test_edits_replace_all_of_it(self, client: Any) -> None:
        key = await conversation_of(client)
        message = (await send(client, key, **sealed()))["message"]["id"]
        body = sealed(b"better", scheme="next", keyId="phone", nonce="")

        edited = (await edit(client, message, **body))["message"]

        assert (edited["body"], edited["encrypted"]) == ("", body)
        assert edited["editedAt"]

    async def test_edits_neither_encrypt_nor_lay_bare(self, client: Any) -> None:
        key = await conversation_of(client)
        secret = (await send(client, key, **sealed()))["message"]["id"]
        plain = (await send(client, key, body="hello"))["message"]["id"]
        refusal = [{"code": "BAD_INPUT", "field": "messageId"}]

        assert (await edit(client, secret, body="oh"))["userErrors"] == refusal
        assert (await edit(client, plain, **sealed()))["userErrors"] == refusal

    async def test_deleted_bytes_are_gone(
        self, client: Any, owner: "asyncpg.Pool[asyncpg.Record]"
    ) -> None:
        key = await conversation_of(client)
        message = (await send(client, key, **sealed()))["message"]["id"]

        deleted = (await client.data(DELETE, id=message))["deleteMessage"]["message"]
        row = await _row(owner, message)

        assert (deleted["kind"], deleted["encrypted"]) == ("ENCRYPTED", None)
        assert [row[name] for name in ("ciphertext", "scheme", "key_id", "nonce")] == [None] * 4

    async def test_sending_again_finds_the_first(self, client: Any) -> None:
        key = await conversation_of(client)

        first = await send(client, key, **sealed(b"one"), clientMessageId="k")
        again = await send(client, key, **sealed(b"two"), clientMessageId="k")

        assert again == first

    @pytest.mark.parametrize(
        ("given", "code", "field"),
        [
            ({}, "BAD_INPUT", "body"),
            ({"body": None, "ciphertext": None}, "BAD_INPUT", "body"),
            (sealed(body="both"), "BAD_INPUT", "body"),
            ({"body": "b", "scheme": "s"}, "BAD_INPUT", "ciphertext"),
            (sealed(scheme=None), "BAD_INPUT", "ciphertext"),
            (sealed(keyId=None), "BAD_INPUT", "ciphertext"),
            (sealed(nonce=None), "BAD_INPUT", "ciphertext"),
            (sealed(b""), "BLANK", "ciphertext"),
            (sealed(scheme=""), "BLANK", "scheme"),
            (sealed(scheme="two words"), "BAD_INPUT", "scheme"),
            (sealed(keyId="schlüssel"), "BAD_INPUT", "keyId"),
            (sealed(keyId="k" * 129), "TOO_LONG", "keyId"),
            (sealed(nonce=text(bytes(65))), "TOO_LONG", "nonce"),
            (sealed(bytes(262_145)), "TOO_LONG", "ciphertext"),
        ],
    )
    async def test_what_does_not_fit_is_refused(
        self, client: Any, given: dict[str, Any], code: str, field: str
    ) -> None:
        key = await conversation_of(client)

        refused = await send(client, key, **given)

        assert refused == {"message": None, "userErrors": [{"code": code, "field": field}]}

    async def test_longest_ciphertext_fits(self, client: Any) -> None:
        key = await conversation_of(client)

        sent = await send(client, key, **sealed(bytes(262_144)))

        assert sent["userErrors"] == []

    @pytest.mark.parametrize("value", ["A", "AA", "A-_=", "AAAA\n", " AAAA", "ä", 7, ["AAAA"]])
    async def test_other_text_is_no_base64(self, client: Any, value: Any) -> None:
        given = {"conversationId": "c"} | sealed() | {"nonce": value}

        assert await client.code(SEND, input=given) == "VARIABLES_INVALID"


class TestSecrecy:
    async def test_nothing_of_it_is_indexed_or_found(
        self, client: Any, owner: "asyncpg.Pool[asyncpg.Record]"
    ) -> None:
        key = await conversation_of(client)
        words = sealed(b"treasure map", scheme="treasure", keyId="treasure")
        message = (await send(client, key, **words))["message"]["id"]
        await send(client, key, body="a treasure map")

        found = await client.data('{ search(query: "treasure") { nodes { body } } }')
        row = await _row(owner, message)

        assert row["body"] == ""
        # Where it is, and of what kind: such lexemes begin with a dot, which no word does.
        assert all(lexeme.startswith("'.") for lexeme in row["search"].split())
        assert found["search"]["nodes"] == [{"body": "a treasure map"}]

    async def test_events_hold_no_byte_of_it(
        self, client: Any, owner: "asyncpg.Pool[asyncpg.Record]"
    ) -> None:
        key = await conversation_of(client)
        await send(client, key, **sealed(b"treasure", scheme="treasure", keyId="treasure"))

        payloads = await owner.fetch(
            "SELECT payload::text FROM events WHERE stream_id = $1",
            decode_id(IdType.CONVERSATION, key),
        )

        assert payloads
        for (payload,) in payloads:
            assert "treasure" not in payload
            assert text(b"treasure") not in payload

    async def test_logs_hold_no_byte_of_it(
        self,
        client: Any,
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        body = sealed(b"treasure", scheme="scheme-of-mine", keyId="key-of-mine")
        key = await conversation_of(client)
        given = {"conversationId": key} | body
        with caplog.at_level(logging.DEBUG), structlog.testing.capture_logs() as logged:
            message = (await send(client, key, **body))["message"]["id"]
            await edit(client, message, **body)
            await send(client, key, **body | {"nonce": text(bytes(65))})
            await client.result(SEND, input=given | {"nonce": "?"})
            # A fault of ours: the message would be TEXT, which the table refuses.
            monkeypatch.setattr("resolvers.sending.values_of", _taken_for_text)
            assert await client.code(SEND, input=given) == "INTERNAL"

        (fault,) = logged
        error = "".join(traceback.format_exception(fault["exc_info"]))
        assert "CheckViolationError" in error
        written = error + str(logged) + caplog.text + "".join(capfd.readouterr())
        secrets = ["treasure", b"treasure".hex(), str(bytes(range(24))), *body.values()]
        assert [secret for secret in secrets if secret in written] == []

    @pytest.mark.parametrize(
        "change",
        [
            "ciphertext = NULL",
            "nonce = NULL",
            "body = 'plain'",
            "kind = 'TEXT'",
            "deleted_at = now()",
        ],
    )
    async def test_table_holds_whole_bodies_or_none(
        self, client: Any, owner: "asyncpg.Pool[asyncpg.Record]", change: str
    ) -> None:
        key = await conversation_of(client)
        message = (await send(client, key, **sealed()))["message"]["id"]

        with pytest.raises(asyncpg.CheckViolationError):
            await owner.execute(f"UPDATE messages SET {change} WHERE id = $1", _key(message))


class TestPublicKeys:
    async def test_keys_are_published_and_seen(
        self, client: Any, client_of: Any, sign_up: Any
    ) -> None:
        ben = client_of(await sign_up("ben", Role.VIEWER))

        published = await publish(ben)

        expected = {"keyId": "laptop", "publicKey": text(b"k" * 32), "revokedAt": None}
        assert published["publicKey"] == expected | {"algorithm": "X25519"}
        assert (await keys_of(client, await user_id(ben)))["nodes"] == [expected]

    async def test_history_is_kept(self, client: Any) -> None:
        me = await user_id(client)
        for number in range(3):
            await publish(client, f"k{number}", bytes([number]))

        revoked = (await client.data(REVOKE, id="k1"))["revokePublicKey"]["publicKey"]
        again = (await client.data(REVOKE, id="k1"))["revokePublicKey"]["publicKey"]
        everything = await keys_of(client, me)
        current = await keys_of(client, me, filter={"revoked": False})
        old = await keys_of(client, me, filter={"revoked": True})
        named = await keys_of(client, me, filter={"keyId": "k2"})

        assert revoked["revokedAt"]
        assert revoked == again
        assert [key["keyId"] for key in everything["nodes"]] == ["k0", "k1", "k2"]
        assert [key["keyId"] for key in current["nodes"]] == ["k0", "k2"]
        assert [key["keyId"] for key in old["nodes"]] == ["k1"]
        assert [key["keyId"] for key in named["nodes"]] == ["k2"]
        assert [found["totalCount"] for found in (everything, current, old, named)] == [3, 2, 1, 1]

    async def test_keys_come_in_pages(self, client: Any) -> None:
        me = await user_id(client)
        for number in range(3):
            await publish(client, f"k{number}")

        first = await keys_of(client, me, first=2)
        rest = await keys_of(client, me, first=2, after=first["pageInfo"]["endCursor"])

        assert first["pageInfo"]["hasNextPage"]
        assert [key["keyId"] for key in first["nodes"] + rest["nodes"]] == ["k0", "k1", "k2"]

    async def test_keys_of_many_users_are_one_statement(
        self, client: Any, client_of: Any, sign_up: Any
    ) -> None:
        viewers = [client_of(await sign_up(handle)) for handle in ("ben", "eva")]
        for viewer in viewers:
            await publish(viewer)
        users = [await user_id(viewer) for viewer in viewers]
        key = await conversation_of(client, userIds=users)
        query = """
            query ($id: ID!) { conversation(id: $id) { participants { nodes { user { name } } } } }
        """

        without = await client.count_statements(query, id=key)
        whole = query.replace("name", "publicKeys { nodes { keyId } }")

        assert await client.count_statements(whole, id=key) == without + 1

    async def test_a_key_id_names_one_key_for_good(self, client: Any) -> None:
        first = await publish(client)
        conflict = {"publicKey": None, "userErrors": [{"code": "CONFLICT", "field": "keyId"}]}

        assert await publish(client) == first
        assert await publish(client, key=b"other") == conflict
        await client.data(REVOKE, id="laptop")
        assert await publish(client) == conflict

    async def test_key_ids_are_ones_own(self, client: Any, client_of: Any, sign_up: Any) -> None:
        ben = client_of(await sign_up("ben"))
        await publish(ben, key=b"of ben")

        missing = (await client.data(REVOKE, id="laptop"))["revokePublicKey"]

        assert missing["userErrors"] == [{"code": "NOT_FOUND", "field": "keyId"}]
        assert (await publish(client, key=b"of ana"))["userErrors"] == []

    async def test_keys_are_limited_in_number(self, client: Any) -> None:
        client = limited(client, public_keys=2, public_key_history=3)
        too_many = {"publicKey": None, "userErrors": [{"code": "TOO_MANY", "field": None}]}
        await publish(client, "k0")
        await publish(client, "k1")

        assert await publish(client, "k2") == too_many
        await client.data(REVOKE, id="k0")
        assert (await publish(client, "k2"))["userErrors"] == []
        await client.data(REVOKE, id="k1")
        assert await publish(client, "k3") == too_many

    async def test_racing_publications_keep_the_limit(self, client: Any) -> None:
        client = limited(client, public_keys=2)

        await asyncio.gather(*(publish(client, f"k{number}") for number in range(5)))

        assert (await keys_of(client, await user_id(client)))["totalCount"] == 2

    @pytest.mark.parametrize(
        ("given", "code", "field"),
        [
            ({"keyId": ""}, "BLANK", "keyId"),
            ({"keyId": "two words"}, "BAD_INPUT", "keyId"),
            ({"algorithm": "a" * 129}, "TOO_LONG", "algorithm"),
            ({"publicKey": ""}, "BLANK", "publicKey"),
            ({"publicKey": text(bytes(4_097))}, "TOO_LONG", "publicKey"),
        ],
    )
    async def test_keys_that_do_not_fit_are_refused(
        self, client: Any, given: dict[str, Any], code: str, field: str
    ) -> None:
        whole = {"keyId": "k", "algorithm": "X25519", "publicKey": text(b"k")} | given

        refused = (await client.data(PUBLISH, input=whole))["publishPublicKey"]

        assert refused == {"publicKey": None, "userErrors": [{"code": code, "field": field}]}

    async def test_filters_are_checked(self, client: Any) -> None:
        me = await user_id(client)

        assert await client.code(KEYS, id=me, filter={"keyId": "nul\x00"}) == "BAD_INPUT"

    async def test_api_keys_publish_and_revoke_nothing(self, client: Any) -> None:
        await publish(client)
        thief = replace(client, viewer=replace(client.viewer, key_id=new_id()))
        given = {"keyId": "k", "algorithm": "X25519", "publicKey": text(b"k")}

        assert await thief.code(PUBLISH, input=given) == "FORBIDDEN"
        assert await thief.code(REVOKE, id="laptop") == "FORBIDDEN"

    async def test_published_keys_cannot_be_exchanged(self, database: Database) -> None:
        for statement in ("UPDATE public_keys SET public_key = ''", "DELETE FROM public_keys"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await database.reads.ask(statement)

    async def test_audit_tells_of_both(self, client_of: Any, sign_up: Any) -> None:
        admin = client_of(await sign_up("eva", Role.ADMIN))
        await publish(admin)
        await publish(admin)
        await admin.data(REVOKE, id="laptop")
        await admin.data(REVOKE, id="laptop")

        trail = await admin.data("{ auditTrail { nodes { action subjectId detail } } }")

        me = await user_id(admin)
        entry = {"subjectId": me, "detail": {"key_id": "laptop"}}
        assert trail["auditTrail"]["nodes"] == [
            {"action": "PUBLIC_KEY_REVOKED"} | entry,
            {"action": "PUBLIC_KEY_PUBLISHED"} | entry,
        ]


def _key(message: str) -> UUID:
    return decode_id(IdType.MESSAGE, message)


def _taken_for_text(*given: Any, **named: Any) -> dict[str, Any]:
    return values_of(*given, **named) | {"kind": "TEXT"}


async def _row(owner: "asyncpg.Pool[asyncpg.Record]", message: str) -> Any:
    return await owner.fetchrow("SELECT * FROM messages WHERE id = $1", _key(message))
