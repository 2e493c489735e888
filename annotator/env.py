"""Settings from the environment, failing loudly on a wrong value.

Every variable that the project reads is declared here once; `.env.example` lists the same names (held by a test).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

BROKER_SCHEMES = frozenset({"filesystem", "memory", "redis", "rediss", "amqp", "amqps"})
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable: its name, its default and what it means."""

    name: str
    default: str
    help: str


VARIABLES = (
    Variable("SECRET_KEY", "", "Signs sessions and login links. Made once under VAR_DIR when empty."),
    Variable("DEBUG", "0", "1 shows error pages with code; never in production."),
    Variable("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]", "Host names that the server answers to."),
    Variable("SITE_URL", "http://127.0.0.1:8000", "Where people reach the server; https turns on secure cookies."),
    Variable("BIND", "", "host:port that 'make run' listens at; empty means that of SITE_URL."),
    Variable("VAR_DIR", str(VAR_DIR), "Folder of the database, the queue, uploads and logs."),
    Variable("DATABASE_URL", "", "postgresql://user:password@host/name; empty means SQLite under VAR_DIR."),
    Variable("CELERY_BROKER_URL", "", "redis://host:6379/0; empty means a queue of files under VAR_DIR."),
    Variable("QUEUE_PREFIX", "", "Put before the queues' names, where several installations share one Redis."),
    Variable("WORKER_CONCURRENCY", "1", "Processes of the worker that 'make run' starts."),
    Variable("JOB_LEASE_S", "60", "Seconds without a heartbeat after which a job is taken over by another worker."),
    Variable("UPLOAD_MAX_MB", "200", "Largest upload in megabytes."),
    Variable("MODELS_DIR", "", "Folder of pretrained models that runs may use, one folder each; empty: under VAR_DIR."),
    Variable("ENDPOINT_HOSTS", "", "Hosts of chat endpoints that voters may ask: localhost:8080,api.example.org."),
    Variable("ENDPOINT_KEYS", "", "Names of environment variables with keys that voters of any project may use."),
    Variable("LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR."),
)
_DEFAULTS = {variable.name: variable.default for variable in VARIABLES}


def _fail(name: str, fault: str, remedy: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name}: {fault}. {remedy}")


def text(name: str) -> str:
    """Value of a declared variable; an empty one counts as unset."""
    return os.environ.get(name, "").strip() or _DEFAULTS[name]


def flag(name: str) -> bool:
    """A yes/no variable."""
    value = text(name).lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise _fail(name, f"{value!r} is neither 1 nor 0", "Write 1 or 0.")


def integer(name: str, *, minimum: int, maximum: int) -> int:
    """A whole number within bounds."""
    value = text(name)
    if not value.isascii() or not value.isdigit() or not minimum <= int(value) <= maximum:
        raise _fail(name, f"{value!r} is not a whole number from {minimum} to {maximum}", "Correct it or leave it out.")
    return int(value)


def names(name: str) -> list[str]:
    """A list separated by commas."""
    return [part.strip() for part in text(name).split(",") if part.strip()]


def choice(name: str, choices: tuple[str, ...]) -> str:
    """One of a few words."""
    value = text(name).upper()
    if value not in choices:
        raise _fail(name, f"{value!r} is not one of {', '.join(choices)}", "Correct it or leave it out.")
    return value


def folder(name: str) -> Path:
    """A folder, made when absent."""
    path = Path(text(name)).expanduser().resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise _fail(
            name, f"cannot make the folder {path} ({err.strerror})", "Give a folder that may be written."
        ) from err
    return path


def url(name: str, schemes: frozenset[str]) -> str:
    """A URL with one of the schemes, or "" when unset."""
    value = text(name)
    if value and urlsplit(value).scheme not in schemes:
        shown = urlsplit(value).scheme or "no scheme"
        raise _fail(name, f"{shown} is not one of {', '.join(sorted(schemes))}", "See .env.example for the form.")
    return value


def bind_address(site_url: str) -> tuple[str, int]:
    """Host and port to listen at: those of BIND, else of the site; behind https a proxy listens, so not its own."""
    given = text("BIND")
    site = urlsplit(site_url)
    if not given and site.scheme == "https":
        return "127.0.0.1", 8000
    name, address = ("BIND", urlsplit(f"//{given}")) if given else ("SITE_URL", site)
    try:
        port = address.port
    except ValueError as err:
        raise _fail(name, f"the port of {given or site_url!r} is not one from 0 to 65535", "Correct it.") from err
    if not address.hostname or (given and port is None):
        raise _fail(name, f"{given or site_url!r} has no host and port", "Write it like 127.0.0.1:8000.")
    return address.hostname, port or 80
