"""Gateways and behaviours that do as tests tell them."""

import asyncio
from collections import deque
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from gateways.loopback import Behaviour
from gateways.protocol import Action, GatewayError, Outgoing, Sent

Answer = Sent | BaseException | None


class Scripted:
    """Answers with what it was given, in order, and SENT when that is used up."""

    def __init__(self, *answers: Answer, found: Answer = None) -> None:
        self.answers = deque(answers)
        self.found = found
        self.sent: list[Outgoing] = []
        self.looked: list[Outgoing] = []

    async def send(self, outgoing: Outgoing) -> Sent:
        self.sent.append(outgoing)
        answer = self.answers.popleft() if self.answers else Sent("external")
        if isinstance(answer, BaseException):
            raise answer
        return answer or Sent()

    async def find(self, outgoing: Outgoing) -> Sent | None:
        self.looked.append(outgoing)
        if isinstance(self.found, BaseException):
            raise self.found
        return self.found


class Held:
    """Keeps every message until `go` is set; `begun` is set when the first came in."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go = asyncio.Event()
        self.sent: list[Outgoing] = []

    async def send(self, outgoing: Outgoing) -> Sent:
        self.begun.set()
        await self.go.wait()
        self.sent.append(outgoing)
        return Sent("held")

    async def find(self, outgoing: Outgoing) -> Sent | None:
        return None


class LosesAnswers(Behaviour):
    """Posts the message, then loses the answer, for the first `times`."""

    def __init__(self, times: int = 1) -> None:
        self.times = times

    async def after(self, outgoing: Outgoing) -> None:
        if self.times:
            self.times -= 1
            raise GatewayError("ANSWER_LOST", Action.UNKNOWN)


class Refuses(Behaviour):
    """Fails the first `times` before anything is posted."""

    def __init__(self, error: Exception, times: int = 1_000) -> None:
        self.error = error
        self.times = times

    async def before(self, outgoing: Outgoing) -> None:
        if self.times:
            self.times -= 1
            raise self.error


class Ledger:
    """An outlet outside the process that takes a message as often as it is sent: lines of a file.

    `accepted` is called when a line was written.
    """

    def __init__(self, path: Path, accepted: Callable[[], None] = lambda: None) -> None:
        self.path = path
        self.accepted = accepted

    def lines(self) -> list[str]:
        """The delivery ids that were accepted, in order."""
        return self.path.read_text().splitlines() if self.path.exists() else []

    async def send(self, outgoing: Outgoing) -> Sent:
        with self.path.open("a") as ledger:
            ledger.write(f"{outgoing.delivery_id}\n")
        self.accepted()
        await asyncio.sleep(0)
        return Sent(str(outgoing.delivery_id))

    async def find(self, outgoing: Outgoing) -> Sent | None:
        known = str(outgoing.delivery_id) in self.lines()
        return Sent(str(outgoing.delivery_id)) if known else None


class BlindLedger(Ledger):
    """The same, but of every third delivery that it is looked for in it never can tell."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._asked: dict[UUID, bool] = {}

    @property
    def untold(self) -> set[UUID]:
        """The deliveries of which it could not tell."""
        return {delivery for delivery, blind in self._asked.items() if blind}

    async def find(self, outgoing: Outgoing) -> Sent | None:
        if self._asked.setdefault(outgoing.delivery_id, len(self._asked) % 3 == 0):
            raise GatewayError("BLIND", Action.UNKNOWN)
        return await super().find(outgoing)
