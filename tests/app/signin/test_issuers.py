"""Tokens of outside issuers, whose keys come from a server of ours on loopback."""

import asyncio
import hmac
import socket
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from structlog.testing import capture_logs

from app.signin.admission import Admission
from app.signin.issuers import IssuerSettings, OutsideIssuers
from app.signin.key_sets import FRESH_SECONDS, MAX_BYTES, RETRY_SECONDS, PublishedKeys, make_client
from models.base import now
from models.tenants import Role
from resolvers.context import Viewer
from resolvers.errors import ParleyError
from tests.app.signin.desk import Desk
from tests.listening import listening
from tests.tenants import slug_of

ISSUER = "https://id.example"


@dataclass
class Publisher:
    """Serves a key set, or whatever it is told to."""

    keys: list[Any] = field(default_factory=list)
    url: str = ""
    asked: int = 0
    body: bytes | None = None
    status: int = 200

    async def answer(self, _request: Request) -> Response:
        self.asked += 1
        public = [key.as_dict(private=isinstance(key, OctKey)) for key in self.keys]
        body = orjson.dumps({"keys": public}) if self.body is None else self.body
        return Response(body, self.status)


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    found = Publisher([RSAKey.generate_key(2048, {"kid": "first"})])
    app = Starlette(routes=[Route("/keys", found.answer)])
    async with listening(app, lifespan="off") as address:
        found.url = f"http://{address}/keys"
        yield found


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with make_client() as client:
        yield client


@dataclass
class Clock:
    seconds: float = 0

    def __call__(self) -> float:
        return self.seconds


class Outside:
    """A user known by an outside issuer, and the admission that trusts it."""

    def __init__(
        self, desk: Desk, viewer: Viewer, publisher: Publisher, client: httpx.AsyncClient
    ) -> None:
        self.desk, self.viewer = desk, viewer
        self.publisher, self.client = publisher, client
        self.handle = f"user-{viewer.user_id.hex[-12:]}"

    def admission(self, **settings: Any) -> Admission:
        given = {"issuer": ISSUER, "audience": "parley-api", "jwks_url": self.publisher.url}
        issuer = IssuerSettings.model_validate({**given, **settings})
        reception = self.desk.application._reception
        assert reception is not None
        whole = reception.admission
        issuers = OutsideIssuers([issuer], self.client)
        return Admission(
            whole._database, whole._tokens, issuers, whole._standings, used=whole._used
        )

    def token(self, algorithm: str = "RS256", key: Any = None, **changed: Any) -> str:
        key = key or self.publisher.keys[0]
        moment = int(now().timestamp())
        claims = {
            "iss": ISSUER,
            "aud": "parley-api",
            "sub": self.handle,
            "tenant": slug_of(self.viewer.tenant_id),
            "exp": moment + 60,
            **changed,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": algorithm, "kid": key.kid}
        return jwt.encode(header, claims, key, algorithms=[algorithm])


@pytest.fixture
async def outside(desk: Desk, publisher: Publisher, client: httpx.AsyncClient) -> Outside:
    viewer = await desk.make_user(await desk.make_tenant(), Role.ADMIN)
    return Outside(desk, viewer, publisher, client)


async def refuses(admission: Admission, token: str) -> bool:
    try:
        await admission.admit(f"Bearer {token}", None)
    except ParleyError as error:
        return error.code == "UNAUTHENTICATED"
    return False


async def test_outside_token_signs_in_the_user_whom_it_names(outside: Outside) -> None:
    viewer = await outside.admission().admit(f"Bearer {outside.token()}", "192.0.2.7")
    assert (viewer.tenant_id, viewer.user_id) == (
        outside.viewer.tenant_id,
        outside.viewer.user_id,
    )
    assert (viewer.role, viewer.address) == (Role.ADMIN, "192.0.2.7")
    assert viewer.expires_at is not None


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("ES256", ECKey.generate_key("P-256", {"kid": "ec"})),
        ("PS384", RSAKey.generate_key(2048, {"kid": "rsa"})),
        ("Ed25519", OKPKey.generate_key("Ed25519", {"kid": "okp"})),
    ],
)
async def test_asymmetric_algorithms_are_accepted(
    outside: Outside, algorithm: str, key: Any
) -> None:
    outside.publisher.keys.append(key)
    token = outside.token(algorithm, key)
    assert await outside.admission().admit(f"Bearer {token}", None)


async def test_claims_are_mapped(outside: Outside) -> None:
    admission = outside.admission(
        tenant=slug_of(outside.viewer.tenant_id),
        user_claim="email",
        role_claim="groups",
        roles={"staff": "AGENT", "guests": "VIEWER"},
    )
    named = {"sub": "42", "tenant": None, "email": outside.handle}
    both = outside.token(**named, groups=["guests", "staff", "others"])
    assert (await admission.admit(f"Bearer {both}", None)).role is Role.AGENT
    one = outside.token(**named, groups="guests")
    assert (await admission.admit(f"Bearer {one}", None)).role is Role.VIEWER
    assert await refuses(admission, outside.token(**named, groups=["others"]))
    assert await refuses(admission, outside.token(**named))


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "another"},
        {"aud": None},
        {"iss": "https://other.example"},
        {"iss": 7},
        {"iss": None},
        {"exp": int(now().timestamp()) - 3_600},
        {"exp": None},
        {"nbf": int(now().timestamp()) + 3_600},
        {"sub": "nobody"},
        {"sub": None},
        {"sub": ["x"]},
        {"sub": "a\x00b"},
        {"sub": "x" * 201},
        {"tenant": "no-such-tenant"},
    ],
)
async def test_wrong_claims_are_refused(outside: Outside, changed: dict[str, Any]) -> None:
    assert await refuses(outside.admission(), outside.token(**changed))


