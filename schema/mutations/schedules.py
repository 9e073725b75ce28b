"""Making schedules, changing and ending them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from models.audience import IdentityKind
from resolvers import schedules as resolve
from resolvers import scheduling
from resolvers.recipients import GivenAudience, GivenRecipient
from resolvers.scheduling import NewSchedule, ScheduleUpdate
from resolvers.wording import GivenMessage
from schema.enums import Priority
from schema.errors import MutationResult, changed
from schema.fields import Info
from schema.ids import IdType, decode_id, decode_optional_id
from schema.schedules import Schedule
from schema.timing import TimingChange, TimingInput

KEY = "Yours: making it again gives the first schedule."
REPLY_TO = "The message that this one answers, where the outlet knows of answers."


@strawberry.input(description="A contact, or whoever is at an address.")
class RecipientInput:
    contact_id: strawberry.ID | None = None
    address: str | None = strawberry.field(
        default=None, description="Such as a phone number with its country code."
    )
    kind: IdentityKind = strawberry.field(
        default=IdentityKind.PHONE, description="What the address is."
    )
    variables: JSON | None = strawberry.field(
        default=None, description="Their own values of the template's variables, by name."
    )

    def parsed(self) -> GivenRecipient:
        """Raises BAD_ID."""
        contact_id = decode_optional_id(IdType.CONTACT, self.contact_id, "recipients")
        return GivenRecipient(contact_id, self.address, self.kind, _values(self.variables))


@strawberry.input
class CreateScheduleInput(TimingInput):
    conversation_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Whom it is to: give one of this, `contactIds`, `recipients` and"
        " `recipientGroupId`.",
    )
    contact_ids: list[strawberry.ID] | None = None
    recipients: list[RecipientInput] | None = strawberry.field(
        default=None, description="At most 100,000, as of `contactIds`, unless a setting differs."
    )
    recipient_group_id: strawberry.ID | None = None
    group_is_fixed: bool = strawberry.field(
        default=False,
        description="To the group's members of now; else to those of when it is sent.",
    )
    device_id: strawberry.ID | None = strawberry.field(
        default=None, description="What it goes out through; needed but for a conversation."
    )
    priority: Priority = Priority.NORMAL
    body: str | None = strawberry.field(
        default=None, description="At most 65,536 characters; or give `templateId` in its place."
    )
    template_id: strawberry.ID | None = None
    variables: JSON | None = strawberry.field(
        default=None, description="Values of the template's variables, by name."
    )
    attachment_id: strawberry.ID | None = strawberry.field(
        default=None, description="A file that is kept here already; the text is its caption."
    )
    reply_to_id: strawberry.ID | None = strawberry.field(default=None, description=REPLY_TO)
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)

    def parsed(self) -> NewSchedule:
        """Raises BAD_ID."""
        return NewSchedule(
            message=GivenMessage(
                self.body,
                decode_optional_id(IdType.TEMPLATE, self.template_id, "templateId"),
                _values(self.variables),
                decode_optional_id(IdType.ATTACHMENT, self.attachment_id, "attachmentId"),
                decode_optional_id(IdType.MESSAGE, self.reply_to_id, "replyToId"),
            ),
            audience=self.audience(),
            timing=self.timing(),
            device_id=decode_optional_id(IdType.DEVICE, self.device_id, "deviceId"),
            priority=self.priority,
            idempotency_key=self.idempotency_key,
        )

    def audience(self) -> GivenAudience:
        """Whom it is to. Raises BAD_ID."""
        contact_ids = recipients = None
        if self.contact_ids is not None:
            contact_ids = [decode_id(IdType.CONTACT, key, "contactIds") for key in self.contact_ids]
        if self.recipients is not None:
            recipients = [recipient.parsed() for recipient in self.recipients]
        group_id = decode_optional_id(
            IdType.RECIPIENT_GROUP, self.recipient_group_id, "recipientGroupId"
        )
        return GivenAudience(
            decode_optional_id(IdType.CONVERSATION, self.conversation_id, "conversationId"),
            contact_ids,
            recipients,
            group_id,
            self.group_is_fixed and group_id is not None,
        )


@strawberry.input
class _AboutSchedule:
    schedule_id: strawberry.ID

    def key(self) -> UUID:
        """The schedule's UUID. Raises BAD_ID."""
        return decode_id(IdType.SCHEDULE, self.schedule_id, "scheduleId")


