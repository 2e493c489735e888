"""Settings from the environment: a wrong value stops the start and says how to mend it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from annotator import env

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")


def test_the_example_lists_every_variable_with_its_help_and_no_other() -> None:
    listed = re.findall(r"^# (.+)\n#([A-Z_]+)=(.*)$", EXAMPLE, flags=re.MULTILINE)
    assert {name: text for text, name, _ in listed} == {variable.name: variable.help for variable in env.VARIABLES}
    defaults = {name: value for _, name, value in listed if name != "VAR_DIR"}
    assert defaults == {variable.name: variable.default for variable in env.VARIABLES if variable.name != "VAR_DIR"}
    assert set(re.findall(r"^#?([A-Z_]+)=", EXAMPLE, flags=re.MULTILINE)) == set(defaults) | {"VAR_DIR"}


def test_an_empty_value_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOB_LEASE_S", " ")
    assert env.integer("JOB_LEASE_S", minimum=1, maximum=100) == 60


@pytest.mark.parametrize(("given", "expected"), [("1", True), ("Yes", True), ("off", False), ("0", False)])
def test_flags(monkeypatch: pytest.MonkeyPatch, given: str, expected: bool) -> None:
    monkeypatch.setenv("DEBUG", given)
    assert env.flag("DEBUG") is expected


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DEBUG", "maybe", "DEBUG: 'maybe' is neither 1 nor 0. Write 1 or 0."),
        ("WORKER_CONCURRENCY", "0", "not a whole number from 1 to 64"),
        ("WORKER_CONCURRENCY", "two", "not a whole number from 1 to 64"),
        ("JOB_LEASE_S", "1.5", "not a whole number from 2 to 3600"),
        ("UPLOAD_MAX_MB", "99999", "not a whole number from 1 to 4096"),
        ("LOG_LEVEL", "LOUD", "'LOUD' is not one of DEBUG, INFO, WARNING, ERROR"),
        ("DATABASE_URL", "mysql://host/name", "mysql is not one of postgres, postgresql, sqlite"),
        ("CELERY_BROKER_URL", "host:6379", "not one of amqp"),
        ("SITE_URL", "127.0.0.1:8000", "not one of http, https"),
        ("SITE_URL", "http://", "has no host and port"),
        ("SITE_URL", "http://host:99999", "port"),
        ("BIND", "8000", "Write it like 127.0.0.1:8000."),
        ("VAR_DIR", "/proc/nowhere", "cannot make the folder /proc/nowhere"),
    ],
)
def test_a_wrong_value_stops_the_start_and_says_so(tmp_path: Path, name: str, value: str, said: str) -> None:
    done = start_python("import annotator.settings", {"VAR_DIR": str(tmp_path), name: value})
    assert done.returncode == 1
    last_line = done.stderr.strip().splitlines()[-1]
    assert last_line.startswith(f"django.core.exceptions.ImproperlyConfigured: {name}: ")
    assert said in last_line


@pytest.mark.parametrize(
    ("bind", "site_url", "expected"),
    [
        ("", "http://127.0.0.1:8000", ("127.0.0.1", 8000)),
        ("", "http://lab.example.org", ("lab.example.org", 80)),
        ("", "https://lab.example.org", ("127.0.0.1", 8000)),
        ("0.0.0.0:9000", "https://lab.example.org", ("0.0.0.0", 9000)),
        ("[::1]:9000", "http://localhost:8000", ("::1", 9000)),
    ],
)
def test_where_the_server_listens(
    monkeypatch: pytest.MonkeyPatch, bind: str, site_url: str, expected: tuple[str, int]
) -> None:
    monkeypatch.setenv("BIND", bind)
    assert env.bind_address(site_url) == expected


def test_a_bind_address_without_a_port_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIND", "localhost")
    with pytest.raises(ImproperlyConfigured, match="BIND"):
        env.bind_address("http://127.0.0.1:8000")


def test_the_secret_key_is_made_once_and_readable_for_its_owner_only(tmp_path: Path) -> None:
    code = "from annotator import settings; print(settings.SECRET_KEY)"
    first, second = (start_python(code, {"VAR_DIR": str(tmp_path), "SECRET_KEY": ""}).stdout for _ in range(2))
    assert len(first.strip()) >= 50
    assert first == second
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_https_turns_on_what_keeps_a_public_server_safe(tmp_path: Path) -> None:
    code = (
        "from annotator import settings as s; "
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 0, s.ALLOWED_HOSTS[-1])"
    )
    given = {"VAR_DIR": str(tmp_path), "SITE_URL": "https://lab.example.org"}
    assert start_python(code, given).stdout.strip() == "True True True lab.example.org"


@pytest.mark.parametrize("program", ["annotator.wsgi", "annotator.tasks"])
def test_neither_web_server_nor_worker_loads_the_neural_stack(tmp_path: Path, program: str) -> None:
    code = f"""
import django, sys
django.setup()
import importlib
importlib.import_module("{program}")
import annotator.urls
from projection.engines import list_engines
for engine in list_engines():
    required = {{setting.name: "x" for setting in engine.settings if setting.is_required}}
    engine.build(engine.read_settings(required))
    engine.versions()
print(sorted({{"torch", "transformers", "tensorflow"}} & set(sys.modules)))
"""
    given = {"VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "annotator.settings"}
    done = start_python(code, given)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def start_python(code: str, given: dict[str, str]) -> subprocess.CompletedProcess[str]:
    own = {"SITE_URL": "", "BIND": "", "DATABASE_URL": "", "CELERY_BROKER_URL": ""}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | own | given,
        capture_output=True,
        text=True,
        timeout=60,
    )
