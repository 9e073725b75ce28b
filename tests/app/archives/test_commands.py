"""`parley import --dry-run`, `import` and `export`, as processes of their own."""

import io
from pathlib import Path

from rich.console import Console

from app.archives import show
from importing.batches import ImportOptions
from importing.preview import preview_archive
from tests.app.serving import run_parley
from tests.importing.desk import talk

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
