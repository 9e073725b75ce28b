"""Addresses and signatures of Ethereum accounts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.addresses import checksummed
from resolvers.identity.ethereum import BadSignature, signer_of
from tests.resolvers.identity.purse import Purse


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


@given(st.text(max_size=200), st.binary(min_size=65, max_size=65))
def test_any_other_65_bytes_are_refused_or_somebody_elses(text: str, packed: bytes) -> None:
    try:
        signer = signer_of(text, "0x" + packed.hex())
    except BadSignature:
        return
    assert checksummed(signer).lower() == signer


@given(st.text(max_size=200))
def test_what_is_no_signature_is_refused(signature: str) -> None:
    with pytest.raises(BadSignature):
        signer_of("text", signature)


@pytest.mark.parametrize("address", ["", "0x", "0x" + "a" * 39, "0x" + "a" * 41, "a" * 42])
def test_what_is_no_address_has_no_checksum(address: str) -> None:
    with pytest.raises(ValueError, match="40 hexadecimal"):
        checksummed(address)
