"""Commands, recorded translations and the cache."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from projection.errors import EngineError, FormatError, Problem
from projection.translate import Translation, identity_key
from projection.translate.cache import CachedTranslator, TranslationCache
from projection.translate.command import CommandSettings, CommandTranslator
from projection.translate.recorded import RecordedTranslator, pair_recorded, read_recorded
from tests.conftest import ROOT

UPPER = "import sys; [sys.stdout.write(line.upper()) for line in sys.stdin]"


def command(code: str, *arguments: str, timeout_s: float = 20.0) -> CommandTranslator:
    return CommandTranslator(CommandSettings((sys.executable, "-c", code, *arguments), timeout_s))


def translate(translator: object, *texts: str, tgt_lang: str = "de") -> list[Translation]:
    return translator.translate(texts, src_lang="en", tgt_lang=tgt_lang)


# ------------------------------------------------------------------------------------------------------------- command


def test_a_command_translates_lines() -> None:
    found = translate(command(UPPER), "one", "", "straße", "two\n\nthree", " ")
    assert [each.text for each in found] == ["ONE", "", "STRASSE", "TWO\n\nTHREE", " "]


def test_languages_go_into_the_arguments_and_no_shell_reads_them() -> None:
    code = "import sys; sys.stdin.read(); print(sys.argv[1:])"
    assert translate(command(code, "{src_lang}-{tgt_lang}", "$HOME; ls"), "x")[0].text == "['en-de', '$HOME; ls']"


@pytest.mark.parametrize(
    ("code", "expected", "message"),
    [
        ("print('only one')", "command-lines", "wrote 1 lines for 2"),
        ("import sys; sys.exit('no such mode')", "command-failed", "ended with code 1: no such mode"),
        ("import sys; sys.stdout.buffer.write(b'\\xff\\n\\xff\\n')", "command-failed", "not UTF-8"),
    ],
)
def test_what_a_command_does_wrong_is_said(code: str, expected: str, message: str) -> None:
    with pytest.raises(EngineError, match=message) as caught:
        translate(command(code), "a", "b")
    assert caught.value.problem.code == expected


def test_a_missing_program_and_an_empty_line() -> None:
    with pytest.raises(EngineError, match="no program 'no-such-program'"):
        CommandTranslator(CommandSettings(("no-such-program",)))
    with pytest.raises(EngineError, match="no program ''"):
        CommandTranslator(CommandSettings(()))
    found = translate(command("import sys; sys.stdin.read(); print('a'); print()"), "x", "y")
    assert [each.problem and each.problem.code for each in found] == [None, "empty-translation"]


def test_a_slow_command_is_ended_with_everything_that_it_started(tmp_path: Path) -> None:
    written = tmp_path / "pid"
    child = "import time; time.sleep(60)"
    code = (
        "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', sys.argv[2]]); "
        "open(sys.argv[1], 'w').write(str(p.pid)); time.sleep(60)"
    )
    began = time.monotonic()
    with pytest.raises(EngineError, match=r"longer than 1\.5 seconds"):
        translate(command(code, str(written), child, timeout_s=1.5), "x")
    assert time.monotonic() - began < 30
    pid = int(written.read_text())
    for _ in range(100):
        if not _is_alive(pid):
            break
        time.sleep(0.05)
    assert not _is_alive(pid)


def _is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "State:\tZ" not in status.read_text()


def test_the_identity_of_a_command_holds_its_arguments() -> None:
    assert identity_key(command(UPPER).identity) == identity_key(command(UPPER, timeout_s=1).identity)
    assert identity_key(command(UPPER).identity) != identity_key(command(UPPER, "x").identity)


# ------------------------------------------------------------------------------------------------------------ recorded


def test_recorded_translations_by_text() -> None:
    found, problems = read_recorded(b"source\ttarget\nOne.\tEins.\nTwo.\tZwei.\nOne.\tEine.\n")
    assert found == {"One.": "Eins.", "Two.": "Zwei."}
    assert [(each.code, each.place) for each in problems] == [("recorded-twice", "line 4")]
    answers = translate(RecordedTranslator(found), "Two. ", "Three.", "")
    assert [each.text for each in answers] == ["Zwei.", "", ""]
    assert [each.problem and each.problem.code for each in answers] == [None, "not-recorded", None]


def test_recorded_translations_by_id() -> None:
    table = b"id\ttarget\ns1\tEins.\ns9\tNeun.\ns2\t\n"
    found, problems = read_recorded(table, ids={"s1": "One.", "s2": "Two."})
    assert found == {"One.": "Eins."}
    assert [each.code for each in problems] == ["empty-sentence", "unknown-id"]
    with pytest.raises(FormatError, match="no column 'target'"):
        read_recorded(b"id\tgerman\ns1\tEins.\n", ids={})


def test_recorded_translations_of_two_files() -> None:
    assert pair_recorded(b"One.\nTwo.\n", b"Eins.\nZwei.\n") == ({"One.": "Eins.", "Two.": "Zwei."}, [])
    with pytest.raises(FormatError, match="2 and 1 lines"):
        pair_recorded(b"One.\nTwo.\n", b"Eins.\n")


# --------------------------------------------------------------------------------------------------------------- cache


class Counting:
    """Translates into capitals, notes what it is asked, and fails on some texts."""

    def __init__(self, *failing: str, version: str = "1") -> None:
        self.asked: list[str] = []
        self.failing = failing
        self.identity = {"kind": "counting", "version": version}

    def translate(self, texts: Sequence[str], *, src_lang: str, tgt_lang: str) -> list[Translation]:
        self.asked += texts
        return [self._one(text, tgt_lang) for text in texts]

    def _one(self, text: str, tgt_lang: str) -> Translation:
        if text in self.failing:
            return Translation("", None, Problem("remote-failed", "No."))
        problem = Problem("translation-cut", "Cut.", "Look.", "there") if text == "cut" else None
        return Translation(f"{text.upper()} {tgt_lang}", 0.25, problem)


def test_a_second_run_asks_nothing_and_failures_are_asked_again(tmp_path: Path) -> None:
    with TranslationCache(tmp_path / "cache.db") as cache:
        first = translate(CachedTranslator(Counting("bad"), cache, chunk=2), "one", "cut", "one", "bad", "ü")
        assert len(cache) == 3
    again = Counting()
    with TranslationCache(tmp_path / "cache.db") as cache:
        translator = CachedTranslator(again, cache)
        second = translate(translator, "ü", "bad", "one", "cut")
        assert (translator.n_known, translator.n_asked) == (3, 1)
    assert again.asked == ["bad"]
    assert second == [first[4], Translation("BAD de", 0.25), first[0], first[1]]
    assert second[3].problem == Problem("translation-cut", "Cut.", "Look.", "there")


def test_another_language_or_version_is_asked_for_anew(tmp_path: Path) -> None:
    with TranslationCache(tmp_path / "cache.db") as cache:
        inner = Counting()
        assert translate(CachedTranslator(inner, cache), "a")[0].text == "A de"
        assert translate(CachedTranslator(inner, cache), "a", tgt_lang="fr")[0].text == "A fr"
        newer = Counting(version="2")
        translate(CachedTranslator(newer, cache), "a")
        assert (inner.asked, newer.asked) == (["a", "a"], ["a"])


def test_equal_texts_are_asked_once_also_without_a_cache() -> None:
    shares: list[float] = []
    inner = Counting()
    found = translate(CachedTranslator(inner, None, chunk=1, progress=shares.append), "a", "b", "a", "")
    assert [each.text for each in found] == ["A de", "B de", "A de", " de"]
    assert inner.asked == ["a", "b", ""]
    assert shares == pytest.approx([0, 1 / 3, 2 / 3, 1])


def test_more_texts_than_a_query_takes(tmp_path: Path) -> None:
    texts = [f"text {number}" for number in range(1203)]
    with TranslationCache(tmp_path / "cache.db") as cache:
        translate(CachedTranslator(Counting(), cache, chunk=500), *texts)
        known = Counting()
        assert len(translate(CachedTranslator(known, cache), *texts)) == 1203
        assert known.asked == []


def test_another_file_is_no_cache(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a database, but long enough to look at\n" * 9)
    with pytest.raises(FormatError, match="no cache of translations"):
        TranslationCache(tmp_path / "text")
    connection = sqlite3.connect(tmp_path / "other.db")
    connection.execute("CREATE TABLE translations (word TEXT)")
    connection.close()
    with pytest.raises(FormatError, match="no cache of translations"):
        TranslationCache(tmp_path / "other.db")
    with pytest.raises(FormatError, match="no cache of translations"):
        TranslationCache(tmp_path / "no" / "folder.db")


SLOW = """
import os, sys, time
for line in sys.stdin:
    open(sys.argv[1], "a").write(line)
    time.sleep(float(os.environ["SLEEP"]))
    sys.stdout.write(line.upper())
