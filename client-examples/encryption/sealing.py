"""Texts that only their readers can open: X25519 and XChaCha20-Poly1305, by libsodium.

A text is encrypted once, with a key made for it alone: the content key. The content key is
encrypted ("wrapped") once for each reader, with a key that only the sender and this reader can
compute. All of it travels as one ciphertext, whose integers are big-endian:

    number of readers (2 bytes)
    for each reader: key id (16 bytes), nonce (24), wrapped content key (32 + 16)
    the encrypted text, padded

Who wraps also vouches: a wrapped key is bound to this very ciphertext, conversation and pair of
keys, so that neither the server nor another reader can put the sender's name under another text.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Self

from nacl import bindings as sodium
from nacl.exceptions import CryptoError
from nacl.utils import random

encrypt = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt
decrypt = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt

ALGORITHM = "X25519"
SCHEME = "X25519-XChaCha20-Poly1305.example-1"

KEY_BYTES = 32
NONCE_BYTES = 24
# The server sees how long a ciphertext is; so it learns the text's length in steps of this.
PADDED_TO = 256

_COUNT = struct.Struct(">H")
_WRAPPED = struct.Struct(">16s24s48s")


class CannotOpenError(Exception):
    """The ciphertext is not for this reader, not of this sender, or not what was sent."""


@dataclass(frozen=True)
class KeyPair:
    """A person's key on one device. `secret` never leaves it; `public` is published."""

    secret: bytes
    public: bytes

    @classmethod
    def generate(cls) -> Self:
        """A new key, of the system's randomness."""
        secret = random(KEY_BYTES)
        return cls(secret, sodium.crypto_scalarmult_base(secret))


@dataclass(frozen=True)
class Sealed:
    """What is sent: `key_id` names the sender's key, `nonce` is that of the text."""

    ciphertext: bytes
    nonce: bytes
    key_id: str


def key_id(public: bytes) -> str:
    """A name for a public key that no other key has, so that nobody can swap the key under it."""
    return _key_digest(public).hex()


def fingerprint(public: bytes) -> str:
    """What two people compare to know that they have each other's key: 64 digits in groups."""
    digits = blake2b(public, digest_size=32, person=b"parley.finger").hexdigest()
    return " ".join(digits[start : start + 8] for start in range(0, len(digits), 8))


def seal(text: str, conversation: str, sender: KeyPair, readers: Iterable[bytes]) -> Sealed:
    """Encrypt a text of a conversation for the readers with these public keys.

    The sender can open it again only as one of the readers.
    """
    content_key, nonce = random(KEY_BYTES), random(NONCE_BYTES)
    padded = sodium.sodium_pad(text.encode(), PADDED_TO)
    body = encrypt(padded, conversation.encode(), nonce, content_key)
    bound_to = _digest(conversation, nonce, body)
    wrapped = [_wrap(content_key, sender, reader, bound_to) for reader in readers]
    ciphertext = b"".join([_COUNT.pack(len(wrapped)), *wrapped, body])
    return Sealed(ciphertext, nonce, key_id(sender.public))


def unseal(sealed: Sealed, conversation: str, sender: bytes, reader: KeyPair) -> str:
    """The text that the owner of the public key `sender` sealed. Raises CannotOpenError."""
    wrapped, body = _parts(sealed.ciphertext)
    entry = wrapped.get(_key_digest(reader.public))
    if entry is None:
        raise CannotOpenError("It was not encrypted for this key.")
    nonce, wrapped_key = entry
    bound_to = _digest(conversation, sealed.nonce, body)
    try:
        wrapping_key = _wrapping_key(reader.secret, sender, sender=sender, reader=reader.public)
        content_key = decrypt(wrapped_key, bound_to, nonce, wrapping_key)
        padded = decrypt(body, conversation.encode(), sealed.nonce, content_key)
        return sodium.sodium_unpad(padded, PADDED_TO).decode()
    except (CryptoError, ValueError) as error:
        raise CannotOpenError("It is not what this sender sealed for this conversation.") from error


def _wrap(content_key: bytes, sender: KeyPair, reader: bytes, bound_to: bytes) -> bytes:
    nonce = random(NONCE_BYTES)
    wrapping_key = _wrapping_key(sender.secret, reader, sender=sender.public, reader=reader)
    wrapped_key = encrypt(content_key, bound_to, nonce, wrapping_key)
    return _WRAPPED.pack(_key_digest(reader), nonce, wrapped_key)


def _wrapping_key(own_secret: bytes, other: bytes, *, sender: bytes, reader: bytes) -> bytes:
    """The key that only these two can compute, another one for each direction.

    Raises CryptoError for a public key with which everybody could (RFC 7748, section 6.1).
    """
    shared = sodium.crypto_scalarmult(own_secret, other)
    return blake2b(shared + sender + reader, digest_size=KEY_BYTES, person=b"parley.wrap").digest()


def _parts(ciphertext: bytes) -> tuple[dict[bytes, tuple[bytes, bytes]], bytes]:
    """The wrapped keys by the reader's key id, and the encrypted text."""
    try:
        (count,) = _COUNT.unpack_from(ciphertext)
        end = _COUNT.size + count * _WRAPPED.size
        entries = _WRAPPED.iter_unpack(ciphertext[_COUNT.size : end])
        return {reader: (nonce, key) for reader, nonce, key in entries}, ciphertext[end:]
    except struct.error:
        raise CannotOpenError("It is cut short.") from None


def _digest(conversation: str, nonce: bytes, body: bytes) -> bytes:
    """What a wrapped key is bound to. Only its last part has a length that varies."""
    place = blake2b(conversation.encode(), digest_size=32).digest()
    return blake2b(place + nonce + body, digest_size=32, person=b"parley.body").digest()


def _key_digest(public: bytes) -> bytes:
    return blake2b(public, digest_size=16, person=b"parley.key").digest()
