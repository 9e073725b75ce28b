"""`parley keys …`: the keys that sign tokens, and those that encrypt secrets."""

import asyncio

import typer

from app.cli.console import installation, operator, out
from app.installation import SetupError
from app.resealing import reseal as reseal_devices
from app.runtime import secret_keys
from app.settings import Settings
from app.signin.key_file import KeyFile

cli = typer.Typer(
    no_args_is_help=True, help="The keys that sign tokens, and those that encrypt secrets."
)


@cli.command()
def rotate() -> None:
    """Sign with a new key; the old ones verify until every token of theirs is over."""
    settings = Settings()
    with installation(settings) as found:
        longest = max(settings.token_lifetime, settings.access_token_lifetime)
        key_id = KeyFile(found.signing_key_file).rotate(longest)
        out.print(f"Tokens are signed with the key {key_id} now.")


@cli.command()
def reseal() -> None:
    """Encrypt the secrets of devices with the first of PARLEY_SECRET_KEYS; then others can go."""
    settings = Settings()
    with operator(settings) as (_, owner_url):
        ring = secret_keys(settings)
        if not ring:
            raise SetupError("This needs PARLEY_SECRET_KEYS.")
        done = asyncio.run(reseal_devices(owner_url, ring))
        out.print(f"Encrypted anew: the secrets of {done.changed} devices.")
        if done.unreadable:
            raise SetupError(
                f"No key opens the secrets of {done.unreadable} devices: their key must stay."
            )