"""


def test_a_run_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    """The process is killed in the middle of its work; what was stored is not asked for again."""
    log = tmp_path / "asked"
    log.touch()
    program = tmp_path / "run.py"
    program.write_text(
        f"""
import sys
from pathlib import Path
from projection.translate.cache import CachedTranslator, TranslationCache
from projection.translate.command import CommandSettings, CommandTranslator
inner = CommandTranslator(CommandSettings((sys.executable, "-c", {SLOW!r}, {str(log)!r})))
with TranslationCache(Path({str(tmp_path / "cache.db")!r})) as cache:
    translator = CachedTranslator(inner, cache, chunk=2)
    found = translator.translate([f"text {{n}}" for n in range(12)], src_lang="en", tgt_lang="de")
    print(translator.n_known, [each.text for each in found] == [f"TEXT {{n}}" for n in range(12)])
"""
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SLEEP": "0.2"}
    process = subprocess.Popen([sys.executable, str(program)], env=environment)
    deadline = time.monotonic() + 60
    while len(log.read_text().splitlines()) < 5:
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    assert process.wait(timeout=10) == -signal.SIGKILL
    # The command itself may live on for the two lines that it was given.
    time.sleep(0.6)
    environment["SLEEP"] = "0"
    done = subprocess.run(
        [sys.executable, str(program)], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    n_known, is_right = done.stdout.split()
    assert is_right == "True"
    assert 4 <= int(n_known) < 12
    again = log.read_text().splitlines()[-(12 - int(n_known)) :]
    assert again == [f"text {number}" for number in range(int(n_known), 12)]
