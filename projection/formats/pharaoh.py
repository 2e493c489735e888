"""Pharaoh: one sentence pair a line, links as `i-j`, 0-based token positions of source and target.

Also understood: `i-j:0.93` with a probability, `ipj` and `i?j` for possible links (gold alignments), and a leading
sentence number with a tab.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from projection.errors import Problem
from projection.formats.base import ReadResult, WriteResult, decode, line_problem
from projection.types import SOURCE, TARGET, Alignment, Item, Link

_LINK = re.compile(r"([0-9]+)([-p?])([0-9]+)(?::([0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?))?")
_NUMBERED = re.compile(r"[0-9]+\t")


@dataclass(frozen=True, slots=True)
class LinkRow:
    """Links of one sentence pair: the sure ones and those that are only possible."""

    sure: tuple[Link, ...]
    possible: tuple[Link, ...]
    line: int
    row: int


def read_pharaoh(
    data: bytes,
    *,
    lengths: Sequence[tuple[int, int]] | None = None,
    first_index: int = 0,
    encoding: str | None = None,
) -> ReadResult[LinkRow]:
    """Read links; an empty line is a pair without links.

    Args:
        data: the file.
        lengths: numbers of source and target tokens of each pair, for the bounds check.
        first_index: number of the first token in the file, 0 or 1; positions in the result count from 0.
        encoding: see `projection.formats.base.decode`.

    Returns:
        One row for each line, and one problem for each link that was left out.

    Raises:
        FormatError: the file cannot be decoded.
    """
    decoded = decode(data, encoding=encoding)
    problems: list[Problem] = []
    if lengths is not None and len(lengths) != len(decoded.lines):
        fault = f"The file has {len(decoded.lines)} lines for {len(lengths)} sentence pairs."
        problems.append(Problem("different-counts", fault, "Give one line for each pair."))
    rows: list[LinkRow] = []
    for row, line in enumerate(decoded.lines):
        size = lengths[row] if lengths is not None and row < len(lengths) else None
        reader = _LineReader(row, size, first_index, problems)
        rows.append(reader.read(line))
    n_links = sum(len(row.sure) + len(row.possible) for row in rows)
    info = {"n_links": n_links}
    return ReadResult(rows, problems, encoding=decoded.encoding, newline=decoded.newline, n_lines=len(rows), info=info)


class _LineReader:
    """Reads the links of one line."""

    def __init__(self, row: int, size: tuple[int, int] | None, first_index: int, problems: list[Problem]) -> None:
        self.row = row
        self.size = size
        self.first_index = first_index
        self.problems = problems
        self.seen: set[tuple[int, int]] = set()

    def read(self, line: str) -> LinkRow:
        links: dict[bool, list[Link]] = {True: [], False: []}
        for text in _NUMBERED.sub("", line, count=1).split():
            found = self._read_link(text)
            if found is not None:
                links[found[0]].append(found[1])
        return LinkRow(tuple(links[True]), tuple(links[False]), self.row + 1, self.row)

    def _read_link(self, text: str) -> tuple[bool, Link] | None:
        match = _LINK.fullmatch(text)
        if match is None:
            self._refuse("bad-link", f"{text!r} is not a link such as 0-1 or 0-1:0.9.")
            return None
        src, tgt = int(match[1]) - self.first_index, int(match[3]) - self.first_index
        probability = float(match[4]) if match[4] else 1.0
        if not 0 <= probability <= 1:
            self._refuse("bad-probability", f"The probability of {text!r} is not between 0 and 1.")
            return None
        if min(src, tgt) < 0 or (self.size is not None and (src >= self.size[0] or tgt >= self.size[1])):
            self._refuse("link-out-of-range", self._range_fault(text))
            return None
        if (src, tgt) in self.seen:
            self._refuse("duplicate-link", f"The link {text!r} is there twice.")
            return None
        self.seen.add((src, tgt))
        return match[2] == "-", Link(src, tgt, probability)

    def _range_fault(self, text: str) -> str:
        if self.size is None:
            return f"The link {text!r} counts from 0, but the first token was said to be 1."
        return f"The link {text!r} is outside {self.size[0]} source and {self.size[1]} target tokens."

    def _refuse(self, code: str, message: str) -> None:
        self.problems.append(line_problem(code, message, "Left out.", line=self.row + 1, row=self.row))


def format_links(links: Iterable[Link], *, with_probability: bool = True) -> str:
    """One line of links without its end, sorted; probabilities of 1 are not written."""
    return " ".join(_format_link(link, with_probability=with_probability) for link in sorted(links))


def _format_link(link: Link, *, with_probability: bool) -> str:
    if not with_probability or link.probability == 1:
        return f"{link.src}-{link.tgt}"
    return f"{link.src}-{link.tgt}:{link.probability!r}"


def write_pharaoh(items: Iterable[Item], *, with_probability: bool = True) -> WriteResult:
    """Write the links between the first source and the first target segment of each item, one item a line.

    The loss report names other alignments, spans, and probabilities that are no numbers.
    """
    problems: list[Problem] = []
    lines: list[str] = []
    for row, item in enumerate(items):
        links = [link for link in _main_links(item) if math.isfinite(link.probability)]
        lines.append(format_links(links, with_probability=with_probability))
        problems.extend(_losses(item, row, n_written=len(links)))
    return WriteResult("".join(f"{line}\n" for line in lines), problems, len(lines))


def _main_links(item: Item) -> tuple[Link, ...]:
    ends = (item.segment_index(SOURCE), item.segment_index(TARGET))
    return next((alignment.links for alignment in item.alignments if _ends(alignment) == ends), ())


def _ends(alignment: Alignment) -> tuple[int, int]:
    return alignment.src_segment, alignment.tgt_segment


def _losses(item: Item, row: int, *, n_written: int) -> Iterator[Problem]:
    place = f"item {item.id}"
    n_lost = sum(len(alignment.links) for alignment in item.alignments) - n_written
    if n_lost:
        fault = f"{n_lost} link(s) are left out: only one alignment of an item can be written."
        yield Problem("links-lost", fault, "Use JSON Lines to keep them.", place, item_id=item.id, row=row)
    if item.spans:
        fault = f"{len(item.spans)} span(s) are left out: a link file holds none."
        yield Problem("spans-lost", fault, "Use JSON Lines to keep them.", place, item_id=item.id, row=row)
