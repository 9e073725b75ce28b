"""Public keys: a user's page of them, and how many there are."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from models.database import Reader
from models.tables import public_keys
from resolvers.loaders.batching import PageKey, page_each, value_each
from resolvers.paging import Keyset, Page, Selection
from resolvers.scope import TENANT_ID, is_one_of

k = public_keys.c
COLUMNS = (k.id, k.user_id, k.key_id, k.algorithm, k.public_key, k.created_at, k.revoked_at)
BY_PUBLISHING = Keyset(b"y", k.created_at, k.id)


@dataclass(frozen=True, slots=True)
class PublicKeyFilter:
    """What keys must be like: each given condition holds."""

    key_id: str | None = None
    revoked: bool | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filter as conditions on `public_keys`."""
        found: list[ColumnElement[bool]] = []
        if self.key_id is not None:
            found.append(k.key_id == self.key_id)
        if self.revoked is not None:
            found.append(k.revoked_at.is_not(None) if self.revoked else k.revoked_at.is_(None))
        return found


async def public_key_pages(read: Reader, keys: Sequence[PageKey]) -> list[Page]:
    """A page of each user's keys, in the order in which they were published."""
    return await page_each(read, BY_PUBLISHING, _of_user, keys)


async def public_key_counts(
    read: Reader, keys: Sequence[tuple[UUID, PublicKeyFilter]]
) -> list[int]:
    """How many keys of each user pass a filter; a statement a distinct filter."""
    asked: defaultdict[PublicKeyFilter, list[UUID]] = defaultdict(list)
    for user_id, wanted in keys:
        asked[wanted].append(user_id)
    counts: dict[tuple[UUID, PublicKeyFilter], int] = {}
    for wanted, ids in asked.items():
        statement = (
            select(k.user_id, func.count())
            .where(k.tenant_id == read.tenant_id, is_one_of(k.user_id, ids), *wanted.conditions())
            .group_by(k.user_id)
        )
        found = value_each(await read.all(statement), ids, 0)
        counts.update(zip(((user_id, wanted) for user_id in ids), found, strict=True))
    return [counts[key] for key in keys]


def _of_user(parent: ColumnElement[UUID], wanted: PublicKeyFilter) -> Selection:
    return select(*COLUMNS).where(
        k.tenant_id == TENANT_ID, k.user_id == parent, *wanted.conditions()
    )
