"""`/webhooks/whatsapp/{device}`: Meta's webhook. What it says is kept before it is answered."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

import orjson
import structlog
from prometheus_client import Counter
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app.runtime import Runtime
from dispatch.calls import keep_call
from gateways.outlets import DeviceConfiguration
from gateways.registry import configuration_of
from gateways.secrets import SecretsError
from gateways.whatsapp_webhook import (
    MAX_BODY_BYTES,
    SIGNATURE_HEADER,
    WebhookCode,
    WebhookError,
    challenge,
    check_signature,
    parse,
)
from models.base import now
from models.devices import DeviceKind
from resolvers.errors import ParleyError
from schema.ids import IdType, decode_id

STATUSES = {
    WebhookCode.BAD_SIGNATURE: HTTPStatus.UNAUTHORIZED,
    WebhookCode.BAD_VERIFICATION: HTTPStatus.FORBIDDEN,
    WebhookCode.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    WebhookCode.NOT_JSON: HTTPStatus.BAD_REQUEST,
    WebhookCode.NOT_WHATSAPP: HTTPStatus.BAD_REQUEST,
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Ear:
    """The device that a webhook is for, and its secrets."""

    device: DeviceConfiguration
    app_secret: str
    verify_token: str


class Webhooks:
    """The endpoint. `calls` counts what came of calls."""

    def __init__(self, runtime: Callable[[], Runtime], calls: Counter) -> None:
        self._runtime = runtime
        self._calls = calls
        self.routes = [
            Route("/webhooks/whatsapp/{device}", self._verify, methods=["GET"]),
            Route("/webhooks/whatsapp/{device}", self._hear, methods=["POST"]),
        ]

    async def _verify(self, request: Request) -> Response:
        """The challenge, to whoever knows the device's verify token."""
        ear = await self._ear(request)
        if ear is None:
            return self._refused(WebhookCode.BAD_VERIFICATION)
        try:
            return PlainTextResponse(challenge(request.query_params, ear.verify_token))
        except WebhookError as error:
            return self._refused(error.code)

    async def _hear(self, request: Request) -> Response:
        """Check who calls, keep what is said, answer; a worker reads it."""
        ear = await self._ear(request)
        if ear is None:
            return self._refused(WebhookCode.BAD_SIGNATURE)
        try:
            body = await _body(request)
            check_signature(ear.app_secret, body, request.headers.get(SIGNATURE_HEADER))
            parse(body)
        except WebhookError as error:
            return self._refused(error.code)
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        device = ear.device
        kept = await keep_call(
            self._runtime().database, device.tenant_id, device.device_id, body, now()
        )
        self._calls.labels("kept" if kept else "repeated").inc()
        return Response()

    async def _ear(self, request: Request) -> _Ear | None:
        """The device in the path; None for one that is not there, or that cannot be called."""
        runtime = self._runtime()
        try:
            device_id = decode_id(IdType.DEVICE, request.path_params["device"])
        except ParleyError:
            return None
        rows = await runtime.database.across_tenants("parley_tenant_of_device", device_id)
        if not rows:
            return None
        found = await configuration_of(runtime.database, rows[0]["tenant_id"], device_id)
        if found is None or found[0].kind is not DeviceKind.WHATSAPP_CLOUD:
            return None
        try:
            secrets = runtime.outlets.secrets_of(found[0])
        except SecretsError:
            log.error("webhook_secrets_unreadable", device=str(device_id))
            return None
        return _Ear(found[0], secrets.get("app_secret", ""), secrets.get("verify_token", ""))

    def _refused(self, code: WebhookCode) -> Response:
        self._calls.labels(code.value).inc()
        return Response(
            orjson.dumps({"code": code.value}), STATUSES[code], media_type="application/json"
        )


async def _body(request: Request) -> bytes:
    """The body as it came, up to 3 MB. Raises WebhookError (TOO_LARGE)."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY_BYTES:
            raise WebhookError(WebhookCode.TOO_LARGE)
    return bytes(body)
