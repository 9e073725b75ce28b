"""Workers read what webhooks were called with: statuses and messages, each of them once."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy import select

from dispatch.calls import TRIES, Call, close_call, note_heard, take_calls
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


@dataclass(slots=True)
class Part:
    """A part of a call, and whether it failed."""

    failed: bool = False


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
            with tools.weathering():
                await self._read(tenant_id, call)
        return len(calls)

    async def _read(self, tenant_id: UUID, call: Call) -> None:
        database = self._tools.database
        try:
            webhook = parse(call.body)
        except WebhookError as error:
            await close_call(database, tenant_id, call, error.code.value)
            return
        numbers = await self._numbers(tenant_id)
        unheard = Unheard(others=webhook.ignored)
        whole = await self._statuses(tenant_id, webhook, numbers, unheard)
        whole &= await self._messages(tenant_id, webhook, numbers, unheard)
        if whole or call.attempt >= TRIES:
            said = {one.phone_number_id for one in webhook.messages}
            said |= {one.phone_number_id for one in webhook.statuses}
            ours = {numbers[number] for number in said & numbers.keys()}
            await note_heard(database, tenant_id, ours, call.came_at)
            await close_call(database, tenant_id, call, None if whole else UNREADABLE)
            self._tools.statistics.heard += 1
            self._count(call, unheard)

    async def _statuses(
        self, tenant_id: UUID, webhook: Webhook, numbers: Mapping[str, UUID], unheard: Unheard
    ) -> bool:
        """Record the statuses, by number; whether all went well."""
        whole = True
        unheard.others += sum(one.phone_number_id not in numbers for one in webhook.statuses)
        for number, device_id in numbers.items():
            updates = [one for one in webhook.statuses if one.phone_number_id == number]
            if updates:
                with self._part() as part:
                    ear = self._ear(tenant_id, device_id)
                    unheard.statuses += await record_reports(ear, updates)
                whole &= not part.failed
        return whole

    async def _messages(
        self, tenant_id: UUID, webhook: Webhook, numbers: Mapping[str, UUID], unheard: Unheard
    ) -> bool:
        """Write the messages, each by itself; whether all went well."""
        whole = True
        for message in webhook.messages:
            device_id = numbers.get(message.phone_number_id)
            if device_id is None:
                unheard.messages += 1
                continue
            with self._part() as part:
                unheard.messages += not await receive(self._ear(tenant_id, device_id), message)
            whole &= not part.failed
        return whole

    @contextmanager
    def _part(self) -> Iterator[Part]:
        """What goes wrong with one part of a call keeps the worker from none of the others."""
        part = Part()
        try:
            yield part
        except DATABASE_TROUBLE as trouble:
            part.failed = True
            self._tools.weather(trouble)
        except Exception:
            part.failed = True
            log.exception("webhook_fault")

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
