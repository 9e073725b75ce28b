"""Every table, so that one import fills the metadata."""

from sqlmodel import SQLModel

from models import conversations, events, imports, messages, schedules, tenants

__all__ = ["conversations", "events", "imports", "messages", "metadata", "schedules", "tenants"]

metadata = SQLModel.metadata
