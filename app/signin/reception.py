"""Signing in, put together: what the doors of a running process ask."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from starlette.types import Scope

from app.graphql.errors import Refused
from app.graphql.sockets import SocketRegistry
from app.settings import Settings
from app.signin.admission import Admission
from app.signin.doorkeeper import CHALLENGE
from app.signin.issuers import OutsideIssuers
from app.signin.key_sets import make_client
from app.signin.live import LiveRights
from app.signin.standings import Standings
from app.signin.tokens import Tokens
from app.signin.usage import KeyUsage
from models.database import Database
from realtime.bus import Bus
from realtime.revocation import Revocations
from resolvers.context import Stranger, Viewer
from resolvers.errors import Code, ParleyError
from resolvers.identity.means import SignIn, WalletRules

STATUSES = {Code.TENANT_SUSPENDED: 403, Code.TOO_MANY_ATTEMPTS: 429}


@dataclass(frozen=True, slots=True)
class Reception:
    """`sign_in` is what resolvers need of it, `rights` what watches over open connections."""

    admission: Admission
    sign_in: SignIn
    rights: LiveRights
    usage: KeyUsage

    async def receive(self, authorization: str | None, scope: Scope) -> Viewer | Stranger:
        """Who comes in. Raises `Refused`; over HTTP one without a credential is a stranger."""
        address = address_in(scope)
        if authorization is None and scope["type"] == "http":
            return Stranger(address)
        try:
            return await self.admission.admit(authorization, address)
        except ParleyError as error:
            status = STATUSES.get(error.code, 401)
            headers = CHALLENGE if status == 401 else None
            raise Refused(error.code, error.message, status=status, headers=headers) from None


def address_in(scope: Scope) -> str | None:
    """Where a request came from, as far as is known."""
    client = scope.get("client")
    return client[0] if client else None


@asynccontextmanager
async def receiving(
    settings: Settings, tokens: Tokens, database: Database, bus: Bus, registry: SocketRegistry
) -> AsyncIterator[Reception]:
    """The reception, while the block lasts."""
    standings = Standings(database)
    usage = KeyUsage(database)
    revocations = Revocations(bus)
    rights = LiveRights(standings, registry, bus)
    async with make_client() as client, usage.written(), rights.kept(revocations):
        issuers = OutsideIssuers(settings.issuers, client)
        admission = Admission(database, tokens, issuers, standings, used=usage.note)
        yield Reception(admission, sign_in_means(settings, tokens, revocations), rights, usage)


def sign_in_means(settings: Settings, tokens: Tokens, revocations: Revocations) -> SignIn:
    """What the settings say of sessions, invitations and wallets."""
    return SignIn(
        tokens,
        revocations,
        access_lifetime=timedelta(seconds=settings.access_token_lifetime),
        session_lifetime=timedelta(seconds=settings.session_lifetime),
        wallet_session_lifetime=timedelta(seconds=settings.wallet_session_lifetime),
        invitation_lifetime=timedelta(seconds=settings.invitation_lifetime),
        wallets=WalletRules(
            domain=urlsplit(settings.public_url).netloc,
            uri=settings.public_url,
            chains=frozenset(settings.wallet_chains),
        ),
    )
