"""The client's own checks: its types, and the tests of its logic by Vitest."""

import asyncio
from shutil import which

import pytest

from tests.web.people import CLIENT


async def test_types_and_logic() -> None:
    npm = which("npm")
    if npm is None or not (CLIENT / "node_modules/.installed").is_file():
        pytest.skip("there is no npm, or it could not install what the client is made with")
    process = await asyncio.create_subprocess_exec(
        *(npm, "--loglevel=error", "--prefix", str(CLIENT), "test"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()

    assert process.returncode == 0, output.decode()
