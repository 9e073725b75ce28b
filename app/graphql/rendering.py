"""A subscription's selection, executed for events: once for all who hear one, or for one alone."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from hashlib import sha256
from typing import Any, Protocol, TypeVar

import orjson
import structlog
from graphql import ExecutionResult

from app.graphql.executor import Variables
from app.graphql.incremental import Result
from app.graphql.sharing import GroupStatistics, Member, Payload, Sharing
from resolvers.sharing import Telling

log = structlog.get_logger(__name__)

AT_ONCE = 20
"""Executions for single members that run at the same time."""

ATTEMPTS = 3
"""How often a comparison begins anew because what is read has changed meanwhile."""


class HasMember(Protocol):
    """A seat."""

    @property
    def member(self) -> Member: ...


SeatT = TypeVar("SeatT", bound=HasMember)


class Renderer:
    """Makes payloads of events, for one prepared subscription with its variables."""

    def __init__(
        self,
        execute: Callable[[object, object], ExecutionResult | Awaitable[ExecutionResult]],
        shape: Callable[[ExecutionResult], Result],
        fail: Callable[[Exception], Result],
        *,
        variables: Variables,
        sharing: Sharing,
        statistics: GroupStatistics,
        differs: bool,
    ) -> None:
        """`execute` takes a root and a context; `differs`: whether results are not to be shared."""
        self.variables = variables
        self.failure = fail
        self._execute = execute
        self._shape = shape
        self._sharing = sharing
        self._statistics = statistics
        self._differs = differs

    @property
    def shares(self) -> bool:
        """Whether results are, so far, the same for all."""
        return not self._differs

    async def alone(self, root: object, context: object) -> Payload:
        """The payload for one member, of something that is not being told to others."""
        return self._payload(await self._executed(root, context))

    async def render(
        self, telling: Telling, seats: Sequence[SeatT]
    ) -> list[tuple[Payload, Sequence[SeatT]]]:
        """Payloads, each with those to whom it goes; of each member one."""
        payload = None if self._differs else await self._shared(telling, seats)
        if payload is None:
            return await self._apart(telling, seats)
        self._statistics.saved += len(seats) - 1
        self._statistics.sizes.observe(len(seats))
        return [(payload, seats)]

    async def _shared(self, telling: Telling, seats: Sequence[SeatT]) -> Payload | None:
        """The same for all the seats; None, from now on for ever, where it is not."""
        payload = await self._together(telling)
        share = self._sharing.shadow_share
        if payload is not None and share > 0:
            for seat in seats:
                if random.random() < share and not await self._is_same(telling, payload, seat):
                    payload = None
                    break
        self._differs = payload is None
        return payload

    async def _together(self, telling: Telling) -> Payload | None:
        """Executed without a viewer; None where one was asked for."""
        result = await self._executed(telling.root, telling.context)
        asked = self._sharing.asks_viewer
        if asked and any(isinstance(e.original_error, asked) for e in result.errors or ()):
            log.error("result_not_shareable", path=[error.path for error in result.errors or ()])
            return None
        return self._payload(result, telling.recorded_at)

    async def _is_same(self, telling: Telling, payload: Payload, seat: HasMember) -> bool:
        """Whether the member alone gets the same, as far as what is read stays as it is."""
        self._statistics.compared += 1
        for _ in range(ATTEMPTS):
            own = await self.alone(telling.root, seat.member.context())
            if own.text == payload.text:
                return True
            again = await self._together(telling.read_again())
            if again is None or again.text == payload.text:
                self._statistics.differences += 1
                log.error("shared_result_differs", **_difference(payload.text, own.text))
                return False
            payload = again
        return True

    async def _apart(
        self, telling: Telling, seats: Sequence[SeatT]
    ) -> list[tuple[Payload, Sequence[SeatT]]]:
        """Executed once for those whose rights are alike."""
        alike: dict[Hashable, list[SeatT]] = {}
        for seat in seats:
            rights = self._sharing.rights_of(seat.member.context())
            alike.setdefault(rights, []).append(seat)
        served: list[tuple[Payload, Sequence[SeatT]]] = []
        parts = list(alike.values())
        for start in range(0, len(parts), AT_ONCE):
            some = parts[start : start + AT_ONCE]
            results = await asyncio.gather(
                *(self._executed(telling.root, those[0].member.context()) for those in some)
            )
            for result, those in zip(results, some, strict=True):
                served.append((self._payload(result, telling.recorded_at), those))
                self._statistics.saved += len(those) - 1
                self._statistics.sizes.observe(len(those))
        return served

    async def _executed(self, root: object, context: object) -> ExecutionResult:
        self._statistics.executions += 1
        result = self._execute(root, context)
        return result if isinstance(result, ExecutionResult) else await result

    def _payload(self, result: ExecutionResult, recorded_at: float | None = None) -> Payload:
        shaped = self._shape(result)
        return Payload(
            orjson.dumps(shaped).decode(),
            self._sharing.cursor_of(shaped) if "data" in shaped else None,
            recorded_at=recorded_at,
            lag=self._statistics.lag,
        )


def _difference(shared: str, alone: str) -> dict[str, Any]:
    """What the log may say of two results: where they differ first, and not a word of theirs."""
    return {
        "path": _first_different(orjson.loads(shared), orjson.loads(alone)),
        "shared_sha256": sha256(shared.encode()).hexdigest(),
        "alone_sha256": sha256(alone.encode()).hexdigest(),
    }


def _first_different(one: Any, other: Any) -> list[str | int]:
    """The path to the first value that is not the same in both."""
    if isinstance(one, dict) and isinstance(other, dict) and [*one] == [*other]:
        keys: Iterable[str | int] = one
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        keys = range(len(one))
    else:
        return []
    for key in keys:
        if one[key] != other[key]:
            return [key, *_first_different(one[key], other[key])]
    return []
