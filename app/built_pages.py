"""Pages that npm builds and we serve: their files, their headers, and what is said without them."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from ipaddress import ip_address
from os import stat_result
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import PathLike, StaticFiles
from starlette.types import Scope

HARDENING = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# What no page needs, and what each needs at least; `policy` adds what one needs besides.
BASIC_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
# What the page consists of; the machine's own table of types may be poor or altered.
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
# Compressed twins by their encoding, the smallest first.
TWINS = {"br": ".br", "gzip": ".gz"}


def policy(**more: str) -> str:
    """A Content-Security-Policy: the basic one with `more`, where `_` stands for `-`."""
    directives = BASIC_POLICY | {name.replace("_", "-"): value for name, value in more.items()}
    return "; ".join(f"{name} {value}" for name, value in directives.items())


@dataclass(frozen=True)
class BuiltPage:
    """A page in `dist`, which need not be there: it is looked up at each request.

    `path` is where its files are served, `target` what `make` builds it by, `name` what it is
    called where it is missing.
    """

    name: str
    path: str
    target: str
    dist: Path
    policy: str

    def routes(self, config: Callable[[Request], Mapping[str, object]]) -> list[Route | Mount]:
        """Routes under `path`: the page, its configuration and the built files.

        `config` answers `{"endpoint": path, "token": str or None, "demo": bool, "docs": path or
        None}`; a token belongs in it only where `asks_from_this_machine` holds.
        """

        async def page(_: Request) -> Response:
            return self.respond()

        async def configuration(request: Request) -> Response:
            return JSONResponse(config(request), headers=HARDENING | {"Cache-Control": "no-store"})

        files = BuiltFiles(directory=self.dist, check_dir=False)
        files.policy = self.policy
        # The default, 9, takes long for a megabyte of script and saves little more.
        compressed = Middleware(GZipMiddleware, minimum_size=1_024, compresslevel=6)
        return [
            Route(f"{self.path}/", page),
            Route(f"{self.path}/config.json", configuration),
            Mount(self.path, files, middleware=[compressed]),
        ]

    def respond(self, endpoint: str = "http://127.0.0.1:8000/graphql") -> Response:
        """The page, or one that says how to build it, with `endpoint` (a URL) in its example."""
        index = self.dist / "index.html"
        if index.is_file():
            headers = _built_headers(index, self.policy)
            return FileResponse(index, headers=headers, media_type="text/html")
        text = NOT_BUILT_PAGE.format(
            style=NOT_BUILT_STYLE, endpoint=escape(endpoint), name=self.name, target=self.target
        )
        return HTMLResponse(text, headers=HARDENING | _not_built_headers())


def asks_from_this_machine(request: Request) -> bool:
    """Whether a request was made on this machine, by a page or program that names it as such.

    The peer's address alone does not tell: a proxy on this machine speaks for others, and a
    foreign page reaches loopback by a host name of its own (DNS rebinding).
    """
    if any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip")):
        return False
    peer = request.client.host if request.client else ""
    return _is_loopback(peer) and _is_loopback(_host_name(request.headers.get("host", "")))


def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class BuiltFiles(StaticFiles):
    """The files of a directory, with our headers; one that is not there has no files.

    Where the build laid a compressed twin beside a file, that is sent to those who take it.
    """

    policy: str

    async def check_config(self) -> None:
        """Not having been built is no fault of the configuration."""

    def file_response(
        self,
        full_path: PathLike,
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        file = Path(full_path)
        twin, encoding = _compressed_twin(file, Headers(scope=scope).get("accept-encoding", ""))
        found = stat_result if twin == file else twin.stat()
        response = super().file_response(twin, found, scope, status_code)
        response.headers.update(_built_headers(file, self.policy))
        if encoding is not None:
            response.headers["Content-Encoding"] = encoding
            response.headers["Vary"] = "Accept-Encoding"
        return response


def _compressed_twin(file: Path, accepted: str) -> tuple[Path, str | None]:
    """The smallest form of a file that is accepted, and its encoding; None: the file itself."""
    takes = {part.partition(";")[0].strip() for part in accepted.lower().split(",")}
    for encoding, suffix in TWINS.items():
        twin = file.with_name(file.name + suffix)
        if encoding in takes and file.suffix in MEDIA_TYPES and twin.is_file():
            return twin, encoding
    return file, None


def _built_headers(file: Path, policy: str) -> dict[str, str]:
    headers = HARDENING | {"Content-Security-Policy": policy, "Cache-Control": "no-cache"}
    # Vite puts a hash of the content into the name of every file in assets/.
    if file.parent.name == "assets":
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
    media_type = MEDIA_TYPES.get(file.suffix)
    return headers | {"Content-Type": media_type} if media_type else headers


NOT_BUILT_STYLE = """
:root { color-scheme: light dark; }
body {
  margin: 0; padding: 12vh 24px 48px;
  background: light-dark(#f6f7f9, #171d29); color: light-dark(#3b4b68, #b7c2d7);
  font: 16px/1.6 system-ui, sans-serif;
}
main { max-width: 42rem; margin: auto; }
h1 { margin: 0 0 .5em; font-size: 1.5rem; font-weight: 600; color: light-dark(#1f2a3d, #e6ebf5); }
h2 { margin: 2em 0 .5em; font-size: 1.1rem; color: light-dark(#1f2a3d, #e6ebf5); }
em { font-style: normal; color: light-dark(#d60590, #ff5794); }
code { font: .9em ui-monospace, monospace; }
pre {
  padding: 16px; overflow-x: auto; border-radius: 8px;
  background: light-dark(#fff, #212a3b); border: 1px solid light-dark(#dfe3ea, #333f55);
}
"""
NOT_BUILT_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Parley: the {name} is not built</title>
<style>{style}</style>
</head>
<body>
<main>
<h1><em>Parley</em> is running; its {name} is not built</h1>
<p>The files of the {name} are made with npm, and it was not found, or could not fetch its packages,
when <code>make serve</code> ran. The API itself works without it.</p>
<h2>To build it</h2>
<p>Install Node.js 20.19 or later with npm, then run this and reload the page. The server may keep
running.</p>
<pre><code>make {target}</code></pre>
<h2>To go on without it</h2>
<p>The terminal in which the server runs shows a ready token.</p>
<pre><code>curl {endpoint} \\
  -H 'Authorization: Bearer TOKEN' \\
  -H 'Content-Type: application/json' \\
  -d '{{"query": "{{ conversations(first: 10) {{ edges {{ node {{ title }} }} }} }}"}}'</code></pre>
</main>
</body>
</html>
"""


def _not_built_headers() -> dict[str, str]:
    digest = b64encode(sha256(NOT_BUILT_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'"
    return {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
