"""The demo: a tenant, its user, a family group imported from a chat export, and something of each
other area."""

from datetime import timedelta
from importlib import resources
from pathlib import Path
from uuid import UUID

import asyncpg

from app.demo.areas import fill_areas
from app.signin.tokens import Tokens
from importing.batches import ImportOptions
from importing.load import import_archive
from models.base import now
from models.database import plain_url
from models.ids import new_id
from models.imports import ImportStatus
from models.tenants import Role
from resolvers.context import Context, Services, Viewer

DEMO_SLUG = "demo"
DEMO_HANDLE = "ana"
DEMO_TOKEN_LIFETIME = timedelta(days=1)
DEMO_VIEWER = Viewer(
    tenant_id=UUID("019a0000-0000-7000-8000-000000000001"),
    user_id=UUID("019a0000-0000-7000-8000-000000000002"),
    role=Role.OWNER,
)


def demo_token(tokens: Tokens) -> str:
    """A token for the demo's user, good for a day."""
    return tokens.issue(DEMO_VIEWER, now(), DEMO_TOKEN_LIFETIME)


async def ensure_user(
    owner_url: str, tenant_slug: str, handle: str, role: Role, *, viewer: Viewer | None = None
) -> Viewer:
    """The user with this handle in this tenant; both are made when they are missing.

    `viewer` gives the keys of what is made. Runs as the owner: the application makes no tenants.
    """
    connection = await asyncpg.connect(plain_url(owner_url))
    try:
        async with connection.transaction():
            tenant_id = await connection.fetchval(
                """
                INSERT INTO tenants (id, slug, name, created_at) VALUES ($1, $2, $2, $3)
                ON CONFLICT (slug) DO UPDATE SET slug = excluded.slug RETURNING id
                """,
                viewer.tenant_id if viewer else new_id(),
                tenant_slug,
                now(),
            )
            user = await connection.fetchrow(
                """
                INSERT INTO users (id, tenant_id, handle, name, role, created_at)
                VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT (tenant_id, handle) DO UPDATE SET handle = excluded.handle
                RETURNING id, role
                """,
                viewer.user_id if viewer else new_id(),
                tenant_id,
                handle,
                handle.capitalize(),
                role.value,
                now(),
            )
            assert user is not None, "the statement returns the row"
            return Viewer(tenant_id, user["id"], Role(user["role"]))
    finally:
        await connection.close()


async def is_seeded(owner_url: str) -> bool:
    """Whether the demo's chat was imported to its end."""
    connection = await asyncpg.connect(plain_url(owner_url))
    try:
        found: bool = await connection.fetchval(
            "SELECT EXISTS (SELECT FROM imports WHERE tenant_id = $1 AND status = $2)",
            DEMO_VIEWER.tenant_id,
            ImportStatus.COMPLETED.value,
        )
        return found
    finally:
        await connection.close()


async def seed_demo(owner_url: str, services: Services) -> int:
    """Make the demo tenant, if it is missing; how many messages were imported.

    The import comes last: by it one knows that all was made.
    """
    await ensure_user(owner_url, DEMO_SLUG, DEMO_HANDLE, DEMO_VIEWER.role, viewer=DEMO_VIEWER)
    await fill_areas(Context.of(DEMO_VIEWER, services))
    result = await import_archive(
        services.database,
        services.bell,
        DEMO_VIEWER.tenant_id,
        demo_chat(),
        options=ImportOptions(),
    )
    return result.added


def demo_chat() -> Path:
    """The chat export that lies in the package."""
    folder = Path(str(resources.files("app.demo")))
    (found,) = folder.glob("WhatsApp Chat*")
    return found
