"""What may run for whom: strangers may only sign in, and read-only keys change nothing."""

from collections.abc import Callable

from graphql import OperationType

from app.graphql.documents import Prepared
from app.graphql.errors import Refused
from app.graphql.executor import Variables
from app.graphql.incremental import Result
from app.graphql.service import GraphQLService, Outcome
from app.signin.credentials import MISSING
from resolvers.context import Context, Stranger
from resolvers.errors import Code

# The root fields that answer who has not signed in. docs/permissions.md has them as STRANGER.
OPEN_FIELDS = frozenset({"refreshSession", "acceptInvitation", "walletChallenge", "walletSignIn"})
CHALLENGE = {"WWW-Authenticate": "Bearer"}


class Doorkeeper(GraphQLService):
    """The service, behind a look at who asks. Contexts are `resolvers.context.Context`."""

    async def execute(
        self, prepared: Prepared, context: object, variables: Variables | None
    ) -> Result:
        """Raises `Refused` for a stranger's or a read-only key's operation that is not theirs."""
        check_operation(prepared, context)
        return await super().execute(prepared, context, variables)

    async def run(
        self,
        prepared: Prepared,
        variables: Variables | None,
        context_for: Callable[[], object],
    ) -> Outcome:
        """Raises `Refused` like `execute`."""
        check_operation(prepared, context_for())
        return await super().run(prepared, variables, context_for)


def check_operation(prepared: Prepared, context: object) -> None:
    """Raise `Refused` unless whoever asks may run an operation of this kind at all."""
    assert isinstance(context, Context), "the application's doors give these"
    asker = context.asker
    if isinstance(asker, Stranger):
        fields = prepared.root_fields
        # One at a time: aliases must not multiply guesses.
        if len(fields) != 1 or not OPEN_FIELDS.issuperset(fields):
            raise Refused(Code.UNAUTHENTICATED, MISSING, headers=CHALLENGE)
    elif asker.read_only and prepared.kind is OperationType.MUTATION:
        raise Refused(Code.FORBIDDEN, "This API key is for reading only.", status=403)
