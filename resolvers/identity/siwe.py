"""Sign-In with Ethereum: the message of https://eips.ethereum.org/EIPS/eip-4361."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.addresses import checksummed
from resolvers.identity.means import WalletRules

MAX_MESSAGE_LENGTH = 4_096
# A wallet's clock may differ from ours by so much.
SKEW = timedelta(minutes=1)

_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)"
_MESSAGE = re.compile(
    r"(?:(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*)://)?(?P<domain>[^\s/?#@]+)"
    r" wants you to sign in with your Ethereum account:\n"
    r"(?P<address>0x[0-9a-fA-F]{40})\n"
    r"\n(?:[^\n]+\n)?\n"
    r"URI: (?P<uri>\S+)\n"
    r"Version: 1\n"
    r"Chain ID: (?P<chain_id>\d{1,18})\n"
    r"Nonce: (?P<nonce>[a-zA-Z0-9]{8,128})\n"
    rf"Issued At: (?P<issued_at>{_TIME})"
    rf"(?:\nExpiration Time: (?P<expires_at>{_TIME}))?"
    rf"(?:\nNot Before: (?P<not_before>{_TIME}))?"
    r"(?:\nRequest ID: [^\n]*)?"
    r"(?:\nResources:(?:\n- \S+)*)?",
    re.ASCII,
)


class BadMessage(ValueError):  # noqa: N818
    """The message may not sign anybody in; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class SignInMessage:
    """What a message says. `address` has the case that the wallet wrote."""

    domain: str
    address: str
    uri: str
    chain_id: int
    nonce: str
    issued_at: datetime
    expires_at: datetime | None = None
    not_before: datetime | None = None
    scheme: str | None = None


def challenge_text(
    rules: WalletRules, *, address: str, chain_id: int, nonce: str, statement: str, now: datetime
) -> str:
    """The message that a wallet is to sign."""
    return (
        f"{rules.domain} wants you to sign in with your Ethereum account:\n"
        f"{checksummed(address)}\n\n{statement}\n\n"
        f"URI: {rules.uri}\nVersion: 1\nChain ID: {chain_id}\nNonce: {nonce}\n"
        f"Issued At: {_rfc3339(now)}\nExpiration Time: {_rfc3339(now + rules.challenge_lifetime)}"
    )


def read_message(text: str) -> SignInMessage:
    """What the text says. Raises BadMessage for anything but an EIP-4361 message."""
    found = _MESSAGE.fullmatch(text) if len(text) <= MAX_MESSAGE_LENGTH else None
    if found is None:
        raise BadMessage("This is no Sign-In with Ethereum message (EIP-4361).")
    try:
        return SignInMessage(
            domain=found["domain"],
            address=found["address"],
            uri=found["uri"],
            chain_id=int(found["chain_id"]),
            nonce=found["nonce"],
            issued_at=datetime.fromisoformat(found["issued_at"]),
            expires_at=_moment(found["expires_at"]),
            not_before=_moment(found["not_before"]),
            scheme=found["scheme"],
        )
    except ValueError:
        raise BadMessage("The message has a time that does not exist.") from None


def check_message(message: SignInMessage, rules: WalletRules, now: datetime) -> None:
    """Raise BadMessage unless the message was meant for us, on a chain of ours, and for now."""
    scheme = rules.uri.partition("://")[0]
    if message.domain != rules.domain or message.scheme not in (None, scheme):
        raise BadMessage(f"The message signs in to another domain than {rules.domain}.")
    if message.uri != rules.uri and not message.uri.startswith(rules.uri + "/"):
        raise BadMessage(f"The message's URI is not one of {rules.uri}.")
    if message.chain_id not in rules.chains:
        raise BadMessage("The message's chain is not one that may sign in here.")
    if message.address != checksummed(message.address):
        raise BadMessage("The address does not have the case that EIP-55 gives it.")
    if message.issued_at > now + SKEW:
        raise BadMessage("The message was issued in the future.")
    if message.issued_at < now - rules.challenge_lifetime - SKEW:
        raise BadMessage("The message is too old; ask for a new challenge.")
    if message.expires_at is not None and message.expires_at <= now:
        raise BadMessage("The message has expired; ask for a new challenge.")
    if message.not_before is not None and message.not_before > now:
        raise BadMessage("The message is not valid yet.")


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _rfc3339(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
