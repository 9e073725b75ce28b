"""Two tenants: whatever one asks with the other's ids, it learns nothing and changes nothing.

Every root field is driven with ids of the other tenant, by its owner, who may do everything at
home. Then again with the scope of every select removed, so that row-level security stands alone.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import asyncpg
import orjson
import pytest
from graphql import GraphQLSchema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import true

from app.graphql.request import OperationRequest
from resolvers.context import Context, Services
from schema.build import graphql_schema
from schema.ids import IdType, decode_any_id, encode_id
from tests.schema.exercise import Exercise, Field, codes_of, rows_of, user_codes_of
from tests.schema.listening import results_of
from tests.schema.world import World, context_of, make_world, with_sign_in

FIELDS = Exercise(graphql_schema()).fields()
WITH_IDS = [wanted for wanted in FIELDS if Exercise(graphql_schema()).takes_ids(wanted)]
QUERIES = [wanted for wanted in FIELDS if wanted.kind == "Query"]
SCOPES = ("visible_conversations", "visible_messages")
# What would tell that the thing exists.
HINTS = {"FORBIDDEN", "NOT_YOURS", "ALREADY_DONE", "CONFLICT", "LAST_OWNER", "INTERNAL"}

property_test = settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="session")
def exercise(schema: GraphQLSchema) -> Exercise:
    return Exercise(schema)


@pytest.fixture(scope="session")
def able(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Services:
    return with_sign_in(services, tmp_path_factory.mktemp("keys") / "keys.json")


@pytest.fixture(scope="module")
async def worlds(
    owner: "asyncpg.Pool[asyncpg.Record]", able: Services, exercise: Exercise
) -> tuple[World, World]:
    """Who asks, and whose things are asked for."""
    return await make_world(owner, able, exercise), await make_world(owner, able, exercise)


@pytest.fixture
def unscoped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Selects that ask for everything there is."""
    for name, module in tuple(sys.modules.items()):
        if name.startswith("resolvers"):
            for scope in SCOPES:
                if hasattr(module, scope):
                    monkeypatch.setattr(module, scope, lambda *_: true())


@pytest.fixture
async def untouched(
    worlds: tuple[World, World], owner: "asyncpg.Pool[asyncpg.Record]"
) -> AsyncIterator[None]:
    """The other tenant's rows are afterwards what they were before."""
    _, theirs = worlds
    before = await rows_of(owner, theirs.tenant_id)
    assert sum(len(rows) for rows in before.values()) > 10
    yield
    assert await rows_of(owner, theirs.tenant_id) == before


async def ask(
    wanted: Field, mine: World, able: Services, exercise: Exercise, variables: dict[str, Any]
) -> list[dict[str, Any]]:
    """All results of asking the field as the owner of one's own tenant."""
    document = exercise.document(wanted)
    if wanted.kind != "Subscription":
        return [await exercise.run(document, mine.owner, able, variables)]
    prepared = exercise.service.prepare(OperationRequest(document))

    def context() -> Context:
        return Context.of(mine.owner, able)

    outcome = await exercise.service.run(prepared, variables, context)
    if isinstance(outcome, dict):
        return [outcome]
    async with aclosing(results_of(outcome, exercise.service, context)) as results:
        return [await anext(results)]


def check(results: list[dict[str, Any]], theirs: World) -> set[str]:
    """The codes of the results, which have nothing of the others' and no hint that it is there."""
    codes: set[str] = set()
    for result in results:
        text = orjson.dumps(result, default=str).decode()
        assert theirs.mark not in text, text
        for keys in theirs.ids.values():
            assert not any(f'"{key}"' in text for key in keys), text
        codes |= codes_of(result) | user_codes_of(result.get("data"))
    assert not codes & HINTS, results
    return codes


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("wanted", WITH_IDS, ids=str)
@property_test
@given(data=st.data())
async def test_others_ids_name_nothing(
    wanted: Field,
    worlds: tuple[World, World],
    able: Services,
    exercise: Exercise,
    data: st.DataObject,
) -> None:
    mine, theirs = worlds
    variables = exercise.variables(wanted, lambda kind: draw(data, kind, theirs), every=True)
    codes = check(await ask(wanted, mine, able, exercise, variables), theirs)
    filters = [name for name in variables if name == "filter"]
    # A filter by what is not there finds nothing; everything else says so.
    assert filters or "NOT_FOUND" in codes, variables


@pytest.mark.usefixtures("untouched", "unscoped")
@pytest.mark.parametrize("wanted", WITH_IDS, ids=str)
@property_test
@given(data=st.data())
async def test_others_ids_name_nothing_without_the_scope(
    wanted: Field,
    worlds: tuple[World, World],
    able: Services,
    exercise: Exercise,
    data: st.DataObject,
) -> None:
    mine, theirs = worlds
    variables = exercise.variables(wanted, lambda kind: draw(data, kind, theirs), every=True)
    check(await ask(wanted, mine, able, exercise, variables), theirs)


@pytest.mark.usefixtures("unscoped")
@pytest.mark.parametrize("wanted", QUERIES, ids=str)
async def test_lists_have_nothing_of_others_without_the_scope(
    wanted: Field, worlds: tuple[World, World], able: Services, exercise: Exercise
) -> None:
    mine, theirs = worlds
    variables = exercise.variables(wanted, mine.one)
    check(await ask(wanted, mine, able, exercise, variables), theirs)


@pytest.mark.parametrize("wanted", QUERIES, ids=str)
async def test_who_claims_to_be_of_the_other_tenant_reads_nothing_of_it(
    wanted: Field, worlds: tuple[World, World], able: Services, exercise: Exercise
) -> None:
    """Resolvers that are wrong about the tenant altogether: only the connection knows better."""
    mine, theirs = worlds
    prepared = exercise.service.prepare(OperationRequest(exercise.document(wanted)))
    context = context_of(theirs.owner, able, mine.tenant_id)
    variables = exercise.variables(wanted, theirs.one)
    result = await exercise.service.execute(prepared, context, variables)
    text = orjson.dumps(result, default=str).decode()
    assert theirs.mark not in text, text


def draw(data: st.DataObject, kind: IdType, theirs: World) -> str:
    """One of their ids of this type, or one of another of their things dressed up as it."""
    known = theirs.ids.get(kind) or [
        _dressed(key, kind) for keys in theirs.ids.values() for key in keys
    ]
    return data.draw(st.sampled_from(known), label=kind.name)


def _dressed(key: str, kind: IdType) -> str:
    return encode_id(kind, decode_any_id(key)[1])
