"""What was measured: as a table, on the terminal and on the page, and as a picture."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from benchmarks.imports.processes import Run

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "performance.md"
PICTURE = DOCS / "performance" / "importing.svg"
BEGIN = "<!-- benchmarks.imports writes from here -->"
END = "<!-- benchmarks.imports writes to here -->"

LEFT, WIDTH, LONGEST, TOP, ROW = 250, 760, 400, 48, 22


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


def write_page(results: Sequence[Measured]) -> None:
    """Put the table and the picture into the documents."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{table(results)}\n{END}{after}", encoding="utf-8")
    largest = max(
        (found for found in results if not found.extrapolated), key=lambda found: found.megabytes
    )
    PICTURE.write_text(picture(largest), encoding="utf-8")


def picture(found: Measured) -> str:
    """The seconds as bars, in SVG."""
    bars = {
        "Parley, imported and searchable": found.whole.seconds,
        "plain load into the same table": found.plain.seconds,
        "whatstk, parsing only": found.whatstk.seconds,
        "Parley, parsing only": found.parse.seconds,
        "whatsapp-chat-parser, parsing only": found.npm.seconds,
    }
    height = TOP + ROW * len(bars) + 10
    title = f"Seconds for {found.megabytes:g} MB, {found.whole.messages:,} messages"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
        ' font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="10" y="24" font-size="15">{escape(title)}</text>',
    ]
    most = max(bars.values())
    for place, (name, seconds) in enumerate(bars.items()):
        lines += _bar(TOP + place * ROW, name, seconds, LONGEST * seconds / most)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _bar(y: int, name: str, seconds: float, long: float) -> Iterator[str]:
    colour = "#3b6fb5" if name.startswith("Parley") else "#8a8f98"
    yield f'<text x="{LEFT - 8}" y="{y + 13}" text-anchor="end">{escape(name)}</text>'
    yield f'<rect x="{LEFT}" y="{y}" width="{long:.1f}" height="{ROW - 6}" fill="{colour}"/>'
    yield f'<text x="{LEFT + long + 6:.1f}" y="{y + 13}">{seconds:.1f} s</text>'
