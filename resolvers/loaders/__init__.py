"""The loaders of one operation: one a nested field, each a statement a level."""

from collections.abc import Sequence
from functools import cached_property, partial
from typing import TypeAlias
from uuid import UUID

from models.database import PartialRow, Reader, Row
from resolvers.errors import ParleyError, ViewerAsked, not_found
from resolvers.loaders import (
    audience,
    conversations,
    deliveries,
    listed,
    messages,
    opened,
    participants,
    public_keys,
    receipts,
    schedules,
    statistics,
    users,
)
from resolvers.loaders.batching import PageKey
from resolvers.loaders.deliveries import DeliveryFilter
from resolvers.loaders.listed import Listing
from resolvers.loaders.messages import MessageFilter
from resolvers.loaders.opened import Opening
from resolvers.loaders.public_keys import PublicKeyFilter
from resolvers.loaders.statistics import Days
from resolvers.loading import Loader
from resolvers.paging import Page

__all__ = ["Loaders", "MessageFilter", "PageKey"]


Named: TypeAlias = Loader[UUID, Row | PartialRow | None]


class Loaders:
    """Made anew for each operation, since they cache; each loader is made when first used.

    No loader refers back to them: what a request has made would be left to the garbage collector.
    """

    def __init__(self, read: Reader, user_id: UUID | None) -> None:
        """`user_id`: who reads; None for several at once."""
        self._read = read
        self._reader_id = user_id

    @property
    def _user_id(self) -> UUID:
        if self._reader_id is None:
            raise ViewerAsked
        return self._reader_id

    @cached_property
    def conversation(self) -> Loader[UUID, Row | None]:
        return Loader(partial(conversations.conversations_by_id, self._read, self._user_id))

    @cached_property
    def found_conversation(self) -> Loader[UUID, Row | ParleyError]:
        """The same, with NOT_FOUND for those that are not there."""
        return Loader(partial(found_conversations, self.conversation))

    @cached_property
    def opened(self) -> Loader[Opening, PartialRow | ParleyError]:
        """Conversations with what an opening names; their pages are known to `messages` then."""
        known = self.messages, self.participant_named
        return Loader(partial(opened_conversations, self._read, self._user_id, *known))

    @cached_property
    def listed(self) -> Loader[Listing, Page]:
        """Lists of conversations; what a listing names beside is known to other loaders then."""
        known = self.newest_message, self.participants
        return Loader(partial(listed_conversations, self._read, self._user_id, *known))

    @cached_property
    def read_count(self) -> Loader[UUID, int]:
        return Loader(partial(conversations.read_counts, self._read, self._user_id))

    @cached_property
    def first_unread(self) -> Loader[UUID, Row | None]:
        return Loader(partial(conversations.first_unread_messages, self._read, self._user_id))

    @cached_property
    def settings(self) -> Loader[UUID, Row | None]:
        return Loader(partial(conversations.settings_by_conversation, self._read, self._user_id))

    @cached_property
    def labels(self) -> Loader[UUID, list[Row]]:
        return Loader(partial(conversations.labels_by_conversation, self._read))

    @cached_property
    def statistics(self) -> Loader[UUID, Row | None]:
        return Loader(partial(statistics.statistics_by_conversation, self._read))

    @cached_property
    def statistics_days(self) -> Loader[tuple[UUID, Days], list[Row]]:
        return Loader(partial(statistics.days_by_conversation, self._read))

    @cached_property
    def statistics_hours(self) -> Loader[tuple[UUID, str], list[Row]]:
        return Loader(partial(statistics.hours_by_conversation, self._read))

    @cached_property
    def statistics_people(self) -> Loader[tuple[UUID, int], list[Row]]:
        return Loader(partial(statistics.participants_by_conversation, self._read))

    @cached_property
    def receipts(self) -> Loader[UUID, list[Row]]:
        return Loader(partial(receipts.receipts_by_conversation, self._read))

    @cached_property
    def participant(self) -> Loader[UUID, Row | None]:
        return Loader(partial(participants.participants_by_id, self._read))

    @cached_property
    def participant_named(self) -> Named:
        """Participants with the columns `participants.NAMED`."""
        return Loader(partial(participants.named_by_id, self._read))

    @cached_property
    def participants(self) -> Loader[PageKey, Page]:
        return Loader(partial(participants.participant_pages, self._read))

    @cached_property
    def participant_count(self) -> Loader[UUID, int]:
        return Loader(partial(participants.participant_counts, self._read))

    @cached_property
    def message(self) -> Loader[UUID, Row | None]:
        return Loader(partial(messages.messages_by_id, self._read))

    @cached_property
    def newest_message(self) -> Named:
        """Messages with the columns `listed.NEWEST`."""
        return Loader(partial(messages.messages_by_id, self._read))

    @cached_property
    def messages(self) -> Loader[PageKey, Page]:
        return Loader(partial(message_pages, self._read, self.participant_named))

    @cached_property
    def message_count(self) -> Loader[tuple[UUID, MessageFilter], int]:
        return Loader(partial(messages.message_counts, self._read))

    @cached_property
    def encrypted_body(self) -> Loader[UUID, Row | None]:
        return Loader(partial(messages.encrypted_bodies, self._read))

    @cached_property
    def attachments(self) -> Loader[UUID, list[Row]]:
        return Loader(partial(messages.attachments_by_message, self._read))

    @cached_property
    def reactions(self) -> Loader[UUID, list[Row]]:
        return Loader(partial(messages.reactions_by_message, self._read))

    @cached_property
    def bookmark(self) -> Loader[UUID, Row | None]:
        return Loader(partial(messages.bookmarks_by_message, self._read, self._user_id))

    @cached_property
    def bookmarked(self) -> Loader[UUID, bool]:
        return Loader(partial(are_bookmarked, self.bookmark))

    @cached_property
    def schedule(self) -> Loader[UUID, Row | None]:
        return Loader(partial(schedules.schedules_by_id, self._read))

    @cached_property
    def delivery_counts(self) -> Loader[UUID, list[Row]]:
        return Loader(partial(deliveries.delivery_counts, self._read))

    @cached_property
    def deliveries(self) -> Loader[PageKey, Page]:
        return Loader(partial(deliveries.delivery_pages, self._read))

    @cached_property
    def deliveries_like(self) -> Loader[tuple[UUID, DeliveryFilter], int]:
        return Loader(partial(deliveries.filtered_counts, self._read))

    @cached_property
    def delivery_of_message(self) -> Loader[UUID, Row | None]:
        return Loader(partial(deliveries.deliveries_by_message, self._read))

    @cached_property
    def public_keys(self) -> Loader[PageKey, Page]:
        return Loader(partial(public_keys.public_key_pages, self._read))

    @cached_property
    def public_key_count(self) -> Loader[tuple[UUID, PublicKeyFilter], int]:
        return Loader(partial(public_keys.public_key_counts, self._read))

    @cached_property
    def user(self) -> Loader[UUID, Row | None]:
        return Loader(partial(users.users_by_id, self._read))

    @cached_property
    def contact(self) -> Loader[UUID, Row | None]:
        return Loader(partial(audience.contacts_by_id, self._read))

    @cached_property
    def identities(self) -> Loader[UUID, list[Row]]:
        return Loader(partial(audience.identities_by_contact, self._read))

    @cached_property
    def recipient_group(self) -> Loader[UUID, Row | None]:
        return Loader(partial(audience.groups_by_id, self._read))

    @cached_property
    def group_members(self) -> Loader[PageKey, Page]:
        return Loader(partial(audience.member_pages, self._read))

    @cached_property
    def contact_groups(self) -> Loader[PageKey, Page]:
        return Loader(partial(audience.group_pages, self._read))

    @cached_property
    def contact_group_count(self) -> Loader[UUID, int]:
        return Loader(partial(audience.group_counts, self._read))


