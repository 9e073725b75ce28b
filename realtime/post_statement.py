"""The one statement that writes a message and all that follows from it.

`parley_post_message` of the migrations locks the conversation's row and counts by it. The message,
its event, the counters, the client's key and the sender's read position are written together, and
the message is given back as readers see it; no row means that nothing was written.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import TextClause, text

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
