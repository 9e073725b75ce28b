"""A house for each test of the gateways that write into conversations."""

from tests.dispatch.conftest import house

__all__ = ["house"]
