"""Workers read what webhooks were called with: statuses and messages, each of them once."""

from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy import select

from dispatch.calls import TRIES, Call, close_call, take_calls
from dispatch.ear import Ear
from dispatch.inbound import receive
from dispatch.reports import record_reports
from dispatch.tools import DATABASE_TROUBLE, Tools
from gateways.whatsapp_records import Webhook
from gateways.whatsapp_webhook import WebhookError, parse
from models.devices import DeviceKind
from models.tables import devices

UNREADABLE = "UNREADABLE"
BATCH = 20

log: structlog.stdlib.BoundLogger = structlog.get_logger("dispatch")


@dataclass(slots=True)
class Unheard:
    """What calls said that came to nothing: of numbers or messages that nobody here knows."""

    others: int = 0
    statuses: int = 0
    messages: int = 0


class Hearing:
    """Reads the calls of one tenant after the other."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def hear(self, tenant_id: UUID) -> int:
        """Read some of a tenant's calls; how many.

        One that fails is read again later, from its start: what it did before is not done twice.
        """
        tools = self._tools
        calls = await take_calls(tools.database, tenant_id, tools.clock(), BATCH)
        for call in calls:
            try:
                await self._read(tenant_id, call)
            except DATABASE_TROUBLE as trouble:
                tools.weather(trouble)
                if call.attempt >= TRIES:
                    await close_call(tools.database, tenant_id, call, UNREADABLE)
        return len(calls)

    async def _read(self, tenant_id: UUID, call: Call) -> None:
        try:
            webhook = parse(call.body)
        except WebhookError as error:
            await close_call(self._tools.database, tenant_id, call, error.code.value)
            return
        unheard = await self._follow(tenant_id, webhook)
        unheard.others += webhook.ignored
        await close_call(self._tools.database, tenant_id, call)
        self._tools.statistics.heard += 1
        self._count(call, unheard)

    async def _follow(self, tenant_id: UUID, webhook: Webhook) -> Unheard:
        unheard = Unheard()
        numbers = await self._numbers(tenant_id)
        for number, device_id in numbers.items():
            updates = [one for one in webhook.statuses if one.phone_number_id == number]
            if updates:
                unheard.statuses += await record_reports(self._ear(tenant_id, device_id), updates)
        for message in webhook.messages:
            device = numbers.get(message.phone_number_id)
            if device is None or not await receive(self._ear(tenant_id, device), message):
                unheard.messages += 1
        unheard.others += sum(one.phone_number_id not in numbers for one in webhook.statuses)
        return unheard

    def _ear(self, tenant_id: UUID, device_id: UUID) -> Ear:
        tools = self._tools
        return Ear(tools.database, tools.bell, tenant_id, device_id, tools.clock())

    async def _numbers(self, tenant_id: UUID) -> dict[str, UUID]:
        """The tenant's devices by phone number; of several with one number, the newest."""
        d = devices.c
        number = d.settings["phone_number_id"].astext.label("number")
        rows = await self._tools.database.reader(tenant_id).all(
            select(d.id, number)
            .where(
                d.tenant_id == tenant_id,
                d.kind == DeviceKind.WHATSAPP_CLOUD.value,
                d.archived_at.is_(None),
            )
            .order_by(d.created_at, d.id)
        )
        return {row.number: row.id for row in rows}

    def _count(self, call: Call, unheard: Unheard) -> None:
        """Count what came to nothing, and log it: ids alone, nothing that people wrote."""
        statistics = self._tools.statistics
        statistics.unheard += unheard.others + unheard.statuses + unheard.messages
        if unheard != Unheard():
            log.info(
                "webhook said what nobody knows of",
                call=str(call.id),
                device=str(call.device_id),
                others=unheard.others,
                statuses=unheard.statuses,
                messages=unheard.messages,
            )
