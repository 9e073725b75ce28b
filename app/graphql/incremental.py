"""Results of `@defer` and `@stream`: as response maps, and as a multipart response.

The maps have `hasNext`, `pending`, `incremental` and `completed`, as in graphql-js 17; over
HTTP they are the parts of `multipart/mixed`:
https://github.com/graphql/graphql-over-http/blob/main/rfcs/IncrementalDelivery.md
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Any, TypeAlias

import orjson
from graphql import GraphQLError
from graphql.execution import ExperimentalIncrementalExecutionResults
from starlette.responses import StreamingResponse

Result: TypeAlias = dict[str, Any]
FormatError: TypeAlias = Callable[[GraphQLError], dict[str, Any]]

MEDIA_TYPE = 'multipart/mixed; boundary="-"'
PART = b"\r\n---\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
END = b"\r\n-----\r\n"


async def formatted_increments(
    results: ExperimentalIncrementalExecutionResults, format_error: FormatError
) -> AsyncGenerator[Result, None]:
    """The first response map, and those that follow, with errors as clients may see them."""
    first = results.initial_result
    async with aclosing(results.subsequent_results) as subsequent:
        yield _with_errors(first.formatted, first, format_error)
        async for result in subsequent:
            formatted: Result = dict(result.formatted)
            for name in ("incremental", "completed"):
                parts = getattr(result, name) or ()
                if parts:
                    formatted[name] = [_with_errors(p.formatted, p, format_error) for p in parts]
            yield formatted


def _with_errors(formatted: Mapping[str, Any], source: Any, format_error: FormatError) -> Result:
    if not source.errors:
        return dict(formatted)
    return {**formatted, "errors": [format_error(error) for error in source.errors]}


def parts_response(
    results: AsyncGenerator[Result, None], headers: Mapping[str, str]
) -> StreamingResponse:
    """One part for each result, sent as it comes."""

    async def parts() -> AsyncGenerator[bytes, None]:
        async with aclosing(results):
            async for result in results:
                yield PART + orjson.dumps(result)
        yield END

    return StreamingResponse(parts(), headers={**headers, "content-type": MEDIA_TYPE})
