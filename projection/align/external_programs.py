"""The command lines of outside aligners: files in, links of both directions out.

eflomal (Östling and Tiedemann 2016, GPL) and fast_align (Dyer, Chahuneau and Smith 2013) are called as programs of
their own; nothing of them is imported. Words go to them as numbers, so that no blank, separator or letter case in a
word can shift a link.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from projection.errors import EngineError, Problem
from projection.programs import run_program

Cells = npt.NDArray[np.int32]
Pieces = Sequence[tuple[Cells, Cells]]
"""Sentence pairs as word numbers, no side empty."""
LexicalCounts = Mapping[tuple[int, int], float]
"""Pseudo-counts of pairs of word numbers."""


@dataclass(frozen=True, slots=True)
class Directions:
    """Links of one pair.

    Attributes:
        forward: shape (n_tgt,): the source word of each target word, -1 for none.
        reverse: shape (n_src,): the target word of each source word, -1 for none.
    """

    forward: Cells
    reverse: Cells


class AlignmentProgram(Protocol):
    """A program that aligns files.

    Attributes:
        command: its name on the search path.
        takes_counts: whether it takes pseudo-counts of word pairs, and so can align new text by what it found before.
    """

    command: ClassVar[str]
    takes_counts: ClassVar[bool]

    def align(self, pieces: Pieces, counts: LexicalCounts, *, folder: Path, timeout_s: float) -> list[Directions]:
        """Links of each pair.

        Raises:
            EngineError: see `run_program`; `bad-output` when its answer does not fit the pairs.
        """
        ...


@dataclass(frozen=True, slots=True)
class Eflomal:
    """eflomal 2, by its program `eflomal-align`."""

    command: ClassVar[str] = "eflomal-align"
    takes_counts: ClassVar[bool] = True

    def align(self, pieces: Pieces, counts: LexicalCounts, *, folder: Path, timeout_s: float) -> list[Directions]:
        """Links of each pair, with the counts as lexical priors (see `AlignmentProgram`)."""
        src, tgt, priors = folder / "src.txt", folder / "tgt.txt", folder / "priors.txt"
        forward, reverse = folder / "forward.links", folder / "reverse.links"
        _write_lines(src, (_join(words) for words, _ in pieces))
        _write_lines(tgt, (_join(words) for _, words in pieces))
        command = [self.command, "-s", str(src), "-t", str(tgt), "-f", str(forward), "-r", str(reverse), "--overwrite"]
        if counts:
            lines = (f"LEX\t{one}\t{other}\t{count:g}" for (one, other), count in sorted(counts.items()))
            _write_lines(priors, lines)
            command += ["-p", str(priors)]
        run_program(command, timeout_s=timeout_s, folder=folder)
        return _read_both(self.command, forward, reverse, pieces)


@dataclass(frozen=True, slots=True)
class FastAlign:
    """fast_align, by its program of that name, run once for each direction.

    Attributes:
        options: favour the diagonal, learn how strongly, sparse word pairs: what its authors recommend.
    """

    command: ClassVar[str] = "fast_align"
    takes_counts: ClassVar[bool] = False
    options: tuple[str, ...] = field(default=("-d", "-o", "-v"))

    def align(self, pieces: Pieces, counts: LexicalCounts, *, folder: Path, timeout_s: float) -> list[Directions]:
        """Links of each pair (see `AlignmentProgram`); counts cannot be used."""
        del counts
        text, forward, reverse = folder / "pairs.txt", folder / "forward.links", folder / "reverse.links"
        _write_lines(text, (f"{_join(src)} ||| {_join(tgt)}" for src, tgt in pieces))
        command = [self.command, "-i", str(text), *self.options]
        run_program(command, timeout_s=timeout_s, folder=folder, stdout=forward)
        run_program([*command, "-r"], timeout_s=timeout_s, folder=folder, stdout=reverse)
        return _read_both(self.command, forward, reverse, pieces)


def _join(words: Cells) -> str:
    return " ".join(map(str, words.tolist()))


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    with path.open("w", encoding="ascii") as file:
        file.writelines(f"{line}\n" for line in lines)


def _read_both(name: str, forward: Path, reverse: Path, pieces: Pieces) -> list[Directions]:
    links = [_read_links(name, path, n_lines=len(pieces)) for path in (forward, reverse)]
    found = []
    for number, ((src, tgt), along, back) in enumerate(zip(pieces, *links, strict=True), start=1):
        try:
            partners = _partners([(two, one) for one, two in along], len(tgt), len(src))
            found.append(Directions(partners, _partners(back, len(src), len(tgt))))
        except ValueError as err:
            raise EngineError(_bad_output(name, f"pair {number}: {err}")) from err
    return found


def _read_links(name: str, path: Path, *, n_lines: int) -> list[list[tuple[int, int]]]:
    lines = path.read_text("ascii", "replace").splitlines() if path.exists() else []
    if len(lines) != n_lines:
        raise EngineError(_bad_output(name, f"{len(lines)} lines of links for {n_lines} pairs"))
    try:
        return [[_read_link(text) for text in line.split()] for line in lines]
    except ValueError as err:
        raise EngineError(_bad_output(name, str(err))) from err


def _read_link(text: str) -> tuple[int, int]:
    src, _, tgt = text.partition("-")
    return int(src), int(tgt)


def _partners(links: Sequence[tuple[int, int]], n_words: int, n_partners: int) -> Cells:
    """The partner of each word, -1 for none.

    Raises:
        ValueError: a link points outside, or a word has two partners.
    """
    partners = np.full(n_words, -1, dtype=np.int32)
    for word, partner in links:
        if not (0 <= word < n_words and 0 <= partner < n_partners):
            raise ValueError("a link points outside the sentences")
        if partners[word] not in (-1, partner):
            raise ValueError("a word has two partners in one direction")
        partners[word] = partner
    return partners


def _bad_output(name: str, fault: str) -> Problem:
    remedy = "Check which program of this name is on the search path, and its version."
    return Problem("bad-output", f"{name} gave something else than links ({fault}).", remedy)
