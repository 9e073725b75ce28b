"""The documentation: docs/ as `make docs` built it, served under `/docs`."""

from pathlib import Path

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from app.built_pages import HARDENING, BuiltFiles, policy

NOT_BUILT = "The documentation is not built: run `make docs`. It lies as Markdown in docs/.\n"


def documentation(site: Path) -> list[BaseRoute]:
    """Routes of the built site, which is looked up at each request."""
    files = BuiltFiles(directory=site, html=True, check_dir=False)
    # The theme sets colours by scripts within the page. Nothing here is anybody's content.
    files.policy = policy(
        script_src="'self' 'unsafe-inline'",
        style_src="'self' 'unsafe-inline'",
        img_src="'self' data:",
        font_src="'self'",
        worker_src="'self'",
    )

    async def home(request: Request) -> Response:
        if not (site / "index.html").is_file():
            return PlainTextResponse(NOT_BUILT, headers=HARDENING)
        return RedirectResponse("/docs/index.html", headers=HARDENING)

    compressed = Middleware(GZipMiddleware, minimum_size=1_024, compresslevel=6)
    return [
        Route("/docs", home),
        Route("/docs/", home),
        Mount("/docs", files, middleware=[compressed]),
    ]
