"""The picture of the ratios: a group of bars for each operation, on a logarithmic scale."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from xml.sax.saxutils import escape

LEFT, RIGHT, WIDTH = 150, 60, 760
TOP, ROW, GAP = 56, 18, 34
LEAST, MOST = 0.25, 16.0
COLOURS = ("#8a8f98", "#3b6fb5", "#c2643a", "#4f9d69", "#8a5fb0")


@dataclass(frozen=True, slots=True)
class Bar:
    """How many times as many answers Parley gives as a server: the median and the quartiles."""

    name: str
    low: float
    middle: float
    high: float


def picture(groups: Mapping[str, Sequence[Bar]]) -> str:
    """The bars as SVG. Right of the line at 1, Parley answers more."""
    rows = sum(len(bars) for bars in groups.values())
    height = TOP + rows * ROW + len(groups) * GAP
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
        ' font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        '<text x="10" y="20" font-size="14">Answers of Parley to those of each server'
        " (median; whiskers: quartiles)</text>",
        *_scale(height),
    ]
    y = TOP
    for title, bars in groups.items():
        lines.append(f'<text x="10" y="{y + 14}" font-weight="bold">{escape(title)}</text>')
        y += GAP - 12
        for colour, bar in zip(COLOURS, bars, strict=False):
            lines += _bar(bar, y, colour)
            y += ROW
        y += 12
    return "\n".join([*lines, "</svg>"]) + "\n"


def _scale(height: int) -> Iterator[str]:
    for ratio in (0.25, 0.5, 1, 2, 4, 8, 16):
        x = _x(ratio)
        colour = "#222" if ratio == 1 else "#ddd"
        yield f'<line x1="{x:.0f}" x2="{x:.0f}" y1="44" y2="{height - 8}" stroke="{colour}"/>'
        yield f'<text x="{x:.0f}" y="40" text-anchor="middle" fill="#555">{ratio:g}×</text>'


def _bar(bar: Bar, y: int, colour: str) -> Iterator[str]:
    start, end = sorted((_x(1), _x(bar.middle)))
    middle = y + ROW // 2 - 1
    yield f'<text x="{LEFT - 8}" y="{y + 12}" text-anchor="end">{escape(bar.name)}</text>'
    yield (
        f'<rect x="{start:.1f}" y="{y + 2}" width="{max(1, end - start):.1f}"'
        f' height="{ROW - 6}" fill="{colour}"/>'
    )
    yield (
        f'<line x1="{_x(bar.low):.1f}" x2="{_x(bar.high):.1f}" y1="{middle}" y2="{middle}"'
        ' stroke="#111" stroke-width="2"/>'
    )
    yield f'<text x="{max(end, _x(bar.high)) + 6:.0f}" y="{y + 12}">{bar.middle:.2f}×</text>'


def _x(ratio: float) -> float:
    """Where a ratio lies; what is beyond the scale lies at its end."""
    share = log2(min(max(ratio, LEAST), MOST) / LEAST) / log2(MOST / LEAST)
    return LEFT + share * (WIDTH - LEFT - RIGHT)
