"""The ratios as a picture."""

from collections.abc import Sequence
from html import escape
from typing import Final

from benchmarks.fanout.measuring import Figures

ROW: Final = 26
LEFT: Final = 170
WIDTH: Final = 760
BARS: Final = WIDTH - LEFT - 190
OURS: Final = "Parley"


def draw(figures: Sequence[Figures]) -> str:
    """An SVG with a chart for each number of sockets: frames a second, ours being 1."""
    counts = sorted({one.sockets for one in figures})
    parts, top = [], 12
    for count in counts:
        rows = [one for one in figures if one.sockets == count]
        parts.append(_chart(rows, count, top))
        top += ROW * (len(rows) + 1) + 24
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}"'
        f' font-family="system-ui, sans-serif" font-size="13" fill="#1f2933">\n'
        f'<rect width="{WIDTH}" height="{top}" fill="#ffffff"/>\n'
        f"{''.join(parts)}</svg>\n"
    )


def _chart(rows: Sequence[Figures], count: int, top: int) -> str:
    ours = next((one.frames_per_second for one in rows if one.name == OURS), 0.0)
    ours = ours or max(one.frames_per_second for one in rows)
    most = max(one.frames_per_second for one in rows)
    title = f"Frames a second to {count:,} sockets, in bursts of 20 events (ours = 1)"
    parts = [f'<text x="12" y="{top + 16}" font-weight="600">{title}</text>\n']
    for number, one in enumerate(rows, 1):
        y = top + ROW * number
        width = max(1.0, one.frames_per_second / most * BARS)
        colour = "#2f6fde" if one.name == OURS else "#b8c2cc"
        label = f"{one.frames_per_second / ours:.2f}×, {one.cpu_per_frame:.0f} µs CPU a frame"
        parts.append(
            f'<text x="{LEFT - 10}" y="{y + 17}" text-anchor="end">{escape(one.name)}</text>'
            f'<rect x="{LEFT}" y="{y + 4}" width="{width:.0f}" height="18" fill="{colour}"/>'
            f'<text x="{LEFT + width + 8:.0f}" y="{y + 17}">{label}</text>\n'
        )
    return "".join(parts)
