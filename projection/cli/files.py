"""Files of the command line: read with their problems, written whole or not at all."""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from projection.cli.console import LossError, warn
from projection.errors import FormatError, Problem, ProjectionError
from projection.formats import (
    ReadResult,
    Sentence,
    WriteResult,
    detect_format,
    read_conll,
    read_plain,
)

Result = TypeVar("Result")

_INPUTS = (
    *("src", "tgt", "id_table", "bitext", "lexicon", "model", "links", "records", "recorded", "input"),
    *("items", "panel", "replies"),
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Sentences of a file, its problems, and whether the file gave the tokens."""

    path: Path
    sentences: list[Sentence]
    problems: list[Problem]
    has_tokens: bool

    @property
    def texts(self) -> list[str]:
        return [sentence.text for sentence in self.sentences]


def load_sentences(path: Path, *, lang: str = "", encoding: str | None = None) -> Loaded:
    """Read a CoNLL or plain text file, whichever it is.

    Raises:
        FormatError: the file cannot be decoded, or is of another format (`wrong-format`).
    """
    data = path.read_bytes()
    guess = read_located(path, lambda: detect_format(data, path.name, encoding=encoding))
    if guess.name not in ("conll", "plain", "idtable", "tsv"):
        fault = f"This looks like {guess.name}."
        raise FormatError(Problem("wrong-format", fault, "Give CoNLL or plain text.", place=str(path)))
    is_conll = guess.name == "conll"
    result = read_located(path, lambda: _read(data, is_conll=is_conll, lang=lang, encoding=encoding))
    warn(result.problems, path=str(path))
    return Loaded(path, result.rows, result.problems, has_tokens=is_conll)


def _read(data: bytes, *, is_conll: bool, lang: str, encoding: str | None) -> ReadResult[Sentence]:
    if is_conll:
        return read_conll(data, lang=lang, encoding=encoding)
    return read_plain(data, encoding=encoding)


def read_located(path: Path, read: Callable[[], Result]) -> Result:
    """Run a reader; the file's path becomes part of the place of its errors."""
    try:
        return read()
    except ProjectionError as err:
        place = f"{path}, {err.problem.place}" if err.problem.place else str(path)
        raise FormatError(replace(err.problem, place=place)) from err


def check_not_empty(gold: Sized, path: Path) -> None:
    """Refuse gold data that nothing can be measured against.

    Raises:
        FormatError: there is none.
    """
    if not gold:
        fault = "There is nothing in the file to compare with."
        raise FormatError(Problem("no-gold", fault, "Choose another file.", place=str(path)))


def inputs_of(args: argparse.Namespace) -> Iterator[Path]:
    """The files that the options name for reading."""
    for name in _INPUTS:
        yield from _paths_in(getattr(args, name, None))


def _paths_in(value: object) -> Iterator[Path]:
    if isinstance(value, Path):
        yield value
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _paths_in(each)


def check_outputs(paths: Iterable[Path | None], *, inputs: Iterable[Path | None] = ()) -> None:
    """Refuse output paths that cannot work before anything slow is done.

    Raises:
        FormatError: two outputs are one file, an output is an input or no ordinary file, or a folder does not exist.
    """
    read = {path.resolve() for path in inputs if path is not None}
    seen: set[Path] = set()
    for path in paths:
        if path is None:
            continue
        if path.resolve() in read:
            fault = "This file is read: it would be overwritten."
            raise FormatError(Problem("output-is-input", fault, "Name another output.", place=str(path)))
        if path.resolve() in seen:
            raise FormatError(
                Problem("same-output", "Two outputs have the same path.", "Name two files.", place=str(path))
            )
        if path.is_dir():
            raise FormatError(Problem("is-folder", "This is a folder.", "Name a file.", place=str(path)))
        if path.exists() and not path.is_file():
            fault = "This is a device or a pipe, which cannot be replaced by a file."
            raise FormatError(Problem("not-a-file", fault, "Name a file.", place=str(path)))
        if not path.parent.is_dir():
            fault = f"The folder {path.parent} does not exist."
            raise FormatError(Problem("no-folder", fault, "Make it first, or name another.", place=str(path)))
        seen.add(path.resolve())


def check_losses(problems: Sequence[Problem], *, accepted: bool) -> None:
    """Refuse what would be lost.

    Raises:
        LossError: there are losses and the user has not accepted them.
    """
    if problems and not accepted:
        raise LossError(problems)
    warn(problems)


def write_files(contents: Mapping[Path, WriteResult], *, accept_losses: bool) -> None:
    """Write files under temporary names and rename them when all are complete.

    Raises:
        LossError: a file would lose something and the user has not accepted that.
    """
    check_losses([problem for result in contents.values() for problem in result.problems], accepted=accept_losses)
    pending: dict[Path, Path] = {}
    try:
        for path, result in contents.items():
            pending[path] = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
            pending[path].write_bytes(result.text.encode("utf-8", "surrogatepass"))
        for path, temporary in pending.items():
            temporary.replace(path)
    finally:
        for temporary in pending.values():
            temporary.unlink(missing_ok=True)
