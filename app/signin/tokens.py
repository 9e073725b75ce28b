"""Signed tokens: Ed25519 JWTs of our own (RFC 7519, RFC 8037) that name a tenant and a user.

They name no role: what a user may do is asked of the database, so that it can change at once.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError

from app.signin.credentials import Credential, unauthenticated
from app.signin.key_file import KeyFile
from realtime.revocation import Holder
from resolvers.context import Viewer

ALGORITHM = "Ed25519"
ISSUER = "parley"
AUDIENCE = "parley"
# Clocks of machines that share the keys may differ by so many seconds.
LEEWAY = 30


class Tokens:
    """Issues tokens with the keys of a file, and checks them."""

    def __init__(self, keys: KeyFile) -> None:
        self._keys = keys
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": AUDIENCE},
            iat={"essential": True},
            exp={"essential": True},
            sub={"essential": True},
            tenant={"essential": True},
        )

    @classmethod
    def from_file(cls, path: Path) -> "Tokens":
        """The keys in a JWK set file, which is made when there is none. Raises KeyFileError."""
        return cls(KeyFile(path))

    def issue(self, viewer: Viewer, now: datetime, lifetime: timedelta) -> str:
        """A token for a viewer that is good from `now` for `lifetime`."""
        return self.issue_to(viewer.holder, now, lifetime)

    def issue_to(self, holder: Holder, now: datetime, lifetime: timedelta) -> str:
        """A token for the holder of a session, or of no session."""
        key = self._keys.signer
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(holder.user_id),
            "tenant": str(holder.tenant_id),
            "iat": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
        }
        if holder.session_id is not None:
            claims["sid"] = str(holder.session_id)
        return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, claims, key, algorithms=[ALGORITHM])

    def check(self, token: str, key_id: object) -> Credential:
        """The credential that a token is. Raises UNAUTHENTICATED. `key_id`: its header's `kid`."""
        if not self._keys.knows(key_id):
            raise unauthenticated()
        try:
            claims = jwt.decode(token, self._keys.keys, algorithms=[ALGORITHM]).claims
            self._claims.validate(claims)
            session = claims.get("sid")
            return Credential(
                Holder(
                    tenant_id=UUID(claims["tenant"]),
                    user_id=UUID(claims["sub"]),
                    session_id=None if session is None else UUID(session),
                ),
                expires_at=datetime.fromtimestamp(claims["exp"], UTC),
            )
        # The last is for headers that nest deeper than the decoder can follow.
        except (JoseError, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
            raise unauthenticated() from None
