"""Pictures: how large they are, and small ones of them. Everything here blocks."""

import io
from typing import BinaryIO

from PIL import Image, ImageOps

MAX_PIXELS = 50_000_000
"""A picture of more is not unpacked: four bytes a pixel, whatever the file's size."""
THUMBNAIL = (320, 320)
"""Pixels that a thumbnail fits into."""
THUMBNAIL_TYPE = "image/jpeg"

_FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
READABLE = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
"""The media types whose pictures are measured and made small."""
# What the decoders raise for bytes that make no picture.
_DAMAGE = (OSError, ValueError, SyntaxError, EOFError, TypeError, IndexError, KeyError)

# Our own bound is checked before anything is unpacked; the library's would be a warning.
Image.MAX_IMAGE_PIXELS = None


def measure(file: BinaryIO) -> tuple[int, int] | None:
    """Width and height in pixels, from the header alone; None for what is no picture."""
    try:
        with Image.open(file, formats=_FORMATS) as image:
            return image.size
    except _DAMAGE:
        return None


def thumbnail(file: BinaryIO) -> bytes | None:
    """A small JPEG of the picture, upright; None for what is none, or is too large."""
    try:
        with Image.open(file, formats=_FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                return None
            image.draft("RGB", THUMBNAIL)
            small = ImageOps.exif_transpose(image).convert("RGBA")
            small.thumbnail(THUMBNAIL)
            paper = Image.new("RGB", small.size, "white")
            paper.paste(small, mask=small.getchannel("A"))
            out = io.BytesIO()
            paper.save(out, "JPEG", quality=80)
            return out.getvalue()
    except _DAMAGE:
        return None
