"""What a client asks for, in the one shape that all transports share."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from app.graphql.errors import BadRequest, TransportCode


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
        return cls(
            query=_parameter(value, "query", str, "a string"),
            operation_name=_parameter(value, "operationName", str, "a string"),
            variables=_parameter(value, "variables", dict, "an object"),
            extensions=_parameter(value, "extensions", dict, "an object"),
        )


def _parameter(value: dict[str, Any], name: str, kind: type, kind_name: str) -> Any:
    parameter = value.get(name)
    if parameter is None or isinstance(parameter, kind):
        return parameter
    raise BadRequest(TransportCode.BAD_REQUEST, f"{name} must be {kind_name}.")
