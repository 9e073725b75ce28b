"""Signing in with a wallet: EIP-4361 messages, EIP-191 signatures, EIP-55 addresses."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from coincurve import PrivateKey

from models.tenants import Role
from resolvers.identity.ethereum import (
    BadSignature,
    address_of,
    checksummed,
    digest_of,
    signer_of,
)
from resolvers.identity.means import WalletRules
from resolvers.identity.siwe import BadMessage, challenge_text, check_message, read_message
from tests.app.signin.desk import Desk, slug_of
from tests.app.signin.test_api_keys import ROLE

CHALLENGE = """
    mutation ($input: WalletChallengeInput!) {
        walletChallenge(input: $input) { message expiresAt userErrors { code field } }
    }
"""
SIGN_IN = """
    mutation ($input: WalletProofInput!) {
        walletSignIn(input: $input) {
            userId session { accessToken refreshToken expiresAt } userErrors { code }
        }
    }
"""
LINK = """
    mutation ($input: WalletProofInput!) {
        linkWallet(input: $input) { wallets { address } userErrors { code } }
    }
"""
UNLINK = """
    mutation ($address: String!) {
        unlinkWallet(input: {address: $address}) { wallets { address } userErrors { code } }
    }
"""
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
RULES = WalletRules("chat.example", "https://chat.example")
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Purse:
    """A wallet: signs texts as personal_sign does."""

    def __init__(self) -> None:
        self.key = PrivateKey()
        self.address = checksummed(address_of(self.key.public_key))

    def sign(self, message: str, v: int = 27) -> str:
        packed = self.key.sign_recoverable(digest_of(message), hasher=None)
        return "0x" + packed[:64].hex() + f"{packed[64] + v:02x}"

    def sign_high(self, message: str) -> str:
        """The other signature that the same equation allows."""
        packed = self.key.sign_recoverable(digest_of(message), hasher=None)
        s = ORDER - int.from_bytes(packed[32:64])
        return "0x" + packed[:32].hex() + s.to_bytes(32).hex() + f"{(packed[64] ^ 1) + 27:02x}"


@pytest.fixture
def purse() -> Purse:
    return Purse()


async def challenge(desk: Desk, tenant: str, purse: Purse) -> str:
    given = {"tenant": tenant, "address": purse.address}
    made = (await desk.data(CHALLENGE, input=given))["walletChallenge"]
    assert made["userErrors"] == []
    return str(made["message"])


async def sign_in(desk: Desk, purse: Purse, message: str) -> Any:
    given = {"message": message, "signature": purse.sign(message)}
    return (await desk.data(SIGN_IN, input=given))["walletSignIn"]


async def refused(desk: Desk, message: str, signature: str) -> str:
    return await desk.code(SIGN_IN, input={"message": message, "signature": signature})


async def test_unknown_wallet_signs_up_where_the_tenant_lets_it(desk: Desk, purse: Purse) -> None:
    tenant = await desk.make_tenant(wallet_role="AGENT")
    first = await sign_in(desk, purse, await challenge(desk, slug_of(tenant), purse))
    assert await desk.data(ROLE, first["session"]["accessToken"]) == {"viewer": {"role": "AGENT"}}
    again = await sign_in(desk, purse, await challenge(desk, slug_of(tenant), purse))
    assert again["userId"] == first["userId"]
    left = datetime.fromisoformat(again["session"]["expiresAt"]) - datetime.now(UTC)
    assert timedelta(hours=23) < left <= timedelta(hours=24)
    row = await desk.owner.fetchrow("SELECT * FROM users WHERE tenant_id = $1", tenant)
    assert row is not None
    assert row["handle"] == purse.address.lower()


async def test_unknown_wallet_is_refused_elsewhere(desk: Desk, purse: Purse) -> None:
    message = await challenge(desk, slug_of(await desk.make_tenant()), purse)
    assert await refused(desk, message, purse.sign(message)) == "UNAUTHENTICATED"


async def test_unknown_tenant_looks_like_any_other(desk: Desk, purse: Purse) -> None:
    message = await challenge(desk, "no-such-tenant", purse)
    assert await refused(desk, message, purse.sign(message)) == "UNAUTHENTICATED"


async def test_challenge_is_good_once(desk: Desk, purse: Purse) -> None:
    tenant = await desk.make_tenant(wallet_role="VIEWER")
    message = await challenge(desk, slug_of(tenant), purse)
    assert (await sign_in(desk, purse, message))["session"]
    assert await refused(desk, message, purse.sign(message)) == "UNAUTHENTICATED"


async def test_challenge_is_the_wallets_it_was_made_for(desk: Desk, purse: Purse) -> None:
    tenant = await desk.make_tenant(wallet_role="VIEWER")
    message = await challenge(desk, slug_of(tenant), purse)
    thief = Purse()
    assert await refused(desk, message, thief.sign(message)) == "UNAUTHENTICATED"
    swapped = message.replace(purse.address, thief.address)
    assert await refused(desk, swapped, thief.sign(swapped)) == "UNAUTHENTICATED"


async def test_challenge_ends_after_five_minutes(desk: Desk, purse: Purse) -> None:
    tenant = await desk.make_tenant(wallet_role="VIEWER")
    message = await challenge(desk, slug_of(tenant), purse)
    await desk.owner.execute(
        "UPDATE wallet_nonces SET expires_at = now() WHERE tenant_id = $1", tenant
    )
    assert await refused(desk, message, purse.sign(message)) == "UNAUTHENTICATED"
    # The next challenge clears away those that are over.
    await challenge(desk, slug_of(tenant), purse)
    await desk.owner.execute(
        "UPDATE wallet_nonces SET expires_at = now() WHERE tenant_id = $1", tenant
    )
    await challenge(desk, slug_of(tenant), purse)
    count = "SELECT count(*) FROM wallet_nonces WHERE tenant_id = $1"
    assert await desk.owner.fetchval(count, tenant) == 1


async def test_removed_member_does_not_come_back_by_wallet(desk: Desk, purse: Purse) -> None:
    tenant = await desk.make_tenant(wallet_role="VIEWER")
    await sign_in(desk, purse, await challenge(desk, slug_of(tenant), purse))
    await desk.owner.execute("UPDATE users SET removed_at = now() WHERE tenant_id = $1", tenant)
    message = await challenge(desk, slug_of(tenant), purse)
    assert await refused(desk, message, purse.sign(message)) == "UNAUTHENTICATED"


async def test_linked_wallet_signs_its_member_in(desk: Desk, purse: Purse) -> None:
    tenant = await desk.make_tenant()
    member = await desk.make_user(tenant, Role.ADMIN)
    token = desk.token(member)
    message = await challenge(desk, slug_of(tenant), purse)
    given = {"message": message, "signature": purse.sign(message)}
    linked = (await desk.data(LINK, token, input=given))["linkWallet"]
    assert linked["wallets"] == [{"address": purse.address.lower()}]

    signed = await sign_in(desk, purse, await challenge(desk, slug_of(tenant), purse))
    assert await desk.data(ROLE, signed["session"]["accessToken"]) == {"viewer": {"role": "ADMIN"}}

    other = desk.token(await desk.make_user(tenant))
    message = await challenge(desk, slug_of(tenant), purse)
    given = {"message": message, "signature": purse.sign(message)}
    taken = (await desk.data(LINK, other, input=given))["linkWallet"]
    assert taken["userErrors"] == [{"code": "CONFLICT"}]

    left = await desk.data(UNLINK, token, address=purse.address)
    assert left["unlinkWallet"]["wallets"] == []
    gone = await desk.data(UNLINK, token, address=purse.address)
    assert gone["unlinkWallet"]["userErrors"] == [{"code": "NOT_FOUND"}]
    message = await challenge(desk, slug_of(tenant), purse)
    assert await refused(desk, message, purse.sign(message)) == "UNAUTHENTICATED"


async def test_challenge_for_another_tenant_links_nothing(desk: Desk, purse: Purse) -> None:
    token = desk.token(await desk.make_user(await desk.make_tenant()))
    message = await challenge(desk, slug_of(await desk.make_tenant()), purse)
    given = {"message": message, "signature": purse.sign(message)}
    assert await desk.code(LINK, token, input=given) == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"address": "0x1234"}, "address"),
        ({"address": "0x" + "g" * 40}, "address"),
        ({"address": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD".swapcase()}, "address"),
        ({"address": "0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed"}, "address"),
        ({"chainId": 1337}, "chainId"),
        ({"tenant": "t" * 201}, "tenant"),
    ],
)
async def test_bad_challenges_are_refused(
    desk: Desk, purse: Purse, given: dict[str, object], field: str
) -> None:
    wanted = {"tenant": "t", "address": purse.address, **given}
    made = (await desk.data(CHALLENGE, input=wanted))["walletChallenge"]
    assert [error["field"] for error in made["userErrors"]] == [field]


async def test_malleable_and_malformed_signatures_are_refused(desk: Desk, purse: Purse) -> None:
    tenant = await desk.make_tenant(wallet_role="VIEWER")
    message = await challenge(desk, slug_of(tenant), purse)
    good = purse.sign(message)
    for wrong in (purse.sign_high(message), good[:-2], good + "00", good[2:], "0x" + "0" * 130):
        assert await refused(desk, message, wrong) == "UNAUTHENTICATED"
    assert (await sign_in(desk, purse, message))["session"]


def test_addresses_have_the_case_that_eip_55_gives() -> None:
    # The examples of the EIP.
    for address in (
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "0xde709f2102306220921060314715629080e2fb77",
    ):
        assert checksummed(address.lower()) == address


@pytest.mark.parametrize("v", [0, 27])
def test_signer_is_found_with_either_kind_of_v(purse: Purse, v: int) -> None:
    text = "Olá, 世界 🎉"
    assert signer_of(text, purse.sign(text, v)) == purse.address.lower()


def test_high_s_and_strange_v_are_refused(purse: Purse) -> None:
    with pytest.raises(BadSignature, match="range"):
        signer_of("text", purse.sign_high("text"))
    for v in (1, 2, 26, 29, 35, 255):
        changed = purse.sign("text")[:-2] + f"{v:02x}"
        if v == 1:
            assert signer_of("text", changed)
        else:
            with pytest.raises(BadSignature, match="v is none"):
                signer_of("text", changed)


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
