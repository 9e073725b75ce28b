"""Names that one tenant has once: of two who take one at the same moment, one is told."""

from asyncpg import UniqueViolationError
from sqlalchemy.exc import IntegrityError

from realtime.unit_of_work import UnitOfWork
from resolvers.errors import Code, UserError


async def flush_named(work: UnitOfWork, key: str, what: str) -> None:
    """Write what is pending. Raises CONFLICT where the unique index `key` has the name already."""
    try:
        await work.session.flush()
    except IntegrityError as error:
        cause = error.orig.__cause__ if error.orig else None
        if isinstance(cause, UniqueViolationError) and cause.constraint_name == key:
            raise UserError(Code.CONFLICT, f"Another {what} has this name.", "name") from None
        raise
