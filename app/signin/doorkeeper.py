"""What may run for whom: strangers may only sign in, and read-only keys change nothing."""

from graphql import OperationType

from app.graphql.documents import Prepared
from app.graphql.errors import Refused
from app.signin.credentials import MISSING
from resolvers.context import Stranger, Viewer
from resolvers.errors import Code

# The root fields that answer who has not signed in. docs/permissions.md has them as STRANGER.
OPEN_FIELDS = frozenset({"refreshSession", "acceptInvitation", "walletChallenge", "walletSignIn"})
CHALLENGE = {"WWW-Authenticate": "Bearer"}


def check_operation(prepared: Prepared, asker: Viewer | Stranger) -> None:
    """Raise `Refused` unless whoever asks may run an operation of this kind at all."""
    if isinstance(asker, Stranger):
        fields = prepared.root_fields
        # One at a time: aliases must not multiply guesses.
        if len(fields) != 1 or not OPEN_FIELDS.issuperset(fields):
            raise Refused(Code.UNAUTHENTICATED, MISSING, headers=CHALLENGE)
    elif asker.read_only and prepared.kind is OperationType.MUTATION:
        raise Refused(Code.FORBIDDEN, "This API key is for reading only.", status=403)
