"""graphql-core's own tests of validation, run through our way of validating."""

import re
from pathlib import Path

from tests.core_sources import pass_core_tests

PLUGIN = Path(__file__).parent / "core" / "through_validator.py"
LEFT_OUT = (
    # They look at a rule without methods: ours makes a rule when there is something to ask it.
    "does_not_keep",
    # They take seconds, and are about what rules do, not about how they are led through a document.
    "complexity_budget",
    "too_deeply_nested_fragments",
)


def test_the_validator_passes_the_tests_of_graphql_core(core_sources: Path) -> None:
    wanted = " and ".join(f"not {name}" for name in LEFT_OUT)
    printed = pass_core_tests(core_sources, PLUGIN, "tests/validation", "-k", wanted)
    validated = re.search(r"^(\d+) validated$", printed, re.MULTILINE)
    # Else it was graphql-core that passed its own tests.
    assert validated
    assert int(validated[1]) > 850, printed[-2000:]
