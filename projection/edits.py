"""Where spans and links go when a text is edited.

Two versions of a text are compared token by token (Ratcliff and Obershelp's matching, as in difflib). What lies in
parts that stayed moves along; what an edit touches is marked as hit, so that a person looks at it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate

from projection.text import grapheme_boundaries, trim_interval
from projection.types import Interval, Link

Tokens = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a span is after an edit.

    Attributes:
        intervals: in the new text; empty when what it covered is gone.
        is_hit: whether the edit changed something inside it, so that the place may be wrong.
    """

    intervals: tuple[Interval, ...]
    is_hit: bool


@dataclass(frozen=True, slots=True)
class _Block:
    """Half-open character ranges of a part that was replaced, taken out (empty new) or put in (empty old)."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int


class TextEdit:
    """The difference between two versions of a text."""

    def __init__(self, old: str, new: str, *, old_tokens: Tokens, new_tokens: Tokens) -> None:
        """Compare two versions.

        Args:
            old: the text before.
            new: the text after.
            old_tokens: half-open token intervals of `old` in code points.
            new_tokens: those of `new`.
        """
        self.old, self.new = old, new
        self._old_tokens = {start: index for index, (start, _) in enumerate(old_tokens)}
        self._new_tokens = {start: index for index, (start, _) in enumerate(new_tokens)}
        before, after = _pieces(old, old_tokens), _pieces(new, new_tokens)
        self._old_at = [0, *accumulate(map(len, before))]
        self._new_at = [0, *accumulate(map(len, after))]
        self._codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        self._changes = [
            _Block(self._old_at[i1], self._old_at[i2], self._new_at[j1], self._new_at[j2])
            for code, i1, i2, j1, j2 in self._codes
            if code != "equal"
        ]

    def move(self, intervals: Iterable[tuple[int, int]]) -> Moved:
        """Where a span goes; each of its pieces is moved alone, and pieces that are gone are left out."""
        pieces = [self._move_one(start, end) for start, end in intervals]
        kept = [interval for interval, _ in pieces if interval is not None]
        return Moved(tuple(_without_overlap(kept)), any(is_hit for _, is_hit in pieces))

    def _move_one(self, start: int, end: int) -> tuple[Interval | None, bool]:
        inside = [block for block in self._changes if _is_inside(block, start, end)]
        if not inside:
            return Interval(start + self._shift(start, at_start=True), end + self._shift(end, at_start=False)), False
        wider = [block for block in inside if block.old_start < start or block.old_end > end]
        if wider:
            return self._find_again(start, end, wider), True
        new_start = start + self._shift(start, at_start=True)
        new_end = end + self._shift(end, at_start=False)
        for block in inside:
            new_start = block.new_start if block.old_start == start else new_start
            new_end = block.new_end if block.old_end == end else new_end
        return self._settle(new_start, new_end), True

    def _find_again(self, start: int, end: int, wider: Sequence[_Block]) -> Interval | None:
        """The same words inside the part that took the place of theirs, if they stand there exactly once."""
        surface = self.old[start:end]
        low, high = wider[0].new_start, wider[-1].new_end
        found = self.new.find(surface, low, high)
        if found < 0 or self.new.find(surface, found + 1, high) >= 0:
            return None
        return self._settle(found, found + len(surface))

    def _shift(self, position: int, *, at_start: bool) -> int:
        """How far a position moves. Text put in right there stands before a start and after an end."""
        shift = 0
        for block in self._changes:
            is_before = block.old_end <= position if at_start else block.old_end < position
            is_before = is_before or (block.old_end == position and block.old_start < block.old_end)
            if not is_before:
                break
            shift = block.new_end - block.old_end
        return shift

    def _settle(self, start: int, end: int) -> Interval | None:
        """The interval on grapheme edges and without white space around; None when nothing is left."""
        if start >= end:
            return None
        edges = grapheme_boundaries(self.new)
        start = max(edge for edge in edges if edge <= start)
        end = min(edge for edge in edges if edge >= end)
        trimmed = trim_interval(self.new, start, end)
        return trimmed if trimmed.start_char < trimmed.end_char else None

    def move_links(self, links: Iterable[Link]) -> list[Link]:
        """Links with their target tokens counted in the new text; links of tokens that changed are left out."""
        new_index = self._kept_tokens()
        return [Link(link.src, new_index[link.tgt], link.probability) for link in links if link.tgt in new_index]

    def _kept_tokens(self) -> dict[int, int]:
        kept: dict[int, int] = {}
        for code, i1, i2, j1, _ in self._codes:
            if code != "equal":
                continue
            for offset in range(i2 - i1):
                token = self._old_tokens.get(self._old_at[i1 + offset])
                new_token = self._new_tokens.get(self._new_at[j1 + offset])
                if token is not None and new_token is not None:
                    kept[token] = new_token
        return kept


def _pieces(text: str, tokens: Tokens) -> list[str]:
    """The tokens and what stands between them; joined again they are the text."""
    pieces: list[str] = []
    at = 0
    for start, end in tokens:
        if start > at:
            pieces.append(text[at:start])
        pieces.append(text[start:end])
        at = end
    return [*pieces, text[at:]] if at < len(text) else pieces


def _is_inside(block: _Block, start: int, end: int) -> bool:
    """Whether a change lies inside an interval; text put in at one of its edges does not."""
    if block.old_start == block.old_end:
        return start < block.old_start < end
    return block.old_start < end and start < block.old_end


def _without_overlap(intervals: Sequence[Interval]) -> list[Interval]:
    """In text order; a piece that another one covers is left out."""
    kept: list[Interval] = []
    for interval in sorted(intervals):
        if not kept or interval.start_char >= kept[-1].end_char:
            kept.append(interval)
    return kept
