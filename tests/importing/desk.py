"""A tenant's import desk: writes chats, imports them and looks at what came of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

import asyncpg

from importing.batches import ImportOptions
from importing.holding import Hold
from importing.load import ImportResult, import_archive
from importing.media_store import MediaStore
from importing.progress import Progress
from importing.undo import undo
from models.database import Database
from models.events import EventKind
from models.ids import new_id, time_of
from realtime.events import LiveEvent
from tests.tenants import make_tenant

ANA = "WhatsApp Chat with Ana.txt"
START = datetime(2024, 3, 30, 9, 0, tzinfo=UTC)


class Bells:
    """Keeps the events that were rung."""

    def __init__(self) -> None:
        self.rung: list[LiveEvent] = []

    async def ring(self, events: Sequence[LiveEvent]) -> None:
        self.rung.extend(events)


def line(moment: datetime, author: str, body: str) -> str:
    """A message as Android writes it, to the minute."""
    return f"{moment:%d/%m/%Y, %H:%M} - {author}: {body}"


def talk(
    count: int,
    *,
    first: int = 0,
    start: datetime = START,
    every: timedelta = timedelta(minutes=1),
    authors: Sequence[str] = ("Ana", "Bob"),
) -> list[str]:
    """Numbered messages, from number `first` on, of authors who take turns."""
    return [
        line(start + n * every, authors[n % len(authors)], f"message {n}")
        for n in range(first, first + count)
    ]


@dataclass
class Desk:
    """Imports for one tenant. `owner` sees all tenants."""

    database: Database
    owner: "asyncpg.Pool[asyncpg.Record]"
    tenant: UUID
    folder: Path
    bells: Bells = field(default_factory=Bells)
    progress: list[Progress] = field(default_factory=list)

    def write(self, lines: Iterable[str], name: str = ANA) -> Path:
        """A text export."""
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def pack(self, lines: Iterable[str], media: dict[str, bytes], title: str = "Ana") -> Path:
        """A zipped export."""
        path = self.folder / f"WhatsApp Chat - {title}.zip"
        with ZipFile(path, "w", ZIP_DEFLATED) as archive:
            archive.writestr("_chat.txt", "\n".join(lines) + "\n")
            for name, content in media.items():
                archive.writestr(name, content)
        return path

    async def bring(
        self,
        path: Path,
        options: ImportOptions | None = None,
        store: MediaStore | None = None,
        user: UUID | None = None,
    ) -> ImportResult:
        """Import the file, as this user."""
        return await import_archive(
            self.database,
            self.bells,
            self.tenant,
            path,
            options=options,
            media=store,
            created_by_id=user,
            on_progress=self.progress.append,
        )

    async def undo(self, done: ImportResult, store: MediaStore) -> int:
        """Undo an import; how many messages went."""
        await self.owner.execute(
            "UPDATE imports SET status = 'UNDOING', finished_at = NULL WHERE id = $1",
            done.import_id,
        )
        return await undo(Hold(self.database, self.bells, self.tenant, done.import_id, 1), store)

    async def user(self, handle: str, name: str) -> UUID:
        """A new user of the tenant."""
        key = new_id()
        await self.owner.execute(
            "INSERT INTO users (id, tenant_id, handle, name, role, created_at)"
            " VALUES ($1, $2, $3, $4, 'AGENT', now())",
            *(key, self.tenant, handle, name),
        )
        return key

    async def other_tenant(self) -> "Desk":
        """The desk of a fresh tenant."""
        return Desk(self.database, self.owner, await make_tenant(self.owner), self.folder)

    async def messages(self, conversation_id: UUID | None) -> list[asyncpg.Record]:
        """A conversation's messages with their senders' names, in reading order."""
        return await self.owner.fetch(
            "SELECT m.*, p.name AS sender FROM messages m"
            " LEFT JOIN participants p ON p.id = m.sender_id"
            " WHERE m.tenant_id = $1 AND m.conversation_id = $2 ORDER BY m.sent_at, m.id",
            self.tenant,
            conversation_id,
        )

    async def bodies(self, conversation_id: UUID | None) -> list[str]:
        """What the messages say, in reading order."""
        return [row["body"] for row in await self.messages(conversation_id)]

    async def authors(self, conversation_id: UUID | None) -> list[tuple[str, UUID | None]]:
        """A conversation's participants by name, and which user each of them is."""
        rows = await self.owner.fetch(
            "SELECT name, user_id FROM participants WHERE conversation_id = $1 ORDER BY name",
            conversation_id,
        )
        return [(row["name"], row["user_id"]) for row in rows]

    async def attachments(self, conversation_id: UUID | None) -> list[asyncpg.Record]:
        """A conversation's attachments, by name."""
        return await self.owner.fetch(
            "SELECT * FROM attachments WHERE conversation_id = $1 ORDER BY file_name",
            conversation_id,
        )

    async def conversation(self, conversation_id: UUID | None) -> asyncpg.Record:
        """A conversation's row."""
        row = await self.owner.fetchrow(
            "SELECT * FROM conversations WHERE id = $1", conversation_id
        )
        assert row is not None
        return row

    async def imports(self) -> list[asyncpg.Record]:
        """The tenant's imports, the first one first."""
        return await self.owner.fetch(
            "SELECT * FROM imports WHERE tenant_id = $1 ORDER BY created_at", self.tenant
        )

    async def count(self, table: str, condition: str = "true") -> int:
        """Rows of the tenant in a table that fulfil a condition."""
        found: int = await self.owner.fetchval(
            f"SELECT count(*) FROM {table} WHERE tenant_id = $1 AND {condition}", self.tenant
        )
        return found

    async def audit(self, conversation_id: UUID | None) -> None:
        """Whether the conversation's counters, ids and events agree with its messages."""
        conversation = await self.conversation(conversation_id)
        messages = await self.messages(conversation_id)
        events = await self.owner.fetch(
            "SELECT seq, kind, payload::text FROM events WHERE stream_id = $1 ORDER BY seq",
            conversation_id,
        )
        imported = [row["seq"] for row in events if row["kind"] == EventKind.MESSAGES_IMPORTED]
        assert [row["seq"] for row in events] == list(range(1, conversation["last_seq"] + 1))
        assert {row["seq"] for row in messages if row["archive_key"]} == set(imported)
        assert conversation["message_count"] == len(messages)
        assert conversation["last_message_id"] == messages[-1]["id"]
        assert conversation["last_activity_at"] == messages[-1]["sent_at"]
        assert all(time_of(row["id"]) == row["sent_at"] for row in messages)
