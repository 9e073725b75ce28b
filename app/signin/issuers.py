"""Tokens of outside issuers: JWTs that are verified with the keys that the issuer publishes.

Only asymmetric algorithms are accepted, whatever a token says of itself: with `none`, or with a
public key used as the secret of an HMAC, anybody could sign (RFC 8725, sections 2.1 and 3.1).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.signin.credentials import unauthenticated
from app.signin.key_sets import PublishedKeys
from models.base import now
from models.tenants import Role

ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
MAX_NAME_LENGTH = 200
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class IssuerSettings(BaseModel):
    """One issuer, and how its claims name our tenants, users and roles."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str = Field(min_length=1)
    audience: str = Field(min_length=1)
    jwks_url: str
    # The tenant's slug: the same for all tokens, or the value of a claim.
    tenant: str | None = None
    tenant_claim: str = "tenant"
    # The user's handle.
    user_claim: str = "sub"
    # The claim (text, or a list of texts) that bounds the user's role, and what its values mean.
    role_claim: str | None = None
    roles: dict[str, Role] = Field(default_factory=dict)
    leeway: int = Field(default=60, ge=0, le=300)

    @field_validator("jwks_url")
    @classmethod
    def _encrypted_or_local(cls, value: str) -> str:
        """Keys that came over plain HTTP could be anybody's."""
        parts = urlsplit(value)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise ValueError("jwks_url must begin with https://")
        return value


@dataclass(frozen=True, slots=True)
class OutsideIdentity:
    """Whom an outside token names. `most` bounds the role that the user has here."""

    tenant_slug: str
    handle: str
    expires_at: datetime
    most: Role | None


class OutsideIssuers:
    """The issuers that are trusted, each with its keys."""

    def __init__(
        self,
        settings: Sequence[IssuerSettings],
        client: httpx.AsyncClient,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._issuers = {
            one.issuer: _Issuer(one, PublishedKeys(one.jwks_url, client), clock) for one in settings
        }

    async def check(
        self, token: str, header: dict[str, Any], claims: dict[str, Any]
    ) -> OutsideIdentity:
        """Whom the token names, if its issuer signed it. Raises UNAUTHENTICATED.

        `header` and `claims` are the token's own, not verified yet.
        """
        name = claims.get("iss")
        issuer = self._issuers.get(name) if isinstance(name, str) else None
        if issuer is None:
            raise unauthenticated()
        return await issuer.check(token, header)


class _Issuer:
    def __init__(
        self, settings: IssuerSettings, keys: PublishedKeys, clock: Callable[[], datetime]
    ) -> None:
        self._settings = settings
        self._keys = keys
        self._registry = jwt.JWTClaimsRegistry(
            now=lambda: int(clock().timestamp()),
            leeway=settings.leeway,
            iss={"essential": True, "value": settings.issuer},
            aud={"essential": True, "value": settings.audience},
            exp={"essential": True},
        )

    async def check(self, token: str, header: dict[str, Any]) -> OutsideIdentity:
        if header.get("alg") not in ALGORITHMS:
            raise unauthenticated()
        key = await self._keys.find(header.get("kid"))
        if key is None:
            raise unauthenticated()
        try:
            claims = jwt.decode(token, key, algorithms=list(ALGORITHMS)).claims
            self._registry.validate(claims)
            ends = datetime.fromtimestamp(claims["exp"], UTC)
        # The last is for headers that nest deeper than the decoder can follow.
        except (JoseError, ValueError, TypeError, OverflowError, RecursionError):
            raise unauthenticated() from None
        return OutsideIdentity(
            tenant_slug=self._settings.tenant or _text(claims, self._settings.tenant_claim),
            handle=_text(claims, self._settings.user_claim),
            expires_at=ends + timedelta(seconds=self._settings.leeway),
            most=self._most(claims),
        )

    def _most(self, claims: dict[str, Any]) -> Role | None:
        """The highest role that the claim's values mean; a token without any is not for us."""
        if self._settings.role_claim is None:
            return None
        given = claims.get(self._settings.role_claim)
        values = given if isinstance(given, list) else [given]
        meant = {self._settings.roles.get(value) for value in values if isinstance(value, str)}
        for role in Role:
            if role in meant:
                return role
        raise unauthenticated()


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME_LENGTH:
        raise unauthenticated()
    if not value.isprintable():
        raise unauthenticated()
    return value
