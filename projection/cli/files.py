"""Files of the command line: read with their problems, written whole or not at all."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeVar

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
from projection.text import is_unspaced
from projection.types import Interval

Result = TypeVar("Result")
Tokens = Literal["auto", "blanks", "icu"]
TOKENS: tuple[Tokens, ...] = ("auto", "blanks", "icu")

_WORD = re.compile(r"\S+")
_CLAUSE_SIGN = re.compile(r"[.,;:!?](?=\s|$)")
_ATTACHED_SIGN = re.compile(r"(?<=\w)[.,;:!?](?=\s|$)")
_FEW = 0.1
_MANY = 0.5
_BLANKS_PER_CHARACTER = 0.15
_SAMPLE_TEXTS = 1000


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


def choose_tokens(asked: Tokens, texts: Sequence[str], *, lang: str, src_words: Iterable[Sequence[str]] = ()) -> Tokens:
    """How to split texts whose file has no tokens.

    Texts of languages written without blanks are split at blanks only where they have some (they were split already).
    `auto` splits at blanks where signs stand alone already, or where the tokens of the source keep signs attached
    (then the target is meant to be split the same way); else by the word boundaries of ICU.
    """
    if asked == "icu":
        return asked
    sample = " ".join(texts[:_SAMPLE_TEXTS])
    if is_unspaced(lang):
        return "blanks" if sample.count(" ") > _BLANKS_PER_CHARACTER * len(sample) else "icu"
    if asked == "blanks":
        return asked
    n_signs = len(_CLAUSE_SIGN.findall(sample))
    if n_signs and len(_ATTACHED_SIGN.findall(sample)) <= _FEW * n_signs:
        return "blanks"
    return "blanks" if _has_attached_signs(src_words) else "icu"


def _has_attached_signs(sentences: Iterable[Sequence[str]]) -> bool:
    n_signs = n_attached = 0
    for words in sentences:
        n_signs += sum(1 for word in words if _CLAUSE_SIGN.search(word))
        n_attached += sum(1 for word in words if _ATTACHED_SIGN.search(word))
    return n_attached > _MANY * n_signs


def split_at_blanks(sentences: Iterable[Sentence]) -> list[Sentence]:
    """The sentences with the pieces between white space as tokens, where they have none yet."""
    return [
        sentence
        if sentence.tokens
        else replace(sentence, tokens=tuple(Interval(*match.span()) for match in _WORD.finditer(sentence.text)))
        for sentence in sentences
    ]


def check_outputs(paths: Iterable[Path | None]) -> None:
    """Refuse output paths that cannot work before anything slow is done.

    Raises:
        FormatError: two outputs are one file, or a folder does not exist.
    """
    seen: set[Path] = set()
    for path in paths:
        if path is None:
            continue
        if path.resolve() in seen:
            raise FormatError(
                Problem("same-output", "Two outputs have the same path.", "Name two files.", place=str(path))
            )
        if path.is_dir():
            raise FormatError(Problem("is-folder", "This is a folder.", "Name a file.", place=str(path)))
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
