"""How a request asks what its answer took; the application knows whom it may tell."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from app.graphql.call import Call
from app.graphql.documents import Prepared
from app.graphql.incremental import Result
from app.graphql.request import OperationRequest

ViewerT_contra = TypeVar("ViewerT_contra", contravariant=True)

HEADER = b"parley-explain"


class Explainer(Protocol[ViewerT_contra]):
    """Answers an operation, with `extensions.explain` in its result."""

    async def __call__(
        self,
        viewer: ViewerT_contra,
        prepared: Prepared,
        answer: Callable[[], Awaitable[Result]],
    ) -> Result:
        """The result of `answer`, explained, or with the reason why it is not."""
        ...


def wants_explanation(call: Call, asked: OperationRequest) -> bool:
    """Whether the header `Parley-Explain: true` or the request's `extensions.explain` is there."""
    if asked.extensions is not None and asked.extensions.get("explain") is True:
        return True
    return call.headers.get(HEADER, b"").lower() == b"true"
