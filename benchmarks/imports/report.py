"""What was measured: as a table, on the terminal and on the page, and as a picture."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.bars import bars
from benchmarks.imports.processes import Reads, Run
from benchmarks.page import PICTURES, write_table


@dataclass(frozen=True, slots=True)
class Measured:
    """One chat, read in all ways."""

    shape: str
    megabytes: float
    whole: Run
    plain: Run
    parse: Run
    whatstk: Run
    npm: Run
    extrapolated: bool
    """The other parsers' figures are those of a smaller chat, multiplied."""


def table(results: Sequence[Measured]) -> str:
    """The table, in Markdown; in bold how many times as long as Parley the other takes."""
    lines = [
        "| chat | imported: searchable | of it parsing, COPY, INSERT | memory | plain load |"
        " whatstk, parsing only | Parley, parsing only | whatsapp-chat-parser, parsing only |",
        "|---|---|---|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *map(_line, results)])


def _line(found: Measured) -> str:
    about = "~" if found.extrapolated else ""
    whole, parse = found.whole, found.parse
    shares = ", ".join(f"{share:.0%}" for share in (whole.shares or {}).values())
    cells = [
        f"{found.shape}, {found.megabytes:g} MB, {whole.messages:,} messages",
        f"{whole.seconds:.1f} s, {whole.messages / whole.seconds:,.0f}/s",
        shares,
        f"{whole.megabytes:.0f} MB",
        _other(found.plain, whole),
        about + _other(found.whatstk, whole, memory=True),
        f"{parse.seconds:.1f} s, {parse.messages / parse.seconds:,.0f}/s",
        about + _other(found.npm, parse, memory=True),
    ]
    return "| " + " | ".join(cells) + " |"


def _other(other: Run, ours: Run, *, memory: bool = False) -> str:
    size = f", {other.megabytes:,.0f} MB" if memory else ""
    return f"{other.seconds:.1f} s{size}; **{other.seconds / ours.seconds:.2f}×**"


def meeting(idle: Reads, busy: Reads) -> str:
    """What an import means to another tenant."""
    return (
        f"Another tenant's page of 50 messages: p50 {idle.p50:.1f} ms and p95 {idle.p95:.1f} ms"
        f" while nothing is imported, p50 {busy.p50:.1f} ms and p95 {busy.p95:.1f} ms while"
        f" a chat is ({busy.pages:,} pages)."
    )


def write_page(results: Sequence[Measured], met: str) -> None:
    """Put the table, the sentence of `meeting` and the picture into the documents."""
    write_table("benchmarks.imports", f"{table(results)}\n\n{met}")
    largest = max(
        (found for found in results if not found.extrapolated), key=lambda found: found.megabytes
    )
    (PICTURES / "importing.svg").write_text(picture(largest), encoding="utf-8")


def picture(found: Measured) -> str:
    """The seconds as bars, in SVG."""
    seconds = {
        "Parley, imported and searchable": found.whole.seconds,
        "plain load into the same table": found.plain.seconds,
        "whatstk, parsing only": found.whatstk.seconds,
        "Parley, parsing only": found.parse.seconds,
        "whatsapp-chat-parser, parsing only": found.npm.seconds,
    }
    title = f"Seconds for {found.megabytes:g} MB, {found.whole.messages:,} messages"
    return bars(title, seconds, "{:.1f} s")