@strawberry.input(description="What is left out stays as it is.")
class UpdateScheduleInput(TimingChange, _AboutSchedule):
    expected_revision: int | None = strawberry.field(
        default=None, description="Changes nothing when somebody else has changed it since."
    )
    body: str | None = None
    template_id: strawberry.ID | None = None
    variables: JSON | None = None
    device_id: strawberry.ID | None = None
    priority: Priority | None = None

    def parsed(self) -> ScheduleUpdate:
        """Raises BAD_ID."""
        return ScheduleUpdate(
            message=self.message(),
            timing=self.timing(),
            device_id=decode_optional_id(IdType.DEVICE, self.device_id, "deviceId"),
            priority=self.priority,
            expected_revision=self.expected_revision,
        )

    def message(self) -> Callable[[GivenMessage], GivenMessage] | None:
        """What is changed of what is said. Raises BAD_ID."""
        template_id = decode_optional_id(IdType.TEMPLATE, self.template_id, "templateId")
        changes: dict[str, Any] = {}
        if self.body is not None or template_id is not None:
            changes = {"body": self.body, "template_id": template_id, "variables": None}
        if self.variables is not None:
            changes["variables"] = self.variables
        return (lambda known: replace(known, **changes)) if changes else None


@strawberry.input
class PauseScheduleInput(_AboutSchedule):
    pass


@strawberry.input
class ResumeScheduleInput(_AboutSchedule):
    pass


@strawberry.input
class CancelScheduleInput(_AboutSchedule):
    pass


@strawberry.input(description="The same message to the same recipients, at another time.")
class CopyScheduleInput(TimingInput, _AboutSchedule):
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.type
class _ScheduleResult(MutationResult):
    schedule: Schedule | None = None


@strawberry.type
class CreateSchedulePayload(_ScheduleResult):
    pass


@strawberry.type
class UpdateSchedulePayload(_ScheduleResult):
    pass


@strawberry.type
class PauseSchedulePayload(_ScheduleResult):
    pass


@strawberry.type
class ResumeSchedulePayload(_ScheduleResult):
    pass


@strawberry.type
class CancelSchedulePayload(_ScheduleResult):
    pass


@strawberry.type
class CopySchedulePayload(_ScheduleResult):
    pass


@strawberry.type
class ScheduleMutations:
    @strawberry.mutation(
        description="The message is sent as the viewer when its time comes, or at once."
    )
    async def create_schedule(
        self, info: Info, input: CreateScheduleInput
    ) -> CreateSchedulePayload:
        schedule, errors = await changed(
            Schedule, lambda: scheduling.create_schedule(info.context, input.parsed())
        )
        return CreateSchedulePayload(schedule=schedule, user_errors=errors)

    @strawberry.mutation(description="For what is not queued yet; what is queued stays as it is.")
    async def update_schedule(
        self, info: Info, input: UpdateScheduleInput
    ) -> UpdateSchedulePayload:
        schedule, errors = await changed(
            Schedule, lambda: scheduling.update_schedule(info.context, input.key(), input.parsed())
        )
        return UpdateSchedulePayload(schedule=schedule, user_errors=errors)

    @strawberry.mutation(description="What is queued already still goes out.")
    async def pause_schedule(self, info: Info, input: PauseScheduleInput) -> PauseSchedulePayload:
        schedule, errors = await changed(
            Schedule, lambda: resolve.pause_schedule(info.context, input.key())
        )
        return PauseSchedulePayload(schedule=schedule, user_errors=errors)

    @strawberry.mutation(
        description="What it missed meanwhile is treated as its `missedRule` says."
    )
    async def resume_schedule(
        self, info: Info, input: ResumeScheduleInput
    ) -> ResumeSchedulePayload:
        schedule, errors = await changed(
            Schedule, lambda: resolve.resume_schedule(info.context, input.key())
        )
        return ResumeSchedulePayload(schedule=schedule, user_errors=errors)

    @strawberry.mutation(description="What a worker holds already may still be sent.")
    async def cancel_schedule(
        self, info: Info, input: CancelScheduleInput
    ) -> CancelSchedulePayload:
        schedule, errors = await changed(
            Schedule, lambda: resolve.cancel_schedule(info.context, input.key())
        )
        return CancelSchedulePayload(schedule=schedule, user_errors=errors)

    @strawberry.mutation
    async def copy_schedule(self, info: Info, input: CopyScheduleInput) -> CopySchedulePayload:
        schedule, errors = await changed(
            Schedule,
            lambda: scheduling.copy_schedule(
                info.context, input.key(), input.timing(), input.idempotency_key
            ),
        )
        return CopySchedulePayload(schedule=schedule, user_errors=errors)


def _values(given: Any) -> Mapping[str, Any] | None:
    """What a client gave as JSON; resolvers check that it is an object."""
    values: Mapping[str, Any] | None = given
    return values
