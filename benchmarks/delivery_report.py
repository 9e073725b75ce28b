"""What `benchmarks.delivery` measured, as a table and a picture in the documents."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.bars import bars
from benchmarks.delivery_peers import Rates
from benchmarks.page import PICTURES, write_table


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
    rows = [
        f"| {name} | {rate.drained:,.0f} | {rate.enqueued:,.0f} |"
        for name, rate in _ranked(figures)
    ]
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
    write_table("benchmarks.delivery", table(figures))
    drained = {name: rate.drained for name, rate in _ranked(figures)}
    picture = bars("Drained a second", drained, "{:,.0f}/s")
    (PICTURES / "delivery.svg").write_text(picture, encoding="utf-8")


def _ranked(figures: Figures) -> list[tuple[str, Rates]]:
    """The fastest first."""
    return sorted(figures.rates.items(), key=lambda item: -item[1].drained)
