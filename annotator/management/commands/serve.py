"""`manage.py serve`: the whole application on one machine, from an empty folder to a login link."""

from __future__ import annotations

import fcntl
import hashlib
import os
import signal
import socket
import urllib.error
import urllib.request
from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.db.utils import OperationalError
from django.urls import reverse

from annotator.models import Project, User
from annotator.services.accounts import login_link
from annotator.supervisor import Child, Supervisor, web_command, worker_command

ADMIN_NAME = "admin"
READY_WITHIN_S = 60.0


class Command(BaseCommand):
    """Prepares what is missing, starts the web server and the workers, and keeps them running."""

    help = "Migrate, start the web server and the workers, and print a login link; Ctrl-C stops everything."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="do not load the demo project on the first start")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        with _hold_lock(settings.VAR_DIR / "serve.lock"):
            _check_address_is_free()
            self._prepare(has_demo=not options["no_demo"])
            self._serve()

    def _prepare(self, *, has_demo: bool) -> None:
        self.stdout.write("Preparing the database ...")
        try:
            call_command("migrate", verbosity=0, interactive=False)
        except OperationalError as err:
            raise CommandError(f"The database cannot be reached: {err}. Start it, or correct DATABASE_URL.") from err
        if _collect_static_files():
            self.stdout.write("Collected the static files.")
        if get_admin() is None:
            create_admin()
        if has_demo and not Project.objects.exists():
            self.stdout.write("Loading the demo project ...")
            call_command("load_demo")
        link = self._login_link()
        connections.close_all()
        self._link = link

    def _login_link(self) -> str:
        return login_link(get_admin() or create_admin())

    def _serve(self) -> None:
        host, port = settings.BIND
        log_dir = settings.VAR_DIR / "logs"
        web = Child(name="The web server", command=web_command(host, port), log_path=log_dir / "web.log")
        supervisor = Supervisor(children=[web, *_workers(log_dir)], tell=self.stderr.write)
        supervisor.start()
        is_ready = supervisor.wait_until(lambda: _answers(host, port), timeout_s=READY_WITHIN_S)
        if not is_ready and not supervisor.is_stopping:
            supervisor.stop()
            log = "\n\n".join(child.last_lines() for child in supervisor.children)
            raise CommandError(f"The server did not start. The logs in {log_dir} end with:\n{log}")
        if is_ready:
            self._greet(log_dir)
        supervisor.run()
        self.stdout.write("Stopped.")

    def _greet(self, log_dir: Path) -> None:
        self.stdout.write(f"Crossgloss runs at {settings.SITE_URL} (logs: {log_dir}). Ctrl-C stops it.")
        self.stdout.write("Log in as admin with this link; it works once, within a day:\n")
        self.stdout.write(f"    {self._link}\n")
        self.stdout.flush()


def get_admin() -> User | None:
    """The account that the login link is for."""
    return User.objects.filter(username=ADMIN_NAME).first()


def create_admin() -> User:
    """The first account; it has no password until one is set, and logs in by link."""
    return User.objects.create_superuser(username=ADMIN_NAME, password=None)


def _workers(log_dir: Path) -> list[Child]:
    return [
        Child(
            name=f"Worker {number}",
            command=worker_command(name=f"worker{number}"),
            log_path=log_dir / f"worker-{number}.log",
            death_signal=signal.SIGKILL,
        )
        for number in range(1, settings.WORKER_CONCURRENCY + 1)
    ]


def _hold_lock(path: Path) -> IO[str]:
    """Hold a lock file for as long as this process lives, with the process id in it.

    Raises:
        CommandError: when another process holds it.
    """
    file = path.open("a+", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as err:
        file.seek(0)
        raise CommandError(
            f"Crossgloss already runs on {settings.VAR_DIR} (process {file.read().strip()}). Use that one, stop it "
            "with Ctrl-C where it runs, or set VAR_DIR and SITE_URL to start another."
        ) from err
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def _check_address_is_free() -> None:
    host, port = settings.BIND
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as err:
        remedy = f"Stop what uses it, or choose another port: SITE_URL=http://127.0.0.1:{port + 1} make run"
        raise CommandError(f"Cannot listen at {host}:{port} ({err.strerror}). {remedy}") from err


def _answers(host: str, port: int) -> bool:
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    shown = f"[{address}]" if ":" in address else address
    request = urllib.request.Request(f"http://{shown}:{port}{reverse('account-login')}")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=5):
            return True
    except urllib.error.HTTPError as err:
        # A redirect to https, or a host name that is not served: it runs all the same.
        return err.code < 500
    except OSError:
        return False


def _collect_static_files() -> bool:
    """Collect the static files when one of them has changed since the last time; whether it did."""
    stamp = settings.VAR_DIR / "static.stamp"
    current = _fingerprint_static_files()
    if stamp.exists() and stamp.read_text(encoding="ascii") == current:
        return False
    call_command("collectstatic", verbosity=0, interactive=False, clear=settings.STATIC_ROOT.exists())
    stamp.write_text(current, encoding="ascii")
    return True


def _fingerprint_static_files() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
