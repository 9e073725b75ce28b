"""Identities of contacts: however one is written, it is kept in one form."""

import pytest

from models.audience import IdentityKind
from models.identities import BadIdentity, Identity, identity

SUM = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


@pytest.mark.parametrize(
    ("kind", "text", "region", "kept"),
    [
        (IdentityKind.PHONE, " +34 612-345-678 ", None, "+34612345678"),
        (IdentityKind.PHONE, "612 34 56 78", "ES", "+34612345678"),
        (IdentityKind.PHONE, "(020) 7946 0123", "GB", "+442079460123"),
        (IdentityKind.PHONE, "+1 650 253 0000", "ES", "+16502530000"),
        (IdentityKind.WALLET, SUM, None, SUM),
        (IdentityKind.WALLET, SUM.lower(), None, SUM),
        (IdentityKind.EMAIL, "Ana.B@Example.ORG", None, "ana.b@example.org"),
        (IdentityKind.WHATSAPP_USER, "US.13491208655302741918", None, "US.13491208655302741918"),
        (
            IdentityKind.USER,
            "01A20297C429718EBBD3F129FBA2309E",
            None,
            "01a20297-c429-718e-bbd3-f129fba2309e",
        ),
    ],
)
def test_identity_has_one_form(
    kind: IdentityKind, text: str, region: str | None, kept: str
) -> None:
    found = identity(kind, text, region)

    assert found == Identity(kind, kept)
    assert identity(kind, found.value) == found


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (IdentityKind.PHONE, "612345678"),
        (IdentityKind.PHONE, "+34 61"),
        (IdentityKind.PHONE, "+3461234567890123"),
        (IdentityKind.PHONE, "nobody"),
        (IdentityKind.PHONE, "1" * 300),
        (IdentityKind.WALLET, SUM.replace("5aA", "5Aa")),
        (IdentityKind.WALLET, SUM[:-1]),
        (IdentityKind.EMAIL, "ana"),
        (IdentityKind.EMAIL, "ana@localhost"),
        (IdentityKind.EMAIL, "a na@example.org"),
        (IdentityKind.EMAIL, "ana@example.org\x00"),
        (IdentityKind.WHATSAPP_USER, "usa.1"),
        (IdentityKind.USER, "ana"),
        (IdentityKind.EMAIL, "  "),
    ],
)
def test_what_is_no_identity_is_refused(kind: IdentityKind, text: str) -> None:
    with pytest.raises(BadIdentity):
        identity(kind, text)
