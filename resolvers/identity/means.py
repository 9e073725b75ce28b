"""What signing in needs of the process: signed tokens, revocations, lifetimes, wallets' rules."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from realtime.revocation import Holder, Revocation


class TokenIssuer(Protocol):
    """Signs access tokens."""

    def issue_to(self, holder: Holder, now: datetime, lifetime: timedelta) -> str:
        """A token that speaks for the holder from now on, for so long."""
        ...


class Teller(Protocol):
    """Tells every process whose rights ended."""

    async def tell(self, revocation: Revocation) -> None:
        """Call after the commit: the rights end here at once, elsewhere as soon as it is heard."""
        ...


@dataclass(frozen=True, slots=True)
class WalletRules:
    """What a wallet's message must say: our domain and URI, and a chain that is allowed."""

    domain: str = "localhost:8000"
    uri: str = "http://localhost:8000"
    chains: frozenset[int] = frozenset({1})
    challenge_lifetime: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SignIn:
    """The means, and how long what they give is good for."""

    tokens: TokenIssuer
    revocations: Teller
    access_lifetime: timedelta = timedelta(minutes=15)
    session_lifetime: timedelta = timedelta(days=30)
    wallet_session_lifetime: timedelta = timedelta(hours=24)
    invitation_lifetime: timedelta = timedelta(days=7)
    wallets: WalletRules = field(default_factory=WalletRules)
