"""The text of secrets."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.identity.secrets import SecretKind, digest_of, make_secret, read_secret


@given(st.uuids(), st.sampled_from(SecretKind))
def test_secret_reads_back(tenant: UUID, kind: SecretKind) -> None:
    text, digest = make_secret(kind, tenant)
    found = read_secret(kind, text)
    assert found is not None
    assert (found.tenant_id, found.digest) == (tenant, digest)
    assert digest == digest_of(text)
    for other in set(SecretKind) - {kind}:
        assert read_secret(other, text) is None


@given(st.sampled_from(SecretKind), st.text(max_size=120))
def test_no_other_text_is_a_secret(kind: SecretKind, text: str) -> None:
    for wrong in (text, kind.prefix + text, (kind.prefix + text).ljust(90, "A")):
        assert read_secret(kind, wrong) is None


@given(st.integers(0, 80), st.characters(codec="ascii"))
def test_one_wrong_character_is_noticed(place: int, character: str) -> None:
    text, _ = make_secret(SecretKind.API_KEY, UUID(int=7))
    changed = text[:place] + character + text[place + 1 :]
    assert changed == text or read_secret(SecretKind.API_KEY, changed) is None


def test_secrets_differ() -> None:
    assert len({make_secret(SecretKind.API_KEY, UUID(int=7)) for _ in range(100)}) == 100


@pytest.mark.parametrize("text", ["", "\ud800" * 83, "é" * 83, "\x00" * 83])
def test_strange_texts_are_refused(text: str) -> None:
    assert read_secret(SecretKind.API_KEY, text) is None
