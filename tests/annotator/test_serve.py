"""`manage.py serve`, as `make run` starts it: a login link at the end, nothing left behind afterwards."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.stack import ROOT, free_port

pytestmark = pytest.mark.whole_app

LINK = re.compile(r"http://\S+\?sesame=\S+")
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor())


class Served:
    """A started `serve` with its output."""

    def __init__(self, var_dir: Path, *, port: int) -> None:
        self.var_dir = var_dir
        self.output = var_dir.parent / f"{var_dir.name}.out"
        self.env = os.environ | {
            "VAR_DIR": str(var_dir),
            "SITE_URL": f"http://127.0.0.1:{port}",
            "BIND": "",
            "DATABASE_URL": "",
            "CELERY_BROKER_URL": "",
            "WORKER_CONCURRENCY": "2",
            "DJANGO_SETTINGS_MODULE": "annotator.settings",
        }
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", "--no-demo"],
                cwd=ROOT,
                env=self.env,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self.process

    def text(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def wait_for_link(self) -> str:
        wait_for(lambda: LINK.search(self.text()) or self.process.poll() is not None, timeout_s=90)
        found = LINK.search(self.text())
        assert found, self.text()
        return found.group()

    def children(self) -> list[int]:
        """All living processes that it started, and theirs."""
        return _descendants(self.process.pid)


def _descendants(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in listed.splitlines()]
    parents = {int(row[0]): int(row[1]) for row in rows if not row[2].startswith("Z")}
    found, frontier = [], [pid]
    while frontier:
        parent = frontier.pop()
        below = [child for child, its_parent in parents.items() if its_parent == parent]
        found += below
        frontier += below
    return found


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def wait_for(condition: Callable[[], object], *, timeout_s: float) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, f"not within {timeout_s} s"
        time.sleep(0.05)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    running = Served(tmp_path / "var", port=free_port())
    yield running
    for pid in [*running.children(), running.process.pid]:
        if is_alive(pid):
            os.kill(pid, signal.SIGKILL)
    running.process.wait()


def test_it_prints_a_link_that_logs_in_once_and_comes_last(served: Served) -> None:
    link = served.wait_for_link()
    assert served.text().rstrip().endswith(link)
    with OPENER.open(link) as page:
        assert page.status == 200
        assert "admin" in page.read().decode()
    fresh = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor())
    with fresh.open(link) as page:
        assert "Log out" not in page.read().decode()


def test_a_second_start_says_that_one_runs_already(served: Served) -> None:
    served.wait_for_link()
    second = subprocess.run(
        [sys.executable, "manage.py", "serve"], cwd=ROOT, env=served.env, capture_output=True, text=True, timeout=60
    )
    assert second.returncode == 1
    assert f"already runs on {served.var_dir} (process {served.process.pid})" in second.stderr
    other_folder = served.env | {"VAR_DIR": str(served.var_dir.parent / "other")}
    third = subprocess.run(
        [sys.executable, "manage.py", "serve"], cwd=ROOT, env=other_folder, capture_output=True, text=True, timeout=60
    )
    assert third.returncode == 1
    assert "Address already in use" in third.stderr
    assert "choose another port: SITE_URL=" in third.stderr
    assert served.process.poll() is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_within_seconds(served: Served, number: signal.Signals) -> None:
    served.wait_for_link()
    children = served.children()
    assert len(children) == 5, "a web server with two processes, and two workers"
    served.process.send_signal(number)
    assert served.process.wait(timeout=10) == 0
    assert [pid for pid in children if is_alive(pid)] == []


def test_killing_it_leaves_no_process_behind_and_it_starts_again(served: Served) -> None:
    served.wait_for_link()
    children = served.children()
    served.process.kill()
    served.process.wait()
    wait_for(lambda: not [pid for pid in children if is_alive(pid)], timeout_s=15)
    started_at = time.monotonic()
    served.start()
    served.wait_for_link()
    assert time.monotonic() - started_at < 30
    assert "Collected the static files" not in served.text()


def test_a_worker_that_dies_is_started_again(served: Served) -> None:
    served.wait_for_link()
    before = _descendants(served.process.pid)
    names = {pid: Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8") for pid in before}
    victim = next(pid for pid, name in names.items() if "worker1@" in name)
    os.kill(victim, signal.SIGKILL)
    wait_for(lambda: "Worker 1 ended (status -9)" in served.text(), timeout_s=10)
    wait_for(lambda: len(served.children()) == 5, timeout_s=10)
    assert not is_alive(victim)
