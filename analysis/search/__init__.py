"""Search: words and how they are folded, the query language, and whether a message matches."""
