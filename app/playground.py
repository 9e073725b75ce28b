"""The playground: GraphiQL as it was built from client-examples/playground, served by us."""

from pathlib import Path

from app.built_pages import BuiltPage, policy


def playground(dist: Path) -> BuiltPage:
    """The playground in `dist`, under `/playground`."""
    return BuiltPage(
        name="playground",
        path="/playground",
        target="playground",
        dist=dist,
        # Monaco writes style elements while it runs, and its style sheet holds images as data:.
        policy=policy(
            worker_src="'self'",
            style_src="'self' 'unsafe-inline'",
            img_src="'self' data:",
            font_src="'self'",
        ),
    )
