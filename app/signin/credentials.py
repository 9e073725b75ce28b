"""What a credential says of itself, once it was verified, and the refusals of all of them."""

from dataclasses import dataclass
from datetime import datetime

from models.tenants import Role
from realtime.revocation import Holder
from resolvers.errors import Code, ParleyError

MAX_CREDENTIAL_LENGTH = 4_096
MISSING = "Sign in: send the header Authorization: Bearer <token>."
INVALID = "The token is not valid, or not any more; get a new one."


@dataclass(frozen=True, slots=True)
class Credential:
    """Whose it is, until when it is good, and what it allows at most (None: all of the user's)."""

    holder: Holder
    expires_at: datetime | None = None
    most: Role | None = None
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What the holder of a credential is now, as the database says."""

    role: Role
    suspended: bool = False
    removed: bool = False
    ended: bool = False


def bearer(authorization: str | None) -> str:
    """The credential in an `Authorization` value. Raises UNAUTHENTICATED."""
    scheme, _, credential = (authorization or "").partition(" ")
    credential = credential.strip()
    if scheme.lower() != "bearer" or not credential:
        raise unauthenticated(MISSING)
    if len(credential) > MAX_CREDENTIAL_LENGTH:
        raise unauthenticated(INVALID)
    return credential


def unauthenticated(message: str = INVALID) -> ParleyError:
    """The error of a request whose sender is not known; it says no more of what is wrong."""
    return ParleyError(Code.UNAUTHENTICATED, message)
