"""Whether two texts that were paired look like translations of each other, judged by what survives translation.

Names and numbers are mostly written alike in both languages, questions stay questions, and the lengths of sentences
keep their ratio (Gale and Church, "A Program for Aligning Sentences in Bilingual Corpora", Computational Linguistics
19(1), 1993). That is cheap enough for every pair of a large file, and enough to find a line that is missing in one.
"""

from __future__ import annotations

import heapq
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from sys import intern

_WORD = re.compile(r"\w+")
# Of a name only its beginning is compared: what is inflected is the end.
_STEM_CHARS = 4
_MIN_NAME_CHARS = 3
_END_SIGNS = {"?": "?", "？": "?", "؟": "?", ";": "?", "!": "!", "！": "!"}
# Three times longer or shorter than usual fits not at all.
_WORST_RATIO = 3.0
# How many more pairs must fit better elsewhere than fit worse there: with different counts a shift is expected anyway.
_MIN_NET_DIFFERENT, _MIN_NET_EQUAL = 2, 4
_MAX_SHARE_AGAINST = 0.25
_MAX_OFFSET = 5


@dataclass(frozen=True, slots=True)
class Shift:
    """A stretch of pairs whose sources fit better a few lines further on or back.

    Attributes:
        start: index of the first pair that is probably wrong.
        end: index after the last one.
        offset: lines from the target that a source was paired with to the one that it fits; below 0 the target
            lacks lines, above 0 it has too many.
        n_for: pairs of the stretch that fit better there.
        n_against: pairs of the stretch that fit worse there.
    """

    start: int
    end: int
    offset: int
    n_for: int
    n_against: int


@dataclass(slots=True)
class FitList:
    """What is known about each pair of two files, in their order; `add` them all, then ask."""

    src_clues: list[tuple[str, ...]] = field(default_factory=list)
    tgt_clues: list[tuple[str, ...]] = field(default_factory=list)
    src_lengths: list[int] = field(default_factory=list)
    tgt_lengths: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.src_clues)

    def add(self, source: str, target: str) -> None:
        """Take the texts of the next pair; they are not kept."""
        self.src_clues.append(find_clues(source))
        self.tgt_clues.append(find_clues(target))
        self.src_lengths.append(len(source))
        self.tgt_lengths.append(len(target))

    def scores(self) -> list[float]:
        """How well the two texts of each pair fit, from 0 to 1: half for shared clues, half for their lengths.

        Only clues that occur on both sides of the file count; a pair without any is judged by its lengths.
        """
        known = _all(self.src_clues) & _all(self.tgt_clues)
        ratio = math.log((sum(self.tgt_lengths) + 1) / (sum(self.src_lengths) + 1))
        return [self._score(index, known, ratio) for index in range(len(self))]

    def _score(self, index: int, known: set[str], ratio: float) -> float:
        found = math.log((self.tgt_lengths[index] + 1) / (self.src_lengths[index] + 1))
        length = 1.0 - min(1.0, abs(found - ratio) / math.log(_WORST_RATIO))
        source, target = known.intersection(self.src_clues[index]), known.intersection(self.tgt_clues[index])
        either = source | target
        return length if not either else (length + len(source & target) / len(either)) / 2

    def worst(self, n_pairs: int) -> list[int]:
        """Indices of the pairs that fit least, the least fitting first; equal ones in file order."""
        scores = self.scores()
        return heapq.nsmallest(n_pairs, range(len(scores)), key=lambda index: (scores[index], index))

    def find_shift(self, *, n_source: int, n_target: int) -> Shift | None:
        """Where pairs by position probably went wrong, or None.

        Each pair votes: does its source share more clues with the target some lines further on or back than with its
        own? The stretch with the most votes for, less the votes against, is taken if there are enough of them.

        Args:
            n_source: sentences of the source file, with those that found no partner.
            n_target: sentences of the target file.
        """
        difference = n_target - n_source
        needed = _needed(len(self), is_different=difference != 0)
        offsets = {1, -1} | ({difference} if 0 < abs(difference) <= _MAX_OFFSET else set())
        # Of stretches that are equally good the one that the counts explain.
        ordered = sorted(offsets, key=lambda offset: (offset != difference, abs(offset), offset))
        found = [self._stretch(self.votes(offset), offset) for offset in ordered]
        best = max(found, key=lambda shift: shift.n_for - shift.n_against)
        is_clear = best.n_against <= _MAX_SHARE_AGAINST * best.n_for
        return best if best.n_for - best.n_against >= needed and is_clear else None

    def votes(self, offset: int) -> list[int]:
        """For each pair 1 if its source shares more clues with the target `offset` lines on, -1 if fewer, else 0."""
        n_pairs = len(self)
        votes = []
        for index, clues in enumerate(self.src_clues):
            other = index + offset
            if not clues or not 0 <= other < n_pairs:
                votes.append(0)
                continue
            n_there = _n_shared(clues, self.tgt_clues[other])
            n_here = _n_shared(clues, self.tgt_clues[index])
            votes.append((n_there > n_here) - (n_there < n_here))
        return votes

    def _stretch(self, votes: Sequence[int], offset: int) -> Shift:
        start, end = _best_stretch(votes)
        n_for, n_against = votes[start:end].count(1), votes[start:end].count(-1)
        # The target that the first of them belongs to was given to an earlier source, so that one is wrong too.
        start = max(0, start + min(0, offset))
        # Pairs behind it that tell nothing are no better; only pairs that fit where they are end it.
        is_open = -1 not in votes[end:]
        return Shift(start, len(votes) if is_open else end, offset, n_for, n_against)

    def is_paired(self) -> bool:
        """Whether pairs share more clues than sources share with targets from elsewhere in the file."""
        n_away = len(self) // 2
        n_pairs = range(len(self) - n_away)
        n_here = sum(_n_shared(self.src_clues[index], self.tgt_clues[index]) for index in n_pairs)
        n_there = sum(_n_shared(self.src_clues[index], self.tgt_clues[index + n_away]) for index in n_pairs)
        return n_here > n_there


