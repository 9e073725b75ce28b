"""Signed tokens: Ed25519 JWTs of our own that name a tenant, a user and a role."""

import os
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from models.tenants import Role
from resolvers.context import Viewer
from resolvers.errors import Code, ParleyError

ALGORITHM = "Ed25519"
ISSUER = "parley"
MAX_TOKEN_LENGTH = 4_096


class Tokens:
    """Issues and checks tokens with a set of keys: the first signs, all are accepted."""

    def __init__(self, keys: KeySet) -> None:
        self._keys = keys
        self._registry = jwt.JWTClaimsRegistry(
            leeway=30,
            iss={"essential": True, "value": ISSUER},
            exp={"essential": True},
            sub={"essential": True},
            tenant={"essential": True},
            role={"essential": True},
        )

    @classmethod
    def from_file(cls, path: Path) -> "Tokens":
        """The keys in a JWK set file, which is made when there is none."""
        if not path.exists():
            _write_new(path)
        return cls(KeySet.import_key_set(orjson.loads(path.read_bytes())))

    def issue(self, viewer: Viewer, now: datetime, lifetime: timedelta) -> str:
        """A token for a viewer that is good from `now` for `lifetime`."""
        key = self._keys.keys[0]
        claims = {
            "iss": ISSUER,
            "sub": str(viewer.user_id),
            "tenant": str(viewer.tenant_id),
            "role": viewer.role.value,
            "iat": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
        }
        return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, claims, key, algorithms=[ALGORITHM])

    def check(self, authorization: str | None) -> Viewer:
        """The viewer that an `Authorization` value names. Raises UNAUTHENTICATED."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise unauthenticated("Sign in: send the header Authorization: Bearer <token>.")
        if len(token) > MAX_TOKEN_LENGTH:
            raise unauthenticated("The token is longer than any of ours.")
        try:
            claims = jwt.decode(token, self._keys, algorithms=[ALGORITHM]).claims
            self._registry.validate(claims)
            return Viewer(
                tenant_id=UUID(claims["tenant"]),
                user_id=UUID(claims["sub"]),
                role=Role(claims["role"]),
                expires_at=datetime.fromtimestamp(claims["exp"]).astimezone(),
            )
        except (JoseError, ValueError, TypeError, KeyError):
            raise unauthenticated(
                "The token is not valid, or not any more; get a new one."
            ) from None


def unauthenticated(message: str) -> ParleyError:
    """The error of a request whose sender is not known."""
    return ParleyError(Code.UNAUTHENTICATED, message)


def _write_new(path: Path) -> None:
    """Make a key; of processes that start at once, one's key is kept."""
    key = OKPKey.generate_key("Ed25519", {"kid": secrets.token_hex(8), "use": "sig"})
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(orjson.dumps({"keys": [key.as_dict(private=True)]}))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
