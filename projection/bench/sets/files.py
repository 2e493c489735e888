"""Files of a set: found by a pattern, unpacked, read."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import langcodes
from langcodes.tag_parser import LanguageTagError

from projection.errors import FormatError, Problem
from projection.formats import Sentence, read_conll

_FIELD = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Found:
    """A file and what its name says."""

    path: Path
    fields: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.fields[name]


def find_files(folder: Path, pattern: str) -> list[Found]:
    """Files of a folder whose name fits a pattern such as `{lang}.{part}.conll`, sorted by name.

    A field matches anything without a dot. A folder that does not exist has no files.
    """
    if not folder.is_dir():
        return []
    fits = re.compile(_FIELD.sub(r"(?P<\1>[^.]+)", re.escape(pattern).replace(r"\{", "{").replace(r"\}", "}")))
    names = sorted(path.name for path in folder.iterdir())
    return [Found(folder / name, match.groupdict()) for name in names if (match := fits.fullmatch(name))]


def read_bytes(path: Path) -> bytes:
    """A file's content, unpacked where its name ends in `.gz`."""
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def read_lines(path: Path) -> list[str]:
    """Lines of a UTF-8 file without their ends; empty lines stay."""
    return [line.rstrip("\r") for line in read_bytes(path).decode("utf-8").removesuffix("\n").split("\n")]


def read_table(path: Path, n_columns: int) -> list[list[str]]:
    """Cells of the lines of a tab-separated file that have at least so many columns."""
    rows = (line.split("\t") for line in read_lines(path))
    return [cells for cells in rows if len(cells) >= n_columns]


@dataclass(frozen=True, slots=True)
class Sentences:
    """Sentences of a file, and what was wrong with it in words, or ""."""

    rows: list[Sentence]
    note: str = ""


def read_sentences(path: Path, *, lang: str) -> Sentences:
    """Read a token-per-line file. Bytes that are not UTF-8 become the replacement character, and the note says so."""
    data = read_bytes(path)
    note = ""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", errors="replace")
        note = f"{path.name} is not valid UTF-8: bad bytes were replaced"
        data = text.encode()
    return Sentences(read_conll(data, lang=lang, encoding="utf-8").rows, note)


@lru_cache(maxsize=1024)
def language_of(name: str) -> str:
    """The language of a file's language name: `yor` and `yor_Latn` are `yo`, `zh-CN` is `zh`."""
    try:
        return langcodes.Language.get(name.replace("_", "-")).language or name
    except LanguageTagError:
        return name


def tag_of(name: str) -> str:
    """The BCP 47 code of a file's language name, with its script where that says something."""
    try:
        return str(langcodes.standardize_tag(name.replace("_", "-")))
    except LanguageTagError:
        return name


def same_language(name: str, other: str) -> bool:
    """Whether two names, in whatever standard, are the same language (or equal)."""
    return name == other or language_of(name) == language_of(other)


def check_counts(n_source: int, n_target: int, source: Path, target: Path) -> None:
    """Refuse files that cannot be paired by position.

    Raises:
        FormatError: `different-counts`.
    """
    if n_source != n_target:
        fault = f"{source.name} has {n_source} sentences, {target.name} has {n_target}."
        raise FormatError(Problem("different-counts", fault, "Only files with equal counts can be paired by position."))
