"""The web client, as it was built from client-examples/web, served by us at `/`."""

from pathlib import Path

from app.built_pages import BuiltPage, policy


def web_client(dist: Path) -> BuiltPage:
    """The web client in `dist`; its files are under `/web`."""
    return BuiltPage(
        name="web client",
        path="/web",
        target="web",
        dist=dist,
        # Pictures, sound and film are fetched with the token, and shown from memory.
        policy=policy(img_src="'self' blob:", media_src="blob:"),
    )
