"""Keys and ids of archived messages, and the small tools around them."""

import asyncio
import threading
from collections.abc import Generator

import pytest

from importing.ahead import ReadAhead
from importing.chats import source_of
from importing.keys import LAST_NUMBER, REMEMBERED, ArchiveKeys, number_of, numbered_id
from importing.media import media_type_of
from importing.rows import storable

MILLISECONDS = 1_711_789_200_000


def test_numbered_ids_are_uuids_of_version_7_in_the_order_of_their_numbers() -> None:
    numbers = [0, 1, 1023, 1024, 4095, 4096, LAST_NUMBER]
    ids = [numbered_id(MILLISECONDS, number, 7) for number in numbers]

    assert ids == sorted(ids)
    assert [number_of(each) for each in ids] == numbers
    assert {(each.version, each.variant) for each in ids} == {(7, "specified in RFC 4122")}
    assert {each.int >> 80 for each in ids} == {MILLISECONDS}


def test_numbers_beyond_the_last_share_it_and_nothing_else() -> None:
    ids = {numbered_id(MILLISECONDS, LAST_NUMBER + n, n) for n in range(5)}

    assert len(ids) == 5
    assert {number_of(each) for each in ids} == {LAST_NUMBER}


def test_a_key_depends_on_time_author_text_and_repeat() -> None:
    keys = ArchiveKeys()
    made = [
        keys.key(MILLISECONDS, "Ana", "ok"),
        keys.key(MILLISECONDS, "Ana", "ok"),
        keys.key(MILLISECONDS + 1, "Ana", "ok"),
        keys.key(MILLISECONDS, "Bob", "ok"),
        keys.key(MILLISECONDS, "Ana", "no"),
        keys.key(MILLISECONDS, None, "ok"),
        keys.key(MILLISECONDS, "An", "aok"),
    ]

    assert len(set(made)) == len(made)
    assert {len(key) for key in made} == {16}


def test_the_same_file_gives_the_same_keys() -> None:
    texts = ["ok", "ok", "no", "ok"]
    first, second = ArchiveKeys(), ArchiveKeys()

    assert [first.key(1, "Ana", text) for text in texts] == [
        second.key(1, "Ana", text) for text in texts
    ]


def test_repeats_are_remembered_for_long_enough() -> None:
    keys = ArchiveKeys()
    first = keys.key(1, "Ana", "ok")
    for n in range(REMEMBERED - 1):
        keys.key(2, "Ana", str(n))

    assert keys.key(1, "Ana", "ok") != first


def test_titles_differ_in_more_than_case_and_spacing() -> None:
    assert source_of("Family  Group ") == source_of("family group")
    assert source_of("Ana") != source_of("Anna")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("IMG-20240330-WA0001.JPG", "image/jpeg"),
        ("sticker.webp", "image/webp"),
        ("PTT-20240330-WA0001.opus", "audio/ogg"),
        ("Eve.vcf", "text/vcard"),
        ("a: plan.pdf", "application/pdf"),
        ("nothing known", "application/octet-stream"),
    ],
)
def test_media_types_follow_the_name(name: str, expected: str) -> None:
    assert media_type_of(name) == expected


def test_what_postgresql_cannot_keep_is_replaced() -> None:
    assert storable("a\0b\ud83dc 😀") == "a\ufffdb\ufffdc 😀"


async def test_items_are_made_beside_the_event_loop_when_it_is_time() -> None:
    made: list[int] = []

    def make() -> Generator[int]:
        for n in range(4):
            assert threading.current_thread() is not threading.main_thread()
            made.append(n)
            yield n

    async with ReadAhead(make()) as items:
        async for item in items:
            assert made[-1] == item
            items.go_on()
            items.go_on()

    assert made == [0, 1, 2, 3]


async def test_closing_early_waits_for_the_thread_and_closes_the_items() -> None:
    closed = threading.Event()

    def make() -> Generator[int]:
        try:
            yield from range(100)
        finally:
            closed.set()

    async with ReadAhead(make()) as items:
        assert await anext(items) == 0

    assert closed.is_set()


async def test_cancelling_waits_for_the_thread_and_closes_the_items() -> None:
    working, go_on, closed = threading.Event(), threading.Event(), threading.Event()

    def make() -> Generator[int]:
        try:
            working.set()
            go_on.wait()
            yield 1
        finally:
            closed.set()

    async def use() -> None:
        async with ReadAhead(make()) as items:
            await anext(items)

    task = asyncio.create_task(use())
    await asyncio.to_thread(working.wait)
    task.cancel()
    asyncio.get_running_loop().call_soon(go_on.set)
    with pytest.raises(asyncio.CancelledError):
        await task

    assert closed.is_set()


async def test_what_the_thread_raises_is_raised_here() -> None:
    def make() -> Generator[int]:
        yield 1
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        async with ReadAhead(make()) as items:
            async for _ in items:
                pass
