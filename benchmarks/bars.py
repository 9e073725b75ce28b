"""Figures as bars, in SVG."""

from collections.abc import Mapping
from xml.sax.saxutils import escape

LEFT, WIDTH, TOP, ROW, LONGEST = 250, 760, 44, 26, 400


def bars(title: str, figures: Mapping[str, float], label: str) -> str:
    """A bar for each figure; `label` is the format of what stands beside it, such as `{:.1f} s`."""
    height = TOP + ROW * len(figures) + 10
    most = max(figures.values())
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
        ' font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="10" y="24" font-size="15">{escape(title)}</text>',
    ]
    for place, (name, figure) in enumerate(figures.items()):
        y = TOP + place * ROW
        long = LONGEST * figure / most
        colour = "#3b6fb5" if name.startswith("Parley") else "#8a8f98"
        lines += [
            f'<text x="{LEFT - 8}" y="{y + 14}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{LEFT}" y="{y}" width="{long:.1f}" height="{ROW - 8}" fill="{colour}"/>',
            f'<text x="{LEFT + long + 6:.1f}" y="{y + 14}">{label.format(figure)}</text>',
        ]
    return "\n".join([*lines, "</svg>"]) + "\n"
