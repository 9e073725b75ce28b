"""The start of a chat, from which its shape is learned, and what is read where it is not enough."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import BinaryIO

from importing.detection import Shape
from importing.formats.dates import marker_in
from importing.formats.headers import header_pattern, headers
from importing.formats.learning import learn_shape
from importing.formats.stamps import Stamp, read_stamp
from importing.formats.text import blocks
from importing.records import Report

SAMPLE = 1 << 18
"""Characters from which the shape is learned."""
MOST_NEW = 1000
"""Headers behind the sample from which further words of the clock are learned."""


def sample_of(found: Iterator[str]) -> str:
    """The start of a chat, from its blocks, or all of it."""
    taken: list[str] = []
    size = 0
    for block in found:
        taken.append(block)
        size += len(block)
        if size >= SAMPLE:
            break
    return "".join(taken)


def shape_of(chat: BinaryIO, encoding: str, sample: str) -> Shape | None:
    """The shape of the headers, as the sample shows it.

    Where it has words of an unknown clock, others may stand behind it: then the whole chat is
    looked through.
    """
    learned = learn_shape(_stamps(sample))
    if learned is None or learned.open is None or len(sample) < SAMPLE:
        return learned and learned.shape
    behind = list(islice(_new_words(chat, encoding, learned.open), MOST_NEW))
    if behind:
        learned = learn_shape(chain(_stamps(sample), behind))
    return learned and learned.shape


def _new_words(chat: BinaryIO, encoding: str, shape: Shape) -> Iterator[Stamp]:
    """The headers that have another word in the place of the marker, each behind the one before."""
    known = {word for word, _ in shape.markers}
    pattern = header_pattern(shape, any_marker=True)
    previous: tuple[int, str] | None = None
    for line, date, clock in headers(pattern, blocks(chat, encoding, Report())):
        header = line, f"{shape.opening}{date}{shape.gap}{clock}{shape.closing}"
        if marker_in(clock) in known:
            previous = header
            continue
        for written in (previous, header):
            stamp = read_stamp(*written) if written else None
            if stamp is not None:
                yield stamp
        previous = None


def _stamps(sample: str) -> Iterator[Stamp]:
    for line, text in enumerate(sample[1:].split("\n"), start=1):
        stamp = read_stamp(line, text)
        if stamp is not None:
            yield stamp
