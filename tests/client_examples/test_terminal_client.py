"""The chat in the terminal, typed into as a person would, while the server is killed."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import pytest

from benchmarks.faults.rig import rig
from benchmarks.faults.run import conversations

CHAT = Path(__file__).parents[2] / "client-examples/terminal/chat.py"
# A server that was killed has to come back within it, on the slowest machine.
PATIENCE = 180

if not (CHAT.parents[1] / "python/parley_client/generated").exists():
    pytest.skip("the typed client is not generated: make clients", allow_module_level=True)


async def until(process: Process, text: str) -> str:
    """The output up to this text."""
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        return (await process.stdout.readuntil(text.encode())).decode()


async def say(process: Process, line: str) -> None:
    """Type a line."""
    assert process.stdin is not None
    process.stdin.write(f"{line}\n".encode())
    await process.stdin.drain()


async def test_it_lists_shows_sends_and_survives_a_restart() -> None:
    async with rig(instances=1) as made:
        token = await made.token("ana")
        await conversations(made.addresses[0], token, 2)
        url = f"http://{made.addresses[0]}/graphql"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, CHAT, url, token), stdin=PIPE, stdout=PIPE
        )
        try:
            listed = await until(process, "Which one? ")
            assert "Town 0" in listed
            assert "Town 1" in listed
            await say(process, "7")
            await until(process, "Which one? ")
            await say(process, "1")
            await until(process, "Town 1")
            await say(process, "[bold]hello[/bold]")
            await until(process, "Ana: [bold]hello[/bold]")
            await made.kill_program(made.apis[0])
            await say(process, "are you back?")
            await until(process, "Ana: are you back?")
            assert process.stdin is not None
            process.stdin.close()
            async with asyncio.timeout(PATIENCE):
                assert await process.wait() == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
