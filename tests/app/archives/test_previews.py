"""What a dry run shows, by the API and by the command line, and what may be chosen against it."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from app.cli.showing import show
from importing.batches import ImportOptions
from importing.preview import preview_archive
from tests.app.archives.conftest import Caller
from tests.app.serving import run_parley

NAME = "WhatsApp Chat with Ana.txt"
CHAT = (
    "Exported by a tool\n"
    "04/01/2026, 09:00 - Messages and calls are end-to-end encrypted.\n"
    "04/01/2026, 21:05 - Ana: <Media omitted>\n"
    "04/01/2026, 21:06 - Bob: see\n"
    "[04/01/2026, 21:06:07] Eve: a header of another shape\n"
    "31/02/2026, 21:07 - Ana: no such day\n"
    "05/02/2026, 25:00 - Ana: no such hour\n"
    "05/02/2026, 21:08 - Ana: bye\n"
)
PREVIEW = """
    mutation ($file: Upload!, $input: ImportArchiveInput) {
        previewArchive(file: $file, input: $input) { userErrors { code message } preview {
            title shape encoding timezone messages firstAt lastAt media meFound
            dates { order decision guessed description }
            authors { name count } kinds { kind count }
            rejectedCount rejected { line text reason }
            ambiguousCount ambiguous { line text reason }
            firstMessages { line sentAt author kind body attachment }
        } } }
"""


async def test_the_api_shows_everything_that_was_found(caller: Caller) -> None:
    chosen = {"dateOrder": "DAY_FIRST"}
    result = await caller.upload(PREVIEW, CHAT.encode(), NAME, input=chosen)

    preview = result["data"]["previewArchive"]["preview"]
    first = preview.pop("firstMessages")
    assert [each["body"] for each in first[1:]] == [
        "",
        "see\n[04/01/2026, 21:06:07] Eve: a header of another shape",
        "bye",
    ]
    assert first[1] == {
        **{"line": 3, "sentAt": "2026-01-04T21:05:00+00:00", "author": "Ana"},
        **{"kind": "MEDIA", "body": "", "attachment": None},
    }
    assert preview == {
        "title": "Ana",
        "shape": "dd/mm/yyyy, hh:mm - author: text",
        "encoding": "utf-8",
        "timezone": "UTC",
        "messages": 4,
        "firstAt": "2026-01-04T09:00:00+00:00",
        "lastAt": "2026-02-05T21:08:00+00:00",
        "media": 0,
        "meFound": None,
        "dates": {
            **{"order": "DAY_FIRST", "decision": "CHOSEN"},
            **{"guessed": False, "description": "as chosen"},
        },
        "authors": [{"name": "Ana", "count": 2}, {"name": "Bob", "count": 1}],
        "kinds": [
            {"kind": "TEXT", "count": 2},
            {"kind": "NOTICE", "count": 1},
            {"kind": "MEDIA", "count": 1},
        ],
        "rejectedCount": 3,
        "rejected": [
            {"line": 1, "text": "Exported by a tool", "reason": "BEFORE_FIRST_MESSAGE"},
            {
                **{"line": 6, "text": "31/02/2026 21:07 Ana: no such day"},
                **{"reason": "INVALID_DATE"},
            },
            {
                **{"line": 7, "text": "05/02/2026 25:00 Ana: no such hour"},
                **{"reason": "INVALID_TIME"},
            },
        ],
        "ambiguousCount": 1,
        "ambiguous": [
            {
                **{"line": 5, "text": "[04/01/2026, 21:06:07] Eve: a header of another shape"},
                **{"reason": None},
            }
        ],
    }


async def test_every_choice_counts_in_the_api(caller: Caller) -> None:
    chosen = {
        **{"title": "Trip", "timezone": "Europe/Madrid"},
        **{"dateOrder": "MONTH_FIRST", "me": "Bob"},
    }
    result = await caller.upload(PREVIEW, CHAT.encode(), NAME, input=chosen)

    preview = result["data"]["previewArchive"]["preview"]
    assert (preview["title"], preview["timezone"], preview["meFound"]) == (
        "Trip",
        "Europe/Madrid",
        True,
    )
    assert preview["dates"]["order"] == "MONTH_FIRST"
    assert preview["firstMessages"][2]["sentAt"] == "2026-04-01T19:06:00+00:00"


async def test_the_command_line_shows_the_same_under_the_same_choices(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_text(CHAT, encoding="utf-8")

    status, shown, errors = await run_parley(
        *(tmp_path / "data", "import", path, "--dry-run", "--title", "Trip"),
        *("--timezone", "Europe/Madrid", "--date-order", "mdy", "--me", "Zoe"),
    )

    assert (status, errors) == (0, "")
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    for told in (
        "title Trip",
        "shape mm/dd/yyyy, hh:mm - author: text",
        "dates MDY: as chosen",
        "encoding utf-8",
        "time zone Europe/Madrid",
        "messages 4",
        "from, to 2026-04-01T09:00:00+02:00, 2026-05-02T21:08:00+02:00",
        "kinds TEXT 2, NOTICE 1, MEDIA 1",
        "authors Ana 2, Bob 1",
        "files 0",
        "3 lines rejected:",
        "1: Exported by a tool BEFORE_FIRST_MESSAGE",
        "6: 31/02/2026 21:07 Ana: no such day INVALID_DATE",
        "7: 05/02/2026 25:00 Ana: no such hour INVALID_TIME",
        "1 lines ambiguous:",
        "5: [04/01/2026, 21:06:07] Eve: a header of another shape",
        "Nobody of the name given by --me wrote any of it.",
        "4: 2026-04-01T21:06:00+02:00 Bob: see",
        "Nothing was imported.",
    ):
        assert told in lines


@pytest.mark.parametrize(
    ("dates", "evidence"),
    [
        (["01/02/2026", "13/02/2026"], "DMY: day 13 at line 2"),
        (["02/01/2026", "02/13/2026"], "MDY: day 13 at line 2"),
        (
            ["01/02/2026", "03/02/2026", "01/03/2026", "02/03/2026"],
            "DMY: fewer steps back in time: 0 against 1",
        ),
        (["01/02/2026", "02/03/2026"], "DMY: guessed: every date is valid in another order too"),
    ],
    ids=["a day", "a day of the month first", "steps back", "guessed"],
)
async def test_the_order_of_dates_is_told_with_its_evidence(
    tmp_path: Path, dates: list[str], evidence: str
) -> None:
    path, out = tmp_path / NAME, io.StringIO()
    path.write_text("".join(f"{day}, 21:05 - Ana: hi\n" for day in dates), encoding="utf-8")

    show(Console(file=out, width=200), await preview_archive(path, ImportOptions()))

    assert evidence in out.getvalue()
