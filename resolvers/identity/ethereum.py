"""Ethereum accounts: who signed a text.

Signed texts: EIP-191, version 0x45.
Signatures: low s only, https://eips.ethereum.org/EIPS/eip-2; the other half would let anybody
make a second valid signature from the first.
"""

import re

from coincurve import PublicKey
from eth_hash.auto import keccak

_SIGNATURE = re.compile(r"0x[0-9a-fA-F]{130}")
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_RECOVERY_IDS = {0: 0, 1: 1, 27: 0, 28: 1}


class BadSignature(ValueError):  # noqa: N818 - it reads as what was found
    """The text is no signature that may be accepted; the message says why not."""


def signer_of(message: str, signature: str) -> str:
    """The address, in lower case, whose key signed the text. Raises BadSignature."""
    if not _SIGNATURE.fullmatch(signature):
        raise BadSignature("a signature is 0x and 130 hexadecimal digits")
    packed = bytes.fromhex(signature[2:])
    r, s = int.from_bytes(packed[:32]), int.from_bytes(packed[32:64])
    if not 0 < r < _ORDER or not 0 < s <= _ORDER // 2:
        raise BadSignature("r or s is out of range")
    if packed[64] not in _RECOVERY_IDS:
        raise BadSignature("v is none of 0, 1, 27 and 28")
    recoverable = packed[:64] + bytes([_RECOVERY_IDS[packed[64]]])
    try:
        key = PublicKey.from_signature_and_message(recoverable, digest_of(message), hasher=None)
    except Exception:  # coincurve raises no type of its own
        raise BadSignature("no key could have made this signature") from None
    return address_of(key)


def digest_of(message: str) -> bytes:
    """What a wallet signs of a text; its length is counted in bytes of UTF-8."""
    encoded = message.encode()
    prefix = f"\x19Ethereum Signed Message:\n{len(encoded)}".encode()
    return bytes(keccak(prefix + encoded))


def address_of(key: PublicKey) -> str:
    """The address of a key, in lower case."""
    return "0x" + keccak(key.format(compressed=False)[1:])[-20:].hex()
