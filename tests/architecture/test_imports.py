"""Which part may import which: the table that keeps data flowing one way."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.conftest import ROOT

LIBRARY = "projection"
# Every part of the application and the parts that it may import, itself excepted. `projection` is the library's top;
# `projection.types` alone is meant where only value objects are allowed.
ALLOWED: dict[str, set[str]] = {
    "annotator": {"annotator.celery"},
    "annotator.env": set(),
    "annotator.settings": {"annotator.env"},
    "annotator.celery": {"annotator.env"},
    "annotator.wsgi": set(),
    "annotator.script_bundle": set(),
    "annotator.static_storage": {"annotator.script_bundle"},
    "annotator.supervisor": {"annotator.env"},
    "annotator.apps": {"annotator.checks"},
    "annotator.checks": {"annotator.env"},
    "annotator.urls": {"annotator.views", "annotator.api"},
    "annotator.models": {"projection.types"},
    "annotator.errors": {"projection.errors"},
    "annotator.interface": set(),
    "annotator.middleware": {"annotator.interface"},
    "annotator.wording": set(),
    "annotator.prepared": set(),
    "annotator.mapping": {"annotator.models", "projection.types"},
    "annotator.access": {"annotator.models", "annotator.prepared"},
    "annotator.jobs": {"annotator.models", "annotator.errors"},
    "annotator.queries": {
        "annotator.models",
        "annotator.mapping",
        "annotator.access",
        "annotator.errors",
        "annotator.prepared",
        "annotator.wording",
        LIBRARY,
    },
    "annotator.services": {
        "annotator.models",
        "annotator.prepared",
        "annotator.mapping",
        "annotator.queries",
        "annotator.jobs",
        "annotator.errors",
        "annotator.demo",
        LIBRARY,
    },
    "annotator.tasks": {"annotator.services", "annotator.jobs", "annotator.models", "annotator.errors", LIBRARY},
    "annotator.templatetags": {"annotator.models", "annotator.interface", "annotator.wording", LIBRARY},
    "annotator.forms": {
        "annotator.models",
        "annotator.interface",
        "annotator.wording",
        "annotator.services",
        "annotator.queries",
        LIBRARY,
    },
    "annotator.views": {
        "annotator.services",
        "annotator.queries",
        "annotator.access",
        "annotator.forms",
        "annotator.models",
        "annotator.errors",
        "annotator.htmx",
        "annotator.interface",
        "annotator.middleware",
        "annotator.wording",
        LIBRARY,
    },
    "annotator.htmx": set(),
    "annotator.api": {
        "annotator.services",
        "annotator.queries",
        "annotator.access",
        "annotator.forms",
        "annotator.models",
        "annotator.errors",
        LIBRARY,
    },
    "annotator.demo": set(),
    "annotator.management": {
        "annotator.services",
        "annotator.queries",
        "annotator.models",
        "annotator.env",
        "annotator.jobs",
        "annotator.celery",
        "annotator.supervisor",
    },
}
FORBIDDEN_IN_LIBRARY = {"django", "celery", "kombu", "rest_framework", "psycopg", "redis", "annotator"}
LAZY = {"torch", "transformers"}

MODULES = sorted(path for package in ("projection", "annotator") for path in (ROOT / package).rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def part_of(module: str) -> str:
    """`annotator.services.review` belongs to `annotator.services`."""
    return ".".join(module.split(".")[:2])


def imported_modules(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        if node.module in {"annotator", LIBRARY}:
            return [f"{node.module}.{alias.name}" for alias in node.names]
        return [node.module]
    return []


def is_allowed(name: str, allowed: set[str]) -> bool:
    return any(name == entry or name.startswith(f"{entry}.") for entry in allowed)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_follow_the_table(path: Path) -> None:
    if "migrations" in path.parts:
        pytest.skip("migrations import what they move")
    module = module_name(path)
    names = [name for node in ast.walk(ast.parse(path.read_text("utf-8"))) for name in imported_modules(node)]
    if module.startswith(LIBRARY):
        wrong = [name for name in names if name.split(".")[0] in FORBIDDEN_IN_LIBRARY]
    else:
        part = part_of(module)
        allowed = ALLOWED[part] | {part}
        ours = [name for name in names if name.split(".")[0] in {"annotator", LIBRARY}]
        wrong = [name for name in ours if not is_allowed(name, allowed)]
    assert wrong == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_our_own_code_is_imported_at_the_top(path: Path) -> None:
    inside = []
    for function in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        names = [name for node in ast.walk(function) for name in imported_modules(node)]
        inside += [name for name in names if name.split(".")[0] in {"annotator", LIBRARY}]
    if module_name(path) == "annotator.apps":
        # Checks may only be imported once the app registry is ready.
        inside.remove("annotator.checks")
    assert inside == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_neural_stack_is_never_imported_at_the_top(path: Path) -> None:
    top = [name for node in ast.parse(path.read_text("utf-8")).body for name in imported_modules(node)]
    assert [name for name in top if name.split(".")[0] in LAZY] == []


def test_every_part_of_the_application_is_in_the_table() -> None:
    parts = {part_of(module_name(path)) for path in MODULES if path.parts[len(ROOT.parts)] == "annotator"}
    assert parts - {"annotator.migrations"} <= set(ALLOWED)
