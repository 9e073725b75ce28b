"""Random operations, each met by many random worlds, with the outcome of graphql-core.

The worlds are moderate: where most fields of an operation are awaited and a third of them fail,
the two can differ in which errors they list below a place that has become null; see
docs/decisions/execution-awaiting.md. `test_chaos` holds what is true even there.
"""

import gc
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from tests.execution.chaos import assert_same_but_for_hidden_errors
from tests.execution.corners import ASYNC, CHAOS, SCHEMA, SYNC, World
from tests.execution.differential import Both
from tests.execution.operations import make_operation

DOCUMENTS = 10
WORLDS = 10

# graphql-core leaves coroutines un-awaited where it cancels a task before its first step.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left() -> Iterator[None]:
    """Such coroutines are met here, and not by whichever test comes when they are collected."""
    yield
    gc.collect()


@pytest.mark.parametrize("batch", range(7))
async def test_worlds_that_answer_at_once(batch: int) -> None:
    await _compare(batch, SYNC)


@pytest.mark.parametrize("batch", range(10, 21))
async def test_worlds_that_are_awaited(batch: int) -> None:
    await _compare(batch, ASYNC)


@pytest.mark.parametrize("batch", range(30, 33))
async def test_chaos(batch: int) -> None:
    for both, dice, variables in _operations(batch):
        for _ in range(WORLDS):
            world = World(dice.randrange(10**9), CHAOS, trouble=dice.choice([0.5, 0.8, 0.95]))
            await assert_same_but_for_hidden_errors(
                both, context_value=world, variable_values=variables
            )


async def _compare(batch: int, behaviours: tuple[str, ...]) -> None:
    for both, dice, variables in _operations(batch):
        for _ in range(WORLDS):
            trouble = dice.choice([0, 0.05, 0.2, 0.5])
            world = World(dice.randrange(10**9), behaviours, trouble)
            await both.assert_same(context_value=world, variable_values=variables)


def _operations(batch: int) -> Iterator[tuple[Both, Random, dict[str, Any]]]:
    for number in range(DOCUMENTS):
        dice = Random(f"{batch} {number}")
        document, variables = make_operation(SCHEMA, dice, mutation=number % 5 == 0)
        yield Both(SCHEMA, document), dice, variables
