"""A chat in the terminal: `python chat.py URL TOKEN [CONVERSATION]`.

Type a line to send it; end with Ctrl-D. Whatever restarts meanwhile, nothing is missed: it stands
on the typed client beside it (../python), which resumes.
"""

import asyncio
import sys
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

sys.path.append(str(Path(__file__).parents[1] / "python"))

from gql.transport.exceptions import TransportError
from parley_client import Backoff, ParleyClient, TokenRefusedError, connect, resume
from parley_client.generated import MessageFields, SendMessageInput

console = Console(highlight=False)
COLOURS = ("cyan", "green", "magenta", "yellow", "blue", "red")
SHOWN = 20


async def main(url: str, token: str, conversation_id: str | None = None) -> None:
    """Choose a conversation, show its end, then chat until the input ends."""

    async def given() -> str:
        return token

    async with connect(url, given) as client:
        place = conversation_id or await choose(client)
        if place is None:
            return
        listening = asyncio.create_task(listen(client, place))
        await write(client, place)
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening


async def choose(client: ParleyClient) -> str | None:
    """Let the user pick one of the newest conversations; None at the end of the input."""
    found = (await client.conversations(first=SHOWN)).conversations.nodes
    table = Table(box=None, header_style="dim")
    for name in ("", "conversation", "unread", "last message"):
        table.add_column(name, overflow="ellipsis", no_wrap=True)
    for number, each in enumerate(found, 1):
        last = each.last_message.body if each.last_message else ""
        unread = f"[bold]{each.unread_count}[/]" if each.unread_count else ""
        table.add_row(str(number), escape(each.title), unread, Text(last, style="dim"))
    console.print(table)
    while (line := await ask("Which one? ")) is not None:
        if line.isdecimal() and 1 <= int(line) <= len(found):
            return found[int(line) - 1].id
    return None


async def listen(client: ParleyClient, place: str) -> None:
    """Show the last messages, and each that comes; after a reset, the last ones again."""
    seen, cursor = await show_last(client, place)
    async for event in resume(client, place, after=cursor):
        # What was sent while the page was read is in both.
        if event.typename__ == "MessageAddedEvent" and event.message.id not in seen:
            show(event.message)
        elif event.typename__ == "ResetEvent":
            seen, _ = await show_last(client, place)


async def show_last(client: ParleyClient, place: str) -> tuple[set[str], str]:
    """Show the end of the conversation; the ids of what was shown, and where its events stand."""
    read = await client.messages(place, last=SHOWN)
    if read.conversation is None:
        raise SystemExit("There is no such conversation.")
    console.rule(escape(read.conversation.title), style="dim")
    messages = read.conversation.messages.nodes
    for message in messages:
        show(message)
    return {message.id for message in messages}, read.conversation.events_cursor


def show(message: MessageFields) -> None:
    """Print a message as text: what people write is never markup."""
    name = message.sender.name if message.sender else "–"
    colour = COLOURS[sum(name.encode()) % len(COLOURS)]
    body = "message deleted" if message.deleted_at else message.body or message.kind.lower()
    line = Text.assemble(
        (f"{message.sent_at.astimezone():%H:%M} ", "dim"), (name, f"bold {colour}"), ": ", body
    )
    console.print(line)


async def write(client: ParleyClient, place: str) -> None:
    """Send each line until the server has it; it takes it once, however often it is sent."""
    while (line := await ask("")) is not None:
        if not line.strip():
            continue
        message = SendMessageInput(conversationId=place, body=line, clientMessageId=str(uuid4()))
        pause = Backoff(longest=5)
        while not await sent(client, message):
            console.print("… not sent yet, trying again", style="dim")
            await pause.wait()


async def sent(client: ParleyClient, message: SendMessageInput) -> bool:
    """Whether the server has it, or refuses it for good."""
    try:
        answer = await client.send_message(message)
    except (TransportError, OSError):
        return False
    for error in answer.send_message.user_errors:
        console.print(error.message, style="red")
    return True


async def ask(prompt: str) -> str | None:
    """A line of input; None at its end."""
    if prompt:
        console.print(prompt, end="")
    line = await asyncio.to_thread(sys.stdin.readline)
    return line.rstrip("\n") if line else None


if __name__ == "__main__":
    try:
        asyncio.run(main(*sys.argv[1:4]))
    except TokenRefusedError as refused:
        raise SystemExit(str(refused)) from None
    except KeyboardInterrupt:
        pass
