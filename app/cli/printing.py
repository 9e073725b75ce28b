"""The commands that print something for other programs."""

import asyncio
from datetime import timedelta
from typing import Annotated

import typer

from app.cli.console import operator, out
from app.seed import ensure_user
from app.settings import Settings
from models.base import now
from models.tenants import Role
from schema.build import sdl

cli = typer.Typer()


@cli.command()
def schema() -> None:
    """Print the schema in GraphQL's schema language."""
    out.print(sdl(), end="", markup=False, highlight=False, soft_wrap=True)


@cli.command()
def token(
    tenant: Annotated[str, typer.Option(help="The tenant's slug; made when it is missing.")],
    user: Annotated[str, typer.Option(help="The user's handle; made when it is missing.")],
    role: Annotated[
        Role, typer.Option(case_sensitive=False, help="The role of a user who is made.")
    ] = Role.AGENT,
) -> None:
    """Print a signed token for a user."""
    settings = Settings()
    with operator(settings) as (found, owner_url):
        found.bring_up_to_date()
        viewer = asyncio.run(ensure_user(owner_url, tenant, user, role))
        lifetime = timedelta(seconds=settings.token_lifetime)
        out.print(found.tokens().issue(viewer, now(), lifetime), soft_wrap=True, highlight=False)
