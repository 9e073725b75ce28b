"""Which media type answers an Accept header."""

import pytest

from app.graphql.negotiation import (
    EVENT_STREAM,
    GRAPHQL_RESPONSE,
    HTML,
    JSON,
    best,
    names,
    takes_parts,
)

OFFERED = (JSON, GRAPHQL_RESPONSE, EVENT_STREAM, HTML)
CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("text/*", EVENT_STREAM),
        (CHROME, HTML),
        (GRAPHQL_RESPONSE, GRAPHQL_RESPONSE),
        ("Application/JSON ; charset=utf-8", JSON),
        (f"{GRAPHQL_RESPONSE}, {JSON};q=0.9", GRAPHQL_RESPONSE),
        (f"{JSON};q=0.5, {GRAPHQL_RESPONSE};q=0.6", GRAPHQL_RESPONSE),
        (f"{JSON};q=0, */*", GRAPHQL_RESPONSE),
        (f"*/*, {EVENT_STREAM}", EVENT_STREAM),
        ("image/png", None),
        ("*/*;q=0", None),
        (f"{JSON};q=nonsense", None),
        (f"{JSON};q=nan", None),
        (",;,;;q=,", None),
    ],
)
def test_best(accept: str | None, expected: str | None) -> None:
    assert best(accept, OFFERED) == expected


def test_only_so_many_ranges_are_read() -> None:
    assert best("image/png," * 100 + JSON, OFFERED) is None


@pytest.mark.parametrize(
    ("accept", "expected"),
    [(None, False), ("*/*", False), (EVENT_STREAM, True), (f"{EVENT_STREAM};q=0", False)],
)
def test_names(accept: str | None, expected: bool) -> None:
    assert names(accept, EVENT_STREAM) is expected


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, False),
        ("*/*", False),
        ("multipart/mixed", True),
        ("application/json, multipart/mixed; q=0.5", True),
        ("multipart/mixed;q=0", False),
        ("multipart/mixed; deferSpec=20220824, application/json", False),
    ],
)
def test_takes_parts(accept: str | None, expected: bool) -> None:
    assert takes_parts(accept) is expected
