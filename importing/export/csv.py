"""Comma-separated values (RFC 4180) for spreadsheets."""

import csv
import io
from typing import ClassVar

from importing.export.message import ExportedConversation, ExportedMessage, moment

COLUMNS = ("sent_at", "author", "kind", "body", "edited_at", "deleted_at", "attachments")
# Spreadsheets run what begins with one of these as a formula:
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class CsvWriter:
    """One row a message, below a row of names. It begins with a byte order mark: without one,
    spreadsheets take UTF-8 for something else."""

    media_type: ClassVar[str] = "text/csv"

    def start(self, conversation: ExportedConversation) -> bytes:
        """The names of the columns."""
        return b"\xef\xbb\xbf" + _row(COLUMNS)

    def message(self, message: ExportedMessage) -> bytes:
        """One row."""
        names = "; ".join(str(each["fileName"]) for each in message.attachments)
        return _row(
            (
                moment(message.sent_at),
                _plain(message.author or ""),
                message.kind,
                _plain(message.body),
                moment(message.edited_at) if message.edited_at else "",
                moment(message.deleted_at) if message.deleted_at else "",
                _plain(names),
            )
        )

    def end(self) -> bytes:
        """Nothing."""
        return b""


def _plain(text: str) -> str:
    """The text, with a quote before what would be a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _row(values: tuple[str, ...]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(values)
    return out.getvalue().encode()
