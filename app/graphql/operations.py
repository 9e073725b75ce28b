"""The operations of one socket: each runs in a task of its own, or is served by its group."""

import asyncio
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from functools import partial
from typing import Any, Generic

import orjson
import structlog
from graphql import GraphQLError

from app.graphql.doors import Doors, ViewerT
from app.graphql.errors import DocumentError, Refused, TransportCode, coded
from app.graphql.incremental import Result
from app.graphql.joining import Subscription
from app.graphql.outbox import Outbox
from app.graphql.protocol import complete_frame, error_frame, next_frame, quoted
from app.graphql.request import OperationRequest
from app.graphql.service import GraphQLService, failed
from app.graphql.sharing import LeavesGroup, Payload, SubscriptionFailed

log = structlog.get_logger(__name__)


class Operation(Generic[ViewerT]):
    """A running operation. `cursor` is that of the last result that went out to the client.

    It runs in a task of its own, or from some point on as the member of a group. `request` is
    dropped once it is prepared: its text would be held by every subscriber.
    """

    __slots__ = (
        "_operations",
        "cursor",
        "identifier",
        "name",
        "quoted_id",
        "request",
        "seat",
        "task",
    )

    task: asyncio.Task[None] | None

    def __init__(
        self, operations: "Operations[ViewerT]", identifier: str, request: OperationRequest
    ) -> None:
        self._operations = operations
        self.identifier = identifier
        self.quoted_id = quoted(identifier)
        self.request: OperationRequest | None = request
        self.name: str | None = None
        self.cursor: str | None = None
        self.seat: LeavesGroup | None = None

    # What a group needs of a member.

    def sit(self, seat: LeavesGroup) -> None:
        self.seat = seat

    def context(self) -> object:
        return self._operations.context()

    def deliver(self, payload: Payload) -> bool:
        return self._operations.send(self, payload)

    def finish(self, failure: Result | None) -> None:
        self.seat = None
        self._operations.end(self, failure)

    def leave(self) -> None:
        """Leave the group, if it is in one."""
        if self.seat is not None:
            self.seat.leave()
            self.seat = None


