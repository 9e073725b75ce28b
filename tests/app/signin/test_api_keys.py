"""API keys, from making to revoking, over HTTP."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.signin.caches import Attempts
from models.base import now
from models.database import Database
from models.tenants import Role
from resolvers.identity.secrets import SecretKind, make_secret, read_secret
from tests.app.signin.desk import Desk

CREATE = """
    mutation ($input: CreateApiKeyInput!) {
        createApiKey(input: $input) {
            apiKey { id name role readOnly lastUsedAt user { handle } }
            secret userErrors { code field }
        }
    }
"""
REVOKE = """
    mutation ($id: ID!) {
        revokeApiKey(input: {apiKeyId: $id}) { apiKey { revokedAt } userErrors { code } }
    }
"""
LIST = "{ apiKeys { totalCount nodes { id name } } }"
ROLE = "{ viewer { role } }"


async def make_key(desk: Desk, token: str, **given: Any) -> tuple[str, str]:
    """A key's id and secret."""
    wanted = {"name": "a program", "role": "AGENT", **given}
    made = (await desk.data(CREATE, token, input=wanted))["createApiKey"]
    assert made["userErrors"] == []
    return made["apiKey"]["id"], made["secret"]


@contextmanager
def lookups(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The functions that were called across tenants, which is where signing in asks."""
    called: list[str] = []
    whole = Database.across_tenants

    async def counted(self: Database, function: str, *arguments: Any) -> Any:
        # Each minute it is written which keys were used, be it now.
        if function != "parley_touch_api_keys":
            called.append(function)
        return await whole(self, function, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Database, "across_tenants", counted)
        yield called


async def test_key_signs_in_until_it_is_revoked(desk: Desk) -> None:
    token = desk.token(await desk.make_user(await desk.make_tenant()))
    key, secret = await make_key(desk, token)
    assert await desk.data(ROLE, secret) == {"viewer": {"role": "AGENT"}}

    revoked = (await desk.data(REVOKE, token, id=key))["revokeApiKey"]
    assert revoked["apiKey"]["revokedAt"] is not None
    assert await desk.code(ROLE, secret) == "UNAUTHENTICATED"


async def test_key_is_kept_as_a_digest(desk: Desk) -> None:
    tenant = await desk.make_tenant()
    _, secret = await make_key(desk, desk.token(await desk.make_user(tenant)))
    row = await desk.owner.fetchrow("SELECT * FROM api_keys WHERE tenant_id = $1", tenant)
    found = read_secret(SecretKind.API_KEY, secret)
    assert row is not None and found is not None
    assert row["digest"] == found.digest
    assert secret not in str(dict(row))


async def test_key_has_no_more_than_its_role_and_its_users(desk: Desk) -> None:
    tenant = await desk.make_tenant()
    owner = await desk.make_user(tenant, Role.OWNER)
    _, secret = await make_key(desk, desk.token(owner), role="VIEWER")
    assert await desk.data(ROLE, secret) == {"viewer": {"role": "VIEWER"}}

    agent = desk.token(await desk.make_user(tenant))
    made = await desk.data(CREATE, agent, input={"name": "more", "role": "ADMIN"})
    assert made["createApiKey"]["userErrors"] == [{"code": "FORBIDDEN", "field": "role"}]


async def test_read_only_key_changes_nothing(desk: Desk) -> None:
    token = desk.token(await desk.make_user(await desk.make_tenant()))
    _, secret = await make_key(desk, token, readOnly=True)
    assert await desk.data(ROLE, secret) == {"viewer": {"role": "AGENT"}}
    response = await desk.post(CREATE, secret, input={"name": "n", "role": "AGENT"})
    assert response.status_code == 403
    assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_key_makes_no_keys(desk: Desk) -> None:
    token = desk.token(await desk.make_user(await desk.make_tenant(), Role.OWNER))
    _, secret = await make_key(desk, token, role="OWNER")
    assert await desk.code(CREATE, secret, input={"name": "n", "role": "AGENT"}) == "FORBIDDEN"


async def test_key_expires(desk: Desk) -> None:
    tenant = await desk.make_tenant()
    token = desk.token(await desk.make_user(tenant))
    later = (now() + timedelta(hours=1)).isoformat()
    _, secret = await make_key(desk, token, expiresAt=later)
    await desk.owner.execute("UPDATE api_keys SET expires_at = now() WHERE tenant_id = $1", tenant)
    assert await desk.code(ROLE, secret) == "UNAUTHENTICATED"

    for wrong, code in (
        ((now() - timedelta(seconds=1)).isoformat(), "PAST_TIME"),
        ("2099-01-01T00:00:00", "BAD_INPUT"),
    ):
        given = {"name": "n", "role": "AGENT", "expiresAt": wrong}
        made = await desk.data(CREATE, token, input=given)
        assert made["createApiKey"]["userErrors"] == [{"code": code, "field": "expiresAt"}]


async def test_keys_are_ones_own_but_for_administrators(desk: Desk) -> None:
    tenant = await desk.make_tenant()
    ana, ben = await desk.make_user(tenant), await desk.make_user(tenant)
    admin = await desk.make_user(tenant, Role.ADMIN)
    key, secret = await make_key(desk, desk.token(ana), name="of ana")
    assert (await desk.data(LIST, desk.token(ben)))["apiKeys"]["totalCount"] == 0
    assert (await desk.data(LIST, desk.token(ana)))["apiKeys"]["nodes"][0]["name"] == "of ana"
    assert (await desk.data(LIST, desk.token(admin)))["apiKeys"]["totalCount"] == 1

    refused = await desk.data(REVOKE, desk.token(ben), id=key)
    assert refused["revokeApiKey"]["userErrors"] == [{"code": "NOT_FOUND"}]
    assert await desk.data(ROLE, secret)
    await desk.data(REVOKE, desk.token(admin), id=key)
    assert await desk.code(ROLE, secret) == "UNAUTHENTICATED"


async def test_number_of_keys_is_limited(desk: Desk) -> None:
    tenant = await desk.make_tenant()
    viewer = await desk.make_user(tenant)
    await desk.owner.execute(
        "INSERT INTO api_keys (id, tenant_id, user_id, name, digest, role, read_only, created_at)"
        " SELECT gen_random_uuid(), $1, $2, 'k', uuid_send(gen_random_uuid()), 'AGENT',"
        " false, now() FROM generate_series(1, 50)",
        tenant,
        viewer.user_id,
    )
    given = {"name": "one more", "role": "AGENT"}
    made = await desk.data(CREATE, desk.token(viewer), input=given)
    assert made["createApiKey"]["userErrors"][0]["code"] == "TOO_MANY"


async def test_new_credential_costs_one_statement_and_a_known_one_none(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = await desk.make_user(await desk.make_tenant())
    token = desk.token(viewer)
    with lookups(monkeypatch) as called:
        await desk.data(ROLE, token)
        await desk.data(ROLE, token)
    assert called == ["parley_standings"]

    _, secret = await make_key(desk, token)
    with lookups(monkeypatch) as called:
        await desk.data(ROLE, secret)
        await desk.data(ROLE, secret)
    assert called == ["parley_api_key"]


async def test_made_up_keys_never_reach_the_database(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, _ = make_secret(SecretKind.API_KEY, UUID(int=0))
    made_up = [text[:-1] + ("0" if text[-1] != "0" else "1"), text[:-1], text + "a", "parley_key_"]
    with lookups(monkeypatch) as called:
        codes = [await desk.code(ROLE, wrong) for wrong in made_up]
    assert codes == ["UNAUTHENTICATED"] * 4
    assert read_secret(SecretKind.API_KEY, "parley_key_" + "é" * 72) is None
    assert called == []


async def test_ten_thousand_wrong_keys_cost_few_statements_and_no_memory(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    reception = desk.application._reception
    assert reception is not None
    admission = reception.admission
    monkeypatch.setattr(admission, "_attempts", Attempts())
    known = len(admission._credentials)
    secrets = [make_secret(SecretKind.API_KEY, UUID(int=n))[0] for n in range(10_000)]
    with lookups(monkeypatch) as called:
        refusals = await asyncio.gather(
            *(admission.admit(f"Bearer {text}", "192.0.2.1") for text in secrets),
            return_exceptions=True,
        )
    codes = [str(getattr(refusal, "code", refusal)) for refusal in refusals]
    assert set(codes) == {"UNAUTHENTICATED", "TOO_MANY_ATTEMPTS"}
    assert len(called) == codes.count("UNAUTHENTICATED") < 40
    assert len(admission._credentials) == known


async def test_address_that_guesses_is_told_to_wait(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    reception = desk.application._reception
    assert reception is not None
    token = desk.token(await desk.make_user(await desk.make_tenant()))
    _, known = await make_key(desk, token)
    await desk.data(ROLE, known)
    monkeypatch.setattr(reception.admission, "_attempts", Attempts(2))
    wrong = [make_secret(SecretKind.API_KEY, UUID(int=n))[0] for n in range(3)]
    responses = [await desk.post(ROLE, secret) for secret in wrong]
    assert [response.status_code for response in responses] == [401, 401, 429]
    # What is known already goes on.
    assert await desk.data(ROLE, known)
    assert await desk.data(ROLE, token)


async def test_use_is_written_with_the_next_minutes(desk: Desk) -> None:
    tenant = await desk.make_tenant()
    token = desk.token(await desk.make_user(tenant))
    _, secret = await make_key(desk, token)
    await desk.data(ROLE, secret)
    query = "SELECT last_used_at FROM api_keys WHERE tenant_id = $1"
    assert await desk.owner.fetchval(query, tenant) is None
    reception = desk.application._reception
    assert reception is not None
    await reception.usage.write()
    assert await desk.owner.fetchval(query, tenant) is not None
