"""What the terminal says when the server listens."""

from rich.console import Console
from rich.markup import escape

CONVERSATIONS = "{ conversations(first: 5) { nodes { id title unreadCount } } }"
SEARCH = '{ search(query: "pizza", first: 3) { edges { node { body } highlights { start end } } } }'
LIVE = "subscription { messageAdded { body sender { name } } }"


def welcome(out: Console, address: str, token: str | None) -> None:
    """Say where everything is and, in demo mode, a token and three things to try."""
    out.print()
    out.print(f"  [bold]Parley[/bold] serves on [cyan]{address}/graphql[/cyan]")
    if token is None:
        out.print("  Sign in with a token: [bold]parley token --tenant T --user U[/bold]")
        out.print()
        return
    out.print(f"  The web client is at [cyan]{address}/[/cyan], and the playground at /graphql:")
    out.print("  both are signed in. A token for other clients:")
    out.print()
    # Whole, on one line, so that it can be copied.
    out.print(token, soft_wrap=True, highlight=False, markup=False)
    out.print()
    out.print("  Three things to try in the playground:")
    for number, example in enumerate((CONVERSATIONS, SEARCH, LIVE), start=1):
        out.print(f"    {number}. {escape(example)}", highlight=False, soft_wrap=True)
    out.print()
    out.print("  Ctrl-C stops it; what it holds is kept for the next start.")
    out.print()
