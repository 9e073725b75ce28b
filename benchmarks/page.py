"""Where benchmarks put what they measured: a table between two marks of the documents."""

from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"
PAGE = DOCS / "performance.md"
PICTURES = DOCS / "performance"


def write_table(benchmark: str, table: str) -> None:
    """Put the table of a benchmark, in Markdown, in place of the one that is there."""
    begin, end = f"<!-- {benchmark} writes from here -->", f"<!-- {benchmark} writes to here -->"
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    PAGE.write_text(f"{before}{begin}\n{table}\n{end}{after}", encoding="utf-8")
