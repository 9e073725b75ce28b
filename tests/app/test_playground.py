"""The Starlette side of the playground, on a `dist` of a few bytes, and the lock of its build."""

import json
import re
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient, Response
from starlette.applications import Starlette
from starlette.requests import Request

from app.built_pages import asks_from_this_machine
from app.playground import playground

PROJECT = Path(__file__).parents[2] / "client-examples" / "playground"


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """A built playground with one asset, and a secret beside it."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>built</title>")
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "assets" / "index-AbC123.js").write_text("export {}")
    (folder / "assets" / "roboto-AbC123.woff2").write_bytes(b"wOF2")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


def browser(dist: Path, token: str | None = None, **transport: Any) -> AsyncClient:
    """A client of an application that has nothing but the playground."""

    def config(request: Request) -> dict[str, object]:
        local = asks_from_this_machine(request)
        return {
            "endpoint": "/graphql",
            "token": token if local else None,
            "demo": token is not None,
        }

    app = Starlette(routes=playground(dist).routes(config))
    return AsyncClient(
        transport=ASGITransport(app=app, **transport), base_url="http://127.0.0.1:8000"
    )


def policy(response: Response) -> dict[str, str]:
    """Content-Security-Policy as directive → sources."""
    directives = response.headers["content-security-policy"].split("; ")
    return {name: sources for name, _, sources in (part.partition(" ") for part in directives)}


async def test_the_built_page_is_served_with_a_policy_that_allows_no_inline_script(
    dist: Path,
) -> None:
    async with browser(dist) as client:
        response = await client.get("/playground/")
    assert response.status_code == 200
    assert "built" in response.text
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    rules = policy(response)
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["worker-src"] == rules["connect-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"


async def test_hashed_assets_are_kept_for_ever_and_other_files_are_asked_for_again(
    dist: Path,
) -> None:
    async with browser(dist) as client:
        script = await client.get("/playground/assets/index-AbC123.js")
        icon = await client.get("/playground/favicon.svg")
        page = await client.get("/playground/")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert icon.headers["cache-control"] == page.headers["cache-control"] == "no-cache"
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert script.headers["x-content-type-options"] == "nosniff"


async def test_fonts_have_their_type_whatever_the_machine_knows(dist: Path) -> None:
    async with browser(dist) as client:
        font = await client.get("/playground/assets/roboto-AbC123.woff2")
    assert font.headers["content-type"] == "font/woff2"


async def test_an_unchanged_file_is_not_sent_twice(dist: Path) -> None:
    async with browser(dist) as client:
        first = await client.get("/playground/favicon.svg")
        again = await client.get(
            "/playground/favicon.svg", headers={"If-None-Match": first.headers["etag"]}
        )
    assert again.status_code == 304
    assert again.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/playground/../secret.txt",
        "/playground/%2e%2e/secret.txt",
        "/playground/assets/..%2f..%2fsecret.txt",
        "/playground/assets/%2e%2e/%2e%2e/secret.txt",
        "/playground//etc/passwd",
        "/playground/%2fetc%2fpasswd",
        "/playground/assets/%00",
        "/playground/assets/",
        "/playground/absent.js",
    ],
)
async def test_nothing_outside_of_dist_is_served(dist: Path, path: str) -> None:
    async with browser(dist) as client:
        response = await client.get(path)
    assert response.status_code == 404
    assert "secret" not in response.text


async def test_a_link_out_of_dist_is_not_followed(dist: Path) -> None:
    (dist / "assets" / "link.txt").symlink_to(dist.parent / "secret.txt")
    async with browser(dist) as client:
        assert (await client.get("/playground/assets/link.txt")).status_code == 404


async def test_files_are_only_read(dist: Path) -> None:
    async with browser(dist) as client:
        assert (await client.post("/playground/favicon.svg")).status_code == 405


async def test_without_dist_the_page_says_what_to_do(tmp_path: Path) -> None:
    async with browser(tmp_path / "absent") as client:
        response = await client.get("/playground/")
        asset = await client.get("/playground/assets/index.js")
    assert response.status_code == 200
    for words in ("not built", "npm", "make playground", "Node.js", "curl http://127.0.0.1:8000/"):
        assert words in response.text
    assert "<script" not in response.text
    assert policy(response)["default-src"] == "'none'"
    assert "script-src" not in policy(response)
    assert response.headers["cache-control"] == "no-store"
    assert asset.status_code == 404


async def test_a_dist_that_is_built_later_is_found(dist: Path) -> None:
    later = dist.with_name("later")
    async with browser(later) as client:
        before = await client.get("/playground/")
        copytree(dist, later)
        after = await client.get("/playground/")
        script = await client.get("/playground/assets/index-AbC123.js")
    assert "not built" in before.text
    assert "not built" not in after.text
    assert script.status_code == 200


def test_the_example_names_the_given_endpoint_as_text(tmp_path: Path) -> None:
    page = bytes(playground(tmp_path).respond("http://<b>:9000/graphql").body).decode()
    assert "http://&lt;b&gt;:9000/graphql" in page


async def test_the_configuration_is_never_stored(dist: Path) -> None:
    async with browser(dist, token="demo-token") as client:
        response = await client.get("/playground/config.json")
    assert response.json() == {"endpoint": "/graphql", "token": "demo-token", "demo": True}
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize(
    ("peer", "headers", "local"),
    [
        ("127.0.0.1", {"Host": "127.0.0.1:8000"}, True),
        ("127.0.0.1", {"Host": "localhost:8000"}, True),
        ("::1", {"Host": "[::1]:8000"}, True),
        ("127.0.0.1", {"Host": "LOCALHOST"}, True),
        ("192.0.2.7", {"Host": "127.0.0.1:8000"}, False),
        ("127.0.0.1", {"Host": "rebound.example:8000"}, False),
        ("127.0.0.1", {"Host": "localhost.example"}, False),
        ("127.0.0.1", {"Host": "localhost", "X-Forwarded-For": "192.0.2.7"}, False),
        ("127.0.0.1", {"Host": "localhost", "Forwarded": "for=192.0.2.7"}, False),
        ("127.0.0.1", {"Host": "[::1"}, False),
        ("127.0.0.1", {"Host": ""}, False),
    ],
)
async def test_only_this_machine_gets_the_token(
    dist: Path, peer: str, headers: dict[str, str], local: bool
) -> None:
    async with browser(dist, token="demo-token", client=(peer, 50000)) as client:
        response = await client.get("/playground/config.json", headers=headers)
    assert response.json()["token"] == ("demo-token" if local else None)


def test_the_lock_holds_hashes_and_no_addresses() -> None:
    text = (PROJECT / "package-lock.json").read_text()
    packages = json.loads(text)["packages"]
    installed = [entry for path, entry in packages.items() if path]
    assert installed
    assert all("resolved" not in entry for entry in installed)
    assert all(entry["integrity"].startswith("sha512-") for entry in installed)
    hosts = set(re.findall(r"https?://([^/\"]+)", text))
    assert not any("registry" in host or "npm" in host for host in hosts)
    assert "omit-lockfile-registry-resolved=true" in (PROJECT / ".npmrc").read_text()


def test_the_menu_of_examples_names_every_document_once() -> None:
    folder = PROJECT / "src" / "examples"
    areas = json.loads((folder / "examples.json").read_text())
    named = [example["file"] for area in areas for example in area["examples"]]
    assert sorted(named) == sorted(path.name for path in folder.glob("*.graphql"))
