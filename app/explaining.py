"""`extensions.explain`: what an operation took, for administrators and in development."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from app.graphql.compiled import CompiledExecutor
from app.graphql.documents import Prepared
from app.graphql.incremental import Result
from app.graphql.tracing import Cache, missed
from models.statements import Executed, recorded
from models.tenants import Role
from resolvers.context import Stranger, Viewer
from resolvers.errors import Code
from resolvers.loading import Batch, batches_recorded

MOST_SHOWN = 100
"""Statements, and batches, of one operation that are listed; all are counted."""


class Explaining:
    """Tells administrators how their operations run; with `to_all`, everybody."""

    def __init__(self, executor: CompiledExecutor, *, to_all: bool) -> None:
        self._executor = executor
        self._to_all = to_all

    async def __call__(
        self,
        viewer: Viewer | Stranger,
        prepared: Prepared,
        answer: Callable[[], Awaitable[Result]],
    ) -> Result:
        """The answer with `extensions.explain`; to others that has a code, and nothing else."""
        if not self._may_know(viewer):
            result = await answer()
            message = "Only administrators are told how an operation runs."
            refusal = {"code": Code.FORBIDDEN.value, "message": message}
            result.setdefault("extensions", {})["explain"] = refusal
            return result
        started = time.perf_counter()
        with recorded() as statements, batches_recorded() as batches:
            result = await answer()
        seconds = time.perf_counter() - started
        reason = self._executor.fallback_reason(prepared)
        extensions = result.setdefault("extensions", {})
        extensions["explain"] = {
            "cost": extensions.get("cost", {}).get("requested"),
            "milliseconds": _milliseconds(seconds),
            "execution": "compiled" if reason is None else "graphql-core",
            "reason": reason,
            "documentCached": Cache.DOCUMENTS not in missed(),
            "credentialCached": (
                None if isinstance(viewer, Stranger) else Cache.CREDENTIALS not in missed()
            ),
            "statementCount": len(statements),
            "statements": [_statement(each) for each in statements[:MOST_SHOWN]],
            "batchCount": len(batches),
            "batches": [_batch(each) for each in batches[:MOST_SHOWN]],
        }
        return result

    def _may_know(self, viewer: Viewer | Stranger) -> bool:
        return self._to_all or (isinstance(viewer, Viewer) and viewer.role.may_act_as(Role.ADMIN))


def _statement(executed: Executed) -> dict[str, Any]:
    """Its text, in which values are numbered parameters."""
    return {
        "sql": executed.sql,
        "rows": executed.rows if executed.rows >= 0 else None,
        "milliseconds": _milliseconds(executed.seconds),
    }


def _batch(batch: Batch) -> dict[str, Any]:
    return {"loader": batch.name, "keys": batch.keys}


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)