def find_clues(text: str) -> tuple[str, ...]:
    """What a translation would keep: beginnings of capitalised words, numbers in any digits, a question or call."""
    clues = dict.fromkeys(filter(None, map(_clue_of, _WORD.findall(text))))
    sign = _END_SIGNS.get(text.rstrip("\"'”»’) ")[-1:], "")
    if sign:
        clues[sign] = None
    return tuple(map(intern, clues))


def _clue_of(word: str) -> str:
    if word.isdecimal():
        return str(int(word)) if len(word) <= 2 * _STEM_CHARS else word
    if len(word) < _MIN_NAME_CHARS or not (word[0].isupper() or word[0].isdecimal()):
        return ""
    return word[:_STEM_CHARS].casefold()


def _all(clues: Sequence[tuple[str, ...]]) -> set[str]:
    return {clue for each in clues for clue in each}


def _n_shared(clues: tuple[str, ...], others: tuple[str, ...]) -> int:
    return sum(clue in others for clue in clues)


def _best_stretch(votes: Sequence[int]) -> tuple[int, int]:
    """Start and end of the stretch with the largest sum (Kadane's algorithm); empty where no vote is for."""
    best, best_start, best_end = 0, 0, 0
    total, start = 0, 0
    for index, vote in enumerate(votes):
        if total <= 0 and vote > 0:
            total, start = 0, index
        total += vote
        if total > best:
            best, best_start, best_end = total, start, index + 1
    return best_start, best_end


def _needed(n_pairs: int, *, is_different: bool) -> float:
    """Votes that chance does not bring: the best stretch of a random walk grows with the logarithm of its length."""
    growth = math.log2(max(n_pairs, 2))
    return _MIN_NET_DIFFERENT + growth / 4 if is_different else _MIN_NET_EQUAL + growth
