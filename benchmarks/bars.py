"""Bars of rates, as SVG."""

from collections.abc import Mapping
from xml.sax.saxutils import escape

LEFT, WIDTH, TOP, ROW, LONGEST = 240, 760, 44, 26, 400


def bars(title: str, rates: Mapping[str, float]) -> str:
    """A bar for each rate a second, the longest first."""
    height = TOP + ROW * len(rates) + 10
    most = max(rates.values())
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
        ' font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="10" y="24" font-size="15">{escape(title)}</text>',
    ]
    ranked = sorted(rates.items(), key=lambda pair: -pair[1])
    for place, (name, rate) in enumerate(ranked):
        y = TOP + place * ROW
        long = LONGEST * rate / most
        colour = "#3b6fb5" if name.startswith("Parley") else "#8a8f98"
        lines += [
            f'<text x="{LEFT - 8}" y="{y + 14}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{LEFT}" y="{y}" width="{long:.1f}" height="{ROW - 8}" fill="{colour}"/>',
            f'<text x="{LEFT + long + 6:.1f}" y="{y + 14}">{rate:,.0f}/s</text>',
        ]
    return "\n".join([*lines, "</svg>"]) + "\n"
