"""The operations of one socket, each in a task of its own."""

import asyncio
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from typing import Generic

import structlog
from graphql import GraphQLError

from app.graphql.doors import Doors, ViewerT
from app.graphql.errors import DocumentError, Refused, TransportCode, coded
from app.graphql.incremental import Result
from app.graphql.outbox import Outbox
from app.graphql.protocol import complete_frame, error_frame, next_frame, quoted
from app.graphql.request import OperationRequest
from app.graphql.service import GraphQLService, failed

log = structlog.get_logger(__name__)


class Operation:
    """A running operation. `cursor` is that of the last result that went out to the client.

    `request` is dropped once it is prepared: its text would be held by every subscriber.
    """

    __slots__ = ("cursor", "name", "quoted_id", "request", "task")

    task: asyncio.Task[None]

    def __init__(self, identifier: str, request: OperationRequest) -> None:
        self.quoted_id = quoted(identifier)
        self.request: OperationRequest | None = request
        self.name: str | None = None
        self.cursor: str | None = None


class Operations(Generic[ViewerT]):
    """Starts, stops and fails the operations of a socket; `viewer` is whom they act for.

    One that ends by itself sends `complete`, or `error` if its request failed, and never
    touches the others. Every stream is closed, however its operation ends.
    """

    __slots__ = ("_doors", "_ending", "_outbox", "_running", "_service", "viewer")

    def __init__(
        self, service: GraphQLService, doors: Doors[ViewerT], outbox: Outbox, viewer: ViewerT
    ) -> None:
        self._service = service
        self._doors = doors
        self._outbox = outbox
        self.viewer = viewer
        self._running: dict[str, Operation] = {}
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
        operation = Operation(identifier, request)
        limit = self._service.limits.operations_per_socket
        # Those still ending count too: completing must not be a way around the limit.
        self._ending = [task for task in self._ending if not task.done()]
        if len(self._running) + len(self._ending) >= limit:
            message = f"A socket runs at most {limit} operations at once."
            self._refuse(operation, [coded(TransportCode.TOO_MANY_OPERATIONS, message)])
            return
        self._running[identifier] = operation
        operation.task = asyncio.create_task(self._run(identifier, operation))

    def complete(self, identifier: str) -> None:
        """End an operation at its client's wish; unknown ids have just ended by themselves."""
        operation = self._running.pop(identifier, None)
        if operation is not None:
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

    async def _run(self, identifier: str, operation: Operation) -> None:
        try:
            outcome = await self._open(operation)
            if isinstance(outcome, dict):
                failure = self._send(operation, outcome)
            else:
                failure = await self._send_each(operation, outcome)
        except (DocumentError, Refused) as error:
            failure = self._service.refusal(error.errors)
        except Exception:
            log.exception("websocket_operation_failed", operation=operation.name)
            fault = coded(TransportCode.INTERNAL_ERROR, "The server failed to answer.")
            failure = self._service.refusal([fault])
        finally:
            # From the next line to the last no other task runs, so that whoever reads the
            # last frame of an operation may use its id again.
            if self._running.get(identifier) is operation:
                del self._running[identifier]
        if failure is None:
            self._outbox.put_text(complete_frame(operation.quoted_id))
        else:
            self._outbox.put_text(error_frame(operation.quoted_id, failure["errors"]))

    async def _open(self, operation: Operation) -> AsyncGenerator[Result, None] | Result:
        request, operation.request = operation.request, None
        assert request is not None, "an operation is opened once"
        prepared = await self._service.open(request)
        operation.name = prepared.name
        return await self._service.run(prepared, request.variables, self._context)

    async def _send_each(
        self, operation: Operation, results: AsyncGenerator[Result, None]
    ) -> Result | None:
        """Send all results, but for the failure with which the stream may end."""
        async with aclosing(results):
            async for result in results:
                failure = self._send(operation, result)
                if failure is not None:
                    return failure
                await self._outbox.keep_pace()
        return None

    def _send(self, operation: Operation, result: Result) -> Result | None:
        if failed(result):
            return result
        cursor = self._doors.cursor_of(result) if "data" in result else None

        def on_write() -> None:
            operation.cursor = cursor

        frame = next_frame(operation.quoted_id, result)
        self._outbox.put_text(frame, None if cursor is None else on_write)
        return None

    def _refuse(self, operation: Operation, errors: Collection[GraphQLError]) -> None:
        refusal = self._service.refusal(errors)
        self._outbox.put_text(error_frame(operation.quoted_id, refusal["errors"]))

    def _context(self) -> object:
        return self._doors.context_for(self.viewer, None)
