"""The keys that an outside issuer publishes (a JWK set, RFC 7517), fetched and kept."""

import asyncio
import time

import httpx
import orjson
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import Key as PublicKey
from joserfc.jwk import KeySet, OctKey

from app.signin.caches import Clock

log = structlog.get_logger(__name__)

MAX_BYTES = 262_144
MAX_KEYS = 100
# Fetched anew after so long; for a key id that is unknown, or after a failure, after the second.
FRESH_SECONDS = 3_600
RETRY_SECONDS = 30


class PublishedKeys:
    """The keys at one address. While it does not answer, those that it gave last are good."""

    def __init__(self, url: str, client: httpx.AsyncClient, clock: Clock = time.monotonic) -> None:
        self._url = url
        self._client = client
        self._clock = clock
        self._keys: dict[str | None, PublicKey] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._fetching = asyncio.Lock()

    async def find(self, key_id: object) -> PublicKey | None:
        """The key with this id; without an id, the only key there is."""
        if key_id is not None and not isinstance(key_id, str):
            return None
        if self._stale(key_id):
            async with self._fetching:
                # Another request may have fetched while this one waited.
                if self._stale(key_id):
                    await self._fetch()
        if key_id is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(key_id)

    def _stale(self, key_id: str | None) -> bool:
        if self._tried_at is not None and self._clock() < self._tried_at + RETRY_SECONDS:
            return False
        if self._fetched_at is None or self._clock() >= self._fetched_at + FRESH_SECONDS:
            return True
        return key_id is not None and key_id not in self._keys

    async def _fetch(self) -> None:
        try:
            self._keys = _read(await self._get())
            self._fetched_at = self._clock()
        except (httpx.HTTPError, JoseError, ValueError, LookupError, TypeError) as error:
            log.warning("issuer_keys_not_fetched", url=self._url, reason=type(error).__name__)
        finally:
            # Only now, so that whoever comes meanwhile waits for the keys.
            self._tried_at = self._clock()

    async def _get(self) -> bytes:
        body = bytearray()
        async with self._client.stream("GET", self._url) as response:
            if response.status_code != httpx.codes.OK:
                raise ValueError(response.status_code)
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > MAX_BYTES:
                    raise ValueError("too large")
        return bytes(body)


def _read(body: bytes) -> dict[str | None, PublicKey]:
    """The set's keys that may verify; a secret among them is none of those."""
    found = orjson.loads(body)["keys"]
    if len(found) > MAX_KEYS or not all(isinstance(key, dict) for key in found):
        raise ValueError("too many keys, or no keys")
    keys = KeySet.import_key_set({"keys": [key for key in found if key.get("use") != "enc"]})
    return {key.kid: key for key in keys if not isinstance(key, OctKey)}


def make_client() -> httpx.AsyncClient:
    """A client for fetching keys: impatient, and not led elsewhere."""
    return httpx.AsyncClient(timeout=5, follow_redirects=False, trust_env=False)
