"""Cursors and what pages a client may ask for."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.errors import Code, ParleyError
from resolvers.loaders.conversations import BY_ACTIVITY
from resolvers.loaders.messages import BY_SENDING
from resolvers.paging import DEFAULT_PAGE, page_request


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_cursor_gives_its_position_back(moment: datetime, identity: UUID) -> None:
    cursor = BY_SENDING.cursor_at(moment, identity)
    assert BY_SENDING.position(cursor) == (moment, identity)
    with pytest.raises(ParleyError) as refusal:
        BY_ACTIVITY.position(cursor)
    assert refusal.value.code is Code.BAD_CURSOR


@given(st.text(max_size=60))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(ParleyError) as refusal:
        BY_SENDING.position(text)
    assert refusal.value.code is Code.BAD_CURSOR


def test_pages_without_a_size_have_the_usual_one() -> None:
    assert page_request().size == DEFAULT_PAGE
    assert not page_request().backwards
    assert page_request(from_end=True).backwards
    assert not page_request(after="x", from_end=True).backwards
    assert page_request(before="x").backwards
    assert page_request(first=0).size == 0
