"""The largest there is: a zip with gigabytes of media, and a chat of one endless line.

    python -m benchmarks.imports.extremes [--gigabytes 2]

Imports both, each in a process of its own, and prints seconds and the most memory of the process.
The line has half as many bytes. It needs twice the gigabytes of room in the folder for temporary
files, and a minute.
"""

import argparse
import random
from pathlib import Path
from zipfile import ZipFile

from benchmarks.imports.processes import Run, parley
from benchmarks.own_servers import own_servers

MEGABYTE = 1_000_000
FILE = 20 * MEGABYTE
HEADER = "13/06/2026, 21:05 - Ana: "


def write_media(path: Path, size: int) -> None:
    """A chat and so many bytes of videos, each of its own noise, stored as they are."""
    noise = random.Random(8).randbytes(MEGABYTE)
    names = [f"VID-20260613-WA{number:04}.mp4" for number in range(size // FILE)]
    with ZipFile(path, "w") as archive:
        archive.writestr("_chat.txt", "".join(f"{HEADER}{n} (file attached)\n" for n in names))
        for name in names:
            with archive.open(name, "w") as video:
                video.write(name.encode())
                for _ in range(FILE // MEGABYTE):
                    video.write(noise)


def write_line(path: Path, size: int) -> None:
    """A message, one of a single line of so many bytes, and another."""
    piece = "x" * MEGABYTE
    with path.open("w") as chat:
        chat.write(f"{HEADER}hello\n{HEADER}")
        for _ in range(size // MEGABYTE):
            chat.write(piece)
        chat.write(f"\n{HEADER}bye\n")


def main() -> None:
    """Write, import and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--gigabytes", type=float, default=2)
    size = int(parser.parse_args().gigabytes * 1_000_000_000)
    with own_servers("extremes") as (folder, servers):
        media, line = folder / "WhatsApp Chat - Media.zip", folder / "WhatsApp Chat with Line.txt"
        urls = servers.url_for("parley"), servers.url_for("parley_owner")
        write_media(media, size)
        tell("media", parley("import", media, *urls, "--store", str(folder / "store")), size)
        media.unlink()
        write_line(line, size // 2)
        tell("one line", parley("import", line, *urls), size // 2)


def tell(what: str, run: Run, size: int) -> None:
    """Print what an import took."""
    print(
        f"{size / MEGABYTE:,.0f} MB of {what}: {run.messages:,} messages in {run.seconds:.1f} s,"
        f" {run.megabytes:.0f} MB of memory",
        flush=True,
    )


if __name__ == "__main__":
    main()
