"""The real application for tests: its own folder, tables and queue, a real web server and a real worker."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Literal

import psycopg
import redis

from annotator.supervisor import die_with_parent, web_command, worker_command

ROOT = Path(__file__).resolve().parent.parent
Backend = Literal["sqlite", "postgres"]

LOGIN = """
from annotator.models import User
from django.conf import settings
from django.urls import reverse
from sesame.utils import get_query_string
user, _ = User.objects.get_or_create(username=given)
result = settings.SITE_URL + reverse("account-link") + get_query_string(user)
"""


def postgres_url() -> str:
    """A PostgreSQL database in which schemas may be made."""
    given = os.environ.get("DATABASE_URL", "")
    return given if given.startswith("postgres") else "postgresql://postgres@127.0.0.1:5432/postgres"


def redis_url() -> str:
    """A Redis server; what tests put there bears a prefix of their own."""
    given = os.environ.get("CELERY_BROKER_URL", "")
    return given if given.startswith("redis") else "redis://127.0.0.1:6379/0"


def missing_services() -> str:
    """Why the backend `postgres` cannot be used here; "" when it can."""
    try:
        psycopg.connect(postgres_url(), connect_timeout=3).close()
        redis.Redis.from_url(redis_url(), socket_connect_timeout=3).ping()
    except (psycopg.Error, redis.RedisError) as err:
        return f"PostgreSQL and Redis are not both reachable: {err}"
    return ""


def free_port() -> int:
    """A TCP port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Snippet:
    """Python lines that run in a process of their own (`tests.warm`)."""

    def __init__(self, path: Path, code: str, given: Any) -> None:
        self.connection = socket.socket(socket.AF_UNIX)
        self.connection.settimeout(300)
        self.connection.connect(str(path))
        self.connection.sendall(json.dumps({"code": code, "given": given}).encode() + b"\n")

    def wait(self) -> Any:
        """What they left in `result`."""
        with self.connection, self.connection.makefile("r", encoding="utf-8") as answers:
            answer = json.loads(answers.readline())
        if "error" in answer:
            raise RuntimeError(f"the lines failed:\n{answer['error']}")
        return answer["result"]


