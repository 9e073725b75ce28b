"""What the deliveries of an occurrence say and carry, recipient by recipient."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from analysis.templates import (
    Addressee,
    BoundTemplate,
    Problem,
    TemplateError,
    Variable,
    compile_template,
)
from dispatch.queueing import NewDelivery
from dispatch.quiet_hours import after_quiet_hours
from models.deliveries import DeliveryStatus


class Text(NamedTuple):
    """What one delivery says and carries, or what is wrong with it."""

    body: str
    content: dict[str, Any] | None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What all deliveries of one occurrence have in common.

    `template` has the values that they share, `problem` says why it could not be had.
    """

    schedule: Row[Any]
    occurrence_at: datetime
    template: BoundTemplate | None = None
    problem: Problem | None = None

    def into_conversation(self) -> NewDelivery:
        """The delivery into the schedule's conversation."""
        recipient = str(self.schedule.conversation_id)
        return self._delivery(recipient, None, self._text_for_all(), self.occurrence_at)

    def alike(self) -> NewDelivery:
        """What deliveries have in common where nothing depends on the recipient."""
        return self._delivery("", None, self._text_for_all(), self.occurrence_at)

    def to(self, recipients: Sequence[Row[Any]]) -> Iterator[NewDelivery]:
        """The deliveries to recipients of `dispatch.recipients`, those withheld among them."""
        plain = self._text_for_all() if self.template is None else None
        for recipient in recipients:
            text = plain or self._text(_addressee(recipient), recipient.variables)
            address = recipient.address or str(recipient.contact_id)
            yield self._delivery(
                address, recipient.contact_id, text, self._due_at(recipient), recipient.withheld
            )

    def _text_for_all(self) -> Text:
        """What is said where nothing depends on the recipient."""
        return self._text(Addressee(""), None)

    def _text(self, to: Addressee, own: dict[str, Any] | None) -> Text:
        """What a recipient is told; `own` are their own values of the template's variables."""
        schedule = self.schedule
        if self.template is None:
            return Text(schedule.body, schedule.content, self.problem)
        try:
            rendered = self.template.render(to, own)
        except TemplateError as error:
            return Text(schedule.body, schedule.content, error.problem)
        if schedule.whatsapp_name is None:
            return Text(rendered.body, schedule.content)
        if schedule.device_id is not None and rendered.has_blanks:
            return Text(rendered.body, schedule.content, Problem.MISSING_VARIABLE)
        outlet = {
            "name": schedule.whatsapp_name,
            "language": schedule.whatsapp_language,
            "parameters": list(rendered.parameters),
        }
        return Text(rendered.body, {**(schedule.content or {}), "template": outlet})

    def _delivery(
        self,
        recipient: str,
        contact_id: Any,
        text: Text,
        due_at: datetime,
        withheld: str | None = None,
    ) -> NewDelivery:
        schedule, error = self.schedule, withheld or text.problem
        grace = schedule.grace_seconds
        return NewDelivery(
            schedule_id=schedule.id,
            conversation_id=schedule.conversation_id,
            contact_id=contact_id,
            device_id=schedule.device_id,
            occurrence_at=self.occurrence_at,
            recipient=recipient,
            priority=schedule.priority,
            status=DeliveryStatus.CANCELLED if error else DeliveryStatus.QUEUED,
            body=text.body,
            content=text.content,
            due_at=due_at,
            expires_at=self.occurrence_at + timedelta(seconds=grace) if grace else None,
            error_code=error,
        )

    def _due_at(self, recipient: Row[Any]) -> datetime:
        if recipient.quiet_from is None or not self.schedule.respects_quiet_hours:
            return self.occurrence_at
        zone = ZoneInfo(recipient.time_zone or self.schedule.time_zone)
        return after_quiet_hours(
            self.occurrence_at, zone, recipient.quiet_from, recipient.quiet_until
        )


def draft_of(schedule: Row[Any], occurrence_at: datetime) -> Draft:
    """What an occurrence says, with the template as it is now, where there is one."""
    if schedule.template_id is None:
        return Draft(schedule, occurrence_at)
    variables = [Variable.of(stored) for stored in schedule.template_variables]
    # A recipient may bring what the schedule lacks; who does not is withheld.
    later = {variable.name for variable in variables}
    try:
        compiled = compile_template(
            schedule.template_body,
            variables,
            schedule.template_language,
            schedule.whatsapp_parameters,
        )
        bound = compiled.bind(schedule.variables or {}, ZoneInfo(schedule.time_zone), later)
    except TemplateError as error:
        return Draft(schedule, occurrence_at, problem=error.problem)
    return Draft(schedule, occurrence_at, bound)


def _addressee(recipient: Row[Any]) -> Addressee:
    zone = ZoneInfo(recipient.time_zone) if recipient.time_zone else None
    return Addressee(recipient.name or "", recipient.fields or {}, zone)
