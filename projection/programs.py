"""Programs outside the library: found on the search path or beside the running Python, run with a time limit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from shutil import which

from projection.errors import EngineError, Problem

_LAST_LINES = 3


def find_program(name: str) -> str | None:
    """The path of a program: on the search path, or beside the running Python (where pip puts programs)."""
    return which(name) or which(name, path=str(Path(sys.executable).parent))


def run_program(command: Sequence[str], *, timeout_s: float, folder: Path, stdout: Path | None = None) -> None:
    """Run a program to its end; it and all that it started are killed when the time is over.

    Args:
        command: name and arguments.
        timeout_s: seconds that it may take.
        folder: working folder; what the program says is written there.
        stdout: file for its standard output, or None to drop that.

    Raises:
        EngineError: `missing-program`, `program-timeout`, or `program-failed` with the last lines that it wrote.
    """
    name, *arguments = command
    path = find_program(name)
    if path is None:
        raise EngineError(Problem("missing-program", f"The program {name} is not installed.", "Install it."))
    said, output = folder / f"{name}.stderr", stdout or folder / f"{name}.stdout"
    with said.open("wb") as err, output.open("wb") as out:
        process = _start([path, *arguments], folder, out.fileno(), err.fileno())
        try:
            code = process.wait(timeout=timeout_s)
        except subprocess.TimeoutExpired as late:
            fault = f"{name} did not end within {timeout_s:g} seconds."
            remedy = "Raise the time limit, or give fewer pairs."
            raise EngineError(Problem("program-timeout", fault, remedy)) from late
        finally:
            _kill_group(process)
    if code:
        raise EngineError(_failure(name, code, said, output))


def _start(command: Sequence[str], folder: Path, out: int, err: int) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
        )
    except OSError as failure:
        fault = f"{command[0]} cannot be started: {failure.strerror}."
        raise EngineError(Problem("program-failed", fault, "Check how it was installed.")) from failure


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what a program that did not end has started, itself included; nothing after a regular end."""
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _failure(name: str, code: int, *logs: Path) -> Problem:
    how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
    said = next(filter(None, map(_last_lines, logs)), "without a word")
    return Problem("program-failed", f"{name} {how}: {said.rstrip('.')}.", "Run it by hand to see more.")


def _last_lines(log: Path) -> str:
    lines = [line.strip() for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    return " / ".join(lines[-_LAST_LINES:])