class Operations(Generic[ViewerT]):
    """Starts, stops and fails the operations of a socket; `viewer` is whom they act for.

    One that ends by itself sends `complete`, or `error` if its request failed, and never
    touches the others. Every stream is closed, however its operation ends.
    """

    __slots__ = ("_doors", "_ending", "_has_refused", "_outbox", "_running", "_service", "viewer")

    def __init__(
        self, service: GraphQLService, doors: Doors[ViewerT], outbox: Outbox, viewer: ViewerT
    ) -> None:
        self._service = service
        self._doors = doors
        self._outbox = outbox
        self.viewer = viewer
        self._has_refused = False
        self._running: dict[str, Operation[ViewerT]] = {}
        # Tasks of completed operations that are still closing their streams.
        self._ending: list[asyncio.Task[None]] = []

    @property
    def count(self) -> int:
        return len(self._running)

    def __contains__(self, identifier: str) -> bool:
        return identifier in self._running

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(operation.name or "(anonymous)" for operation in self._running.values())

    @property
    def cursors(self) -> dict[str, str]:
        """By operation id, where there is one."""
        return {
            identifier: operation.cursor
            for identifier, operation in self._running.items()
            if operation.cursor is not None
        }

    def start(self, identifier: str, request: OperationRequest) -> None:
        """Run `request` under an id that is not in use."""
        operation = Operation(self, identifier, request)
        limit = self._service.limits.operations_per_socket
        # Those still ending count too: completing must not be a way around the limit.
        self._ending = [task for task in self._ending if not task.done()]
        if len(self._running) + len(self._ending) >= limit:
            message = f"A socket runs at most {limit} operations at once."
            self._refuse(operation, [coded(TransportCode.TOO_MANY_OPERATIONS, message)])
            if not self._has_refused:
                # Said once a socket: there may be thousands.
                self._has_refused = True
                log.warning("websocket_refuses", reason=TransportCode.TOO_MANY_OPERATIONS.value)
            return
        self._running[identifier] = operation
        operation.task = asyncio.create_task(self._run(operation))

    def complete(self, identifier: str) -> None:
        """End an operation at its client's wish; unknown ids have just ended by themselves."""
        operation = self._running.pop(identifier, None)
        if operation is not None:
            operation.leave()
            if operation.task is not None:
                operation.task.cancel()
                self._ending.append(operation.task)

    def fail_all(self, code: TransportCode, message: str) -> None:
        """Tell each operation why it ends and, where it is known, whence to resume."""
        for operation in self._running.values():
            known = {} if operation.cursor is None else {"cursor": operation.cursor}
            self._refuse(operation, [coded(code, message, **known)])

    def cancel(self) -> None:
        """End all operations without a word."""
        for identifier in list(self._running):
            self.complete(identifier)

    async def stop(self) -> None:
        """End all operations and wait until their streams are closed."""
        self.cancel()
        if self._ending:
            await asyncio.wait(self._ending)

    def context(self) -> object:
        """A context for one execution, with the viewer's rights of now."""
        return self._doors.context_for(self.viewer, None)

    def send(self, operation: Operation[ViewerT], payload: Payload) -> bool:
        """Send a result; True if the server has taken it at once."""
        frame = next_frame(operation.quoted_id, payload.text)
        if self._outbox.put_text(frame, partial(_note_late, operation, payload)):
            operation.cursor = payload.cursor
            return True
        return False

    def end(self, operation: Operation[ViewerT], failure: Result | None) -> None:
        """Send the last frame of an operation, unless it was ended before.

        No other task runs meanwhile, so that whoever reads that frame may use the id again.
        """
        if self._running.get(operation.identifier) is not operation:
            return
        del self._running[operation.identifier]
        if failure is None:
            self._outbox.put_text(complete_frame(operation.quoted_id))
        else:
            self._outbox.put_text(error_frame(operation.quoted_id, failure["errors"]))

    async def _run(self, operation: Operation[ViewerT]) -> None:
        failure: Result | None
        try:
            failure = await self._perform(operation)
        except (DocumentError, Refused) as error:
            failure = self._service.refusal(error.errors)
        except SubscriptionFailed as failed_:
            failure = failed_.result
        except Exception:
            log.exception("websocket_operation_failed", operation=operation.name)
            fault = coded(TransportCode.INTERNAL_ERROR, "The server failed to answer.")
            failure = self._service.refusal([fault])
        operation.task = None
        if operation.seat is None:
            self.end(operation, failure)

    async def _perform(self, operation: Operation[ViewerT]) -> Result | None:
        """Send all results, until the operation ends or sits in a group; the failure, if any."""
        request, operation.request = operation.request, None
        assert request is not None, "an operation is opened once"
        prepared = await self._service.open(request)
        operation.name = prepared.name
        outcome = await self._service.run(prepared, request.variables, self.context)
        if isinstance(outcome, dict):
            return self._send_result(operation, outcome)
        if isinstance(outcome, Subscription):
            async with aclosing(outcome.until_seated(operation)) as missed:
                async for payload in missed:
                    self.send(operation, payload)
                    await self._outbox.keep_pace()
            return None
        return await self._send_each(operation, outcome)

    async def _send_each(
        self, operation: Operation[ViewerT], results: AsyncGenerator[Result, None]
    ) -> Result | None:
        """Send all results, but for the failure with which the stream may end."""
        async with aclosing(results):
            async for result in results:
                failure = self._send_result(operation, result)
                if failure is not None:
                    return failure
                await self._outbox.keep_pace()
        return None

    def _send_result(self, operation: Operation[ViewerT], result: Result) -> Result | None:
        if failed(result):
            return result
        cursor = self._doors.cursor_of(result) if "data" in result else None
        self.send(operation, Payload(orjson.dumps(result).decode(), cursor))
        return None

    def _refuse(self, operation: Operation[ViewerT], errors: Collection[GraphQLError]) -> None:
        refusal = self._service.refusal(errors)
        self._outbox.put_text(error_frame(operation.quoted_id, refusal["errors"]))


def _note_late(operation: Operation[Any], payload: Payload) -> None:
    """What had to wait has gone out."""
    operation.cursor = payload.cursor
    payload.note_written()
