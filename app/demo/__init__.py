"""The demo chat: a family's year, and the script that writes it."""
