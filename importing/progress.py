"""How far an import has come: what is told of it, and what its row keeps."""

from dataclasses import dataclass
from uuid import UUID

from importing.batches import Batch
from models.imports import ArchiveImport


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import has come, as it is committed."""

    import_id: UUID
    conversation_id: UUID | None = None
    """None as long as the file had no message that could be stored."""
    added: int = 0
    duplicates: int = 0
    rejected: int = 0
    media: int = 0
    share: float = 0.0
    """The part of the work that is done, from 0 to 1."""


def note(row: ArchiveImport, progress: Progress, batch: Batch | None = None) -> None:
    """Keep the progress in the import's row, and what a batch says of its file."""
    row.conversation_id = progress.conversation_id
    row.added = progress.added
    row.duplicates = progress.duplicates
    row.rejected = progress.rejected
    row.media = progress.media
    row.share = progress.share
    if batch is not None:
        row.detected = batch.detection.describe() if batch.detection else None