async def test_clocks_may_differ_a_little(outside: Outside) -> None:
    moment = int(now().timestamp())
    admission = outside.admission(leeway=60)
    assert await admission.admit(f"Bearer {outside.token(exp=moment - 30)}", None)
    assert await admission.admit(f"Bearer {outside.token(nbf=moment + 30)}", None)
    assert await refuses(admission, outside.token(exp=moment - 90))


async def test_unsigned_and_confused_tokens_are_refused(outside: Outside) -> None:
    key = outside.publisher.keys[0]
    shared = OctKey.generate_key(256, {"kid": "shared"})
    outside.publisher.keys.append(shared)
    good = outside.token()
    _, payload, signature = good.split(".")

    def signed_with(secret: bytes, kid: str) -> str:
        header = orjson.dumps({"alg": "HS256", "kid": kid})
        text = f"{urlsafe_b64encode(header).rstrip(b'=').decode()}.{payload}"
        mac = hmac.digest(secret, text.encode(), "sha256")
        return f"{text}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}"

    def with_header(**parts: Any) -> str:
        header = urlsafe_b64encode(orjson.dumps(parts)).rstrip(b"=").decode()
        return f"{header}.{payload}.{signature}"

    admission = outside.admission()
    assert await admission.admit(f"Bearer {good}", None)
    for forged in (
        with_header(alg="none", kid="first"),
        with_header(kid="first"),
        with_header(alg=["RS256"], kid="first"),
        with_header(alg="RS256", kid=["first"]),
        with_header(alg="ES256", kid="first"),
        with_header(alg="RS256", kid="shared"),
        with_header(alg="RS256", jwk=key.as_dict(private=False)),
        signed_with(key.as_pem(private=False), "first"),
        signed_with(urlsafe_b64decode(shared.as_dict()["k"] + "=="), "shared"),
        f"{good[:-4]}AAAA",
    ):
        assert await refuses(admission, forged), forged


async def test_removed_user_is_refused(outside: Outside) -> None:
    await outside.desk.owner.execute(
        "UPDATE users SET removed_at = now() WHERE id = $1", outside.viewer.user_id
    )
    assert await refuses(outside.admission(), outside.token())


async def test_keys_are_fetched_once_and_again_for_a_new_key(
    publisher: Publisher, client: httpx.AsyncClient
) -> None:
    clock = Clock()
    keys = PublishedKeys(publisher.url, client, clock)
    found = await asyncio.gather(*(keys.find("first") for _ in range(20)))
    assert all(found)
    assert publisher.asked == 1

    publisher.keys.append(OKPKey.generate_key("Ed25519", {"kid": "second"}))
    # Unknown ids do not make it ask as often as a stranger likes.
    assert [await keys.find(f"no-{n}") for n in range(50)] == [None] * 50
    assert publisher.asked == 1
    clock.seconds = RETRY_SECONDS
    assert await keys.find("second") is not None
    assert publisher.asked == 2

    publisher.keys.pop(0)
    clock.seconds += FRESH_SECONDS
    assert await keys.find("first") is None
    assert publisher.asked == 3
    # The only key there is needs no name.
    assert (await keys.find(None)) is (await keys.find("second"))
    assert await keys.find(7) is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"not json", 200),
        (b"[]", 200),
        (b'{"keys": 7}', 200),
        (b'{"keys": [7]}', 200),
        (b'{"keys": []}', 200),
        (b'{"keys": [{"kty": "RSA"}]}', 200),
        (b'{"keys": [' + b"{}," * 200 + b"{}]}", 200),
        (b" " * (MAX_BYTES + 1), 200),
        (None, 500),
        (None, 302),
    ],
)
async def test_publisher_that_fails_leaves_what_was_known(
    publisher: Publisher, client: httpx.AsyncClient, body: bytes | None, status: int
) -> None:
    clock = Clock()
    keys = PublishedKeys(publisher.url, client, clock)
    assert await keys.find("first") is not None
    publisher.body, publisher.status = body, status
    clock.seconds = FRESH_SECONDS
    with capture_logs() as logs:
        assert await keys.find("first") is not None
    assert [entry["event"] for entry in logs] == ["issuer_keys_not_fetched"]
    assert publisher.asked == 2


async def test_publisher_that_is_away_refuses_everybody(client: httpx.AsyncClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    keys = PublishedKeys(f"http://127.0.0.1:{port}/keys", client)
    assert await keys.find("first") is None


@pytest.mark.parametrize("url", ["http://id.example/keys", "ftp://id.example/keys", "keys"])
def test_keys_must_come_encrypted(url: str) -> None:
    with pytest.raises(ValidationError, match="https"):
        IssuerSettings(issuer=ISSUER, audience="a", jwks_url=url)
