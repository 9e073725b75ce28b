"""From an Authorization header to a viewer: one statement for a new credential, then none."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

from app.graphql import tracing
from app.signin.caches import Attempts, Cache
from app.signin.credentials import Credential, Standing, bearer, unauthenticated
from app.signin.issuers import OutsideIssuers
from app.signin.standings import Standings, Term, holder_in, standing_in
from app.signin.tokens import ISSUER, Tokens
from models.base import now
from models.database import Database, Row
from models.tenants import Role
from resolvers.context import Viewer
from resolvers.errors import Code, ParleyError
from resolvers.identity.secrets import SecretKind, read_secret

CREDENTIALS = 10_000
# What a credential says of itself does not change; this only lets go of what is not used.
CREDENTIAL_SECONDS = 3_600
LOOKUPS_AT_ONCE = 8

Used = Callable[[UUID, datetime], None]


@dataclass(slots=True)
class _Known:
    """A verified credential, and the viewer that it made last, who mostly comes again."""

    credential: Credential
    viewer: Viewer | None = None
    term: Term | None = None


class Admission:
    """Admits the holders of good credentials; `used` is told of each use of an API key."""

    def __init__(
        self,
        database: Database,
        tokens: Tokens,
        issuers: OutsideIssuers,
        standings: Standings,
        *,
        used: Used,
        attempts: Attempts | None = None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._database = database
        self._tokens = tokens
        self._issuers = issuers
        self._standings = standings
        self._used = used
        self._attempts = attempts or Attempts()
        self._clock = clock
        self._credentials: Cache[bytes, _Known] = Cache(CREDENTIALS, CREDENTIAL_SECONDS)
        self._lookups = asyncio.Semaphore(LOOKUPS_AT_ONCE)

    def recall(self, authorization: bytes, address: str | None) -> Viewer | None:
        """The viewer that the header names, if they came before and would be no other now."""
        known = self._credentials.get(_key(authorization))
        if known is None or known.viewer is None or known.term is None:
            return None
        viewer, moment = known.viewer, self._clock()
        if viewer.address != address or not self._standings.lasts(known.term):
            return None
        if viewer.expires_at is not None and viewer.expires_at <= moment:
            return None
        if viewer.key_id is not None:
            self._used(viewer.key_id, moment)
        return viewer

    async def admit(self, authorization: str | None, address: str | None) -> Viewer:
        """The viewer that the header names, as they are now.

        Raises UNAUTHENTICATED, TENANT_SUSPENDED or, where an address guesses, TOO_MANY_ATTEMPTS.
        """
        header = authorization or ""
        text, key = bearer(header), _key(header.encode("utf-8", "surrogatepass"))
        known = self._credentials.get(key)
        if known is None:
            tracing.note_miss(tracing.Cache.CREDENTIALS)
            known = _Known(await self._examine(text, address))
            self._credentials.put(key, known)
        credential, moment = known.credential, self._clock()
        if credential.expires_at is not None and credential.expires_at <= moment:
            raise unauthenticated()
        holder = credential.holder
        standing = await self._standings.find(holder)
        viewer = known.viewer = _viewer(credential, standing, address)
        known.term = self._standings.term(holder, standing)
        if holder.key_id is not None:
            self._used(holder.key_id, moment)
        return viewer

    async def _examine(self, text: str, address: str | None) -> Credential:
        if text.startswith(SecretKind.API_KEY.prefix):
            return await self._look_up_key(text, address)
        header, claims = _unverified(text)
        if claims.get("iss") == ISSUER:
            return self._tokens.check(text, header.get("kid"))
        outside = await self._issuers.check(text, header, claims)
        mark = self._standings.mark
        async with self._lookups:
            rows = await self._database.across_tenants(
                "parley_member", outside.tenant_slug, outside.handle
            )
        row = self._learned(rows, mark)
        if row is None:
            raise unauthenticated()
        return Credential(holder_in(row), outside.expires_at, outside.most)

    async def _look_up_key(self, text: str, address: str | None) -> Credential:
        secret = read_secret(SecretKind.API_KEY, text)
        if secret is None:
            raise unauthenticated()
        async with self._lookups:
            if self._attempts.exhausted(address):
                message = "Too many wrong keys came from your address; wait a minute."
                raise ParleyError(Code.TOO_MANY_ATTEMPTS, message)
            mark = self._standings.mark
            rows = await self._database.across_tenants("parley_api_key", secret.digest)
            if not rows:
                self._attempts.failed(address)
        row = self._learned(rows, mark)
        if row is None:
            raise unauthenticated()
        return Credential(holder_in(row), row.expires_at, Role(row.key_role), row.read_only)

    def _learned(self, rows: list[Row], mark: int) -> Row | None:
        """The one row, whose standing is remembered, so that it costs no statement more."""
        if not rows:
            return None
        self._standings.remember(holder_in(rows[0]), standing_in(rows[0]), mark)
        return rows[0]


def _key(header: bytes) -> bytes:
    """By what a header is known: credentials themselves are not kept."""
    return sha256(header).digest()


def _viewer(credential: Credential, standing: Standing | None, address: str | None) -> Viewer:
    """The viewer. Raises UNAUTHENTICATED or TENANT_SUSPENDED."""
    if standing is None or standing.removed or standing.ended:
        raise unauthenticated()
    if standing.suspended:
        raise ParleyError(Code.TENANT_SUSPENDED, "Your organisation's access is suspended.")
    holder = credential.holder
    return Viewer(
        tenant_id=holder.tenant_id,
        user_id=holder.user_id,
        role=_lesser(standing.role, credential.most),
        expires_at=credential.expires_at,
        session_id=holder.session_id,
        key_id=holder.key_id,
        read_only=credential.read_only,
        address=address,
    )


def _lesser(role: Role, most: Role | None) -> Role:
    return role if most is None or most.may_act_as(role) else most


def _unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a JWT as it claims them to be, for finding who can verify it."""
    try:
        header, claims, _signature = token.split(".")
        found = [orjson.loads(urlsafe_b64decode(part.encode())) for part in (header, claims)]
    except (ValueError, JoseError):
        raise unauthenticated() from None
    if not all(isinstance(part, dict) for part in found):
        raise unauthenticated()
    return found[0], found[1]
