"""Passes over a whole file that add no message: who is who in it, what chat it is, what replies."""

from pathlib import Path
from uuid import UUID

from importing.ahead import ReadAhead
from importing.batches import Batch, ImportOptions, read_batches
from importing.chats import namesakes, recognise
from importing.holding import Hold
from importing.merging import Merge
from importing.records import ArchiveError, ErrorCode
from importing.restoring import link_ahead


async def learn_names(hold: Hold, path: Path, options: ImportOptions, merge: Merge) -> None:
    """Find out who in the file is who in the conversation that it is to enter.

    Raises `ArchiveError` when the conversation holds another chat.
    """
    async with ReadAhead(read_batches(path, options)) as batches:
        async for batch in batches:
            batches.go_on()
            await hold.prolong()
            async with hold.database.connection(hold.tenant_id) as connection:
                await merge.learn(connection, batch.rows)
    if not merge.settle():
        raise ArchiveError(
            ErrorCode.ANOTHER_CHAT,
            "The file and the conversation have hardly a message in common. Check the time zone"
            " in which the file was written, or import it as a chat of its own.",
        )


async def recognise_chat(
    hold: Hold, path: Path, options: ImportOptions, first: Batch, importer_id: UUID | None
) -> UUID | None:
    """The conversation that holds the chat whose first batch this is, and that the importer sees.

    An export without media goes back further than one with media: the chat's first batch may
    hold nothing of what was imported, and a later one all of it. So where there are conversations
    of its title, the whole file may be read.
    """
    async with hold.database.connection(hold.tenant_id) as connection:
        candidates = await namesakes(connection, hold.tenant_id, first.title, importer_id)
        known = await recognise(connection, candidates, first.rows)
    if known or not candidates:
        return known
    async with ReadAhead(read_batches(path, options)) as batches:
        async for batch in batches:
            batches.go_on()
            await hold.prolong()
            async with hold.database.connection(hold.tenant_id) as connection:
                known = await recognise(connection, candidates, batch.rows)
            if known:
                return known
    return None


async def link_replies(
    hold: Hold, path: Path, options: ImportOptions, conversation_id: UUID
) -> None:
    """Link the replies to messages that the file has later, now that all are there."""
    async with ReadAhead(read_batches(path, options)) as batches:
        async for batch in batches:
            batches.go_on()
            async with hold.step() as step:
                connection = await step.work.driver()
                await link_ahead(connection, conversation_id, batch.exported)
