"""One module a source: bytes in, an iterator of frozen records out."""
