"""A conversation leaves: read by a server-side cursor, written as NDJSON, CSV or HTML."""
