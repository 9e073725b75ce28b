"""The pages' own checks: their types, and the tests of the client's logic by Vitest."""

import asyncio
from pathlib import Path
from shutil import which

import pytest

from tests.web.people import CLIENT


@pytest.mark.parametrize(
    ("page", "script"), [(CLIENT, "test"), (CLIENT.with_name("playground"), "check")]
)
async def test_types_and_logic(page: Path, script: str) -> None:
    npm = which("npm")
    if npm is None or not (page / "node_modules/.installed").is_file():
        pytest.skip("there is no npm, or it could not install what the page is made with")
    process = await asyncio.create_subprocess_exec(
        *(npm, "--loglevel=error", "--prefix", str(page), "run", script),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()

    assert process.returncode == 0, output.decode()
