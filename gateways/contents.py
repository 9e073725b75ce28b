"""What a delivery carries beside its text, as its row keeps it: JSON by part."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class TemplateUse:
    """A template that the outlet knows by name and language, its placeholders filled in order."""

    name: str
    language: str
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contents:
    """Each part only where there is one.

    `attachment_id` is a file of the media store, of which the text is the caption; `reply_to_id`
    a message of ours that is answered.
    """

    template: TemplateUse | None = None
    attachment_id: UUID | None = None
    reply_to_id: UUID | None = None

    @classmethod
    def of(cls, content: Mapping[str, Any] | None) -> "Contents":
        """What the column `content` of a delivery says."""
        if not content:
            return NOTHING_BESIDE
        template, media, reply_to = (
            content.get(name) for name in ("template", "media", "reply_to")
        )
        return cls(
            template=_template(template) if template else None,
            attachment_id=UUID(media["attachment_id"]) if media else None,
            reply_to_id=UUID(reply_to["message_id"]) if reply_to else None,
        )


def _template(content: Mapping[str, Any]) -> TemplateUse:
    return TemplateUse(content["name"], content["language"], tuple(content.get("parameters", ())))


NOTHING_BESIDE = Contents()
