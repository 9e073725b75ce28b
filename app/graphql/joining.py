"""How a subscriber comes into its group."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from app.graphql.documents import Prepared
from app.graphql.groups import Group, Groups, Stream
from app.graphql.recent import Recalled
from app.graphql.rendering import Renderer
from app.graphql.sharing import Member, Payload, SubscriptionFailed, group_key
from resolvers.sharing import nothing


class Subscription:
    """A subscriber's way into its group: first what it missed, then a seat."""

    def __init__(
        self, groups: Groups, stream: Stream, prepared: Prepared, renderer: Renderer
    ) -> None:
        self._groups = groups
        self._stream = stream
        self._renderer = renderer
        key = group_key(prepared, renderer.variables, stream.key)
        self._key = object() if key is None else key

    async def until_seated(self, member: Member) -> AsyncGenerator[Payload, None]:
        """What was missed. At its end the member has a seat, or there is nothing more to come.

        Raises SubscriptionFailed.
        """
        stream, renderer = self._stream, self._renderer
        try:
            recalled = self._recalled()
            # Asked only now: whoever may listen now may have what was told before.
            await stream.admit()
            if recalled is not None:
                for payload in recalled.payloads:
                    yield payload
                stream.after = recalled.place
            group = self._group()
            with group.used():
                await group.opened()

                def seat(place: int | None, left: Callable[[], None] = nothing) -> None:
                    group.add(member, stream.listener, place, left)

                async with aclosing(stream.missed(group.stream, seat)) as missed:
                    async for root in missed:
                        yield await renderer.alone(root, member.context())
        except SubscriptionFailed:
            raise
        except Exception as error:
            raise SubscriptionFailed(renderer.failure(error)) from error

    def _group(self) -> Group:
        stream, renderer = self._stream, self._renderer
        return self._groups.find(
            self._key,
            lambda recent, forget: Group(stream, renderer, self._groups.statistics, recent, forget),
        )

    def _recalled(self) -> Recalled | None:
        """What the group was told since the listener's place; None where it reads that alone."""
        after = self._stream.after
        if after is None:
            return None
        recalled = self._groups.recall(self._key, after, self._stream.listener)
        if recalled is not None:
            self._groups.statistics.recalled += len(recalled.payloads)
        return recalled
