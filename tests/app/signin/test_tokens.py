"""Our own tokens: what is refused, and how keys rotate."""

import base64
import hmac
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from app.signin.key_file import RETIRES_AT, KeyFile, KeyFileError
from app.signin.tokens import AUDIENCE, ISSUER, Tokens
from models.base import now
from models.ids import new_id
from realtime.revocation import Holder
from resolvers.errors import ParleyError
from tests.app.signin.desk import Desk
from tests.app.signin.test_api_keys import ROLE

HOLDER = Holder(new_id(), new_id(), new_id())
HOUR = timedelta(hours=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


def kid_of(token: str) -> Any:
    header = token.split(".", maxsplit=1)[0]
    return orjson.loads(base64.urlsafe_b64decode(header + "=="))["kid"]


def claims(**changed: Any) -> dict[str, Any]:
    """Good claims, but for what is changed; None leaves a claim out."""
    moment = int(now().timestamp())
    whole = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(HOLDER.user_id),
        "tenant": str(HOLDER.tenant_id),
        "iat": moment,
        "exp": moment + 60,
    }
    return {name: value for name, value in {**whole, **changed}.items() if value is not None}


def sign(path: Path, contents: dict[str, Any], algorithm: str = "Ed25519") -> str:
    """A token signed with the file's first key."""
    key = OKPKey.import_key(orjson.loads(path.read_bytes())["keys"][0])
    header = {"alg": algorithm, "kid": key.kid}
    return jwt.encode(header, contents, key, algorithms=[algorithm])


def test_token_names_its_holder(path: Path) -> None:
    tokens = Tokens.from_file(path)
    token = tokens.issue_to(HOLDER, now(), HOUR)
    credential = tokens.check(token, kid_of(token))
    assert credential.holder == HOLDER
    assert credential.expires_at is not None
    assert oct(path.stat().st_mode)[-3:] == "600"


@pytest.mark.parametrize(
    "changed",
    [
        {"exp": int(now().timestamp()) - 60},
        {"exp": None},
        {"exp": "soon"},
        {"exp": 1e300},
        {"iat": int(now().timestamp()) + 600},
        {"iat": None},
        {"aud": "another"},
        {"aud": None},
        {"iss": "another"},
        {"sub": None},
        {"sub": "not a uuid"},
        {"tenant": 7},
        {"sid": ["x"]},
    ],
)
def test_tokens_with_wrong_claims_are_refused(path: Path, changed: dict[str, Any]) -> None:
    tokens = Tokens.from_file(path)
    token = sign(path, claims(**changed))
    with pytest.raises(ParleyError):
        tokens.check(token, kid_of(token))


async def test_forged_tokens_are_refused(desk: Desk, tmp_path: Path) -> None:
    viewer = await desk.make_user(await desk.make_tenant())
    good = desk.token(viewer)
    assert await desk.data(ROLE, good)
    header, payload, signature = good.split(".")

    def changed(**parts: Any) -> str:
        plain = orjson.loads(base64.urlsafe_b64decode(header + "=="))
        packed = base64.urlsafe_b64encode(orjson.dumps({**plain, **parts}))
        return packed.rstrip(b"=").decode()

    # The public key used as the secret of an HMAC.
    first = orjson.loads(desk.tokens._keys._path.read_bytes())["keys"][0]
    public = OKPKey.import_key({k: v for k, v in first.items() if k != "d"})
    signed = f"{changed(alg='HS256')}.{payload}"
    confused = [
        f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
        for secret in (public.as_pem(private=False), public.raw_value.public_bytes_raw())
        for mac in [hmac.digest(secret, signed.encode(), "sha256")]
    ]
    stranger = Tokens.from_file(tmp_path / "others.json").issue(viewer, now(), HOUR)
    for forged in (
        f"{changed(alg='none')}.{payload}.",
        f"{changed(alg='none')}.{payload}.{signature}",
        f"{changed(alg='HS256')}.{payload}.{signature}",
        f"{changed(kid='another')}.{payload}.{signature}",
        f"{changed(kid=None)}.{payload}.{signature}",
        f"{changed(kid=[])}.{payload}.{signature}",
        f"{changed(crit=['b64'], b64=False)}.{payload}.{signature}",
        f"{header}.{payload}.{signature[:-4]}AAAA",
        f"{header}.{payload}.",
        f"{header}.{payload}",
        "W10.W10.",
        "a.b.c",
        "...",
        "x" * 5_000,
        stranger,
        *confused,
    ):
        response = await desk.post(ROLE, forged)
        assert response.status_code == 401, forged
        assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_expired_token_is_refused_though_it_was_known(desk: Desk) -> None:
    viewer = await desk.make_user(await desk.make_tenant())
    admission = desk.application._reception.admission  # type: ignore[union-attr]
    token = f"Bearer {desk.token(viewer, HOUR)}"
    assert await admission.admit(token, None)
    later = type(admission)(
        admission._database,
        admission._tokens,
        admission._issuers,
        admission._standings,
        used=admission._used,
        clock=lambda: now() + HOUR,
    )
    with pytest.raises(ParleyError):
        await later.admit(token, None)


def test_rotation_signs_anew_and_verifies_what_was_signed(path: Path) -> None:
    running, operator = Tokens.from_file(path), KeyFile(path)
    old = running.issue_to(HOLDER, now(), HOUR)
    key_id = operator.rotate(keep_seconds=3_600)
    # The running process neither restarts nor is told.
    new = running.issue_to(HOLDER, now(), HOUR)
    assert kid_of(new) == key_id != kid_of(old)
    for tokens in (running, Tokens.from_file(path)):
        for token in (old, new):
            assert tokens.check(token, kid_of(token)).holder == HOLDER


def test_processes_of_one_id_that_start_at_once_sign_with_one_key(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_have_made_one, link = Barrier(2), os.link

    def link_together(*names: Path) -> None:
        both_have_made_one.wait()
        link(*names)

    monkeypatch.setattr(os, "link", link_together)

    with ThreadPoolExecutor(2) as pool:
        one, another = pool.map(KeyFile, [path, path])

    assert one.signer.kid == another.signer.kid
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_process_that_only_verifies_finds_the_new_key(path: Path) -> None:
    verifier, signer = Tokens.from_file(path), Tokens.from_file(path)
    signer._keys.rotate(keep_seconds=3_600)
    token = signer.issue_to(HOLDER, now(), HOUR)
    assert verifier.check(token, kid_of(token)).holder == HOLDER


def test_retired_key_goes_with_its_time(path: Path) -> None:
    tokens = Tokens.from_file(path)
    old = tokens.issue_to(HOLDER, now(), HOUR)
    tokens._keys.rotate(keep_seconds=0)
    with pytest.raises(ParleyError):
        tokens.check(old, kid_of(old))
    tokens._keys.rotate(keep_seconds=60)
    kept = orjson.loads(path.read_bytes())["keys"]
    assert [RETIRES_AT in key for key in kept] == [False, True]


@pytest.mark.parametrize("contents", [b"", b"{}", b'{"keys": []}', b"[]", b'{"keys": [{}]}'])
def test_unusable_key_file_is_told(path: Path, contents: bytes) -> None:
    path.write_bytes(contents)
    with pytest.raises(KeyFileError, match=r"keys\.json"):
        KeyFile(path)


def test_key_of_another_kind_is_told(path: Path) -> None:
    secret = OctKey.generate_key(256).as_dict(private=True)
    path.write_bytes(orjson.dumps({"keys": [secret]}))
    with pytest.raises(KeyFileError, match="Ed25519"):
        KeyFile(path)
