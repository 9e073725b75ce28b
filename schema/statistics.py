"""Statistics, as clients see them."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import strawberry

from models.database import Row
from resolvers.statistics import reading as resolve
from schema.fields import Info, RowType, column
from schema.people import Participant, User

TimeZone = Annotated[str, strawberry.argument(description="An IANA time zone.")]
Since = Annotated[date | None, strawberry.argument(description="From this day on.")]
Until = Annotated[date | None, strawberry.argument(description="Before this day.")]
First = Annotated[int, strawberry.argument(description="At most so many, up to 100.")]


@strawberry.type
class DayCount(RowType):
    row: strawberry.Private[Row]

    day: date = column()
    count: int = column()


@strawberry.type
class HourCount(RowType):
    row: strawberry.Private[Row]

    weekday: int = column("1 is Monday, 7 is Sunday.")
    hour: int = column("From 0 to 23.")
    count: int = column()


@strawberry.type
class TextCount:
    text: str
    count: int


@strawberry.type
class ParticipantStatistics(RowType):
    row: strawberry.Private[Row]

    message_count: int = column()
    first_at: datetime = column()
    last_at: datetime = column()
    response_seconds: float | None = column(
        "The median time from somebody else's message to theirs, where theirs is the next one."
    )

    @strawberry.field(description="Of their messages that have a text, in characters.")
    def average_length(self) -> float | None:
        return _average(self.row)

    @strawberry.field
    async def participant(self, info: Info) -> Participant | None:
        row = await info.context.loaders.participant.load(self.row.participant_id)
        return Participant(row=row) if row else None


@strawberry.type
class SenderCount:
    count: int
    user_id: strawberry.Private[UUID]

    @strawberry.field
    async def user(self, info: Info) -> User | None:
        row = await info.context.loaders.user.load(self.user_id)
        return User(row=row) if row else None


@strawberry.type
class _Statistics(RowType):
    row: strawberry.Private[Row]

    as_of: datetime = column("When this was counted.")
    stale: bool = column("Whether something has happened since.")
    message_count: int = column("Neither notices nor what was deleted.")
    first_at: datetime | None = column("The first message.")
    last_at: datetime | None = column("The last one.")

    @strawberry.field(description="Of messages that have a text, in characters.")
    def average_length(self) -> float | None:
        return _average(self.row)

    @strawberry.field(description="The most frequent ones, but for common words.")
    def top_words(self, first: First = 20) -> list[TextCount]:
        return _top(self.row.words, first)

    @strawberry.field(description="The most frequent ones.")
    def top_emoji(self, first: First = 20) -> list[TextCount]:
        return _top(self.row.emoji, first)


@strawberry.type(description="What was counted of a conversation.")
class ConversationStatistics(_Statistics):
    sender_count: int = column("Participants who sent messages.")
    response_seconds: float | None = column(
        "The median time from a message to the next one, where that is by somebody else."
    )

    @strawberry.field(description="The latest 366 days that have messages, the oldest first.")
    async def per_day(
        self, info: Info, time_zone: TimeZone = "UTC", since: Since = None, until: Until = None
    ) -> list[DayCount]:
        days = resolve.days_in(time_zone, since, until)
        rows = await info.context.loaders.statistics_days.load((self.row.conversation_id, days))
        return [DayCount(row=row) for row in rows]

    @strawberry.field(description="By weekday and hour; those that have messages.")
    async def per_hour(self, info: Info, time_zone: TimeZone = "UTC") -> list[HourCount]:
        key = (self.row.conversation_id, resolve.known_zone(time_zone))
        rows = await info.context.loaders.statistics_hours.load(key)
        return [HourCount(row=row) for row in rows]

    @strawberry.field(description="Those who sent most first.")
    async def per_participant(self, info: Info, first: First = 20) -> list[ParticipantStatistics]:
        key = (self.row.conversation_id, resolve.size_within(first))
        rows = await info.context.loaders.statistics_people.load(key)
        return [ParticipantStatistics(row=row) for row in rows]


@strawberry.type(
    description="What was counted of all the tenant's conversations, the private ones too; words"
    " and emoji only of those that are open to the tenant."
)
class TenantStatistics(_Statistics):
    conversation_count: int = column()
    sender_count: int = column("Users who sent messages, and names in archives that did.")
    response_seconds: float | None = column(
        "The median of the conversations', each as often as it has messages."
    )

    @strawberry.field(description="Users who sent most first.")
    def per_user(self, first: First = 20) -> list[SenderCount]:
        pairs = resolve.top_of(self.row.senders, first)
        return [SenderCount(user_id=UUID(key), count=count) for key, count in pairs]

    @strawberry.field(
        description="Names of people without an account who sent most first, in conversations that"
        " are open to the tenant."
    )
    def per_name(self, first: First = 20) -> list[TextCount]:
        return _top(self.row.names, first)

    @strawberry.field(description="The latest 366 days that have messages, the oldest first.")
    async def per_day(
        self, info: Info, time_zone: TimeZone = "UTC", since: Since = None, until: Until = None
    ) -> list[DayCount]:
        days = resolve.days_in(time_zone, since, until)
        return [DayCount(row=row) for row in await resolve.tenant_days(info.context, days)]

    @strawberry.field(description="By weekday and hour; those that have messages.")
    async def per_hour(self, info: Info, time_zone: TimeZone = "UTC") -> list[HourCount]:
        rows = await resolve.tenant_hours(info.context, time_zone)
        return [HourCount(row=row) for row in rows]


def _top(pairs: str | None, first: int) -> list[TextCount]:
    return [TextCount(text=text, count=count) for text, count in resolve.top_of(pairs, first)]


def _average(row: Row) -> float | None:
    return row.characters / row.text_count if row.text_count else None