async def found_conversations(
    loader: Loader[UUID, Row | None], ids: Sequence[UUID]
) -> list[Row | ParleyError]:
    """What the loader gives, with NOT_FOUND for those that are not there."""
    rows = await loader.load_each(ids)
    return [not_found("conversation") if row is None else row for row in rows]


async def opened_conversations(
    read: Reader,
    user_id: UUID,
    pages: Loader[PageKey, Page],
    named: Named,
    keys: Sequence[Opening],
) -> list[PartialRow | ParleyError]:
    """The conversations; the loaders know their pages then, and who sent what is in them."""
    found = await opened.opened_conversations(read, user_id, keys)
    known = {key.page: each[1] for key, each in zip(keys, found, strict=True) if each}
    named.prime_later(partial(messages.senders_of, list(known.values())))
    pages.prime_each(known)
    return [each[0] if each else not_found("conversation") for each in found]


async def listed_conversations(
    read: Reader,
    user_id: UUID,
    newest: Named,
    people: Loader[PageKey, Page],
    keys: Sequence[Listing],
) -> list[Page]:
    """The lists; the loaders know what was read beside them then."""
    pages = []
    for key in keys:
        page = await listed.listed_conversations(read, user_id, key)
        if key.newest:
            newest.prime_later(partial(listed.newest_messages, page.rows))
        if key.people is not None:
            people.prime_later(partial(listed.people_pages, page.rows, key.people))
        pages.append(page)
    return pages


async def message_pages(read: Reader, named: Named, keys: Sequence[PageKey]) -> list[Page]:
    """The pages; the loader knows then who sent what is in them, as far as that was read."""
    pages = await messages.message_pages(read, keys)
    named.prime_later(partial(messages.senders_of, pages))
    return pages


async def are_bookmarked(
    loader: Loader[UUID, Row | None], message_ids: Sequence[UUID]
) -> list[bool]:
    """Whether the loader has a bookmark on each message."""
    return [row is not None for row in await loader.load_each(message_ids)]
