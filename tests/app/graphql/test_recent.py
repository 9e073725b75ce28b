"""What a process keeps of what its groups were told."""

from typing import Any
from uuid import UUID, uuid4

from app.graphql.recent import Memory, Recent
from app.graphql.sharing import Payload
from resolvers.sharing import Telling

ANA, BEN = uuid4(), uuid4()


def keep(group: Recent, place: int, text: str = "text", private_to: UUID | None = None) -> None:
    context: Any = None
    telling = Telling({}, context, None, 0.0, place, private_to)
    group.keep(telling, Payload(text, f"after {place}"))


def texts(group: Recent, place: int, user_id: UUID = ANA) -> tuple[list[str], int] | None:
    recalled = group.after(place, user_id)
    return recalled and ([payload.text for payload in recalled.payloads], recalled.place)


def test_what_follows_a_place_is_recalled() -> None:
    group = Recent(Memory())
    assert texts(group, 6) is None
    for place in (7, 8, 9):
        keep(group, place, f"no. {place}")
    assert texts(group, 5) is None
    assert texts(group, 6) == (["no. 7", "no. 8", "no. 9"], 9)
    assert texts(group, 8) == (["no. 9"], 9)
    assert texts(group, 12) == ([], 12)
    group.forget()
    assert texts(group, 8) is None


def test_what_is_private_is_recalled_for_its_owner() -> None:
    group = Recent(Memory())
    keep(group, 1)
    keep(group, 2, "Ana's", private_to=ANA)
    assert texts(group, 1, ANA) == (["Ana's"], 2)
    assert texts(group, 1, BEN) == ([], 2)


def test_what_carries_no_cursor_is_not_kept() -> None:
    group = Recent(Memory())
    context: Any = None
    group.keep(Telling({}, context, None, 0.0, 1), Payload("text", None))
    assert texts(group, 0) is None


def test_the_oldest_goes_first_whose_ever_it_is() -> None:
    memory = Memory(most=8)
    one, other = Recent(memory), Recent(memory)
    keep(one, 1)
    keep(other, 1)
    keep(other, 2)
    assert texts(one, 0) is None
    assert texts(other, 0) == (["text", "text"], 2)
    keep(one, 2)
    assert texts(other, 0) is None
    assert texts(other, 1) == (["text"], 2)


def test_what_was_forgotten_takes_no_room_of_others_for_long() -> None:
    seconds = [0.0]
    memory = Memory(most=12, seconds=60, clock=lambda: seconds[0])
    one, other = Recent(memory), Recent(memory)
    keep(one, 1)
    one.forget()
    keep(one, 5)
    keep(other, 1)
    keep(other, 2)
    assert texts(one, 4) == (["text"], 5)
    seconds[0] = 60.0
    assert texts(one, 4) is None
    assert texts(other, 0) is None
