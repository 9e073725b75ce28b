"""What `benchmarks.delivery` measured, as a table and a picture in the documents."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bars import bars
from benchmarks.delivery_peers import Rates

DOCS = Path(__file__).parent.parent / "docs"
PAGE, PICTURE = DOCS / "performance.md", DOCS / "performance" / "delivery.svg"
BEGIN, END = "<!-- benchmarks.delivery writes from here -->", "<!-- to here: deliveries -->"


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from due to sent, with an idle worker."""

    p50: float
    p99: float


@dataclass(frozen=True, slots=True)
class Together:
    """Schedules a second that are answered, and sent, when many are asked for at once."""

    answered: float
    sent: float


@dataclass(frozen=True, slots=True)
class Figures:
    """All of one run."""

    rates: Mapping[str, Rates]
    latency: Latency
    together: Together


def table(figures: Figures) -> str:
    """The table, in Markdown, the fastest first, and the figures that no peer has."""
    ranked = sorted(figures.rates.items(), key=lambda item: -item[1].drained)
    rows = [f"| {name} | {rate.drained:,.0f} | {rate.enqueued:,.0f} |" for name, rate in ranked]
    latency, together = figures.latency, figures.together
    return "\n".join(
        [
            "| | drained a second | enqueued in bulk a second |",
            "|---|---|---|",
            *rows,
            "",
            f"From due to sent with an idle worker: p50 {latency.p50:.1f} ms,"
            f" p99 {latency.p99:.1f} ms. `createSchedule` for now, 32 at once:"
            f" {together.answered:,.0f} answered and {together.sent:,.0f} sent a second.",
        ]
    )


def write_page(figures: Figures) -> None:
    """Put the table and the picture into the documents."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page = f"{before}{BEGIN}\n{table(figures)}\n{END}{after}"
    PAGE.write_text(page, encoding="utf-8")
    drained = {name: rate.drained for name, rate in figures.rates.items()}
    PICTURE.write_text(bars("Drained a second", drained), encoding="utf-8")
