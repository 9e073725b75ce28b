"""The outlet behind each device: made from its settings and secrets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from gateways.http_webhook import HttpWebhookGateway
from gateways.loopback import LoopbackGateway
from gateways.loopback_told import Told, ToldBehaviour
from gateways.protocol import Action, GatewayError, Outlet
from gateways.public_addresses import PublicTransport
from gateways.secrets import KeyRing, SecretsError
from gateways.whatsapp_cloud import WhatsAppCloudGateway
from gateways.whatsapp_memory import ReadFile, WhatsAppMemory
from models.database import Database
from models.devices import DeviceKind
from realtime.unit_of_work import Bell

SECRETS_UNREADABLE = "DEVICE_SECRETS_UNREADABLE"
BAD_SETTINGS = "DEVICE_BAD_SETTINGS"


@dataclass(frozen=True, slots=True)
class OutletOptions:
    """Of the installation. `call_seconds` bounds each wait for a server outside.

    `internal_addresses` lets devices of the kind HTTP reach internal networks.
    """

    whatsapp_url: str = "https://graph.facebook.com"
    whatsapp_version: str = "v26.0"
    internal_addresses: bool = False
    call_seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class DeviceConfiguration:
    """What an outlet is made of, as the row of a device has it."""

    tenant_id: UUID
    device_id: UUID
    kind: DeviceKind
    settings: Mapping[str, Any]
    secrets: bytes | None


class OutletMaker:
    """Makes outlets. `read_file` gives contents of the media store."""

    def __init__(
        self,
        database: Database,
        bell: Bell,
        keys: KeyRing,
        read_file: ReadFile,
        options: OutletOptions | None = None,
    ) -> None:
        self.keys = keys
        self._database = database
        self._bell = bell
        self._read_file = read_file
        self._options = options or OutletOptions()

    def make(self, device: DeviceConfiguration) -> Outlet:
        """The outlet of a device, to be closed in the end. Raises GatewayError (HOLD)."""
        try:
            match device.kind:
                case DeviceKind.LOOPBACK:
                    return self._loopback(device)
                case DeviceKind.WHATSAPP_CLOUD:
                    return self._whatsapp(device)
                case DeviceKind.HTTP:
                    return self._http(device)
        except SecretsError:
            raise GatewayError(SECRETS_UNREADABLE, Action.HOLD) from None
        except (KeyError, ValueError, httpx.InvalidURL):
            # No chain: the exception could show a secret.
            raise GatewayError(BAD_SETTINGS, Action.HOLD) from None

    def secrets_of(self, device: DeviceConfiguration) -> dict[str, str]:
        """A device's secrets. Raises SecretsError."""
        if device.secrets is None:
            return {}
        return self.keys.unseal(device.secrets, device.device_id)

    def _loopback(self, device: DeviceConfiguration) -> Outlet:
        behaviour = ToldBehaviour(Told.of(device.settings))
        return LoopbackGateway(self._database, self._bell, behaviour=behaviour)

    def _whatsapp(self, device: DeviceConfiguration) -> WhatsAppCloudGateway:
        secrets = self.secrets_of(device)
        memory = WhatsAppMemory(self._database, device.tenant_id, device.device_id, self._read_file)
        return WhatsAppCloudGateway(
            self._client(httpx.AsyncHTTPTransport()),
            self._options.whatsapp_url,
            self._options.whatsapp_version,
            device.settings["phone_number_id"],
            secrets["access_token"],
            lookup=memory.trace,
            references=memory,
        )

    def _http(self, device: DeviceConfiguration) -> Outlet:
        transport: httpx.AsyncBaseTransport = httpx.AsyncHTTPTransport()
        if not self._options.internal_addresses:
            transport = PublicTransport(transport)
        secret = self.secrets_of(device)["signing_secret"]
        return HttpWebhookGateway(self._client(transport), device.settings["url"], secret)

    def _client(self, transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
        # A proxy of the environment would resolve names by itself.
        return httpx.AsyncClient(
            transport=transport, timeout=self._options.call_seconds, trust_env=False
        )

    def fetcher(self, device: DeviceConfiguration) -> WhatsAppCloudGateway:
        """What fetches the files that a WhatsApp device heard of. Raises GatewayError (HOLD)."""
        outlet = self.make(device)
        if not isinstance(outlet, WhatsAppCloudGateway):
            raise GatewayError(BAD_SETTINGS, Action.HOLD)
        return outlet
