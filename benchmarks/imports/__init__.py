"""Importing chats, beside other parsers and a plain load: see `__main__`."""
