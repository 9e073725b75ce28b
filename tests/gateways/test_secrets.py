"""Secrets at rest: nobody reads them without the key, or out of another device's row."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.secrets import KeyRing, SecretsError
from models.ids import new_id

OLD, NEW = b"o" * 32, b"n" * 32
SECRETS = {"access_token": "EAAG-secret", "app_secret": "hush"}
DEVICE = new_id()


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=200), max_size=5))
def test_what_was_sealed_is_read_again(secrets: dict[str, str]) -> None:
    ring = KeyRing([NEW])
    assert ring.unseal(ring.seal(secrets, DEVICE), DEVICE) == secrets


def test_nothing_of_it_can_be_seen() -> None:
    sealed = KeyRing([NEW]).seal(SECRETS, DEVICE)
    assert b"EAAG" not in sealed
    assert b"access_token" not in sealed
    assert sealed != KeyRing([NEW]).seal(SECRETS, DEVICE)


def test_every_key_of_the_ring_decrypts_and_the_first_encrypts() -> None:
    old, both = KeyRing([OLD]), KeyRing([NEW, OLD])
    sealed = old.seal(SECRETS, DEVICE)
    assert both.unseal(sealed, DEVICE) == SECRETS
    assert not both.is_current(sealed)
    again = both.seal(SECRETS, DEVICE)
    assert both.is_current(again)
    with pytest.raises(SecretsError):
        old.unseal(again, DEVICE)


def test_secrets_of_another_device_are_refused() -> None:
    ring = KeyRing([NEW])
    with pytest.raises(SecretsError):
        ring.unseal(ring.seal(SECRETS, new_id()), DEVICE)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_damaged_ciphertext_is_refused(place: int, flip: int) -> None:
    ring = KeyRing([NEW])
    sealed = bytearray(ring.seal(SECRETS, DEVICE))
    sealed[place % len(sealed)] ^= flip
    with pytest.raises(SecretsError):
        ring.unseal(bytes(sealed), DEVICE)


def test_without_a_key_nothing_is_sealed() -> None:
    assert not KeyRing.parse("")
    with pytest.raises(SecretsError):
        KeyRing().seal(SECRETS, DEVICE)


def test_keys_are_parsed_from_the_environment() -> None:
    text = ", ".join(base64.b64encode(key).decode() for key in (NEW, OLD))
    sealed = KeyRing([NEW]).seal(SECRETS, DEVICE)
    assert KeyRing.parse(text).is_current(sealed)


@pytest.mark.parametrize("text", ["not-base64!", "c2hvcnQ=", base64.b64encode(b"x" * 33).decode()])
def test_a_bad_key_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(ValueError, match="32 bytes") as refused:
        KeyRing.parse(text)
    assert text not in str(refused.value)
