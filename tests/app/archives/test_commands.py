"""`parley import --dry-run`, `import` and `export`, as processes of their own."""

import asyncio
import io
import os
import re
from pathlib import Path
from uuid import uuid4

from rich.console import Console

from app.cli.showing import show
from importing.batches import ImportOptions
from importing.preview import preview_archive
from tests.app.serving import START_SECONDS, run_parley
from tests.importing.desk import talk
from tests.installations import PARLEY, environment

NAME = "WhatsApp Chat with Ana.txt"


def chat(folder: Path) -> Path:
    path = folder / NAME
    lines = [*talk(30), "31/02/2024, 10:00 - Ana: never"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


async def test_a_dry_run_needs_no_server(tmp_path: Path) -> None:
    status, shown, errors = await run_parley(
        tmp_path / "data", "import", chat(tmp_path), "--dry-run"
    )

    assert (status, errors) == (0, "")
    assert "day 30 at line 1" in shown
    assert "INVALID_DATE" in shown
    assert "Nothing was imported." in shown
    assert not (tmp_path / "data").exists()


async def test_a_dry_run_of_no_chat_says_so(tmp_path: Path) -> None:
    path = tmp_path / "photo.txt"
    path.write_bytes(b"\xff\xd8\xff\xe0 a picture")

    status, shown, errors = await run_parley(tmp_path / "data", "import", path, "--dry-run")

    assert (status, shown) == (1, "")
    assert "NOT_A_CHAT" in errors


async def test_a_preview_shows_what_people_wrote_as_they_wrote_it(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_text("\n".join([*talk(3), "30/03/2024, 10:00 - [b]Eve[/b]: [red]hi"]) + "\n")
    out = io.StringIO()

    show(Console(file=out, width=200), await preview_archive(path, ImportOptions(me="Zoe")))

    assert "[b]Eve[/b]: [red]hi" in out.getvalue()
    assert "Nobody of the name given by --me" in out.getvalue()


async def test_an_import_and_an_export_of_nothing(tmp_path: Path, place: Path) -> None:
    data = place / "data"
    status, told, errors = await run_parley(
        data, "import", chat(tmp_path), "--me", "Ana", "--user", "ana"
    )
    assert (status, errors) == (0, "")
    assert told.startswith("30 messages added, 0 were there already, 1 lines rejected.")

    status, _, errors = await run_parley(data, "export", "nonsense")
    assert status == 1
    assert "no id" in errors


async def test_on_a_terminal_a_bar_shows_the_rate_and_the_time_left(
    tmp_path: Path, database_url: str, owner_url: str, redis_url: str
) -> None:
    """Of three batches, so that there is something to tell the time by."""
    path = tmp_path / NAME
    path.write_text("\n".join(talk(21_000)) + "\n")
    screen, terminal = os.openpty()
    process = await asyncio.create_subprocess_exec(
        *(PARLEY, "import", path, "--tenant", f"tenant-{uuid4().hex[-12:]}"),
        env=environment(tmp_path / "data")
        | {"DATABASE_URL": database_url, "PARLEY_OWNER_DATABASE_URL": owner_url}
        | {"REDIS_URL": redis_url, "TERM": "xterm", "COLUMNS": "120"},
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    async with asyncio.timeout(START_SECONDS):
        shown = await asyncio.to_thread(read_to_end, screen)
        assert await process.wait() == 0, shown

    assert re.search(r"importing .*21,000 messages +[1-9][\d,]*/s +\d+:\d\d:\d\d", shown)
    assert "21000 messages added" in shown


def read_to_end(screen: int) -> str:
    """What a terminal shows until the last who writes to it has ended, without colours."""
    shown = b""
    with open(screen, "rb", buffering=0) as terminal:
        try:
            while piece := terminal.read(1 << 16):
                shown += piece
        except OSError:
            pass  # So Linux says that nobody is left.
    return re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", shown.decode())
