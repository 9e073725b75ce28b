"""What the tests of identity share."""

import pytest

from tests.resolvers.identity.purse import Purse


@pytest.fixture
def purse() -> Purse:
    """A fresh wallet."""
    return Purse()
