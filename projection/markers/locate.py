"""Where the marked strings of a machine translation stand in another translation of the same text."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from rapidfuzz import fuzz

from projection.text import tokenize, tokens_of_interval
from projection.transfer.assign import Choice, Claim, assign_ranges
from projection.transfer.decoder import SpanPair, covered_tokens, make_span, unprojected
from projection.types import Candidate, Span

_NORMALISED = 0.98
_FUZZY = 0.97
_POSITION = 0.1
_LENGTH_SLACK = 2


@dataclass(frozen=True, slots=True)
class LocateSettings:
    """How strings are looked for.

    Attributes:
        min_similarity: likeness of letters that is enough, 0 to 1.
        n_alternatives: candidates kept for each span, the best included.
    """

    min_similarity: float = 0.7
    n_alternatives: int = 5


@dataclass(frozen=True, slots=True)
class _Range:
    """A token range of the target with what its score is made of."""

    start: int
    end: int
    similarity: float
    position: float

    @property
    def score(self) -> float:
        return self.similarity * (1 - _POSITION + _POSITION * self.position)

    @property
    def choice(self) -> Choice:
        return Choice(self.score, self.start, self.end)


def locate_spans(
    pair: SpanPair, spans: Mapping[str, Span], translation: str, found: Mapping[str, Span], *, settings: LocateSettings
) -> list[Candidate]:
    """Find the marked strings of a machine translation in the target.

    Equal strings come before those that are equal without case, width and signs, then those of similar letters; only
    equal ones begin or end with a sign. Of several places the one nearest to where the words around it stand in the
    target counts more; the surest spans choose first, and two of one layer overlap only where their sources do.

    Args:
        pair: tokenised source and target.
        spans: source spans by key.
        translation: the machine translation, without markers.
        found: spans of the translation by the key of their source span; those without one are left out.
        settings: what is near enough.

    Returns:
        For each span in `found` up to `n_alternatives` candidates, or one with the reason `empty-target`,
        `not-in-target` (nothing is near enough) or `conflict`.
    """
    keys = [key for key in spans if key in found]
    if not pair.target.tokens:
        return [unprojected(key, "empty-target") for key in keys]
    where = _Places(translation, pair)
    ranges = {key: _find_ranges(pair, where, translation, found[key], settings) for key in keys}
    taken = assign_ranges(
        {number: [each.choice for each in ranges[key]] for number, key in enumerate(keys)},
        {
            number: Claim(spans[key].layer, frozenset(covered_tokens(pair.source, spans[key])))
            for number, key in enumerate(keys)
        },
    )
    candidates: list[Candidate] = []
    for number, key in enumerate(keys):
        if number in taken:
            candidates += _ranked(pair, spans[key], key, ranges[key], taken[number], settings.n_alternatives)
        else:
            candidates.append(unprojected(key, "conflict" if ranges[key] else "not-in-target"))
    return candidates


def _ranked(
    pair: SpanPair, span: Span, key: str, ranges: Sequence[_Range], chosen: Choice, n_alternatives: int
) -> list[Candidate]:
    ordered = sorted(ranges, key=lambda each: (each.choice != chosen, -each.score, each.start, each.end))
    return [
        Candidate(
            source_id=key,
            span=make_span(pair, span, key, each.start, each.end),
            score=round(each.score, 4),
            parts={"similarity": round(each.similarity, 4), "position": round(each.position, 4)},
            rank=rank,
        )
        for rank, each in enumerate(ordered[:n_alternatives])
    ]


class _Places:
    """From tokens of the machine translation to where they stand in the target, by the words that both have."""

    def __init__(self, translation: str, pair: SpanPair) -> None:
        self.tokens = tokenize(translation, lang=pair.target.lang)
        self.n_target = len(pair.target.tokens)
        words = [normalise(translation[start:end]) for start, end in self.tokens]
        others = [normalise(word) for word in pair.target.words]
        self._has_letters = list(map(bool, others))
        blocks = SequenceMatcher(None, words, others, autojunk=False).get_matching_blocks()
        shared = [(block.a + step, block.b + step) for block in blocks for step in range(block.size)]
        self._anchors = [(-1, -1), *shared, (len(words), self.n_target)]

    def has_letters(self, token: int) -> bool:
        """Whether a target token is more than signs."""
        return self._has_letters[token]

    def expected(self, start: int, end: int) -> float:
        """Middle of the target tokens that a token range of the translation should stand at."""
        return (self._expected_at(start) + self._expected_at(end - 1)) / 2

    def _expected_at(self, token: int) -> float:
        after = next(number for number, (place, _) in enumerate(self._anchors) if place >= token)
        (low, low_target), (high, high_target) = self._anchors[max(0, after - 1)], self._anchors[after]
        if high == low:
            return float(high_target)
        return low_target + (high_target - low_target) * (token - low) / (high - low)


def _find_ranges(
    pair: SpanPair, where: _Places, translation: str, span: Span, settings: LocateSettings
) -> list[_Range]:
    """Target ranges that are near enough to a span of the machine translation, the best first."""
    string = span.surface(translation)
    first, _ = tokens_of_interval(where.tokens, span.intervals[0])
    end = tokens_of_interval(where.tokens, span.intervals[-1])[1]
    n_tokens, expected = max(1, end - first), where.expected(first, max(first + 1, end))
    normal = normalise(string)
    found: list[_Range] = []
    tokens, text = pair.target.tokens, pair.target.text
    for start in range(len(tokens)):
        longest = min(len(tokens), start + n_tokens + _LENGTH_SLACK)
        for stop in range(start + max(1, n_tokens - _LENGTH_SLACK), longest + 1):
            covered = text[tokens[start][0] : tokens[stop - 1][1]]
            if covered != string and not (where.has_letters(start) and where.has_letters(stop - 1)):
                continue
            similarity = _similarity(covered, string, normal)
            if similarity >= settings.min_similarity:
                distance = abs((start + stop - 1) / 2 - expected) / len(tokens)
                found.append(_Range(start, stop, similarity, max(0.0, 1 - distance)))
    return sorted(found, key=lambda each: (-each.score, each.start, each.end))


def _similarity(text: str, string: str, normal: str) -> float:
    if text == string:
        return 1.0
    other = normalise(text)
    if not other or not normal:
        return 0.0
    return _NORMALISED if other == normal else _FUZZY * fuzz.ratio(other, normal) / 100


def normalise(text: str) -> str:
    """Letters and digits without case, width and signs; blanks as one."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(sign if sign.isalnum() or unicodedata.combining(sign) else " " for sign in folded).split())
