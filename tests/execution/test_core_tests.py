"""graphql-core's own tests of execution, run through compiled code."""

import re
from pathlib import Path

from tests.core_sources import pass_core_tests

PLUGIN = Path(__file__).parent / "core" / "through_compiled.py"
# They want a result of `subscribe` that need not be awaited: ours always is a coroutine.
ALWAYS_AWAITED = (
    "throws_an_error_if_subscribe_does_not_return_an_iterator",
    "resolves_to_an_error_for_subscription_resolver_errors",
)


def test_compiled_code_passes_the_tests_of_graphql_core(core_sources: Path) -> None:
    printed = pass_core_tests(
        core_sources,
        PLUGIN,
        "tests/execution",
        # Deferred and streamed parts are graphql-core's to deliver.
        "--ignore=tests/execution/incremental",
        "-k",
        " and ".join(f"not {name}" for name in ALWAYS_AWAITED),
    )
    compiled = re.search(r"^ *(\d+) compiled$", printed, re.MULTILINE)
    # Else it was graphql-core that passed its own tests.
    assert compiled
    assert int(compiled[1]) > 300, printed[-2000:]
