"""Lists of conversations: what they are filtered by, and their two orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select

from models.conversations import ConversationKind
from models.tables import (
    conversation_labels,
    conversation_settings,
    conversations,
    participants,
    read_positions,
)
from resolvers.context import Context
from resolvers.loaders.conversations import BY_ACTIVITY, COLUMNS, is_archived, is_kept
from resolvers.loaders.listed import Listing
from resolvers.paging import Page, PageRequest
from resolvers.pinned_first import pinned_first
from resolvers.scope import Identity, visible_conversations

c = conversations.c
s = conversation_settings.c


class Archived(StrEnum):
    """What becomes of the conversations that the viewer archived."""

    EXCLUDE = "EXCLUDE"
    ONLY = "ONLY"
    INCLUDE = "INCLUDE"


class ConversationOrder(StrEnum):
    """The order of a list; PINNED_FIRST: the latest pinned one first, then all others."""

    ACTIVITY = "ACTIVITY"
    PINNED_FIRST = "PINNED_FIRST"


@dataclass(frozen=True, slots=True)
class ConversationFilter:
    """What conversations must be like: each given condition holds."""

    kind: ConversationKind | None = None
    title_contains: str | None = None
    participant_user_id: UUID | None = None
    unread: bool | None = None
    archived: Archived = Archived.EXCLUDE
    pinned: bool | None = None
    muted: bool | None = None
    label_id: UUID | None = None

    def conditions(self, user_id: Identity, now: datetime) -> list[ColumnElement[bool]]:
        """The filter as conditions on `conversations`."""
        found: list[ColumnElement[bool]] = []
        if self.kind is not None:
            found.append(c.kind == self.kind.value)
        if self.title_contains is not None:
            found.append(c.title.icontains(self.title_contains, autoescape=True))
        if self.participant_user_id is not None:
            p = participants.c
            theirs = select(p.conversation_id).where(p.user_id == self.participant_user_id)
            found.append(c.id.in_(theirs))
        if self.unread is not None:
            found.append(_is(self.unread, c.live_count > read_count(user_id)))
        if self.label_id is not None:
            on = conversation_labels.c
            found.append(exists().where(on.conversation_id == c.id, on.label_id == self.label_id))
        return found + self._of_settings(user_id, now)

    def _of_settings(self, user_id: Identity, now: datetime) -> list[ColumnElement[bool]]:
        """The conditions on what the viewer made of a conversation."""
        found: list[ColumnElement[bool]] = []
        if self.archived is not Archived.INCLUDE:
            wanted = self.archived is Archived.ONLY
            found.append(_is(wanted, is_archived(user_id)))
        if self.pinned is not None:
            found.append(_is(self.pinned, is_kept(user_id, s.pinned_at.is_not(None))))
        if self.muted is not None:
            found.append(_is(self.muted, is_muted(user_id, now)))
        return found


UNFILTERED = ConversationFilter()


async def list_conversations(
    context: Context,
    request: PageRequest,
    wanted: ConversationFilter,
    order: ConversationOrder = ConversationOrder.ACTIVITY,
) -> Page:
    """A page of the viewer's conversations, the most recently active first."""
    viewer = context.viewer
    if wanted == UNFILTERED and order is ConversationOrder.ACTIVITY:
        return await context.loaders.listed.load(Listing(request))
    statement = select(*COLUMNS).where(*_conditions(context, wanted))
    if order is ConversationOrder.PINNED_FIRST:
        statement = pinned_first(viewer.user_id, statement, request)
    else:
        statement = BY_ACTIVITY.select(statement, request)
    return BY_ACTIVITY.page(await context.read.all(statement), request)


async def count_conversations(context: Context, wanted: ConversationFilter) -> int:
    """How many conversations the list has on all its pages."""
    statement = select(func.count()).select_from(conversations)
    count: int = await context.read.value(statement.where(*_conditions(context, wanted)))
    return count


def read_count(user_id: Identity) -> ColumnElement[int]:
    """How many live messages of a conversation the user has read, by a subselect."""
    r = read_positions.c
    read = select(r.live_count).where(r.conversation_id == c.id, r.user_id == user_id)
    return func.coalesce(read.scalar_subquery(), 0)


def is_muted(user_id: Identity, now: datetime) -> ColumnElement[bool]:
    """Whether the user has muted a conversation."""
    lasting = or_(s.muted_until.is_(None), s.muted_until > now)
    return is_kept(user_id, s.muted_at.is_not(None), lasting)


def _is(wanted: bool, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return condition if wanted else ~condition


def _conditions(context: Context, wanted: ConversationFilter) -> Sequence[ColumnElement[bool]]:
    viewer = context.viewer
    seen = visible_conversations(viewer.tenant_id, viewer.user_id)
    return [seen, *wanted.conditions(viewer.user_id, context.services.clock())]
