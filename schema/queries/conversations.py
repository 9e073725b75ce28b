"""Finding conversations."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any

import strawberry

from execution import Loaded, Selected
from models.tenants import Role
from resolvers import conversations as resolve
from resolvers.context import Context
from resolvers.conversation_lists import (
    ConversationFilter,
    count_conversations,
    list_conversations,
)
from resolvers.loaders.conversations import BY_ACTIVITY, COLUMNS
from resolvers.loaders.listed import NEWEST, Listing, People
from resolvers.loaders.messages import BY_SENDING
from resolvers.loaders.opened import Opening
from resolvers.loading import Loader
from resolvers.paging import Keyset, Page, PageRequest, page_request
from resolvers.pinned_first import PINNED_FIRST
from schema.connections import (
    After,
    AskedPage,
    Before,
    Connection,
    Cursors,
    First,
    Last,
    connection,
)
from schema.conversations import MESSAGES, PARTICIPANTS, Conversation
from schema.enums import Archived, ConversationKind, ConversationOrder
from schema.fields import LOADED, Info
from schema.ids import IdType, decode_id, decode_optional_id

COLUMN_NAMES = frozenset({column.key for column in COLUMNS})


@strawberry.input(description="Which conversations; each given condition holds.")
class ConversationFilterInput:
    kind: ConversationKind | None = None
    title_contains: str | None = None
    participant_user_id: strawberry.ID | None = None
    unread: bool | None = None
    archived: Archived = strawberry.field(
        default=Archived.EXCLUDE, description="Those that the viewer archived."
    )
    pinned: bool | None = strawberry.field(default=None, description="By the viewer.")
    muted: bool | None = strawberry.field(default=None, description="By the viewer, now.")
    label_id: strawberry.ID | None = None

    def parsed(self) -> ConversationFilter:
        """The filter as resolvers take it. Raises BAD_ID."""
        return ConversationFilter(
            kind=self.kind,
            title_contains=self.title_contains,
            participant_user_id=decode_optional_id(
                IdType.USER, self.participant_user_id, "participantUserId"
            ),
            unread=self.unread,
            archived=self.archived,
            pinned=self.pinned,
            muted=self.muted,
            label_id=decode_optional_id(IdType.LABEL, self.label_id, "labelId"),
        )


def _opening(selected: Selected, id: strawberry.ID) -> Opening:
    """What reads the conversation together with its messages, where this is all that is asked."""
    pages = [asked for asked in selected.ahead if asked.of is MESSAGES and _may_be_read(asked)]
    if not pages or selected.keys is None or not selected.keys <= COLUMN_NAMES:
        raise LookupError
    return Opening(pages[0].key(decode_id(IdType.CONVERSATION, id)), selected.keys)


def _may_be_read(asked: AskedPage) -> bool:
    """Whether the page will be given: its own field has to tell what is wrong with its cursors."""
    return _owned(BY_SENDING, asked.request)


def _owned(keyset: Keyset, request: PageRequest) -> bool:
    """Whether the cursors of a request are of this list."""
    given = (request.after, request.before)
    return all(cursor is None or keyset.owns(cursor) for cursor in given)


OPENED = Loaded(
    key=lambda _root, opening: opening,
    loader=lambda context: context.loaders.opened,
    wrap=lambda row, _key, _context: Conversation(row=row),
    request=_opening,
)


def _listing(
    selected: Selected, *, filter: object = None, order: ConversationOrder, **page: Any
) -> Listing:
    """What reads the list together with what is shown of each conversation in it."""
    request = page_request(**page)
    if (
        filter is not None
        or order is not ConversationOrder.ACTIVITY
        or not _owned(BY_ACTIVITY, request)
    ):
        raise LookupError
    newest = selected.loaded.get("last_message_id")
    return Listing(
        request,
        selected.keys,
        newest is not None and newest <= NEWEST.keys(),
        next(_people(selected.ahead), None),
    )


def _people(ahead: Iterable[Any]) -> Iterator[People]:
    """The participants that are asked for and that can be read together with the list."""
    for asked in ahead:
        if asked.of is PARTICIPANTS and asked.columns is not None and asked.request.after is None:
            yield People(asked.request, asked.columns)


def _count(context: Context) -> Callable[[], Awaitable[int]]:
    return lambda: count_conversations(context, ConversationFilter())


def _listed(context: Context) -> Loader[Listing, Page]:
    """Raises UNAUTHENTICATED."""
    context.viewer.require(Role.VIEWER)
    return context.loaders.listed


LISTED = Loaded(
    key=lambda _root, listing: listing,
    loader=_listed,
    wrap=lambda page, _key, context: connection(page, BY_ACTIVITY, Conversation, _count(context)),
    request=_listing,
)


@strawberry.type
class ConversationQueries:
    @strawberry.field(metadata={LOADED: OPENED})
    async def conversation(self, info: Info, id: strawberry.ID) -> Conversation | None:
        return await find_conversation(info, id)

    @strawberry.field(
        description="The most recently active first, unless asked otherwise; without those that"
        " the viewer archived, unless the filter asks for them.",
        metadata={LOADED: LISTED},
    )
    async def conversations(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: ConversationFilterInput | None = None,
        order: ConversationOrder = ConversationOrder.ACTIVITY,
    ) -> Connection[Conversation]:
        wanted = filter.parsed() if filter else ConversationFilter()
        request = page_request(first, after, last, before)
        page = await list_conversations(info.context, request, wanted, order)
        cursors: Cursors = BY_ACTIVITY
        if order is ConversationOrder.PINNED_FIRST:
            cursors = PINNED_FIRST
        return connection(
            page,
            cursors,
            Conversation,
            lambda: count_conversations(info.context, wanted),
        )


async def find_conversation(info: Info, key: strawberry.ID) -> Conversation:
    """The conversation with an id. Raises BAD_ID or NOT_FOUND."""
    conversation_id = decode_id(IdType.CONVERSATION, key)
    return Conversation(row=await resolve.find_conversation(info.context, conversation_id))
