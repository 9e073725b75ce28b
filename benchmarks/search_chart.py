"""The times of a search benchmark as a picture: a bar to p95 each, with a mark at p50."""

from collections.abc import Sequence
from html import escape

GOAL = 25.0
_LEFT, _WIDTH, _ROW = 220, 520, 26


def chart(rows: Sequence[tuple[str, float, float]], messages: int) -> str:
    """An SVG of (name, p50, p95), in milliseconds."""
    most = max(GOAL * 1.2, *(p95 for _, _, p95 in rows))
    height = 70 + _ROW * len(rows)

    def at(milliseconds: float) -> float:
        return _LEFT + _WIDTH * milliseconds / most

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _WIDTH + 80}" height="{height}"'
        ' font-family="sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="12" y="24" font-size="15">Search of {messages:,} messages: p50 (mark) and p95'
        " (bar), ms; 20 sessions, a query a second each</text>",
    ]
    for number, (name, p50, p95) in enumerate(rows):
        y = 46 + _ROW * number
        parts += [
            f'<text x="{_LEFT - 10}" y="{y + 14}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{_LEFT}" y="{y}" width="{at(p95) - _LEFT:.1f}" height="18" fill="#7aa6d8"/>',
            f'<rect x="{at(p50):.1f}" y="{y}" width="2" height="18" fill="#1d3557"/>',
            f'<text x="{at(p95) + 6:.1f}" y="{y + 14}">{p95:.1f}</text>',
        ]
    goal = f"{at(GOAL):.1f}"
    parts += [
        f'<line x1="{goal}" x2="{goal}" y1="40" y2="{height - 20}" stroke="#c44"'
        ' stroke-dasharray="4"/>',
        f'<text x="{goal}" y="{height - 6}" text-anchor="middle" fill="#c44">goal 25</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"
