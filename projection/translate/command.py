"""Translation by a program that reads lines and writes lines, such as Apertium."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from projection.errors import EngineError, Problem
from projection.programs import find_program
from projection.translate.base import Identity, NonBlank, Translation

_KILL_WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class CommandSettings:
    """How a program is run.

    Attributes:
        argv: the program and its arguments, without a shell; `{src_lang}` and `{tgt_lang}` stand for the languages.
        timeout_s: seconds that one call may take.
    """

    argv: tuple[str, ...]
    timeout_s: float = 600.0


class CommandTranslator(NonBlank):
    """Sends one text a line (UTF-8) and takes one translation a line."""

    def __init__(self, settings: CommandSettings) -> None:
        """Find the program.

        Raises:
            EngineError: `missing-program`.
        """
        program = find_program(settings.argv[0]) if settings.argv else None
        if program is None:
            name = settings.argv[0] if settings.argv else ""
            fault = f"There is no program {name!r}."
            raise EngineError(Problem("missing-program", fault, "Install it, or name its path."))
        self._settings = settings
        self._program = program

    @property
    def identity(self) -> Identity:
        content = hashlib.sha256(Path(self._program).read_bytes()).hexdigest()
        return {"kind": "command", "argv": list(self._settings.argv), "program": content}

    def _translate(self, texts: Sequence[str], *, src_lang: str, tgt_lang: str) -> list[Translation]:
        """Texts with line breaks are sent line by line and put together again.

        Raises:
            EngineError: `command-failed`, `command-timeout`, `command-lines` (another number of lines came back).
        """
        lines = [text.splitlines() for text in texts]
        asked = [line for group in lines for line in group if line.strip()]
        found = iter(self._run(asked, src_lang=src_lang, tgt_lang=tgt_lang))
        translated = ["\n".join(next(found) if line.strip() else line for line in group) for group in lines]
        return [_checked(text) for text in translated]

    def _run(self, lines: Sequence[str], *, src_lang: str, tgt_lang: str) -> list[str]:
        names = {"src_lang": src_lang, "tgt_lang": tgt_lang}
        argv = [_fill(word, names) for word in (self._program, *self._settings.argv[1:])]
        output = self._communicate(argv, "".join(f"{line}\n" for line in lines).encode())
        try:
            found = output.decode().removesuffix("\n").split("\n")
        except UnicodeDecodeError as err:
            raise _error("command-failed", "The program wrote something that is not UTF-8.", argv) from err
        if len(found) != len(lines):
            fault = f"The program wrote {len(found)} lines for {len(lines)}."
            raise _error("command-lines", fault, argv)
        return [line.strip() for line in found]

    def _communicate(self, argv: Sequence[str], data: bytes) -> bytes:
        pipe = subprocess.PIPE
        try:
            process = subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True)
        except OSError as err:
            raise _error("command-failed", f"The program does not start: {err.strerror}.", argv) from err
        try:
            output, complaint = process.communicate(data, timeout=self._settings.timeout_s)
        except subprocess.TimeoutExpired as err:
            fault = f"The program took longer than {self._settings.timeout_s:g} seconds."
            raise _error("command-timeout", fault, argv) from err
        finally:
            _stop(process)
        if process.returncode:
            said = complaint.decode(errors="replace").strip().splitlines()
            words = f": {said[-1]}" if said else ""
            raise _error("command-failed", f"The program ended with code {process.returncode}{words}.", argv)
        return output


def _fill(word: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        word = word.replace(f"{{{name}}}", value)
    return word


def _checked(text: str) -> Translation:
    if text.strip():
        return Translation(text)
    problem = Problem("empty-translation", "The program wrote nothing for this text.", "Translate it another way.")
    return Translation("", None, problem)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the program with everything that it started, where it still runs."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=_KILL_WAIT_S)


def _error(code: str, fault: str, argv: Sequence[str]) -> EngineError:
    remedy = "Try the command by hand: it must read lines and write as many, in UTF-8."
    return EngineError(Problem(code, fault, remedy, place=" ".join(argv)))
