"""One import under way: batch by batch into its conversation, then the files beside the chat."""

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import UUID

import asyncpg
from sqlalchemy.exc import DBAPIError

from importing.ahead import ReadAhead
from importing.appending import Overtaken, Tail, count_behind, insert_ahead, take_turn
from importing.batches import Batch, ImportOptions, read_batches
from importing.chats import find_or_make, locked
from importing.fetching import fetch_media
from importing.holding import Hold
from importing.media_store import MediaStore
from importing.merging import Merge
from importing.passes import learn_names, recognise_chat
from importing.progress import Progress, note
from importing.records import ArchiveError, ErrorCode, Kind
from importing.rows import Row
from importing.storing import Me, Stored, store
from importing.turns import Before, Turns
from models.conversations import Conversation
from realtime.unit_of_work import unit_of_work

CHAT_WEIGHT = 50
"""A byte of text takes as long as so many bytes of media, in what `share` says."""
AT_ONCE = 2
"""Batches that are inserted at the same time."""
OFTEN = 3
"""An import that was overtaken so many times is not alone in its conversation, and no longer looks
ahead."""
REFUSED = (Overtaken, asyncpg.PostgresError, DBAPIError)
"""What becomes of a batch that was inserted in vain. Another import of the chat may be at the same
messages. What else the database has against it is told when it is stored behind the locks."""

_ENSURE_MONTH = "SELECT parley_ensure_message_partitions($1, $1)"


