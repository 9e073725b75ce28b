"""The words of a tenant's messages, among which those are found that were meant by others."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, Computed, Index, Text
from sqlmodel import Field

from models.base import TenantRow, Timestamp


class SearchTerm(TenantRow, table=True):
    """A word as the index has it. `count`: so many messages of one conversation have it, at least.

    Whether any message still has it was looked up at `checked_at`. Words are compared by their
    code points, so that those with the same beginning, or the same end, lie side by side.
    """

    __tablename__ = "search_terms"
    __table_args__ = (Index("search_terms_backwards_idx", "tenant_id", "backwards"),)

    tenant_id: UUID = Field(primary_key=True, foreign_key="tenants.id")
    term: str = Field(sa_column=Column(Text(collation="C"), primary_key=True))
    backwards: str | None = Field(
        default=None,
        sa_column=Column(Text(collation="C"), Computed("reverse(term)", persisted=True)),
    )
    count: int = Field(sa_type=BigInteger)
    checked_at: datetime = Field(sa_type=Timestamp)
