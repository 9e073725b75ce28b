"""What is installed, deployed and watched: the lock files, compose.yaml, nginx, Grafana."""

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import AliasChoices

from app.settings import Settings
from tests.house.source import ROOT, first_cells

ADDRESS = re.compile(r"\w+://|git\+|--(?:extra-)?index-url|--find-links")
PINNED = re.compile(r"^[a-z0-9][a-z0-9._-]*(\[[a-z0-9,_-]+\])?==\S+( ; .+)? \\$", re.IGNORECASE)
UVICORN = {"FORWARDED_ALLOW_IPS"}
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
# The metrics that Prometheus makes of a histogram.
OF_HISTOGRAM = re.compile(r"_(bucket|sum|count)$")
NPM_LOCKS = [
    path
    for path in sorted(ROOT.glob("client-examples/**/package-lock.json"))
    if "node_modules" not in path.parts
]


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    """The services of compose.yaml."""
    composed = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    found: dict[str, dict[str, Any]] = composed["services"]
    return found


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_lock_file_has_hashes_and_no_address(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()

    assert not [line for line in lines if ADDRESS.search(line)]
    requirements = [
        (line, following) for line, following in pairwise(lines) if not line.startswith((" ", "#"))
    ]
    assert requirements
    for line, following in requirements:
        assert PINNED.match(line), line
        assert following.strip().startswith("--hash=sha256:"), line


@pytest.mark.parametrize("path", NPM_LOCKS, ids=lambda path: path.parent.name)
def test_npm_lock_file_has_hashes_and_no_address(path: Path) -> None:
    packages: dict[str, dict[str, Any]] = json.loads(path.read_bytes())["packages"]

    # The examples share a lock; what is ours in it is the folder beside it.
    installed = {
        name: package
        for name, package in packages.items()
        if "node_modules/" in name and not package.get("link")
    }
    assert installed
    for name, package in installed.items():
        assert "resolved" not in package, name
        assert package["integrity"].startswith("sha512-"), name


def test_compose_has_every_part(services: dict[str, dict[str, Any]]) -> None:
    assert {"postgres", "redis", "migrate", "api-1", "api-2", "worker", "nginx"} <= set(services)
    assert services["api-1"]["command"] == services["api-2"]["command"]
    assert services["worker"]["command"][:2] == ["parley", "worker"]


def test_compose_sets_only_settings_that_exist(services: dict[str, dict[str, Any]]) -> None:
    ours = {
        name: service
        for name, service in services.items()
        if service.get("command", [""])[0] == "parley"
    }

    assert {"migrate", "api-1", "api-2", "worker"} <= set(ours)
    for name, service in ours.items():
        assert not set(service["environment"]) - _variables() - UVICORN, name


def test_application_does_not_connect_as_the_owner(services: dict[str, dict[str, Any]]) -> None:
    for name in ("api-1", "api-2", "worker"):
        assert "PARLEY_OWNER_DATABASE_URL" not in services[name]["environment"]
        assert "parley_owner" not in services[name]["environment"]["DATABASE_URL"]


def test_compose_needs_only_what_the_example_sets() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    example = (ROOT / "compose.env.example").read_text(encoding="utf-8")

    needed = set(re.findall(r"\$\{(\w+)", text))

    assert needed == set(re.findall(r"^(\w+)=", example, re.MULTILINE))


def test_nginx_knows_both_servers(services: dict[str, dict[str, Any]]) -> None:
    text = (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8")

    upstream = re.findall(r"^\s*server ([\w-]+):8000 resolve;", text, re.MULTILINE)

    assert upstream == [name for name in services if name.startswith("api-")]


def test_prometheus_asks_every_process(services: dict[str, dict[str, Any]]) -> None:
    jobs = _yaml("prometheus.yml")["scrape_configs"]

    targets = [
        target for job in jobs for group in job["static_configs"] for target in group["targets"]
    ]

    assert {target.partition(":")[0] for target in targets} == {
        name
        for name, service in services.items()
        if service.get("command", [])[:2] in (["parley", "serve"], ["parley", "worker"])
    }


def test_dashboards_and_alerts_name_metrics_that_exist() -> None:
    # tests/app/test_serve.py compares this table with what a server has.
    known = set(first_cells("operations.md", "Metrics"))
    dashboard = json.loads((ROOT / "deploy/grafana/dashboards/parley.json").read_bytes())
    shown = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    alerts = [rule["expr"] for group in _yaml("alerts.yml")["groups"] for rule in group["rules"]]

    for expression in shown + alerts:
        named = set(re.findall(r"\bparley_\w+", expression))
        assert {OF_HISTOGRAM.sub("", name) for name in named} <= known, expression


def test_what_prometheus_and_grafana_read_is_mounted(services: dict[str, dict[str, Any]]) -> None:
    for name in ("prometheus", "grafana"):
        for volume in services[name]["volumes"]:
            source = volume.partition(":")[0]
            assert not source.startswith("./") or (ROOT / source).exists(), volume
    source = _yaml("grafana/provisioning/datasources/prometheus.yml")["datasources"][0]
    text = (ROOT / "deploy/grafana/dashboards/parley.json").read_text(encoding="utf-8")
    assert set(re.findall(r'"type": "prometheus",\s+"uid": "(\w+)"', text)) == {source["uid"]}


def _yaml(path: str) -> Any:
    """A file of deploy/."""
    return yaml.safe_load((ROOT / "deploy" / path).read_text(encoding="utf-8"))


def _variables() -> set[str]:
    """Every name by which the environment can give a setting."""
    found: set[str] = set()
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        choices = alias.choices if isinstance(alias, AliasChoices) else [f"PARLEY_{name.upper()}"]
        found.update(str(choice) for choice in choices)
    return found
