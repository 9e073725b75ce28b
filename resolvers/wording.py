"""What a schedule is to say: what clients say of it, checked."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from analysis.templates import CompiledTemplate
from resolvers.context import Context
from resolvers.errors import Code, ParleyError, UserError
from resolvers.limits import text_within
from resolvers.media import find_media
from resolvers.messages import find_message
from resolvers.recipients import GivenRecipient
from resolvers.template_details import told
from resolvers.templates import details_of, find_template
from resolvers.timing import zone_of

MAX_VARIABLES_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class GivenMessage:
    """What a client says of what: a text, or a template and its values; a file and an answer."""

    body: str | None = None
    template_id: UUID | None = None
    variables: Mapping[str, Any] | None = None
    attachment_id: UUID | None = None
    reply_to_id: UUID | None = None

    async def columns(
        self,
        context: Context,
        zone: str,
        recipients: Sequence[GivenRecipient],
        conversation_id: UUID | None,
    ) -> dict[str, Any]:
        """The columns of `schedules` that say so. `recipients` bring values of their own.

        What goes into a conversation answers a message of that one. Raises BAD_INPUT, NOT_FOUND,
        what is wrong with a text, or with the values of a template.
        """
        if (self.body is None) == (self.template_id is None):
            message = "Give a body or a templateId, and not both."
            raise UserError(Code.BAD_INPUT, message, "body")
        if self.template_id is None:
            body = self._plain(context, recipients)
        else:
            body = await self._of_template(context, self.template_id, zone, recipients)
        return {
            "body": body,
            "template_id": self.template_id,
            "variables": self.variables,
            "content": await self._content(context, conversation_id),
        }

    def _plain(self, context: Context, recipients: Sequence[GivenRecipient]) -> str:
        if self.variables or any(one.variables for one in recipients):
            raise UserError(Code.BAD_INPUT, "Only templates have variables.", "variables")
        assert self.body is not None, "checked before"
        return text_within(self.body, context.services.limits.body, "body")

    async def _of_template(
        self, context: Context, key: UUID, zone: str, recipients: Sequence[GivenRecipient]
    ) -> str:
        """The template's text, when it is found to be filled by the values that are there."""
        with _named("templateId"):
            row = await find_template(context, key)
        if row.archived_at is not None:
            raise UserError(Code.NOT_FOUND, "The template is archived.", "templateId")
        compiled = details_of(row).compiled(context.services.limits)
        for values in (self.variables, *(one.variables for one in recipients)):
            _check_size(values)
        with told():
            compiled.bind(self.variables or {}, zone_of(zone), _brought(recipients))
            await asyncio.to_thread(_check_own, compiled, recipients)
        body: str = row.body
        return body

    async def _content(
        self, context: Context, conversation_id: UUID | None
    ) -> dict[str, Any] | None:
        """What gateways get beside the text; see `models.deliveries.Delivery`."""
        content: dict[str, Any] = {}
        if self.attachment_id is not None:
            with _named("attachmentId"):
                await find_media(context, self.attachment_id)
            content["media"] = {"attachment_id": str(self.attachment_id)}
        if self.reply_to_id is not None:
            with _named("replyToId"):
                answered = await find_message(context, self.reply_to_id)
            if conversation_id not in {None, answered.conversation_id}:
                message = "There is no such message here."
                raise UserError(Code.NOT_FOUND, message, "replyToId")
            content["reply_to"] = {"message_id": str(self.reply_to_id)}
        return content or None


@contextmanager
def _named(field: str) -> Iterator[None]:
    """Say of what is missing which field of the input names it."""
    try:
        yield
    except ParleyError as missing:
        raise UserError(missing.code, missing.message, field) from None


def _brought(recipients: Sequence[GivenRecipient]) -> set[str]:
    """The variables that every recipient has a value for."""
    if not recipients:
        return set()
    first, *others = (set(one.variables or ()) for one in recipients)
    return first.intersection(*others)


def _check_own(compiled: CompiledTemplate, recipients: Sequence[GivenRecipient]) -> None:
    for one in recipients:
        if one.variables:
            compiled.written(one.variables)


def _check_size(values: Mapping[str, Any] | None) -> None:
    if values is None:
        return
    if not isinstance(values, Mapping):
        message = "variables is an object: each variable's value by its name."
        raise UserError(Code.BAD_INPUT, message, "variables")
    if len(orjson.dumps(values)) > MAX_VARIABLES_BYTES:
        message = f"The variables of one recipient take at most {MAX_VARIABLES_BYTES} bytes."
        raise UserError(Code.TOO_LONG, message, "variables")
