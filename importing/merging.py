"""Two members' exports of one chat become one conversation.

No two members' exports are equal. Each shows people under the names of the member's own address
book, an iPhone writes seconds and Android does not, and notices are told from the member's side
("You added Ben"). So a message of the file is one that the conversation holds when the minute, the
text and the author are the same, and who is who is learned from the messages that both have.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from importing.chats import Connection
from importing.records import Kind
from importing.rows import Row

MINUTE = timedelta(minutes=1)
LEAST = 3
"""Messages in common without which two chats are not the same."""

Likeness: TypeAlias = tuple[datetime, str | None, str | None]
"""See `likeness_of`."""
Known: TypeAlias = tuple[bytes, datetime]

_IN_COMMON = """
    SELECT f.sender AS written, p.archive_name AS known, count(*) AS times
    FROM unnest($2::timestamptz[], $3::text[], $4::text[]) AS f(minute, sender, body)
        JOIN messages m ON m.conversation_id = $1 AND m.sent_at >= $5 AND m.sent_at < $6
            AND date_trunc('minute', m.sent_at) = f.minute AND m.body = f.body
        JOIN participants p ON p.id = m.sender_id
    WHERE m.archive_key IS NOT NULL
    GROUP BY f.sender, p.archive_name
"""
_HELD = """
    SELECT m.archive_key, m.sent_at, m.kind, m.body, p.archive_name AS sender
    FROM messages m LEFT JOIN participants p ON p.id = m.sender_id
    WHERE m.conversation_id = $1 AND m.sent_at >= $2 AND m.sent_at < $3
        AND m.archive_key IS NOT NULL AND date_trunc('minute', m.sent_at) = ANY($4)
    ORDER BY m.sent_at, m.id
"""


class Merge:
    """One file on its way into a conversation: first `learn` all of it, then `adopt` all of it."""

    def __init__(self, conversation_id: UUID) -> None:
        self.conversation_id = conversation_id
        self._evidence: Counter[tuple[str, str]] = Counter()
        self._names: Mapping[str, str] = {}
        self._used: set[Known] = set()

    async def learn(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Count who of the file wrote what whom of the conversation did."""
        said = [row for row in rows if row.body and row.sender and row.kind != Kind.NOTICE]
        if not said:
            return
        minutes = [minute_of(row.sent_at) for row in said]
        found = await connection.fetch(
            _IN_COMMON,
            self.conversation_id,
            minutes,
            [row.sender for row in said],
            [row.body for row in said],
            min(minutes),
            max(minutes) + MINUTE,
        )
        for row in found:
            self._evidence[row["written"], row["known"]] += row["times"]

    def settle(self) -> bool:
        """Decide who is who; False when the two have too little in common to be one chat."""
        self._names = names_by(self._evidence)
        return sum(self._evidence[pair] for pair in self._names.items()) >= LEAST

    def name_of(self, written: str) -> str:
        """The conversation's name for who writes under this one in the file."""
        return self._names.get(written, written)

    async def adopt(self, connection: Connection, rows: Sequence[Row]) -> list[Row]:
        """The rows under the conversation's names; those that it holds with its keys and times."""
        if not rows:
            return []
        held = await self._held(connection, rows)
        adopted = [self._adopt(row, held) for row in rows]
        # The last minute may go on in the next batch; what was met once is not met again.
        last = minute_of(rows[-1].sent_at)
        self._used = {
            (row.archive_key, row.sent_at) for row in adopted if minute_of(row.sent_at) == last
        }
        return adopted

    async def _held(
        self, connection: Connection, rows: Sequence[Row]
    ) -> dict[Likeness, deque[Known]]:
        """What the conversation holds of the rows' minutes, by what makes it the same message."""
        minutes = {minute_of(row.sent_at) for row in rows}
        found = await connection.fetch(
            _HELD, self.conversation_id, min(minutes), max(minutes) + MINUTE, list(minutes)
        )
        held: defaultdict[Likeness, deque[Known]] = defaultdict(deque)
        for row in found:
            known = row["archive_key"], row["sent_at"]
            if known not in self._used:
                likeness = likeness_of(row["sent_at"], row["kind"], row["sender"], row["body"])
                held[likeness].append(known)
        return held

    def _adopt(self, row: Row, held: Mapping[Likeness, deque[Known]]) -> Row:
        sender = self.name_of(row.sender) if row.sender else None
        same = held.get(likeness_of(row.sent_at, row.kind, sender, row.body))
        if not same:
            return row._replace(sender=sender)
        key, sent_at = same.popleft()
        return row._replace(sender=sender, archive_key=key, sent_at=sent_at)


def minute_of(moment: datetime) -> datetime:
    """The minute that all exports show."""
    return moment.replace(second=0, microsecond=0)


def likeness_of(sent_at: datetime, kind: str, sender: str | None, body: str) -> Likeness:
    """What two members' exports of one message agree in; of notices it is the time alone."""
    if kind == Kind.NOTICE:
        return minute_of(sent_at), None, None
    return minute_of(sent_at), sender, body


def names_by(evidence: Mapping[tuple[str, str], int]) -> dict[str, str]:
    """Who of the file is who in the conversation: the pairs with most messages in common first,
    each name in one pair."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for written, known in sorted(evidence, key=lambda pair: (-evidence[pair], pair)):
        if written not in names and known not in taken:
            names[written] = known
            taken.add(known)
    return names
