"""A tenant with one of everything, whose every text carries a mark."""

import secrets
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import asyncpg

from app.signin.key_file import KeyFile
from app.signin.tokens import Tokens
from models.base import now
from models.ids import new_id
from models.imports import ArchiveImport, ImportStatus
from models.messages import Attachment, MessageKind
from models.tenants import Role
from realtime.revocation import Revocations
from resolvers.context import Context, Services, Viewer
from resolvers.identity.means import SignIn
from schema.ids import IdType, decode_any_id, decode_id, encode_id
from tests.schema.exercise import Exercise

SETUP = """
    mutation ($title: String!, $label: String!, $users: [ID!]!) {
        open: createConversation(input: {title: $title, userIds: $users}) {
            conversation { id participants { nodes { id } } }
        }
        private: createConversation(
            input: {title: $title, userIds: $users, visibility: PRIVATE}
        ) { conversation { id } }
        createDevice(input: {name: $title, http: {url: "https://example.org/hook"}}) {
            device { id }
        }
        createApiKey(input: {name: $title, role: AGENT}) { apiKey { id } }
        inviteMember(input: {handle: $title, role: AGENT}) { invitation { id } }
        createLabel(input: {name: $label, color: "#123456"}) { label { id } }
    }
"""
FILL = """
    mutation ($conversation: ID!, $body: String!, $at: DateTime!) {
        sendMessage(input: {conversationId: $conversation, body: $body}) { message { id } }
        createSchedule(input: {conversationId: $conversation, body: $body, sendAt: $at}) {
            schedule { id }
        }
    }
"""
MARK = """
    mutation ($message: ID!, $note: String!) {
        addReaction(input: {messageId: $message, emoji: "👍"}) { message { id } }
        addBookmark(input: {messageId: $message, note: $note}) { message { id } }
    }
"""
AUDIENCE = """
    mutation ($name: String!, $email: String!) {
        createContact(input: {
            name: $name, fields: [{name: "a", value: $name}]
            identities: [{kind: EMAIL, value: $email}]
        }) { contact { id identities { id } } }
        createTemplate(input: {name: $name, language: "en", body: $name}) { template { id } }
    }
"""
GROUP = """
    mutation ($name: String!, $contacts: [ID!]!) {
        createRecipientGroup(input: {name: $name, description: $name, contactIds: $contacts}) {
            recipientGroup { id }
        }
    }
"""
AT = "2099-01-01T00:00:00Z"


def with_sign_in(services: Services, key_file: Any) -> Services:
    """Services that can sign in, too."""
    bus: Any = services.bell
    means = SignIn(Tokens(KeyFile(key_file)), Revocations(bus))
    return replace(services, signing=means)


@dataclass
class World:
    """A tenant, one viewer of each role, and the ids of what is there."""

    tenant_id: UUID
    mark: str
    viewers: dict[Role, Viewer]
    ids: dict[IdType, list[str]] = field(default_factory=dict)

    def one(self, id_type: IdType) -> str:
        """An id of this type; where there is none of it, one that names nothing."""
        return self.ids.get(id_type, [encode_id(id_type, new_id())])[0]

    @property
    def owner(self) -> Viewer:
        return self.viewers[Role.OWNER]


async def make_world(
    owner: "asyncpg.Pool[asyncpg.Record]", services: Services, exercise: Exercise
) -> World:
    """A fresh tenant with one of everything."""
    tenant, mark = new_id(), f"mark-{secrets.token_hex(8)}"
    await owner.execute(
        "INSERT INTO tenants (id, slug, name, created_at) VALUES ($1, $2, $2, now())",
        tenant,
        mark,
    )
    viewers = {role: Viewer(tenant, new_id(), role) for role in Role}
    # One whom the tests may promote, demote and remove.
    target = Viewer(tenant, new_id(), Role.AGENT)
    for viewer in (*viewers.values(), target):
        await owner.execute(
            "INSERT INTO users (id, tenant_id, handle, name, role, created_at)"
            " VALUES ($1, $2, $3, $3, $4, $5)",
            viewer.user_id,
            tenant,
            f"{mark}-{viewer.user_id}",
            viewer.role.value,
            now(),
        )
    world = World(tenant, mark, viewers)
    _add(world, encode_id(IdType.USER, target.user_id))
    _add(world, encode_id(IdType.TENANT, tenant))

    async def run(document: str, **variables: Any) -> None:
        result = await exercise.run(document, world.owner, services, variables)
        assert "errors" not in result, result
        for key in _ids_in(result["data"]):
            _add(world, key)

    users = [encode_id(IdType.USER, viewers[role].user_id) for role in (Role.ADMIN, Role.AGENT)]
    await run(SETUP, title=f"{mark} title", label=mark, users=users)
    for conversation in tuple(world.ids[IdType.CONVERSATION]):
        await run(FILL, conversation=conversation, body=f"{mark} body", at=AT)
    await run(MARK, message=world.ids[IdType.MESSAGE][0], note=f"{mark} note")
    await run(AUDIENCE, name=f"{mark} name", email=f"{mark}@example.org")
    await run(GROUP, name=f"{mark} name", contacts=world.ids[IdType.CONTACT])
    await _bring_file(world, services)
    return world


async def _bring_file(world: World, services: Services) -> None:
    """An import, and a file that came with a message."""
    conversation_id = decode_id(IdType.CONVERSATION, world.one(IdType.CONVERSATION))
    brought = ArchiveImport(
        tenant_id=world.tenant_id,
        conversation_id=conversation_id,
        status=ImportStatus.COMPLETED,
        file_name=f"{world.mark}.zip",
    )
    file = Attachment(
        tenant_id=world.tenant_id,
        conversation_id=conversation_id,
        message_id=decode_id(IdType.MESSAGE, world.one(IdType.MESSAGE)),
        kind=MessageKind.IMAGE,
        file_name=f"{world.mark}.jpg",
        media_type="image/jpeg",
    )
    async with services.database.transaction(world.tenant_id) as session:
        session.add(brought)
        session.add(file)
    _add(world, encode_id(IdType.IMPORT, brought.id))
    _add(world, encode_id(IdType.ATTACHMENT, file.id))


def _ids_in(value: Any) -> list[str]:
    if isinstance(value, list):
        return [key for item in value for key in _ids_in(item)]
    if isinstance(value, dict):
        found = [key for item in value.values() for key in _ids_in(item)]
        return found + ([value["id"]] if "id" in value else [])
    return []


def _add(world: World, key: str) -> None:
    id_type, _ = decode_any_id(key)
    known = world.ids.setdefault(id_type, [])
    if key not in known:
        known.append(key)


def context_of(viewer: Viewer, services: Services, tenant_id: UUID) -> Context:
    """A viewer's context whose connections are scoped to another tenant."""
    whole = Context.of(viewer, services)
    read = services.database.reader(tenant_id)
    return replace(whole, read=read, loaders=type(whole.loaders)(read, viewer.user_id))
