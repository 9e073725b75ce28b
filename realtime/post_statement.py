"""The one statement that writes a message and all that follows from it.

The conversation's row must be locked, so that `seq` and `live_count` are the next ones. The
message, its event, the counters, the client's key and the sender's read position are written
together, and the message is given back as readers see it; no row means that there is no sender,
or no place.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import Select, SelectBase, select, text

from models.conversations import Conversation
from models.database import Row
from models.encryption import Body, EncryptedBody
from models.events import EventKind, Stream
from models.ids import id_at, time_of, to_milliseconds
from models.messages import MessageKind, columns_of
from realtime.events import LiveEvent

# Each is a CTE, and reads those before it. `place` and `sender` come first.
_STEPS = {
    "sent": """
        INSERT INTO messages (tenant_id, conversation_id, id, seq, sent_at, sender_id, kind, body,
            language, ciphertext, scheme, key_id, nonce, reply_to_id, details)
        SELECT CAST(:tenant_id AS uuid), place.id, CAST(:id AS uuid), place.seq,
            CAST(:sent_at AS timestamptz), sender.id, CAST(:kind AS text), CAST(:body AS text),
            CAST(:language AS text), CAST(:ciphertext AS bytea), CAST(:scheme AS text),
            CAST(:key_id AS text), CAST(:nonce AS bytea), CAST(:reply_to_id AS uuid),
            CAST(:details AS jsonb)
        FROM place, sender
        RETURNING id, conversation_id, sender_id, sent_at, seq, kind, body, reply_to_id, edited_at,
            deleted_at, details""",
    "event": """
        INSERT INTO events (tenant_id, stream_id, seq, stream, kind, payload, created_at)
        SELECT CAST(:tenant_id AS uuid), sent.conversation_id, sent.seq, 'CONVERSATION',
            'MESSAGE_ADDED', jsonb_build_object('message_id', sent.id),
            CAST(:recorded_at AS timestamptz)
        FROM sent""",
    "counted": """
        UPDATE conversations c
        SET last_seq = sent.seq, message_count = c.message_count + 1, live_count = c.live_count + 1,
            last_message_id = CASE
                WHEN c.last_message_id > CAST(:newest AS uuid) THEN c.last_message_id
                ELSE sent.id END,
            last_activity_at = CASE
                WHEN c.last_message_id > CAST(:newest AS uuid) THEN c.last_activity_at
                ELSE sent.sent_at END
        FROM sent WHERE c.id = sent.conversation_id""",
    "remembered": """
        INSERT INTO client_messages
            (tenant_id, conversation_id, sender_id, client_message_id, message_id)
        SELECT CAST(:tenant_id AS uuid), sent.conversation_id, sent.sender_id,
            CAST(:client_message_id AS text), sent.id
        FROM sent
        WHERE CAST(:client_message_id AS text) IS NOT NULL AND sent.sender_id IS NOT NULL""",
    "seen": """
        INSERT INTO read_positions AS known
            (tenant_id, conversation_id, user_id, live_count, seq, read_at)
        SELECT CAST(:tenant_id AS uuid), sent.conversation_id, CAST(:reader_id AS uuid),
            place.live_count, sent.seq, CAST(:recorded_at AS timestamptz)
        FROM place, sent WHERE CAST(:reader_id AS uuid) IS NOT NULL
        ON CONFLICT (conversation_id, user_id) DO UPDATE
            SET live_count = excluded.live_count, seq = excluded.seq, read_at = excluded.read_at
            WHERE known.live_count < excluded.live_count""",
}
_KNOWN_PLACE = """
    SELECT CAST(:conversation_id AS uuid) AS id, CAST(:seq AS bigint) AS seq,
        CAST(:live_count AS bigint) AS live_count"""
_KNOWN_SENDER = "SELECT CAST(:sender_id AS uuid) AS id"
# Whoever takes part and sends what was not sent yet, as an answer to something here, if to any.
_READER = """
    SELECT p.id FROM place JOIN participants p
        ON p.conversation_id = place.id AND p.user_id = CAST(:reader_id AS uuid)
    WHERE p.left_at IS NULL
        AND NOT EXISTS (
            SELECT FROM client_messages k
            WHERE k.conversation_id = place.id AND k.sender_id = p.id
                AND k.client_message_id = CAST(:client_message_id AS text))
        AND (CAST(:reply_to_id AS uuid) IS NULL OR EXISTS (
            SELECT FROM messages m
            WHERE m.id = CAST(:reply_to_id AS uuid)
                AND m.sent_at = CAST(:replied_at AS timestamptz)
                AND m.conversation_id = place.id))"""


def _post(place: SelectBase, sender: str) -> Select[*tuple[Any, ...]]:
    steps = {"sender": sender, **_STEPS}
    ctes = [text(sql).columns().cte(name) for name, sql in steps.items()]
    return select(text("*")).select_from(text("sent")).add_cte(place.cte("place"), *ctes)


POST = _post(text(_KNOWN_PLACE).columns(), _KNOWN_SENDER)
"""By `sender_id`, who may be nobody; `reader_id` has read the conversation, if anybody has."""


def post_as_reader() -> Select[*tuple[Any, ...]]:
    """By the user `reader_id`, for as long as nothing has to be looked at more closely."""
    return _post(text(_KNOWN_PLACE).columns(), _READER)


def post_at_once(place: SelectBase) -> Select[*tuple[Any, ...]]:
    """The same where `place` finds and locks the conversation: its `id`, and the next `seq` and
    `live_count`."""
    return _post(place, _READER)


OF_ONE_MILLISECOND = (1 << 80) - 1
"""What ids of messages that were sent at the same time may differ in."""


class Unlocked(NamedTuple):
    """A conversation that the statement itself locks.

    Its counters are not known, and the message's id is the least of its millisecond.
    """

    id: UUID
    last_seq: int = -1
    live_count: int = -1


Place = Conversation | Row | Unlocked
"""A conversation, or its `id`, `last_seq` and `live_count`; its row is locked, or will be."""


def values_of(
    tenant_id: UUID,
    place: Place,
    body: Body,
    *,
    kind: MessageKind,
    sent_at: datetime,
    recorded_at: datetime,
    reader_id: UUID | None,
    reply_to_id: UUID | None = None,
    client_message_id: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The parameters that all the statements have. An encrypted body makes it ENCRYPTED."""
    moment, seq = to_milliseconds(sent_at), place.last_seq + 1
    key = id_at(moment, seq)
    return {
        "tenant_id": tenant_id,
        "conversation_id": place.id,
        "id": key,
        # The last message is no longer the last if its id, with its time first, is not greater.
        "newest": UUID(int=key.int | OF_ONE_MILLISECOND),
        "seq": seq,
        "live_count": place.live_count + 1,
        "sent_at": moment,
        "recorded_at": recorded_at,
        "kind": str(MessageKind.ENCRYPTED if isinstance(body, EncryptedBody) else kind),
        **columns_of(body),
        "reply_to_id": reply_to_id,
        "client_message_id": client_message_id,
        "reader_id": reader_id,
        "details": None if details is None else orjson.dumps(details).decode(),
    }


def replied_at(reply_to_id: UUID | None) -> datetime | None:
    """When the message that is answered was sent: its partition is known by it."""
    return None if reply_to_id is None else time_of(reply_to_id)


def event_of(values: Mapping[str, Any]) -> LiveEvent:
    """The event that the statement keeps, for those who listen."""
    return LiveEvent(
        tenant_id=values["tenant_id"],
        stream_id=values["conversation_id"],
        seq=values["seq"],
        stream=Stream.CONVERSATION,
        kind=EventKind.MESSAGE_ADDED,
        payload={"message_id": str(values["id"])},
        created_at=values["recorded_at"],
    )
