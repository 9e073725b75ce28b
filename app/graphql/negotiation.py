"""Which media type to answer with, by the Accept header (RFC 9110, section 12.5.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"
EVENT_STREAM = "text/event-stream"
MIXED = "multipart/mixed"
HTML = "text/html"

# The first is what a client gets that does not say what it accepts.
ANSWERS = (JSON, GRAPHQL_RESPONSE)

MAX_RANGES = 50


@dataclass(frozen=True, slots=True)
class _Range:
    media: str
    quality: float
    parameters: frozenset[str]

    def specificity(self, offered: str) -> int:
        """3 for the type itself, 2 for `type/*`, 1 for `*/*`, 0 where it does not match."""
        if self.media == offered:
            return 3
        if self.media == offered.partition("/")[0] + "/*":
            return 2
        return 1 if self.media == "*/*" else 0


@dataclass(frozen=True, slots=True)
class Accepted:
    """What an Accept header allows.

    `media` is the type of the answer, JSON where nothing fits, which `anything` tells. `page`: a
    browser would rather have a page. `stream`: event streams are named, if not liked best.
    `parts`: the parts of `@defer` may come as they are written here.
    """

    media: str
    anything: bool
    page: bool
    stream: bool
    parts: bool


# Clients have few Accept headers between them.
@lru_cache(maxsize=128)
def accepted(header: bytes | None) -> Accepted:
    """What the header, as it came, allows."""
    accept = None if header is None else header.decode("latin-1")
    return Accepted(
        media=best(accept, (*ANSWERS, EVENT_STREAM)) or JSON,
        anything=best(accept, (*ANSWERS, EVENT_STREAM, MIXED)) is not None,
        page=best(accept, (*ANSWERS, EVENT_STREAM, HTML)) == HTML,
        stream=names(accept, EVENT_STREAM),
        parts=takes_parts(accept),
    )


def best(accept: str | None, offered: tuple[str, ...]) -> str | None:
    """The offered type that the client likes best, the earlier where it likes two as well.

    Without a header everything is acceptable; None means that nothing offered is.
    """
    if accept is None or not accept.strip():
        return offered[0]
    ranges = _ranges(accept)
    chosen = max(offered, key=lambda media: _quality(media, ranges))
    return chosen if _quality(chosen, ranges) > (0, 0) else None


def names(accept: str | None, media: str) -> bool:
    """Whether the client lists the type itself as acceptable, not just by a wildcard."""
    return any(each.media == media and each.quality > 0 for each in _ranges(accept))


def takes_parts(accept: str | None) -> bool:
    """Whether the client takes the parts of `@defer` in the format that is written here.

    Asking for a `deferSpec` means an older one.
    """
    return any(
        each.media == MIXED and each.quality > 0 and "deferspec" not in each.parameters
        for each in _ranges(accept)
    )


def _quality(media: str, ranges: Sequence[_Range]) -> tuple[float, int]:
    """The quality that the most specific matching range gives, then how specific it is.

    Being named counts for more than matching a wildcard of the same quality.
    """
    matching = [(r.specificity(media), r.quality) for r in ranges if r.specificity(media)]
    if not matching:
        return (0, 0)
    specificity, quality = max(matching)
    return (quality, specificity) if quality > 0 else (0, 0)


def _ranges(accept: str | None) -> list[_Range]:
    return [_range(part) for part in (accept or "").split(",")[:MAX_RANGES]]


def _range(part: str) -> _Range:
    media, *parameters = (piece.strip().lower() for piece in part.split(";"))
    quality = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            quality = _number(value.strip())
    named = frozenset(parameter.partition("=")[0].strip() for parameter in parameters)
    return _Range(media, quality, named)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if 0 <= value <= 1 else 0.0