class Run:
    """One import under way."""

    def __init__(
        self,
        hold: Hold,
        path: Path,
        options: ImportOptions,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self._hold = hold
        self._database = hold.database
        self._tenant_id = hold.tenant_id
        self._path = path
        self._options = options
        self._on_progress = on_progress
        self._months: set[tuple[int, int]] = set()
        self._added_before = 0
        self._found = 0
        self._names: set[str | None] = {None}
        self._tail: Tail | None = None
        self._ahead: deque[Batch] = deque()
        self._turns: set[int] = set()
        self._overtaken = 0
        self._chat_share = 1.0
        self._merge = Merge(options.into) if options.into else None
        self._importer_id: UUID | None = None
        self.progress = Progress(import_id=hold.import_id)

    async def resume(self) -> None:
        """Begin where an earlier attempt ended. What it had added will be found to be there."""
        async with self._hold.step() as step:
            self._added_before = step.row.added
            self._importer_id = step.row.created_by_id
            self.progress = replace(
                self.progress, conversation_id=step.row.conversation_id, added=step.row.added
            )

    async def prepare_merge(self) -> None:
        """Find out who in the file is who in the conversation that it is to enter.

        Raises `ArchiveError` when there is no such conversation, or it holds another chat.
        """
        if self._merge is None:
            return
        async with self._hold.step() as step:
            if await locked(step.work, self._merge.conversation_id) is None:
                raise ArchiveError(
                    ErrorCode.NO_CONVERSATION,
                    "The conversation is not there any more. Import the file without it.",
                )
            self.progress = replace(self.progress, conversation_id=self._merge.conversation_id)
            note(step.row, self.progress)
        await learn_names(self._hold, self._path, self._options, self._merge)

    async def add_batches(self) -> Batch:
        """Add the whole file; gives its last batch."""
        last: Batch | None = None
        async with (
            ReadAhead(read_batches(self._path, self._options)) as batches,
            Turns() as turns,
        ):
            async for batch in batches:
                batches.go_on()
                await self._settle(turns, AT_ONCE - 1)
                tail = self._tail
                # What our own exports say beside needs the batches before to be there.
                if (
                    tail is not None
                    and not batch.exported
                    and tail.goes_on(batch.rows, self._options.me)
                ):
                    self._tail = tail.after(batch.rows)
                    self._ahead.append(batch)
                    turns.begin(partial(self._append, batch, tail))
                else:
                    await self._settle(turns, 0)
                    self._tail = await self._add(batch)
                last = batch
            await self._settle(turns, 0)
        assert last is not None, "a file has at least one batch"
        return last

    async def add_media(self, media: MediaStore) -> None:
        """Put the files that the chat's attachments name into the store."""
        if self.progress.conversation_id is None:
            return
        lines = self.progress.rejected
        fetched = fetch_media(self._hold, self._path, self.progress.conversation_id, media)
        async with aclosing(fetched):
            async for done in fetched:
                progress = replace(
                    self.progress,
                    media=done.files,
                    rejected=lines + done.broken,
                    share=self._chat_share + (1 - self._chat_share) * done.share,
                )
                async with self._hold.step() as step:
                    note(step.row, progress)
                self.progress = progress
                self._on_progress(progress)

    async def _settle(self, turns: Turns, most: int) -> None:
        """Wait until at most so many batches are being inserted ahead.

        Where one was in vain, so were those behind it: all are stored behind the locks.
        """
        try:
            await turns.at_most(most)
        except REFUSED:
            await turns.drop()
            self._overtaken += 1
            while self._ahead:
                self._tail = await self._add(self._ahead[0])
                self._ahead.popleft()

    async def _append(self, batch: Batch, tail: Tail, before: Before) -> None:
        """Insert a batch beside the one before it, and commit it behind that one."""
        await self._ensure_months(batch.rows)
        import_id, seq = self.progress.import_id, tail.seq + 1
        async with unit_of_work(self._database, self._hold.bell, self._tenant_id) as work:
            await take_turn(work, import_id, seq)
            self._turns.add(seq)
            await insert_ahead(work, import_id, batch, tail)
            if tail.seq not in self._turns:
                # The one before has not begun, so the database would not see who waits for it.
                raise Overtaken
            await take_turn(work, import_id, tail.seq)
            await before()
            async with self._hold.step_of(work) as step:
                await count_behind(step, batch, tail)
                progress = self._progress_with(batch)
                progress = replace(progress, added=progress.added + len(batch.rows))
                note(step.row, progress, batch)
        self._ahead.popleft()
        self._tell(progress)

    async def _add(self, batch: Batch) -> Tail | None:
        """Commit a batch, alone in its conversation; gives the end where the next may go on."""
        batch = await self._adopted(batch)
        await self._ensure_months(batch.rows)
        recognised = None
        if batch.rows and self.progress.conversation_id is None:
            recognised = await recognise_chat(
                self._hold, self._path, self._options, batch, self._importer_id
            )
        while True:
            try:
                return await self._store(batch, recognised)
            except asyncpg.DeadlockDetectedError:
                # Another import of the chat had inserted the same messages ahead, and goes on now.
                continue

    async def _store(self, batch: Batch, recognised: UUID | None) -> Tail | None:
        rows, tail, found = batch.rows, None, self._found
        progress = self._progress_with(batch)
        async with self._hold.step() as step:
            work = step.work
            if rows:
                connection = await work.driver()
                conversation = (
                    await locked(work, progress.conversation_id)
                    if progress.conversation_id
                    else None
                ) or await find_or_make(work, connection, batch, recognised, self._importer_id)
                stored = await store(
                    work, connection, conversation, progress.import_id, batch, me=self._me()
                )
                found += len(rows) - len(stored.rows)
                progress = replace(
                    progress,
                    conversation_id=conversation.id,
                    added=progress.added + len(stored.rows),
                    duplicates=max(0, found - self._added_before),
                )
                tail = self._tail_of(conversation, rows, stored)
            note(step.row, progress, batch)
        self._found = found
        self._tell(progress)
        return tail

    def _tail_of(
        self, conversation: Conversation, rows: Sequence[Row], stored: Stored
    ) -> Tail | None:
        """The end of a conversation to which a batch was added; None where none may go on."""
        if self._merge is not None or self._overtaken >= OFTEN:
            # Whose a message is, and whether it is there, has to be looked up.
            return None
        self._turns = {conversation.last_seq}
        self._names.update(row.sender for row in stored.rows if row.kind != Kind.NOTICE)
        newest = max(row.sent_at for row in rows)
        before = stored.newest_before
        return Tail(
            conversation_id=conversation.id,
            seq=conversation.last_seq,
            newest=newest if before is None else max(newest, before),
            held_until=before,
            names=self._names,
        )

    def _progress_with(self, batch: Batch) -> Progress:
        """How far the import is when this batch is committed, but for what it adds."""
        self._chat_share = CHAT_WEIGHT / (CHAT_WEIGHT + batch.media_ratio) if batch.media else 1.0
        return replace(self.progress, rejected=batch.rejected, share=batch.share * self._chat_share)

    def _tell(self, progress: Progress) -> None:
        """Say what is committed."""
        self.progress = progress
        self._on_progress(progress)

    async def _adopted(self, batch: Batch) -> Batch:
        """The batch as the conversation calls it that it is merged into."""
        if self._merge is None:
            return batch
        async with self._database.connection(self._tenant_id) as connection:
            rows = await self._merge.adopt(connection, batch.rows)
        named = {key: one.renamed(self._merge.name_of) for key, one in batch.exported.items()}
        return replace(batch, rows=rows, copied=None, exported=named)

    def _me(self) -> Me | None:
        """Who imports, by the name that the conversation's archives have for them."""
        name = self._options.me
        if name is None or self._importer_id is None:
            return None
        return Me(self._importer_id, self._merge.name_of(name) if self._merge else name)

    async def _ensure_months(self, rows: Sequence[Row]) -> None:
        """Have the months' partitions made, each in a transaction of its own: their locks are
        shared by all imports."""
        months = {(row.sent_at.year, row.sent_at.month): row.sent_at for row in rows}
        async with self._database.connection(self._tenant_id) as connection:
            for month in sorted(months.keys() - self._months):
                await connection.fetchval(_ENSURE_MONTH, months[month])
        self._months.update(months)
