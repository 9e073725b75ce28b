"""Documents by their hash: automatically persisted, and trusted ones."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.documents import read_manifest
from app.graphql import shelf
from app.installation import SetupError
from models.ids import new_id
from tests.app.metering.conftest import Open
from tests.app.signin.desk import Desk

VIEWER = "query %s { viewer { user { id } } }"


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may keep Redis from answering in time, and nothing would be shared then."""
    monkeypatch.setattr(shelf, "WAIT_SECONDS", 60.0)


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests persist documents in the same Redis, which would drop those of this one."""
    mark = new_id().hex
    monkeypatch.setattr(shelf, "PREFIX", f"{mark}:document:")
    monkeypatch.setattr(shelf, "INDEX", f"{mark}:documents")


def extensions(text: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": sha256(text.encode()).hexdigest()}}


async def ask(desk: Desk, **body: Any) -> httpx.Response:
    credential = desk.token(await desk.make_user(await desk.make_tenant()))
    headers = {"authorization": f"Bearer {credential}"}
    return await desk.http.post("/graphql", json=body, headers=headers)


async def code(desk: Desk, **body: Any) -> str:
    (error,) = (await ask(desk, **body)).json()["errors"]
    return str(error["extensions"]["code"])


async def test_a_document_is_sent_once(open_desk: Open) -> None:
    text = VIEWER % "SentOnce"
    async with open_desk() as first, open_desk() as second:
        assert await code(first, extensions=extensions(text)) == "PERSISTED_QUERY_NOT_FOUND"
        sent = await ask(first, query=text, extensions=extensions(text))
        here = await ask(first, extensions=extensions(text))
        there = await ask(second, extensions=extensions(text))

    assert all("data" in answer.json() for answer in (sent, here, there))


async def test_a_document_is_got_by_its_hash(open_desk: Open) -> None:
    text = VIEWER % "ByGet"
    async with open_desk() as desk:
        await ask(desk, query=text, extensions=extensions(text))
        credential = desk.token(await desk.make_user(await desk.make_tenant()))
        response = await desk.http.get(
            "/graphql",
            params={"extensions": json.dumps(extensions(text))},
            headers={"authorization": f"Bearer {credential}", "accept": "application/json"},
        )

    assert "data" in response.json()


async def test_only_valid_documents_under_their_own_hash_are_kept(open_desk: Open) -> None:
    invalid, text = "{ nothing_like_it_123 }", VIEWER % "Mismatch"
    async with open_desk() as desk:
        await ask(desk, query=invalid, extensions=extensions(invalid))
        kept = await code(desk, extensions=extensions(invalid))
        mismatch = await code(desk, query=text, extensions=extensions("{ other }"))
        strange = await code(desk, extensions={"persistedQuery": {"version": 1}})

    assert kept == "PERSISTED_QUERY_NOT_FOUND"
    assert mismatch == "PERSISTED_QUERY_MISMATCH"
    assert strange == "BAD_REQUEST"


async def test_the_oldest_documents_are_dropped(open_desk: Open) -> None:
    texts = [VIEWER % f"Oldest{number}" for number in range(4)]
    async with open_desk(max_persisted_queries=2) as desk, open_desk() as other:
        for text in texts:
            await ask(desk, query=text, extensions=extensions(text))
        answers = [(await ask(other, extensions=extensions(text))).json() for text in texts]

    assert sum("data" in answer for answer in answers) == 2


async def test_documents_are_persisted_in_memory_without_redis(open_desk: Open) -> None:
    text = VIEWER % "InMemory"
    async with open_desk(redis="redis://127.0.0.1:1") as desk:
        await ask(desk, query=text, extensions=extensions(text))
        answer = await ask(desk, extensions=extensions(text))

    assert "data" in answer.json()


async def test_a_document_with_a_hash_is_kept_at_once(open_desk: Open) -> None:
    text = VIEWER % "KeptAtOnce"
    async with open_desk() as desk:
        await ask(desk, query=text, extensions=extensions(text))
        await ask(desk, extensions=extensions(text))
        shown = (await desk.http.get("/metrics")).text.splitlines()

    assert "parley_document_misses_total 1.0" in shown
    assert "parley_document_hits_total 1.0" in shown


async def test_persisting_can_be_turned_off(open_desk: Open) -> None:
    text = VIEWER % "Off"
    async with open_desk(persisted_queries=False) as desk:
        assert "data" in (await ask(desk, query=text, extensions=extensions(text))).json()
        assert await code(desk, extensions=extensions(text)) == "PERSISTED_QUERY_NOT_SUPPORTED"


async def test_only_trusted_documents_run(open_desk: Open, tmp_path: Path) -> None:
    text = VIEWER % "Trusted"
    manifest = tmp_path / "documents.json"
    manifest.write_text(json.dumps({sha256(text.encode()).hexdigest(): text}))
    async with open_desk(trusted_documents=manifest) as desk:
        by_hash = await ask(desk, extensions=extensions(text))
        in_full = await ask(desk, query=text)
        other = await code(desk, query=VIEWER % "Other")
        disguised = await ask(desk, query=VIEWER % "Other", extensions=extensions(text))
        shown = (await desk.http.get("/metrics")).text.splitlines()

    assert "data" in by_hash.json()
    assert "data" in in_full.json()
    assert "parley_document_hits_total 3.0" in shown
    # They are compiled before they come.
    assert "parley_operations_compiled_total 1.0" in shown
    assert "parley_compiled_executions_total 3.0" in shown
    assert other == "DOCUMENT_NOT_TRUSTED"
    assert disguised.json()["data"].keys() == {"viewer"}


@pytest.mark.parametrize("content", ["", "[]", '{"x": 1}', '{"x": "{ viewer { id } }"}'])
def test_bad_manifests_are_refused_at_the_start(tmp_path: Path, content: str) -> None:
    manifest = tmp_path / "documents.json"
    manifest.write_text(content)

    with pytest.raises(SetupError, match="PARLEY_TRUSTED_DOCUMENTS"):
        read_manifest(manifest)


def test_a_missing_manifest_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="PARLEY_TRUSTED_DOCUMENTS"):
        read_manifest(tmp_path / "none.json")
