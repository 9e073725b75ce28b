"""Secrets at rest: AES-256-GCM under keys from the environment, of which the first encrypts."""

import base64
import os
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Self
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_VERSION = b"\x01"
_NAME_BYTES = 4
_NONCE_BYTES = 12
_HEADER_BYTES = len(_VERSION) + _NAME_BYTES + _NONCE_BYTES


class SecretsError(Exception):
    """There is no key to encrypt with, or none that decrypts."""


class KeyRing:
    """Keys by what they are named in the ciphertext: the first bytes of their SHA-256.

    A ciphertext is bound to its device: moved to another row, it cannot be read.
    """

    def __init__(self, keys: Sequence[bytes] = ()) -> None:
        """Raises ValueError for a key that is not of 32 bytes."""
        if any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(f"a key has {KEY_BYTES} bytes")
        self._ciphers = {sha256(key).digest()[:_NAME_BYTES]: AESGCM(key) for key in keys}
        self._first = next(iter(self._ciphers), None)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Keys in Base64, separated by commas or spaces. Raises ValueError, which shows none."""
        try:
            keys = [
                base64.b64decode(word, validate=True) for word in text.replace(",", " ").split()
            ]
        except ValueError:
            raise ValueError("a key is 32 bytes in Base64") from None
        return cls(keys)

    def __bool__(self) -> bool:
        return self._first is not None

    def seal(self, secrets: Mapping[str, str], device_id: UUID) -> bytes:
        """Encrypt a device's secrets. Raises SecretsError."""
        if self._first is None:
            raise SecretsError("there is no key to encrypt secrets with")
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self._first].encrypt(nonce, orjson.dumps(secrets), device_id.bytes)
        return _VERSION + self._first + nonce + sealed

    def unseal(self, sealed: bytes, device_id: UUID) -> dict[str, str]:
        """The device's secrets. Raises SecretsError when no key here opens them."""
        name = sealed[len(_VERSION) : len(_VERSION) + _NAME_BYTES]
        nonce = sealed[_HEADER_BYTES - _NONCE_BYTES : _HEADER_BYTES]
        cipher = self._ciphers.get(name)
        if cipher is None or not sealed.startswith(_VERSION):
            raise SecretsError("the key of these secrets is not in the ring")
        try:
            opened = cipher.decrypt(nonce, sealed[_HEADER_BYTES:], device_id.bytes)
        except InvalidTag:
            raise SecretsError("these secrets were damaged, or are another device's") from None
        secrets: dict[str, str] = orjson.loads(opened)
        return secrets

    def is_current(self, sealed: bytes) -> bool:
        """Whether the first key encrypted this, so that the others are not needed for it."""
        return sealed[len(_VERSION) : len(_VERSION) + _NAME_BYTES] == self._first
