"""An event as it travels: what the journal keeps and the bus carries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import orjson

from models.base import now
from models.events import Event, EventKind, Stream


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """One change of one stream. `payload` holds ids and numbers, never text of a message."""

    tenant_id: UUID
    stream_id: UUID
    seq: int
    stream: Stream
    kind: EventKind
    payload: Mapping[str, Any]
    created_at: datetime

    @classmethod
    def of(cls, row: Event) -> Self:
        """The event that a row of the journal holds."""
        return cls(
            tenant_id=row.tenant_id,
            stream_id=row.stream_id,
            seq=row.seq,
            stream=Stream(row.stream),
            kind=EventKind(row.kind),
            payload=row.payload,
            created_at=row.created_at,
        )

    @classmethod
    def in_conversation(
        cls,
        tenant_id: UUID,
        conversation_id: UUID,
        seq: int,
        kind: EventKind,
        payload: Mapping[str, UUID | int],
    ) -> Self:
        """What happens now in a conversation, whose event `seq` it is."""
        told = {name: str(it) if isinstance(it, UUID) else it for name, it in payload.items()}
        return cls(
            tenant_id, conversation_id, seq, Stream.CONVERSATION, kind, told, created_at=now()
        )

    @classmethod
    def bare(
        cls,
        tenant_id: UUID,
        stream_id: UUID,
        seq: int,
        stream: Stream,
        kind: EventKind,
        *,
        created_at: datetime,
    ) -> Self:
        """An event that says no more than that its source has changed."""
        return cls(tenant_id, stream_id, seq, stream, kind, {}, created_at)

    def encode(self) -> str:
        """The event as JSON."""
        return orjson.dumps(self).decode()

    @classmethod
    def decode(cls, message: str | bytes) -> Self:
        """The event in a JSON message; ValueError, KeyError or TypeError when it is none."""
        fields = orjson.loads(message)
        return cls(
            tenant_id=UUID(fields["tenant_id"]),
            stream_id=UUID(fields["stream_id"]),
            seq=int(fields["seq"]),
            stream=Stream(fields["stream"]),
            kind=EventKind(fields["kind"]),
            payload=dict(fields["payload"]),
            created_at=datetime.fromisoformat(fields["created_at"]),
        )

    def id_of(self, name: str) -> UUID | None:
        """The id that the payload holds under a name, if it does."""
        value = self.payload.get(name)
        return None if value is None else UUID(value)
