"""`extensions.explain`, as clients ask for it."""

from typing import Any

from models.tenants import Role
from tests.app.metering.conftest import Open
from tests.app.signin.desk import Desk

QUERY = """query ($n: Int) {
  conversations(first: $n) { nodes { id participants { nodes { name } } } }
}"""
CREATE = """mutation {
  createConversation(input: {title: "Secret plan"}) { userErrors { code } }
}"""


async def _ask(desk: Desk, credential: str, *, header: bool = False) -> dict[str, Any]:
    body: dict[str, Any] = {"query": QUERY, "variables": {"n": 3}}
    headers = {"authorization": f"Bearer {credential}"}
    if header:
        headers["Parley-Explain"] = "true"
    else:
        body["extensions"] = {"explain": True}
    result: dict[str, Any] = (await desk.http.post("/graphql", json=body, headers=headers)).json()
    assert result["data"]["conversations"]["nodes"] != []
    return result


async def test_administrators_are_told_how_an_operation_ran(open_desk: Open) -> None:
    async with open_desk() as desk:
        credential = desk.token(await desk.make_user(await desk.make_tenant(), Role.ADMIN))
        await desk.data(CREATE, credential)
        first, second, third = [
            (await _ask(desk, credential, header=header))["extensions"]
            for header in (False, False, True)
        ]

    explained = first["explain"]
    assert explained["cost"] == first["cost"]["requested"]
    assert (explained["execution"], explained["reason"]) == ("graphql-core", "not compiled yet")
    assert (explained["documentCached"], explained["credentialCached"]) == (False, True)
    # A document is compiled and kept when it comes for the second time.
    for extensions, cached in ((second, False), (third, True)):
        explained = extensions["explain"]
        assert (explained["execution"], explained["reason"]) == ("compiled", None)
        assert explained["documentCached"] is cached
        # The list brings its participants with it.
        assert explained["batches"] == [{"loader": "listed_conversations", "keys": 1}]
        assert explained["statementCount"] == 1
        (listed,) = explained["statements"]
        assert "FROM conversations" in listed["sql"]
        assert "LIMIT $" in listed["sql"]
        assert listed["rows"] == 1
        assert listed["milliseconds"] >= 0


async def test_others_are_refused_the_explanation_and_get_their_data(open_desk: Open) -> None:
    async with open_desk() as desk:
        credential = desk.token(await desk.make_user(await desk.make_tenant()))
        await desk.data(CREATE, credential)
        refused = (await _ask(desk, credential))["extensions"]["explain"]
        unasked = (await desk.post(QUERY, credential, n=3)).json()["extensions"]

    assert refused["code"] == "FORBIDDEN"
    assert set(refused) == {"code", "message"}
    assert set(unasked) == {"cost"}


async def test_in_development_everybody_is_told(open_desk: Open) -> None:
    async with open_desk(demo=True) as desk:
        credential = desk.token(await desk.make_user(await desk.make_tenant()))
        await desk.data(CREATE, credential)
        explained = (await _ask(desk, credential))["extensions"]["explain"]

    assert explained["statementCount"] == 2


async def test_who_has_no_credential_is_told_of_none(open_desk: Open) -> None:
    query = 'mutation { refreshSession(input: {refreshToken: "x"}) { userErrors { code } } }'
    async with open_desk(demo=True) as desk:
        body = {"query": query, "extensions": {"explain": True}}
        answer = (await desk.http.post("/graphql", json=body)).json()

    assert answer["extensions"]["explain"]["credentialCached"] is None


async def test_metrics_count_documents_and_executions(open_desk: Open) -> None:
    async with open_desk() as desk:
        credential = desk.token(await desk.make_user(await desk.make_tenant()))
        for _ in range(3):
            await desk.data("{ viewer { id } }", credential)
        shown = (await desk.http.get("/metrics")).text.splitlines()

    assert 'parley_core_executions_total{reason="first sight"} 1.0' in shown
    assert "parley_operations_compiled_total 1.0" in shown
    assert "parley_compiled_executions_total 2.0" in shown
    assert "parley_document_hits_total 1.0" in shown
    assert "parley_document_misses_total 2.0" in shown
