"""Ethereum addresses: https://eips.ethereum.org/EIPS/eip-55."""

import re

from eth_hash.auto import keccak

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


def checksummed(address: str) -> str:
    """The address with the letters' case that EIP-55 gives. Raises ValueError for no address."""
    if not _ADDRESS.fullmatch(address):
        raise ValueError("an address is 0x and 40 hexadecimal digits")
    digits = address[2:].lower()
    marks = keccak(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if int(mark, 16) >= 8 else digit
        for digit, mark in zip(digits, marks, strict=False)
    )


def checked_address(address: str) -> str:
    """The same for an address from outside, whose case must be EIP-55's or lower throughout.

    Raises ValueError for any other: a letter was mistyped.
    """
    shown = checksummed(address)
    if address not in (shown, shown.lower()):
        raise ValueError("the address's checksum (EIP-55) is wrong")
    return shown
