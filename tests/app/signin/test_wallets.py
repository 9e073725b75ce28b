"""Signing in with a wallet: EIP-4361 messages, EIP-191 signatures, EIP-55 addresses."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.tenants import Role
from tests.app.signin.desk import Desk
from tests.app.signin.test_api_keys import ROLE
from tests.resolvers.identity.purse import Purse
from tests.tenants import slug_of

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
