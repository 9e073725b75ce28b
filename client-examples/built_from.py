"""What examples are built from, as one hash: `python built_from.py web`, or several names.

`make` builds again when it differs from what it kept, and a test fails where it does.
"""

import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent
SDL = EXAMPLES.parent / "schema/schema.graphql"
SHARED = ("page", "generate.mjs", "package.json", "package-lock.json", "tsconfig.base.json")
MADE = {"node_modules", "dist", "generated"}


def built_from(*names: str) -> str:
    """Of the sources of these examples, of what examples share, and of the SDL; in hex."""
    found = sha256(SDL.read_bytes())
    for path in sorted({path for name in (*names, *SHARED) for path in _files(EXAMPLES / name)}):
        found.update(f"\n{path.relative_to(EXAMPLES)}\n".encode() + path.read_bytes())
    return found.hexdigest()


def _files(place: Path) -> Iterator[Path]:
    if place.is_dir():
        for entry in place.iterdir():
            if entry.name not in MADE:
                yield from _files(entry)
    elif place.suffix != ".md":
        yield place


if __name__ == "__main__":
    print(built_from(*sys.argv[1:]))
