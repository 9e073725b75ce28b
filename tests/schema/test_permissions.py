"""Every root field, asked by every role and by a stranger, answers as docs/permissions.md says."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from graphql import GraphQLSchema

from app.graphql.errors import Refused
from app.graphql.request import OperationRequest
from app.signin.doorkeeper import OPEN_FIELDS
from models.tenants import Role
from resolvers.context import Context, Services, Stranger, Viewer
from schema.build import graphql_schema
from tests.schema.exercise import Exercise, Field, codes_of
from tests.schema.listening import results_of
from tests.schema.world import World, make_world, with_sign_in

PAGE = Path(__file__).parent.parent.parent / "docs" / "permissions.md"
ASKERS = ["STRANGER", *(role.value for role in reversed(Role))]
FIELDS = Exercise(graphql_schema()).fields()
# Seconds until silence means yes: a no that is expected may take its time.
PATIENCE = {True: 0.2, False: 60.0}


def matrix() -> dict[str, dict[str, bool]]:
    """Who may ask what: the page's table."""
    rows: dict[str, dict[str, bool]] = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            rows[cells[0].strip("`")] = {
                asker: cell == "yes" for asker, cell in zip(ASKERS, cells[1:], strict=True)
            }
    return rows


@pytest.fixture(scope="session")
def exercise(schema: GraphQLSchema) -> Exercise:
    return Exercise(schema)


@pytest.fixture(scope="session")
def able(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Services:
    """Services that can sign in."""
    return with_sign_in(services, tmp_path_factory.mktemp("keys") / "keys.json")


@pytest.fixture
async def world(
    owner: "asyncpg.Pool[asyncpg.Record]", able: Services, exercise: Exercise
) -> AsyncIterator[World]:
    yield await make_world(owner, able, exercise)


def test_every_field_has_a_row_and_every_row_a_field() -> None:
    assert sorted(matrix()) == sorted(str(wanted) for wanted in FIELDS)


def test_strangers_may_ask_what_the_doorkeeper_lets_through() -> None:
    allowed = {name for name, row in matrix().items() if row["STRANGER"]}
    assert allowed == {f"Mutation.{name}" for name in OPEN_FIELDS}


@pytest.mark.parametrize("wanted", FIELDS, ids=str)
async def test_field_answers_those_who_may_ask(
    wanted: Field, world: World, able: Services, exercise: Exercise
) -> None:
    allowed, expected = {}, matrix()[str(wanted)]
    for asker in ASKERS:
        who = Stranger() if asker == "STRANGER" else world.viewers[Role(asker)]
        patience = PATIENCE[expected[asker]]
        allowed[asker] = await may(wanted, who, world, able, exercise, patience=patience)
    assert allowed == expected


async def may(
    wanted: Field,
    who: Viewer | Stranger,
    world: World,
    services: Services,
    exercise: Exercise,
    *,
    patience: float,
) -> bool:
    """Whether the field answers, be it with an error of another kind."""
    document = exercise.document(wanted, depth=0)
    variables = exercise.variables(wanted, world.one)
    try:
        if wanted.kind == "Subscription":
            return await may_subscribe(
                document, variables, who, services, exercise, patience=patience
            )
        result = await exercise.run(document, who, services, variables)
    except Refused:
        return False
    assert "INTERNAL" not in codes_of(result), result
    return "FORBIDDEN" not in codes_of(result)


async def may_subscribe(
    document: str,
    variables: dict[str, object],
    who: Viewer | Stranger,
    services: Services,
    exercise: Exercise,
    *,
    patience: float,
) -> bool:
    prepared = exercise.service.prepare(OperationRequest(document))

    def context() -> Context:
        return Context.of(who, services)

    outcome = await exercise.service.run(prepared, variables, context)
    if isinstance(outcome, dict):
        return not codes_of(outcome) & {"UNAUTHENTICATED", "FORBIDDEN"}
    results = results_of(outcome, exercise.service, context)
    first = asyncio.ensure_future(anext(results))
    done, _ = await asyncio.wait([first], timeout=patience)
    if done:
        return "FORBIDDEN" not in codes_of(first.result())
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await results.aclose()
    return True


def test_document_asks_for_all_there_is(exercise: Exercise) -> None:
    document = exercise.document(Field("Query", "conversation"))
    assert "query ( $id: ID!)" in document
    assert "Message_body: body" in document
