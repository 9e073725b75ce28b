"""Files, templates and answers over the WhatsApp Cloud API, against a server that speaks it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any
from uuid import UUID

import httpx
import pytest

from gateways.contents import Contents, TemplateUse
from gateways.protocol import Action, GatewayError
from gateways.whatsapp_cloud import Trace, WhatsAppCloudGateway
from gateways.whatsapp_media import StoredFile
from gateways.whatsapp_payloads import MediaKind
from models.base import now
from models.ids import new_id
from tests.gateways.cloud import ACCESS_TOKEN, PHONE_NUMBER_ID, VERSION, Cloud, fault
from tests.gateways.loopback_server import outgoing, serving

MENU = StoredFile(MediaKind.DOCUMENT, "menu.pdf", "application/pdf", 8, b"digest")


@dataclass
class Shelf:
    """Files by attachment, their contents, and what messages are called outside."""

    files: dict[UUID, StoredFile] = field(default_factory=dict)
    contents: dict[bytes, bytes] = field(default_factory=dict)
    names: dict[UUID, str] = field(default_factory=dict)

    async def file(self, attachment_id: UUID) -> StoredFile | None:
        return self.files.get(attachment_id)

    async def content(self, file: StoredFile) -> bytes:
        if file.digest not in self.contents:
            raise FileNotFoundError(file.file_name)
        return self.contents[file.digest]

    async def external_id(self, message_id: UUID) -> str | None:
        return self.names.get(message_id)


@dataclass
class World:
    cloud: Cloud
    shelf: Shelf
    gateway: WhatsAppCloudGateway

    def keep(self, file: StoredFile = MENU, content: bytes = b"the menu") -> UUID:
        """A file of ours; the id of its attachment."""
        key = new_id()
        self.shelf.files[key] = file
        self.shelf.contents[file.digest] = content
        return key

    async def refusal(self, contents: Contents) -> tuple[str, Action]:
        with pytest.raises(GatewayError) as refused:
            await self.gateway.send(outgoing(contents=contents))
        return refused.value.code, refused.value.action


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async def trace(_outgoing: Any) -> Trace:
        return Trace(now(), {}, None)

    cloud, shelf = Cloud(), Shelf()
    async with serving(cloud.app) as address:
        gateway = WhatsAppCloudGateway(
            httpx.AsyncClient(timeout=60),
            address,
            VERSION,
            PHONE_NUMBER_ID,
            ACCESS_TOKEN,
            lookup=trace,
            references=shelf,
        )
        yield World(cloud, shelf, gateway)
        await gateway.close()


async def test_a_file_is_uploaded_once_and_sent_with_its_caption(world: World) -> None:
    contents = Contents(attachment_id=world.keep())
    for _ in range(3):
        await world.gateway.send(outgoing(body="Today", contents=contents))
    assert list(world.cloud.files.values()) == [b"the menu"]
    [media_id] = world.cloud.files
    sent = [payload["document"] for payload in world.cloud.accepted.values()]
    assert sent == [{"id": media_id, "filename": "menu.pdf", "caption": "Today"}] * 3


async def test_a_template_is_sent_with_its_parameters(world: World) -> None:
    used = TemplateUse("table_ready", "en_US", ("Ana", "12"))
    await world.gateway.send(outgoing(contents=Contents(template=used)))
    [payload] = world.cloud.accepted.values()
    assert payload["type"] == "template"
    assert payload["template"]["name"] == "table_ready"
    [component] = payload["template"]["components"]
    assert [one["text"] for one in component["parameters"]] == ["Ana", "12"]


async def test_the_file_of_a_template_is_its_header(world: World) -> None:
    used = TemplateUse("menu", "en_US", ("ten",))
    await world.gateway.send(outgoing(contents=Contents(used, attachment_id=world.keep())))
    [payload] = world.cloud.accepted.values()
    [media_id] = world.cloud.files
    shown = {"type": "document", "document": {"id": media_id, "filename": "menu.pdf"}}
    assert payload["template"]["components"] == [
        {"type": "header", "parameters": [shown]},
        {"type": "body", "parameters": [{"type": "text", "text": "ten"}]},
    ]


async def test_a_file_that_no_template_shows_is_not_left_out(world: World) -> None:
    sound = replace(MENU, kind=MediaKind.AUDIO)
    used = Contents(TemplateUse("menu", "en_US"), attachment_id=world.keep(sound))
    assert await world.refusal(used) == ("WHATSAPP_NO_HEADER", Action.FAIL)
    world.cloud.answers.append(fault(132012))
    refused = Contents(TemplateUse("menu", "en_US"), attachment_id=world.keep())
    assert await world.refusal(refused) == ("WHATSAPP_132012", Action.FAIL)
    assert not world.cloud.accepted


async def test_an_answer_names_the_message_that_it_answers(world: World) -> None:
    known, unknown = new_id(), new_id()
    world.shelf.names[known] = "wamid.before"
    for replied in (known, unknown):
        await world.gateway.send(outgoing(contents=Contents(reply_to_id=replied)))
    first, second = world.cloud.accepted.values()
    assert first["context"] == {"message_id": "wamid.before"}
    assert "context" not in second


async def test_a_file_that_is_gone_or_too_large_fails_for_good(world: World) -> None:
    gone = world.keep()
    world.shelf.contents.clear()
    large = world.keep(replace(MENU, kind=MediaKind.IMAGE, size=6 * 1024 * 1024, digest=b"2"))
    refused = [await world.refusal(Contents(attachment_id=key)) for key in (gone, large, new_id())]
    assert refused == [
        ("WHATSAPP_FILE_GONE", Action.FAIL),
        ("WHATSAPP_FILE_TOO_LARGE", Action.FAIL),
        ("WHATSAPP_FILE_GONE", Action.FAIL),
    ]
    assert world.cloud.accepted == {}


async def test_a_file_that_came_in_is_fetched(world: World) -> None:
    world.cloud.files["777"] = b"x" * 300_000
    target = BytesIO()
    await world.gateway.media.fetch("777", target)
    assert target.getvalue() == b"x" * 300_000


@pytest.mark.parametrize("media_id", ["../1122334455667", "", "7/7"])
async def test_an_id_that_is_none_is_not_asked_for(world: World, media_id: str) -> None:
    with pytest.raises(GatewayError, match="WHATSAPP_BAD_MEDIA_ID"):
        await world.gateway.media.fetch(media_id, BytesIO())


async def test_the_token_goes_to_no_other_host(world: World) -> None:
    other = Cloud(files={"777": b"secret"})
    async with serving(other.app) as elsewhere:
        world.cloud.files["777"] = b"secret"
        for address in (elsewhere, "http://lookaside.fbsbx.com", "file:///etc/passwd"):
            world.cloud.media_url = f"{address}/files/777"
            with pytest.raises(GatewayError, match="WHATSAPP_BAD_MEDIA_ADDRESS"):
                await world.gateway.media.fetch("777", BytesIO())


async def test_a_file_that_the_api_does_not_know_is_given_up(world: World) -> None:
    with pytest.raises(GatewayError) as refused:
        await world.gateway.media.fetch("999", BytesIO())
    assert (refused.value.code, refused.value.action) == ("WHATSAPP_100", Action.FAIL)
