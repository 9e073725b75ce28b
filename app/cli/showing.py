"""What `parley import` shows: how far it has come, and what it would find in a file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from importing.preview import ArchivePreview
from importing.progress import Progress as Imported
from importing.records import Remark

MANY = 20
"""Rows of a list that are shown."""


@contextmanager
def bar(console: Console) -> Iterator[Callable[[Imported], None]]:
    """A bar with the rate and the time left; gone at the end, and never in a file or a pipe."""
    columns = (
        TextColumn("importing"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[messages]:,} messages"),
        TextColumn("{task.fields[rate]:,.0f}/s"),
        TimeRemainingColumn(),
    )
    shown = console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=not shown) as bar:
        task = bar.add_task("import", total=1.0, messages=0, rate=0.0)

        def on_progress(progress: Imported) -> None:
            messages = progress.added + progress.duplicates
            elapsed = bar.tasks[0].elapsed or 0.0
            rate = messages / elapsed if elapsed else 0.0
            bar.update(task, completed=progress.share, messages=messages, rate=rate)

        yield on_progress


def show(console: Console, preview: ArchivePreview) -> None:
    """Print a preview."""
    report, detection = preview.report, preview.detection
    rows = Table.grid(padding=(0, 2))
    rows.add_row("title", escape(preview.title))
    if detection:
        rows.add_row("shape", escape(detection.describe()))
        rows.add_row("dates", f"{detection.evidence.order}: {detection.evidence.describe()}")
        rows.add_row("encoding", detection.encoding)
    rows.add_row("time zone", preview.timezone)
    rows.add_row("messages", f"{report.messages:,}")
    if report.first_at and report.last_at:
        rows.add_row("from, to", f"{report.first_at.isoformat()}, {report.last_at.isoformat()}")
    rows.add_row("kinds", ", ".join(f"{kind} {n:,}" for kind, n in report.kinds.most_common()))
    authors = ", ".join(f"{name} {n:,}" for name, n in report.authors.most_common(MANY))
    rows.add_row("authors", escape(authors))
    rows.add_row("files", f"{preview.media:,}")
    console.print(rows)
    _show_lines(console, "rejected", report.rejected_count, report.rejected)
    _show_lines(console, "ambiguous", report.ambiguous_count, report.ambiguous)
    if report.unreadable:
        console.print(f"{report.unreadable:,} characters cannot be read: U+FFFD stands for them.")
    if report.nul_bytes:
        console.print(f"{report.nul_bytes:,} NUL characters are left out.")
    if preview.me_found is False:
        console.print("[yellow]Nobody of the name given by --me wrote any of it.[/yellow]")
    console.print("The first messages:")
    for message in preview.first:
        text = f"{message.sent_at.isoformat()} {message.author or '–'}: {message.body}"
        console.print(f"  {message.line}: {escape(text)}", highlight=False)
    console.print("Nothing was imported.")


def _show_lines(console: Console, what: str, count: int, lines: list[Remark]) -> None:
    """Print lines worth a look, if there are any."""
    if not count:
        return
    console.print(f"{count:,} lines {what}:")
    for line, text, reason in lines[:MANY]:
        console.print(f"  {line}: {escape(text)} {reason or ''}", highlight=False)
