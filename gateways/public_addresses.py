"""Requests to addresses that users give: only to the public internet, unless that is allowed.

A name is resolved once, every address of it is checked, and the connection goes to the checked
address: a name that resolves to something else a moment later leads nowhere.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TypeAlias

import httpx

Address: TypeAlias = IPv4Address | IPv6Address
Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]

# Translates to any IPv4 address, an internal one too (RFC 6052).
_NAT64 = "64:ff9b::"


class AddressRefused(httpx.RequestError):
    """The host is, or has an address, in an internal network."""


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system resolves it. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def is_public(text: str) -> bool:
    """Whether an address is of the public internet: no loopback, private, link-local, multicast."""
    address = ip_address(text.split("%", maxsplit=1)[0])
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or address.teredo
        if inner is not None or address.exploded.startswith(ip_address(_NAT64).exploded[:9]):
            return False
    return address.is_global and not address.is_multicast


class PublicTransport(httpx.AsyncBaseTransport):
    """Sends each request to an address of its host that was checked. Raises AddressRefused.

    One pool of connections serves one host: make one for each endpoint.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, resolve: Resolve = resolve) -> None:
        self._inner = inner
        self._resolve = resolve

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See `httpx.AsyncBaseTransport`."""
        url = request.url
        address = await self._checked(request)
        # The certificate is still checked against the name; the header Host was set from it.
        request.extensions = {**request.extensions, "sni_hostname": url.host}
        request.url = url.copy_with(host=address)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """See `httpx.AsyncBaseTransport`."""
        await self._inner.aclose()

    async def _checked(self, request: httpx.Request) -> str:
        url = request.url
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            addresses = await self._resolve(url.host, port)
        except OSError:
            raise httpx.ConnectError("the host has no address", request=request) from None
        if not addresses:
            raise httpx.ConnectError("the host has no address", request=request)
        if not all(is_public(address) for address in addresses):
            raise AddressRefused("the host is in an internal network", request=request)
        return addresses[0]
