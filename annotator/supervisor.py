"""Keeps the web server and the workers of one machine running, and takes them along when it ends.

A child that dies is started again, later each time. Children get their own session, so that Ctrl-C in a terminal
reaches the supervisor alone and it stops them in order; on Linux the kernel ends them when the supervisor is killed.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
LONGEST_PAUSE_S = 30.0
SETTLED_AFTER_S = 60.0
STOP_WITHIN_S = 5.0
LOG_MAX_BYTES = 10 * 1024 * 1024


def web_command(host: str, port: int) -> list[str]:
    """The web server, listening at an address."""
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    options = ["--bind", bind, "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--timeout", "120"]
    limits = ["--graceful-timeout", "3", "--keep-alive", "30", "--log-level", "warning", "--no-control-socket"]
    return [sys.executable, "-m", "gunicorn", *options, *limits, "annotator.wsgi:application"]


def worker_command(*, name: str) -> list[str]:
    """A worker for all queues that does one job at a time in its one process."""
    options = ["--pool", "solo", "--hostname", f"{name}@%h", "--loglevel", "WARNING", "--without-gossip"]
    return [sys.executable, "-m", "celery", "-A", "annotator", "worker", *options, "--without-mingle"]


def die_with_parent(death_signal: int) -> Callable[[], None] | None:
    """What a child runs before its program, so that the kernel sends it a signal when its parent has died."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def prepare() -> None:
        prctl(PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    return prepare


@dataclass(slots=True)
class Child:
    """One kept process.

    Attributes:
        death_signal: what the kernel sends it when the supervisor dies: workers may be killed at any moment, since
            what they do stands in job rows; the web server takes its own children along.
    """

    name: str
    command: Sequence[str]
    log_path: Path
    death_signal: int = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    n_deaths: int = 0

    def start(self) -> None:
        """Start it, its output going to the end of its log."""
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        if self.log_path.exists() and self.log_path.stat().st_size > LOG_MAX_BYTES:
            self.log_path.replace(self.log_path.with_suffix(".1.log"))
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(self.death_signal),
            )
        self.started_at = time.monotonic()

    def check(self) -> int | None:
        """Start it again when its pause is over; its exit status when it has just died."""
        if self.process is None:
            if time.monotonic() >= self.start_again_at:
                self.start()
            return None
        status = self.process.poll()
        if status is None:
            return None
        self.process = None
        now = time.monotonic()
        self.n_deaths = 1 if now - self.started_at > SETTLED_AFTER_S else self.n_deaths + 1
        self.start_again_at = now + self.pause_s
        return status

    @property
    def pause_s(self) -> float:
        """How long to wait before the next start: 0 after the first death, then 1, 2, 4, ... seconds."""
        return 0.0 if self.n_deaths <= 1 else min(LONGEST_PAUSE_S, 2.0 ** (self.n_deaths - 2))

    def last_lines(self, n_lines: int = 15) -> str:
        """The end of its log."""
        try:
            lines = self.log_path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return ""
        return "\n".join(lines[-n_lines:])


@dataclass(slots=True)
class Supervisor:
    """Runs children until it is told to stop."""

    children: Sequence[Child]
    tell: Callable[[str], object]
    is_stopping: bool = field(default=False, init=False)

    def start(self) -> None:
        """Take the signals that end it, and start everything."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop_soon)
        for child in self.children:
            child.start()

    def _stop_soon(self, number: int, frame: object) -> None:
        del number, frame
        self.is_stopping = True

    def wait_until(self, is_ready: Callable[[], bool], *, timeout_s: float) -> bool:
        """Keep everything running until something holds; False when it did not in time or a child died meanwhile."""
        end = time.monotonic() + timeout_s
        while not self.is_stopping and time.monotonic() < end:
            if is_ready():
                return True
            if any(child.check() is not None for child in self.children):
                return False
            time.sleep(0.05)
        return False

    def run(self) -> None:
        """Keep everything running until a signal comes, then stop everything."""
        try:
            while not self.is_stopping:
                self._check()
                time.sleep(0.2)
        finally:
            self.stop()

    def _check(self) -> None:
        for child in self.children:
            status = child.check()
            if status is not None:
                self.tell(f"{child.name} ended (status {status}); starting it again. Its log: {child.log_path}")

    def stop(self) -> None:
        """Ask all children to end, and kill what has not after a few seconds."""
        running = [child.process for child in self.children if child.process is not None]
        for process in running:
            process.terminate()
        end = time.monotonic() + STOP_WITHIN_S
        for process in running:
            try:
                process.wait(timeout=max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        for child in self.children:
            child.process = None
