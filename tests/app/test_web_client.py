"""The Starlette side of the web client, on a `dist` of a few bytes."""

import gzip
from pathlib import Path

from httpx import ASGITransport, AsyncClient
from starlette.applications import Starlette

from app.web_client import web_client


def browser(dist: Path) -> AsyncClient:
    """A client of an application that has nothing but the web client."""
    app = Starlette(routes=web_client(dist).routes(lambda _: {"token": None}))
    return AsyncClient(transport=ASGITransport(app=app), base_url="http://127.0.0.1:8000")


async def test_the_page_may_run_no_inline_script_and_no_inline_style(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<!doctype html><title>built</title>")
    async with browser(tmp_path) as client:
        response = await client.get("/web/")
    rules = response.headers["content-security-policy"]
    assert "unsafe" not in rules
    assert "script-src 'self'; style-src 'self'; img-src 'self' blob:;" in rules
    assert "default-src 'none'" in rules


async def test_its_script_is_sent_compressed(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets/index-AbC123.js").write_text("export {};\n" * 1_000)
    async with browser(tmp_path) as client:
        response = await client.get("/web/assets/index-AbC123.js")
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["vary"] == "Accept-Encoding"
    assert response.text == "export {};\n" * 1_000


async def test_what_the_build_compressed_is_sent_to_those_who_take_it(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    script = tmp_path / "assets/index-AbC123.js"
    script.write_text("plain")
    script.with_name("index-AbC123.js.gz").write_bytes(gzip.compress(b"twin"))
    async with browser(tmp_path) as client:
        took = await client.get("/web/assets/index-AbC123.js")
        refused = await client.get(
            "/web/assets/index-AbC123.js", headers={"Accept-Encoding": "identity"}
        )
    assert (took.text, took.headers["content-encoding"]) == ("twin", "gzip")
    assert took.headers["content-type"] == "text/javascript; charset=utf-8"
    assert took.headers["vary"] == "Accept-Encoding"
    assert refused.text == "plain"
    assert "content-encoding" not in refused.headers


async def test_without_dist_the_page_says_what_to_do(tmp_path: Path) -> None:
    async with browser(tmp_path / "absent") as client:
        response = await client.get("/web/")
    assert response.status_code == 200
    assert "its web client is not built" in response.text
    assert "make web" in response.text
