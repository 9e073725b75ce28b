"""One person's side of encrypted conversations: what the server gets, and whom it is believed.

The server may hand out any key as somebody's. So a key counts only once its fingerprint was
compared with its owner by another way, and `trust` was told.
"""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gql import Client, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.websockets import WebsocketsTransport
from sealing import ALGORITHM, SCHEME, KeyPair, Sealed, fingerprint, key_id, seal, unseal
from websockets.typing import Subprotocol

OPERATIONS = Path(__file__).parent / "operations"


class RefusedError(Exception):
    """The server did not do it, and says why."""


class UntrustedKeyError(Exception):
    """A key that was not compared with its owner, or no key at all."""


@dataclass(frozen=True)
class Note:
    """A message, opened."""

    sender: str
    text: str


@dataclass
class Chat:
    """A signed-in person with a key; `trusted` holds the fingerprints that were compared."""

    session: AsyncClientSession
    keys: KeyPair
    trusted: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.trust(fingerprint(self.keys.public))

    def trust(self, compared: str) -> None:
        """Believe the key with this fingerprint, which its owner read out."""
        self.trusted.add(compared)

    async def publish_key(self) -> None:
        """Let others encrypt to this person; again changes nothing."""
        key = {
            "keyId": key_id(self.keys.public),
            "algorithm": ALGORITHM,
            "publicKey": _text(self.keys.public),
        }
        await self._change("publish-key", key)

    async def revoke_key(self) -> None:
        """Let nobody encrypt to this person's key any more; old messages still name it."""
        await self._change("revoke-key", {"keyId": key_id(self.keys.public)})

    async def user_id(self) -> str:
        """This person's id."""
        found: str = (await self._ask("viewer"))["viewer"]["id"]
        return found

    async def open_conversation(self, title: str, user_ids: list[str]) -> str:
        """Make a conversation that only these users and this person see; its id."""
        wanted = {"title": title, "visibility": "PRIVATE", "userIds": user_ids}
        made: str = (await self._change("create-conversation", wanted))["conversation"]["id"]
        return made

    async def send(self, conversation: str, text: str) -> None:
        """Encrypt a text for all who take part, and send it.

        Raises UntrustedKeyError when one of them has no key, or one that was not compared: else
        the server could add a reader.
        """
        sealed = seal(text, conversation, self.keys, await self._readers(conversation))
        message = {
            "conversationId": conversation,
            "ciphertext": _text(sealed.ciphertext),
            "scheme": SCHEME,
            "keyId": sealed.key_id,
            "nonce": _text(sealed.nonce),
        }
        await self._change("send", message)

    async def read(self, conversation: str) -> list[Note]:
        """The newest messages, oldest first. Raises CannotOpenError or UntrustedKeyError."""
        found = (await self._ask("messages", conversation=conversation))["conversation"]
        sent = [message for message in found["messages"]["nodes"] if not message["deletedAt"]]
        return [await self._open(conversation, message) for message in sent]

    async def listen(self, conversation: str) -> AsyncIterator[Note]:
        """Encrypted messages from now on. Raises CannotOpenError or UntrustedKeyError."""
        request = _request("message-added", conversation=conversation)
        async for event in self.session.subscribe(request):
            if event["messageAdded"]["encrypted"]:
                yield await self._open(conversation, event["messageAdded"])

    async def _readers(self, conversation: str) -> list[bytes]:
        """The keys of all who take part, on all their devices."""
        found = (await self._ask("readers", conversation=conversation))["conversation"]
        people = found["participants"]
        if people["pageInfo"]["hasNextPage"]:
            raise RefusedError("This example encrypts for at most 100 people.")
        present = [person for person in people["nodes"] if person["user"] and not person["leftAt"]]
        return [key for person in present for key in self._keys_of(person)]

    def _keys_of(self, person: dict[str, Any]) -> list[bytes]:
        keys = [
            self._believed(person["name"], base64.b64decode(each["publicKey"]))
            for each in person["user"]["publicKeys"]["nodes"]
            if each["algorithm"] == ALGORITHM
        ]
        if not keys:
            raise UntrustedKeyError(f"{person['name']} has published no {ALGORITHM} key.")
        return keys

    async def _open(self, conversation: str, message: dict[str, Any]) -> Note:
        given, sender = message["encrypted"], message["sender"]
        if given["scheme"] != SCHEME:
            raise RefusedError(f"This example does not know the scheme {given['scheme']}.")
        found = await self._ask("sender-key", user=sender["user"]["id"], key=given["keyId"])
        for key in found["node"]["publicKeys"]["nodes"]:
            public = self._believed(sender["name"], base64.b64decode(key["publicKey"]))
            sealed = Sealed(
                base64.b64decode(given["ciphertext"]),
                base64.b64decode(given["nonce"]),
                given["keyId"],
            )
            return Note(sender["name"], unseal(sealed, conversation, public, self.keys))
        raise UntrustedKeyError(f"{sender['name']} has published no key {given['keyId']}.")

    def _believed(self, owner: str, public: bytes) -> bytes:
        shown = fingerprint(public)
        if shown not in self.trusted:
            raise UntrustedKeyError(f"Ask {owner} whether this is their fingerprint: {shown}")
        return public

    async def _ask(self, operation: str, **variables: Any) -> dict[str, Any]:
        answer: dict[str, Any] = await self.session.execute(_request(operation, **variables))
        return answer

    async def _change(self, operation: str, wanted: dict[str, Any]) -> dict[str, Any]:
        """The payload of a mutation. Raises RefusedError with its user errors."""
        (payload,) = (await self._ask(operation, input=wanted)).values()
        if payload["userErrors"]:
            raise RefusedError("; ".join(error["message"] for error in payload["userErrors"]))
        changed: dict[str, Any] = payload
        return changed


@asynccontextmanager
async def signed_in(address: str, token: str, keys: KeyPair) -> AsyncIterator[Chat]:
    """A person's chat on a socket of their own. `address` is such as ws://localhost:8000/graphql."""
    transport = WebsocketsTransport(
        address,
        init_payload={"authorization": f"Bearer {token}"},
        subprotocols=[Subprotocol("graphql-transport-ws")],
    )
    async with Client(transport=transport) as session:
        yield Chat(session, keys)


def _request(operation: str, **variables: Any) -> GraphQLRequest:
    document = (OPERATIONS / f"{operation}.graphql").read_text(encoding="utf-8")
    if "...EncryptedMessage" in document:
        document += (OPERATIONS / "fields.graphql").read_text(encoding="utf-8")
    return GraphQLRequest(document, variable_values=variables)


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
