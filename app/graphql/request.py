"""What a client asks for, in the one shape that all transports share."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from app.graphql.errors import BadRequest, TransportCode

PARAMETERS = (
    ("query", str, "a string"),
    ("operationName", str, "a string"),
    ("variables", dict, "an object"),
    ("extensions", dict, "an object"),
)
NAMES = [name for name, _, _ in PARAMETERS]


class OperationRequest(NamedTuple):
    """The parameters of a GraphQL request, as the GraphQL-over-HTTP specification names them."""

    query: str | None
    operation_name: str | None = None
    variables: Mapping[str, Any] | None = None
    extensions: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, value: object) -> "OperationRequest":
        """Read decoded JSON; raises `BadRequest` where a parameter has the wrong type."""
        if isinstance(value, list):
            raise BadRequest(
                TransportCode.BATCHING_UNSUPPORTED, "Send one operation a request, not a list."
            )
        if not isinstance(value, dict):
            raise BadRequest(TransportCode.BAD_REQUEST, "A request is a JSON object.")
        for name, kind, kind_name in PARAMETERS:
            parameter = value.get(name)
            if parameter is not None and not isinstance(parameter, kind):
                raise BadRequest(TransportCode.BAD_REQUEST, f"{name} must be {kind_name}.")
        return cls(*map(value.get, NAMES))
