"""A stream of ticks that groups may hear."""

import time
from collections.abc import AsyncGenerator
from typing import Any

from resolvers.sharing import RollCall, SharedStream, TakeSeat, Telling
from tests.app.graphql.world import Context, Viewer, World, tick_of

EVERYBODY = Viewer("everybody")


class SharedTicks(SharedStream[dict[str, Any]]):
    """The ticks of a channel. Who comes back has missed the one after its number."""

    def __init__(self, world: World, context: Any, channel: str, after: int | None) -> None:
        super().__init__(context, tick_of)
        self._world = world
        self._channel = channel
        self._after = after

    @property
    def key(self) -> Any:
        return (self._channel,)

    @property
    def listener(self) -> Any:
        return self.context.viewer.name

    async def admit(self) -> None:
        pass

    async def line(self, roll_call: RollCall) -> AsyncGenerator[list[Telling], None]:
        async with self._world.channels[self._channel].joined() as queue:
            yield []
            while (number := await queue.get()) is not None:
                roll_call()
                context: Any = Context(EVERYBODY, None)
                yield [Telling(self.show(number), context, None, time.time(), place=number)]
        raise RuntimeError("the channel is over")

    async def missed(self, leader: Any, seat: TakeSeat) -> AsyncGenerator[dict[str, Any], None]:
        if self._after is None:
            seat(None)
            return
        yield self.show(self._after + 1)
        seat(self._after + 1)
