"""One line of JSON a message: `importing.formats.ndjson` reads it again."""

from typing import Any, ClassVar

import orjson

from importing.export.message import ExportedConversation, ExportedMessage, exact_moment, moment
from importing.formats.ndjson import FORMAT, VERSION


class NdjsonWriter:
    """Keeps everything that an import would add."""

    media_type: ClassVar[str] = "application/x-ndjson"

    def start(self, conversation: ExportedConversation) -> bytes:
        """The line that names the format and the conversation."""
        return _line(
            {
                "parley": FORMAT,
                "version": VERSION,
                "title": conversation.title,
                "kind": conversation.kind,
                "visibility": conversation.visibility,
            }
        )

    def message(self, message: ExportedMessage) -> bytes:
        """One line."""
        fields: dict[str, Any] = {
            "id": message.key,
            "sentAt": moment(message.sent_at),
            "author": message.author,
            "kind": message.kind,
            "body": message.body,
        }
        if message.reply_to:
            fields["replyTo"] = message.reply_to
        if message.edited_at:
            fields["editedAt"] = exact_moment(message.edited_at)
        if message.deleted_at:
            fields["deletedAt"] = exact_moment(message.deleted_at)
        if message.attachments:
            fields["attachments"] = message.attachments
        if message.reactions:
            fields["reactions"] = [
                {"author": author, "emoji": emoji, "at": exact_moment(at)}
                for at, author, emoji in message.reactions
            ]
        return _line(fields | message.details)

    def end(self) -> bytes:
        """Nothing."""
        return b""


def _line(fields: dict[str, Any]) -> bytes:
    return orjson.dumps(fields, option=orjson.OPT_APPEND_NEWLINE)
