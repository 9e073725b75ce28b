"""What a look into an archive found, as clients see it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from importing import detection, records
from importing.preview import ArchivePreview
from schema.imports import (
    AuthorCount,
    DateEvidence,
    KindCount,
    Preview,
    PreviewMessage,
    Remark,
)

MOST_AUTHORS = 100


def shown(found: ArchivePreview) -> Preview:
    """The preview."""
    report, learned = found.report, found.detection
    return Preview(
        title=found.title,
        shape=learned.describe() if learned else None,
        dates=_dates(learned.evidence) if learned else None,
        encoding=learned.encoding if learned else None,
        timezone=found.timezone,
        messages=report.messages,
        first_at=report.first_at and _in_utc(report.first_at),
        last_at=report.last_at and _in_utc(report.last_at),
        authors=[AuthorCount(name=n, count=c) for n, c in report.authors.most_common(MOST_AUTHORS)],
        kinds=[KindCount(kind=kind, count=count) for kind, count in report.kinds.most_common()],
        media=found.media,
        rejected_count=report.rejected_count,
        rejected=_remarks(report.rejected),
        ambiguous_count=report.ambiguous_count,
        ambiguous=_remarks(report.ambiguous),
        unreadable_characters=report.unreadable,
        nul_characters=report.nul_bytes,
        me_found=found.me_found,
        first_messages=[_message(message) for message in found.first],
    )


def _dates(evidence: detection.DateEvidence) -> DateEvidence:
    return DateEvidence(
        order=evidence.order,
        decision=evidence.decision,
        guessed=evidence.guessed,
        description=evidence.describe(),
    )


def _remarks(found: Sequence[records.Remark]) -> list[Remark]:
    return [Remark(line=line, text=text, reason=reason) for line, text, reason in found]


def _in_utc(moment: datetime) -> datetime:
    """The moment in UTC, as all times are given; the last hours of the calendar as they are."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return moment


def _message(message: records.ArchiveMessage) -> PreviewMessage:
    return PreviewMessage(
        line=message.line,
        sent_at=_in_utc(message.sent_at),
        author=message.author,
        kind=message.kind,
        body=message.body,
        attachment=message.attachment,
    )
