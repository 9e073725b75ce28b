"""GraphQL over HTTP, through a real server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import httpx
import orjson
import pytest

from tests.app.graphql.world import Serve, World

STRICT = {"accept": "application/graphql-response+json"}
LEGACY = {"accept": "application/json"}


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with world.client() as client:
        yield client


def refusal(response: httpx.Response) -> tuple[int, str]:
    body = response.json()
    assert "data" not in body
    return response.status_code, body["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize("headers", [STRICT, LEGACY, {"accept": "*/*"}])
async def test_a_query(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    response = await client.post("/graphql", json={"query": "{ hello }"}, headers=headers)
    assert (response.status_code, response.json()) == (200, {"data": {"hello": "hello world"}})
    accepted = headers["accept"].replace("*/*", "application/json")
    assert response.headers["content-type"] == f"{accepted}; charset=utf-8"


async def test_variables_and_operation_name(client: httpx.AsyncClient) -> None:
    query = "query A { hello } query B($name: String) { hello(name: $name) }"
    asked = {"query": query, "operationName": "B", "variables": {"name": "B"}}
    assert (await client.post("/graphql", json=asked)).json() == {"data": {"hello": "hello B"}}
    url = {**asked, "variables": '{"name": "B"}'}
    assert (await client.get("/graphql", params=url)).json() == {"data": {"hello": "hello B"}}


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{", {}, "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("{ node " + "{ child " * 20 + "{ name }" + "}" * 21, {}, "QUERY_TOO_DEEP"),
        ("query ($n: String!) { hello(name: $n) }", {}, "VARIABLES_INVALID"),
        ("query ($n: String!) { hello(name: $n) }", {"n": [1]}, "VARIABLES_INVALID"),
        ("query ($n: Even) { even(number: $n) }", {"n": 3}, "VARIABLES_INVALID"),
    ],
)
async def test_a_request_error_is_400_in_the_strict_type_only(
    client: httpx.AsyncClient, query: str, variables: dict[str, Any], code: str
) -> None:
    asked = {"query": query, "variables": variables}
    assert refusal(await client.post("/graphql", json=asked, headers=STRICT)) == (400, code)
    assert refusal(await client.post("/graphql", json=asked, headers=LEGACY)) == (200, code)


@pytest.mark.parametrize("headers", [STRICT, LEGACY])
async def test_field_errors_are_masked_and_leave_200(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    asked = {"query": "{ hello fails }"}
    response = await client.post("/graphql", json=asked, headers=headers)
    assert response.status_code == 200
    assert response.json()["data"] == {"hello": "hello world", "fails": None}
    assert response.json()["errors"] == [
        {"message": "masked", "extensions": {"code": "INTERNAL_ERROR"}}
    ]
    response = await client.post("/graphql", json={"query": "{ required }"}, headers=headers)
    assert (response.status_code, response.json()["data"]) == (200, None)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "BAD_REQUEST"),
        (b"{", "BAD_REQUEST"),
        (b"\xff\xfe", "BAD_REQUEST"),
        (b"null", "BAD_REQUEST"),
        (b'"{ hello }"', "BAD_REQUEST"),
        (b"{}", "BAD_REQUEST"),
        (b"[" * 5_000, "BAD_REQUEST"),
        (b'{"query": 1}', "BAD_REQUEST"),
        (b'{"query": ""}', "BAD_REQUEST"),
        (b'{"query": "{ hello }", "variables": [1]}', "BAD_REQUEST"),
        (b'{"query": "{ hello }", "operationName": 7}', "BAD_REQUEST"),
        (b'{"query": "{ hello }", "extensions": "x"}', "BAD_REQUEST"),
        (b'{"query": "{ hello(name: \\"\\ud800\\") }"}', "BAD_REQUEST"),
        (b'[{"query": "{ hello }"}]', "BATCHING_UNSUPPORTED"),
    ],
)
@pytest.mark.parametrize("headers", [STRICT, LEGACY])
async def test_what_is_no_request_is_400(
    client: httpx.AsyncClient, headers: dict[str, str], body: bytes, code: str
) -> None:
    headers = {**headers, "content-type": "application/json"}
    response = await client.post("/graphql", content=body, headers=headers)
    assert refusal(response) == (400, code)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/json; charset=utf-16"},
        {"content-type": "application/json", "content-encoding": "gzip"},
        {"content-type": ";;;"},
    ],
)
async def test_other_bodies_are_not_read(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    response = await client.post("/graphql", content=b'{"query":"{hello}"}', headers=headers)
    assert refusal(response) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("content_type", ["application/json;charset=UTF-8", "APPLICATION/JSON"])
async def test_spellings_of_json(client: httpx.AsyncClient, content_type: str) -> None:
    headers = {"content-type": content_type}
    response = await client.post("/graphql", content=b'{"query":"{hello}"}', headers=headers)
    assert response.status_code == 200


@pytest.mark.parametrize("headers", [{}, {"accept": "text/event-stream"}])
async def test_a_body_beyond_the_limit(
    client: httpx.AsyncClient, world: World, headers: dict[str, str]
) -> None:
    body = b" " * (world.limits.body_bytes + 1)
    headers = {**headers, "content-type": "application/json"}
    response = await client.post("/graphql", content=body, headers=headers)
    assert refusal(response) == (413, "BODY_TOO_LARGE")


async def test_a_body_without_end_is_answered_at_the_limit(world: World) -> None:
    host, _, port = world.host.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n")
    writer.write(b"transfer-encoding: chunked\r\n\r\n")
    answered = asyncio.ensure_future(reader.readline())
    # It hangs up when it has answered.
    with suppress(ConnectionError):
        while not answered.done():
            writer.write(b"1000\r\n" + b" " * 0x1000 + b"\r\n")
            await writer.drain()
            await asyncio.sleep(0)
    assert await answered == b"HTTP/1.1 413 Request Entity Too Large\r\n"
    writer.transport.abort()


async def test_a_document_beyond_the_limit(client: httpx.AsyncClient, world: World) -> None:
    query = "{ hello } #" + "x" * world.limits.document_bytes
    response = await client.post("/graphql", json={"query": query}, headers=STRICT)
    assert refusal(response) == (400, "DOCUMENT_TOO_LARGE")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods(client: httpx.AsyncClient, method: str) -> None:
    response = await client.request(method, "/graphql")
    assert refusal(response) == (405, "METHOD_NOT_ALLOWED")
    assert response.headers["allow"] == "GET, POST"


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
async def test_a_get_changes_nothing(client: httpx.AsyncClient, world: World, accept: str) -> None:
    query = {"query": "mutation { store(value: 1) }"}
    response = await client.get("/graphql", params=query, headers={"accept": accept})
    assert refusal(response) == (405, "METHOD_NOT_ALLOWED")
    assert response.headers["allow"] == "POST"
    assert world.stored == []
    assert (await client.post("/graphql", json=query)).json() == {"data": {"store": 1}}


@pytest.mark.parametrize("parameters", [{}, {"query": ""}, {"query": "{hello}", "variables": "{"}])
async def test_a_get_that_asks_nothing(
    client: httpx.AsyncClient, parameters: dict[str, str]
) -> None:
    assert refusal(await client.get("/graphql", params=parameters)) == (400, "BAD_REQUEST")


async def test_nothing_acceptable(client: httpx.AsyncClient) -> None:
    headers = {"accept": "image/png"}
    response = await client.post("/graphql", json={"query": "{ hello }"}, headers=headers)
    assert refusal(response) == (406, "NOT_ACCEPTABLE")


async def test_a_browser_gets_the_page(client: httpx.AsyncClient) -> None:
    headers = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    response = await client.get("/graphql", headers=headers)
    assert response.text == "<h1>the page</h1>"
    response = await client.post("/graphql", json={"query": "{ hello }"}, headers=headers)
    assert response.json() == {"data": {"hello": "hello world"}}


async def test_a_subscription_needs_a_stream(client: httpx.AsyncClient) -> None:
    asked = {"query": 'subscription { ticks(channel: "a") { number } }'}
    assert refusal(await client.post("/graphql", json=asked)) == (406, "STREAM_REQUIRED")


async def test_a_refused_token(client: httpx.AsyncClient, world: World) -> None:
    headers = {"authorization": "Bearer wrong"}
    response = await client.post("/graphql", json={"query": "{ hello }"}, headers=headers)
    assert refusal(response) == (401, "UNAUTHENTICATED")
    assert response.headers["x-why"] == "token"
    assert world.contexts == []


async def test_an_operation_has_a_context_of_its_own(
    client: httpx.AsyncClient, world: World
) -> None:
    world.sign_in("token", "ada")
    headers = {"authorization": "Bearer token"}
    response = await client.post("/graphql", json={"query": "{ viewer }"}, headers=headers)
    assert response.json() == {"data": {"viewer": "ada"}}
    assert [context.viewer.name for context in world.contexts] == ["ada"]


async def test_a_value_that_is_no_json_is_a_coded_500(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": "{ strange }"})
    assert refusal(response) == (500, "INTERNAL_ERROR")


async def test_introspection_can_be_off(serve: Serve) -> None:
    async with serve({"introspection": False}) as world, world.client() as client:
        asked = {"query": "{ __schema { queryType { name } } }"}
        response = await client.post("/graphql", json=asked, headers=STRICT)
        assert refusal(response) == (400, "GRAPHQL_VALIDATION_FAILED")


UPLOAD = "mutation ($file: Upload!) { upload(file: $file) }"
PREFLIGHT = {"graphql-require-preflight": "1"}


def form(operations: object, places: object, *files: str) -> dict[str, Any]:
    return {
        "data": {"operations": orjson.dumps(operations), "map": orjson.dumps(places)},
        "files": [(name, (f"{name}.txt", f"content of {name}".encode())) for name in files],
    }


async def test_an_upload(client: httpx.AsyncClient) -> None:
    sent = form({"query": UPLOAD, "variables": {"file": None}}, {"0": ["variables.file"]}, "0")
    response = await client.post("/graphql", headers=PREFLIGHT, **sent)
    assert response.json() == {"data": {"upload": "0.txt:content of 0:None"}}


async def test_a_list_of_uploads(client: httpx.AsyncClient) -> None:
    query = "mutation ($files: [Upload!]!) { uploadAll(files: $files) }"
    places = {"a": ["variables.files.0"], "b": ["variables.files.1"]}
    sent = form({"query": query, "variables": {"files": [None, None]}}, places, "a", "b")
    response = await client.post("/graphql", headers=PREFLIGHT, **sent)
    assert response.json() == {"data": {"uploadAll": ["a.txt", "b.txt"]}}


async def test_a_form_from_a_foreign_page_is_refused(client: httpx.AsyncClient) -> None:
    sent = form({"query": UPLOAD, "variables": {"file": None}}, {"0": ["variables.file"]}, "0")
    response = await client.post("/graphql", **sent)
    assert refusal(response) == (400, "CSRF_HEADER_MISSING")


VARIABLES: dict[str, Any] = {"file": None, "text": "x", "list": [None]}


@pytest.mark.parametrize(
    ("operations", "places", "code"),
    [
        ([{"query": UPLOAD}], {}, "BATCHING_UNSUPPORTED"),
        ("text", {}, "UPLOAD_INVALID"),
        ({"query": UPLOAD, "variables": VARIABLES}, [], "UPLOAD_INVALID"),
        ({"query": UPLOAD, "variables": VARIABLES}, {"1": ["variables.file"]}, "UPLOAD_INVALID"),
        ({"query": UPLOAD, "variables": VARIABLES}, {"0": "variables.file"}, "UPLOAD_INVALID"),
        ({"query": UPLOAD, "variables": VARIABLES}, {"0": ["variables.text"]}, "UPLOAD_INVALID"),
        ({"query": UPLOAD, "variables": VARIABLES}, {"0": ["variables.none"]}, "UPLOAD_INVALID"),
        ({"query": UPLOAD, "variables": VARIABLES}, {"0": ["variables.list.9"]}, "UPLOAD_INVALID"),
        ({"query": UPLOAD, "variables": VARIABLES}, {"0": ["variables.list.x"]}, "UPLOAD_INVALID"),
        ({"query": UPLOAD, "variables": VARIABLES}, {"0": ["variables.text.0"]}, "UPLOAD_INVALID"),
        ({"query": UPLOAD, "variables": VARIABLES}, {"0": ["query"]}, "UPLOAD_INVALID"),
        ({"query": UPLOAD, "variables": VARIABLES}, {"0": [7]}, "UPLOAD_INVALID"),
        ({"query": UPLOAD}, {"0": ["variables.file"]}, "UPLOAD_INVALID"),
    ],
)
async def test_a_form_that_does_not_fit(
    client: httpx.AsyncClient, operations: object, places: object, code: str
) -> None:
    sent = form(operations, places, "0")
    response = await client.post("/graphql", headers=PREFLIGHT, **sent)
    assert refusal(response) == (400, code)


@pytest.mark.parametrize("boundary", ["", "; boundary=x", "; boundary=" + "x" * 300])
async def test_a_broken_form(client: httpx.AsyncClient, boundary: str) -> None:
    headers = {**PREFLIGHT, "content-type": f"multipart/form-data{boundary}"}
    response = await client.post("/graphql", headers=headers, content=b"--x\r\nno form\r\n--x--")
    assert refusal(response) == (400, "UPLOAD_INVALID")


async def test_too_many_files(client: httpx.AsyncClient, world: World) -> None:
    names = [str(number) for number in range(world.limits.upload_files + 1)]
    response = await client.post("/graphql", headers=PREFLIGHT, **form({}, {}, *names))
    assert refusal(response) == (400, "UPLOAD_INVALID")


async def test_uploads_are_bounded_together(serve: Serve) -> None:
    async with serve(upload_bytes=1_000) as world, world.client() as client:
        files = [("0", ("big", b"x" * 2_000))]
        response = await client.post("/graphql", headers=PREFLIGHT, files=files)
        assert refusal(response) == (413, "BODY_TOO_LARGE")
