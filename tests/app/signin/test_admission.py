"""Whatever an Authorization header holds, it names a viewer or is refused."""

import asyncio
import base64
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.signin.admission import Admission
from app.signin.standings import Standings
from app.signin.tokens import ISSUER
from models.database import Database, Row
from models.statements import recorded
from models.tenants import Role
from realtime.revocation import Cause, Revocation
from resolvers.errors import ParleyError
from tests.app.signin.desk import Desk

fuzz = settings(
    max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=6,
)


@pytest.fixture
def admission(desk: Desk) -> Admission:
    reception = desk.application._reception
    assert reception is not None
    return reception.admission


async def refuses(admission: Admission, authorization: str | None) -> bool:
    try:
        await admission.admit(authorization, None)
    except ParleyError as error:
        return error.code == "UNAUTHENTICATED"
    return False


def packed(value: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).rstrip(b"=").decode()


@fuzz
@given(
    st.none()
    | st.text()
    | st.text().map(lambda text: f"Bearer {text}")
    | st.text().map(lambda text: f"Bearer parley_key_{text}")
    | st.lists(st.text(), min_size=3, max_size=3).map(lambda parts: f"Bearer {'.'.join(parts)}")
)
async def test_any_text_is_refused(admission: Admission, authorization: str | None) -> None:
    assert await refuses(admission, authorization)


@fuzz
@given(
    header=st.dictionaries(st.sampled_from(["alg", "typ", "crit", "b64", "jwk", "x5c"]), VALUES),
    claims=st.dictionaries(st.sampled_from(["sub", "tenant", "exp", "aud", "sid"]), VALUES),
    signature=st.binary(max_size=80),
)
async def test_any_unsigned_token_is_refused(
    desk: Desk, admission: Admission, header: Any, claims: Any, signature: bytes
) -> None:
    header = {"alg": "Ed25519", "kid": desk.tokens._keys.signer.kid, **header}
    mac = base64.urlsafe_b64encode(signature).rstrip(b"=").decode()
    token = f"{packed(header)}.{packed({'iss': ISSUER, **claims})}.{mac}"
    assert await refuses(admission, f"Bearer {token}")


@pytest.mark.parametrize("depth", [100, 990, 1_010, 1_100])
async def test_nested_headers_are_refused(desk: Desk, admission: Admission, depth: int) -> None:
    kid = desk.tokens._keys.signer.kid
    nested = f'{{"alg":"Ed25519","kid":"{kid}","x":{"[" * depth}{"]" * depth}}}'
    header = base64.urlsafe_b64encode(nested.encode()).rstrip(b"=").decode()
    assert await refuses(admission, f"Bearer {header}.{packed({'iss': ISSUER})}.AAAA")


async def test_revocation_during_the_look_is_not_missed(
    desk: Desk, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = await desk.make_user(await desk.make_tenant(), Role.ADMIN)
    standings = Standings(database)
    whole = database.across_tenants
    asked = 0

    async def interrupted(function: str, *arguments: Any) -> list[Row]:
        nonlocal asked
        asked += 1
        rows = await whole(function, *arguments)
        if asked == 1:
            await desk.owner.execute(
                "UPDATE users SET role = 'VIEWER' WHERE id = $1", viewer.user_id
            )
            standings.strike(Revocation(Cause.ROLE_CHANGED, viewer.tenant_id, viewer.user_id))
        return rows

    monkeypatch.setattr(database, "across_tenants", interrupted)
    found = await standings.find(viewer.holder)
    assert found is not None
    assert (found.role, asked) == (Role.VIEWER, 2)
    assert await standings.find(viewer.holder) == found
    assert asked == 2


async def test_a_viewer_is_made_anew_when_their_standing_is_due(
    desk: Desk, admission: Admission, database: Database
) -> None:
    seconds = 0.0
    standings = Standings(database, seconds=30, clock=lambda: seconds)
    own = Admission(
        database, admission._tokens, admission._issuers, standings, used=admission._used
    )
    viewer = await desk.make_user(await desk.make_tenant(), Role.ADMIN)
    credential = f"Bearer {desk.token(viewer)}"
    header = credential.encode()
    assert own.recall(header, None) is None
    first = await own.admit(credential, None)
    # A revocation that nobody hears.
    await desk.owner.execute("UPDATE users SET role = 'VIEWER' WHERE id = $1", viewer.user_id)

    seconds = 29
    assert own.recall(header, None) is first
    assert own.recall(header, "192.0.2.7") is None
    seconds = 30
    assert own.recall(header, None) is None
    second = await own.admit(credential, None)
    assert second.role == Role.VIEWER

    assert own.recall(header, None) is second
    await desk.owner.execute("UPDATE users SET role = 'AGENT' WHERE id = $1", viewer.user_id)
    standings.strike(Revocation(Cause.ROLE_CHANGED, viewer.tenant_id, viewer.user_id))
    assert own.recall(header, None) is None
    assert (await own.admit(credential, None)).role == Role.AGENT


async def test_those_who_come_together_are_asked_for_together(
    desk: Desk, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = await desk.make_tenant()
    viewers = [await desk.make_user(tenant, role) for role in Role for _ in range(5)]
    standings = Standings(database)
    with recorded() as statements:
        found = await asyncio.gather(*(standings.find(viewer.holder) for viewer in viewers))
    assert [one and one.role for one in found] == [viewer.role for viewer in viewers]
    # One for the first who came, and one for all others.
    assert len(statements) <= 2

    async def failing(function: str, *arguments: Any) -> list[Row]:
        raise ConnectionError("away")

    standings.clear()
    with monkeypatch.context() as patched:
        patched.setattr(database, "across_tenants", failing)
        failed = await asyncio.gather(
            *(standings.find(viewer.holder) for viewer in viewers), return_exceptions=True
        )
    assert {type(error) for error in failed} == {ConnectionError}
    assert await standings.find(viewers[0].holder) == found[0]
