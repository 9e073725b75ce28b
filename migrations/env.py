"""Alembic's entry: runs the migrations on the connection or the URL it is given."""

import asyncio

import asyncpg
from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.sql.schema import SchemaItem

from models.database import plain_url
from models.tables import metadata


def is_ours(item: SchemaItem, name: str | None, kind: str, reflected: bool, _twin: object) -> bool:
    """Leave the partitions of `messages` and their indexes to the function that makes them."""
    return not (reflected and name is not None and name.startswith("messages_y"))


def migrate(connection: Connection) -> None:
    """Run what is missing, all in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_object=is_ours,
        version_table="alembic_version",
    )
    with context.begin_transaction():
        context.run_migrations()


async def connect_and_migrate(url: str) -> None:
    """Run the migrations as the owner whose URL is in the configuration."""
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(plain_url(url))
    )
    try:
        async with engine.begin() as connection:
            await connection.run_sync(migrate)
    finally:
        await engine.dispose()


asyncio.run(connect_and_migrate(context.config.get_main_option("sqlalchemy.url") or ""))