class Stack:
    """The running application. `stop` ends what it started and removes what it made.

    Without servers it is a migrated database that `python` and `manage` work on.
    """

    def __init__(
        self, backend: Backend = "sqlite", *, env: dict[str, str] | None = None, has_servers: bool = True
    ) -> None:
        self.backend = backend
        self.name = f"crossgloss_stack_{secrets.token_hex(4)}"
        self.var_dir = Path(tempfile.mkdtemp(prefix=f"{self.name}-"))
        self.port = free_port()
        self.web: subprocess.Popen[bytes] | None = None
        self.worker: subprocess.Popen[bytes] | None = None
        self.warm: subprocess.Popen[bytes] | None = None
        self.env = os.environ | self._own_env() | (env or {})
        try:
            self._prepare()
            if has_servers:
                self._start()
        except BaseException:
            self.stop()
            raise

    def _own_env(self) -> dict[str, str]:
        own = {
            "DJANGO_SETTINGS_MODULE": "annotator.settings",
            "SECRET_KEY": secrets.token_hex(32),
            "SITE_URL": f"http://127.0.0.1:{self.port}",
            "BIND": "",
            "VAR_DIR": str(self.var_dir),
            "DATABASE_URL": "",
            "CELERY_BROKER_URL": "",
            "QUEUE_PREFIX": "",
            "DEBUG": "0",
            "PYTHONPATH": str(ROOT),
        }
        if self.backend == "postgres":
            joint = "&" if "?" in postgres_url() else "?"
            own |= {
                "DATABASE_URL": f"{postgres_url()}{joint}options=-csearch_path%3D{self.name}",
                "CELERY_BROKER_URL": redis_url(),
                "QUEUE_PREFIX": f"{self.name}:",
            }
        return own

    def _prepare(self) -> None:
        if self.backend == "postgres":
            # A schema, since dropping a database waits until the server has written everything of everybody.
            self._run_sql(f"CREATE SCHEMA {self.name}")
        self.manage("migrate", "--verbosity=0", "--no-input", "--skip-checks")

    def _start(self) -> None:
        self.manage("collectstatic", "--verbosity=0", "--no-input")
        self.start_web()
        self.start_worker()

    @staticmethod
    def _run_sql(statement: str) -> None:
        with psycopg.connect(postgres_url(), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def url(self, path: str = "/") -> str:
        """Address of a page."""
        return f"http://127.0.0.1:{self.port}/{path.lstrip('/')}"

    def login_url(self, username: str) -> str:
        """A link that logs a person in once; the account is made when absent."""
        return str(self.python(LOGIN, username))

    def manage(self, *args: str) -> str:
        """Run a management command; returns what it printed."""
        done = self._run([sys.executable, str(ROOT / "manage.py"), *args])
        return done.stdout

    def python(self, code: str, given: Any = None) -> Any:
        """Run Python lines with the application loaded; they find `given` and leave `result`, both as JSON."""
        return self.start_python(code, given).wait()

    def start_python(self, code: str, given: Any = None) -> Snippet:
        """Start Python lines as in `python`, for several at once; `wait` gives their result."""
        return Snippet(self._warm_up(), code, given)

    def _warm_up(self) -> Path:
        path = self.var_dir / "warm.socket"
        if self.warm is None:
            self.warm = self._spawn([sys.executable, "-m", "tests.warm", str(path)], log="warm.log")
            end = time.monotonic() + 60
            while "ready" not in self.log("warm.log") and time.monotonic() < end and self.warm.poll() is None:
                time.sleep(0.05)
        if self.warm.poll() is not None:
            raise RuntimeError(f"no Python lines can be run:\n{self.log('warm.log')}")
        return path

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a SELECT, read past the application: quick enough to watch a worker."""
        if self.backend == "postgres":
            with psycopg.connect(postgres_url(), options=f"-csearch_path={self.name}") as connection:
                return connection.execute(sql).fetchall()  # type: ignore[call-overload,no-any-return]
        with contextlib.closing(sqlite3.connect(self.var_dir / "crossgloss.sqlite3", timeout=30)) as database:
            return database.execute(sql).fetchall()

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=300)
        if done.returncode:
            raise RuntimeError(f"{command[1:3]} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done

    def start_web(self) -> None:
        """Start the web server and wait until it answers."""
        self.web = self._spawn(web_command("127.0.0.1", self.port), log="web.log")
        end = time.monotonic() + 60
        while time.monotonic() < end and self.web.poll() is None:
            if self._answers():
                return
            time.sleep(0.05)
        raise RuntimeError(f"the web server does not answer:\n{self.log('web.log')}")

    def start_worker(self) -> None:
        """Start the worker; it takes up what waits by itself."""
        self.worker = self._spawn(worker_command(name=self.name), log="worker.log")

    def kill_web(self) -> None:
        """End the web server without a warning."""
        self.web = _kill(self.web)

    def kill_worker(self) -> None:
        """End the worker without a warning (SIGKILL), in the middle of whatever it does."""
        self.worker = _kill(self.worker)

    def stop(self) -> None:
        """End what was started and remove what was made."""
        self.kill_worker()
        self.kill_web()
        self.warm = _kill(self.warm)
        if self.backend == "postgres":
            self._run_sql(f"DROP SCHEMA IF EXISTS {self.name} CASCADE")
            client = redis.Redis.from_url(redis_url())
            for key in client.scan_iter(match=f"{self.name}:*"):
                client.delete(key)
        shutil.rmtree(self.var_dir, ignore_errors=True)

    def log(self, name: str) -> str:
        """What the web server (`web.log`) or the worker (`worker.log`) wrote."""
        path = self.var_dir / name
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def _spawn(self, command: list[str], *, log: str) -> subprocess.Popen[bytes]:
        with (self.var_dir / log).open("ab") as file:
            return subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGKILL),
            )

    def _answers(self) -> bool:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            opener.open(self.url("account/login/"), timeout=5).close()
        except urllib.error.HTTPError as err:
            return err.code < 500
        except OSError:
            return False
        return True


def _kill(process: subprocess.Popen[bytes] | None) -> None:
    if process is None:
        return
    # Children have a session of their own, so this reaches them and nobody else's.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
