"""The statements that write a message, or many, and all that follows from it.

`parley_post_message` of the migrations locks the conversation's row and counts by it. The message,
its event, the counters, the client's key and the sender's read position are written together, and
the message is given back as readers see it; no row means that nothing was written.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import TextClause, text

from models.columns import sparse
from models.encryption import Body, EncryptedBody
from models.events import EventKind, Stream
from models.ids import id_at, time_of, to_milliseconds
from models.messages import MessageKind, columns_of
from realtime.events import LiveEvent

_POST = """
    SELECT posted.id, CAST(:conversation_id AS uuid) AS conversation_id, posted.sender_id,
        posted.sent_at, posted.seq, CAST(:kind AS text) AS kind,
        CAST(:body AS text) AS body, CAST(:reply_to_id AS uuid) AS reply_to_id,
        CAST(NULL AS timestamptz) AS edited_at, CAST(NULL AS timestamptz) AS deleted_at,
        CAST(:details AS jsonb) AS details
    FROM parley_post_message(:tenant_id, :conversation_id, :sender_id, :reader_id, :is_patient,
        :key, :sent_at, :recorded_at, :kind, :body, :language, :ciphertext, :scheme, :key_id,
        :nonce, :reply_to_id, :replied_at, :client_message_id, :details) AS posted"""


def posting() -> TextClause:
    """The statement, with the parameters of `values_of`."""
    return text(_POST)


# The columns of many messages, in the order of the function's arguments, and their types.
_COLUMNS = {
    **{"conversation_id": "uuid", "sender_id": "uuid", "reader_id": "uuid"},
    **{"key": "uuid", "sent_at": "timestamptz", "recorded_at": "timestamptz"},
    **{"kind": "text", "body": "text", "language": "text"},
    **{"ciphertext": "bytea", "scheme": "text", "key_id": "text", "nonce": "bytea"},
    **{"reply_to_id": "uuid", "replied_at": "timestamptz"},
    **{"client_message_id": "text", "details": "jsonb"},
}
_POST_MANY = f"""
    SELECT given.place, posted.id, given.conversation_id, posted.sender_id,
        posted.sent_at, posted.seq, given.kind, given.body, given.reply_to_id,
        CAST(NULL AS timestamptz) AS edited_at, CAST(NULL AS timestamptz) AS deleted_at,
        given.details
    FROM unnest({", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in _COLUMNS.items())})
        WITH ORDINALITY AS given ({", ".join(_COLUMNS)}, place)
    CROSS JOIN LATERAL parley_post_message(:tenant_id, given.conversation_id, given.sender_id,
        given.reader_id, false, given.key, given.sent_at, given.recorded_at, given.kind,
        given.body, given.language, given.ciphertext, given.scheme, given.key_id, given.nonce,
        given.reply_to_id, given.replied_at, given.client_message_id, given.details) AS posted"""


def values_of(
    tenant_id: UUID,
    conversation_id: UUID,
    body: Body,
    *,
    kind: MessageKind,
    sent_at: datetime,
    recorded_at: datetime,
    sender_id: UUID | None = None,
    reader_id: UUID | None = None,
    reply_to_id: UUID | None = None,
    client_message_id: str | None = None,
    details: Mapping[str, Any] | None = None,
    is_patient: bool = True,
) -> dict[str, Any]:
    """The parameters of the statement. An encrypted body makes it ENCRYPTED.

    The user `reader_id` has read the conversation, if anybody has. They send it where no
    `sender_id` is given; then nothing is written unless they take part, have not used the client's
    key before, and answer a message of the conversation, if any. Unless `is_patient`, nothing is
    written either where others have locked the conversation. What they send never stands before
    the conversation's last message, whose clock may be ahead by up to a minute.
    """
    moment = to_milliseconds(sent_at)
    return {
        "tenant_id": tenant_id,
        "conversation_id": conversation_id,
        "sender_id": sender_id,
        "reader_id": reader_id,
        "is_patient": is_patient,
        "key": id_at(moment),
        "sent_at": moment,
        "recorded_at": recorded_at,
        "kind": str(MessageKind.ENCRYPTED if isinstance(body, EncryptedBody) else kind),
        **columns_of(body),
        "reply_to_id": reply_to_id,
        # Its partition is known by its time.
        "replied_at": None if reply_to_id is None else time_of(reply_to_id),
        "client_message_id": client_message_id,
        "details": None if details is None else orjson.dumps(details).decode(),
    }


def posting_many() -> TextClause:
    """The same for many messages of a tenant, with the parameters of `values_of_many`.

    A row has besides the `place`, from one, of its message. None of them is patient.
    """
    return text(_POST_MANY)


def values_of_many(given: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The parameters of the statement for many, of those for each of them."""
    columns = {name: sparse(values[name] for values in given) for name in _COLUMNS}
    return {"tenant_id": given[0]["tenant_id"], **columns}


def event_of(values: Mapping[str, Any], message_id: UUID, seq: int) -> LiveEvent:
    """The event that the statement keeps, for those who listen."""
    return LiveEvent(
        tenant_id=values["tenant_id"],
        stream_id=values["conversation_id"],
        seq=seq,
        stream=Stream.CONVERSATION,
        kind=EventKind.MESSAGE_ADDED,
        payload={"message_id": str(message_id)},
        created_at=values["recorded_at"],
    )
