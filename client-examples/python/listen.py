"""Prints a conversation as it goes on: `python listen.py URL TOKEN CONVERSATION`."""

import asyncio
import sys

from parley_client import connect, resume


async def listen(url: str, token: str, conversation_id: str) -> None:
    """Print every message, whatever restarts meanwhile."""

    async def given() -> str:
        return token

    async with connect(url, given) as client:
        async for event in resume(client, conversation_id):
            match event.typename__:
                case "MessageAddedEvent":
                    sender = event.message.sender
                    print(f"{sender.name if sender else '–'}: {event.message.body}", flush=True)
                case "ResetEvent":
                    print("… some messages are too old to be told; refetch", flush=True)


if __name__ == "__main__":
    asyncio.run(listen(*sys.argv[1:4]))
