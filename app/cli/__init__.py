"""The command line: `parley serve`, `worker`, `migrate`, `import`, `schema`, `token`, `seed`, …"""

import typer
from pydantic import ValidationError

from app.cli import archives, keys, printing, serving, tenants
from app.cli.console import complain
from app.settings import Settings

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Parley: a GraphQL API server for conversations.",
)
cli.add_typer(serving.cli)
cli.add_typer(archives.cli)
cli.add_typer(printing.cli)
cli.add_typer(tenants.cli, name="tenant")
cli.add_typer(keys.cli, name="keys")


def main() -> None:
    """The entry point of the `parley` command."""
    try:
        cli()
    except ValidationError as error:
        if error.title != Settings.__name__:
            raise
        for problem in error.errors():
            name = str(problem["loc"][0])
            variable = name if name.isupper() else f"PARLEY_{name.upper()}"
            complain(f"the setting {variable}: {problem['msg'].removeprefix('Value error, ')}")
        raise SystemExit(1) from None
