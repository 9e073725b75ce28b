"""Messages of Sign-In with Ethereum."""

import re
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.identity.means import WalletRules
from resolvers.identity.siwe import BadMessage, challenge_text, check_message, read_message
from tests.resolvers.identity.purse import Purse

RULES = WalletRules("chat.example", "https://chat.example")
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def text_of(purse: Purse) -> str:
    return challenge_text(
        RULES,
        address=purse.address,
        chain_id=1,
        nonce="0123456789abcdef",
        statement="Sign in.",
        now=NOON,
    )


def test_own_challenge_reads_back(purse: Purse) -> None:
    message = read_message(text_of(purse))
    check_message(message, RULES, NOON)
    assert (message.domain, message.address) == ("chat.example", purse.address)
    assert message.issued_at == NOON
    assert message.expires_at == NOON + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        ("^chat.example", "evil.example"),
        ("^chat.example", "http://chat.example"),
        ("^chat.example", "chat.example@evil.example"),
        ("URI: https://chat.example", "URI: https://chat.example.evil"),
        ("URI: https://chat.example", "URI: https://evil.example"),
        ("Chain ID: 1", "Chain ID: 2"),
        ("Version: 1", "Version: 2"),
        ("Nonce: .*", "Nonce: short"),
        ("Issued At: 2026", "Issued At: 2025"),
        ("Issued At: 2026", "Issued At: 2027"),
        ("Issued At: 2026-06-01", "Issued At: 2026-06-31"),
        ("Issued At: 2026-06-01T", "Issued At: 2026-W23-1T"),
        ("Expiration Time: 2026", "Expiration Time: 2025"),
        ("Expiration Time:.*", "Not Before: 2026-06-01T13:00:00Z"),
        ("$", "\nextra: line"),
        ("Sign in.", "Sign in.\nURI: https://other.example"),
    ],
)
def test_messages_not_meant_for_us_or_for_now_are_refused(
    purse: Purse, pattern: str, replacement: str
) -> None:
    text = re.sub(pattern, replacement, text_of(purse), count=1)
    with pytest.raises(BadMessage):
        check_message(read_message(text), RULES, NOON)


def test_wrong_case_of_the_address_is_refused(purse: Purse) -> None:
    message = read_message(text_of(purse))
    changed = replace(message, address="0x" + message.address[2:].swapcase())
    with pytest.raises(BadMessage, match="EIP-55"):
        check_message(changed, RULES, NOON)


def test_what_wallets_may_add_is_accepted(purse: Purse) -> None:
    text = "https://" + text_of(purse).replace("Sign in.\n", "").replace(
        "URI: https://chat.example", "URI: https://chat.example/login"
    )
    text += "\nNot Before: 2026-06-01T11:59:00+00:00\nRequest ID: 7\nResources:\n- ipfs://x"
    check_message(read_message(text), RULES, NOON)
    with pytest.raises(BadMessage):
        read_message(text + "\n- " + "x" * 4_096)


@given(st.data())
def test_no_text_is_read_that_is_not_understood(data: st.DataObject) -> None:
    """Whatever replaces a line of a message, it is read or refused, and nothing else happens."""
    lines = text_of(Purse()).split("\n")
    place = data.draw(st.integers(0, len(lines) - 1))
    lines[place] = data.draw(st.text(max_size=60))
    with suppress(BadMessage):
        check_message(read_message("\n".join(lines)), RULES, NOON)
