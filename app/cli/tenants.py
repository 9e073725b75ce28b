"""`parley tenant …`: what operators do to tenants."""

import asyncio
from typing import Annotated

import typer

from app.cli.console import operator, out
from app.installation import SetupError
from app.settings import Settings
from app.signin.operators import WalletRole, set_suspension, set_wallet_role
from models.tenants import Role

cli = typer.Typer(no_args_is_help=True, help="What operators do to tenants.")

Slug = Annotated[str, typer.Argument(help="The tenant's slug.")]


@cli.command()
def suspend(slug: Slug) -> None:
    """Refuse everybody of a tenant, and close their sockets."""
    _suspend(slug, suspended=True)


@cli.command()
def resume(slug: Slug) -> None:
    """Let a suspended tenant in again."""
    _suspend(slug, suspended=False)


def _suspend(slug: str, *, suspended: bool) -> None:
    with operator(Settings()) as (found, owner_url):
        changed = set_suspension(owner_url, found.redis_url, slug, suspended=suspended)
        _report_tenant(asyncio.run(changed), slug)


@cli.command()
def wallets(
    slug: Slug,
    role: Annotated[
        WalletRole, typer.Argument(case_sensitive=False, help="Their role, or NONE: refuse them.")
    ],
) -> None:
    """Say whether wallets that nobody knows may sign up to a tenant, and as what."""
    with operator(Settings()) as (_, owner_url):
        wanted = None if role is WalletRole.NONE else Role(role.value)
        _report_tenant(asyncio.run(set_wallet_role(owner_url, slug, wanted)), slug)


def _report_tenant(found: bool, slug: str) -> None:
    if not found:
        raise SetupError(f"There is no tenant {slug!r}.")
    out.print("Done.")
