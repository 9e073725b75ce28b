"""Files that came in: what is kept is what the outlet said that it would be."""

from base64 import b64encode
from collections import deque
from hashlib import sha256
from typing import Any, BinaryIO
from uuid import UUID

from dispatch.collecting import TRIES, Files, KeptFile
from tests.dispatch.house import House
from tests.dispatch.outlets import Scripted
from tests.dispatch.test_hearing import hear, people, said, whatsapp
from tests.gateways.cloud import envelope

HARBOUR = b"the harbour"


class Shelf:
    """An outlet that has these answers for whoever fetches, and a store that keeps them."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = deque(answers)
        self.kept: list[bytes] = []

    @property
    def media(self) -> "Shelf":
        return self

    def fetcher(self, _configuration: Any) -> "Shelf":
        return self

    async def fetch(self, _media_id: str, target: BinaryIO) -> None:
        target.write(self.answers.popleft())

    async def close(self) -> None:
        pass

    def keep(self, _tenant_id: UUID, _file_name: str, source: BinaryIO) -> KeptFile:
        content = source.read()
        self.kept.append(content)
        return KeptFile(sha256(content).digest(), len(content), "image/jpeg", None, None)


async def collect(house: House, shelf: Shelf, told: str) -> list[tuple[Any, ...]]:
    """Have a picture heard of, and fetched as often as it is tried; what is known of it then."""
    image = {"id": "123", "mime_type": "image/jpeg", "sha256": told}
    message = said(house, type="image", image=image)
    await hear(house, await whatsapp(house), envelope(contacts=people(), messages=[message]))
    files: Any = Files(shelf, shelf)  # type: ignore[arg-type]
    for _ in range(TRIES + 1):
        await house.worker(Scripted(), files=files).drain()
        house.clock.move(hours=9)
    rows = await house.owner.fetch(
        "SELECT f.due_at, f.error_code, a.size FROM media_fetches f"
        " JOIN attachments a ON a.id = f.attachment_id"
    )
    return [tuple(row) for row in rows]


def digest(content: bytes) -> str:
    return b64encode(sha256(content).digest()).decode()


async def test_a_damaged_file_is_fetched_again(house: House) -> None:
    shelf = Shelf(b"half of it", HARBOUR)
    assert await collect(house, shelf, digest(HARBOUR)) == [(None, None, len(HARBOUR))]
    assert shelf.kept == [HARBOUR]


async def test_a_file_that_stays_damaged_is_given_up_and_told(house: House) -> None:
    shelf = Shelf(*[b"half of it"] * TRIES)
    assert await collect(house, shelf, digest(HARBOUR)) == [(None, "MEDIA_DAMAGED", None)]
    assert not shelf.kept
    assert not shelf.answers


async def test_what_is_no_digest_is_compared_with_nothing(house: House) -> None:
    shelf = Shelf(HARBOUR)
    assert await collect(house, shelf, "4654+8g=") == [(None, None, len(HARBOUR))]
