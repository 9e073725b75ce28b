"""Uploads, after the GraphQL multipart request specification (version 3).

A form holds `operations` (the request as JSON, with null where a file belongs), `map`
(from the name of a form field to the paths of those nulls) and the files themselves.
https://github.com/jaydenseric/graphql-multipart-request-spec
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import orjson
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from app.graphql.errors import BadRequest, TransportCode
from app.graphql.limits import Limits


@asynccontextmanager
async def read_multipart(
    headers: Headers, stream: AsyncGenerator[bytes, None], limits: Limits
) -> AsyncIterator[dict[str, Any]]:
    """The request with `UploadFile`s in place of its nulls; the files close at the end.

    Raises `BadRequest`. Files are spooled to disk beyond a megabyte.
    """
    form = await _parse(headers, stream, limits)
    try:
        yield _fill(form)
    finally:
        await form.close()


async def _parse(headers: Headers, stream: AsyncGenerator[bytes, None], limits: Limits) -> FormData:
    parser = MultiPartParser(
        headers,
        stream,
        max_files=limits.upload_files,
        max_fields=2,
        max_part_size=limits.body_bytes,
    )
    async with aclosing(stream):
        try:
            return await parser.parse()
        except MultiPartException as error:
            raise _invalid(error.message) from error


def _fill(form: FormData) -> dict[str, Any]:
    request = _json_field(form, "operations")
    if isinstance(request, list):
        raise BadRequest(
            TransportCode.BATCHING_UNSUPPORTED, "Send one operation a request, not a list."
        )
    paths = _json_field(form, "map")
    if not isinstance(request, dict) or not isinstance(paths, dict):
        raise _invalid("operations and map are JSON objects.")
    for name, places in paths.items():
        file = form.get(name)
        if not isinstance(file, UploadFile):
            raise _invalid(f"map names {name[:100]!r}, which is not a file of the form.")
        if not isinstance(places, list):
            raise _invalid("map gives a list of paths for each file.")
        for place in places:
            _put(request, place, file)
    return request


def _json_field(form: FormData, name: str) -> Any:
    text = form.get(name)
    if not isinstance(text, str):
        raise _invalid(f"The form has no field {name}.")
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _invalid(f"{name} is not JSON.") from error


def _put(request: dict[str, Any], path: object, file: UploadFile) -> None:
    """Replace the null at `path`, such as `variables.input.files.0`, by the file."""
    if not isinstance(path, str) or not path.startswith("variables."):
        raise _invalid("A path of map starts with variables.")
    *parents, last = path.split(".")
    holder: Any = request
    try:
        for step in parents:
            holder = holder[_key(holder, step)]
        key = _key(holder, last)
        found = holder[key]
    except (LookupError, TypeError, ValueError) as error:
        raise _invalid(f"map names the path {path[:100]!r}, which is not there.") from error
    if found is not None:
        raise _invalid(f"The value at {path[:100]!r} is not null.")
    holder[key] = file


def _key(holder: object, step: str) -> str | int:
    return int(step) if isinstance(holder, list) else step


def _invalid(message: str) -> BadRequest:
    return BadRequest(TransportCode.UPLOAD_INVALID, message)
