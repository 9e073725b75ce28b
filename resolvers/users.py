"""The viewer, and the tenant they are signed in to."""

from sqlalchemy import select

from models.database import Row
from models.tables import tenants
from resolvers.context import Context
from resolvers.errors import Code, ParleyError


async def find_viewer(context: Context) -> Row:
    """The user who is signed in. Raises UNAUTHENTICATED when the user is no more."""
    row = await context.loaders.user.load(context.viewer.user_id)
    if row is None:
        raise ParleyError(Code.UNAUTHENTICATED, "The token's user does not exist.")
    return row


async def find_tenant(context: Context) -> Row:
    """The viewer's tenant. Raises UNAUTHENTICATED when it is no more."""
    t = tenants.c
    row = await context.read.first(
        select(t.id, t.slug, t.name, t.created_at).where(t.id == context.viewer.tenant_id)
    )
    if row is None:
        raise ParleyError(Code.UNAUTHENTICATED, "The token's tenant does not exist.")
    return row
