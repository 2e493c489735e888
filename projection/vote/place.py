"""Finds what a voter quotes in the text that it quotes from.

A quote is looked for as it stands, then with one difference after the other forgiven (spaces and quotation marks,
compatible characters and case, punctuation), then by likeness. What comes back are always offsets of the stored text at
edges of visible characters: the text is never changed, and nothing is shifted to make a quote fit.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from rapidfuzz import fuzz, process

from projection.text import grapheme_boundaries, is_grapheme_boundary, tokenize, trim_interval
from projection.types import Interval

How = Literal["exact", "spacing", "case", "punctuation", "fuzzy"]

DEFAULT_THRESHOLD = 0.85
MAX_QUOTE_CHARS = 20_000
_MAX_PLACES = 1_000
# A fuzzy place has about as many words as the quote.
_WORDS_MORE = 2
_MIN_FUZZY_CHARS = 4
# A window that is as like the quote as another one but for this is as good.
_TIE = 1e-6

_QUOTES = dict.fromkeys(map(ord, "‘’‚‛′`´ʼʹ＇"), "'") | dict.fromkeys(map(ord, "“”„‟«»″＂「」『』"), '"')
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−－"), "-")
_SIGNS = _QUOTES | _DASHES | {ord("…"): "..."}
# Soft hyphens, joiners and marks of direction, which people do not see and models do not write.
_INVISIBLE = dict.fromkeys(
    [0xAD, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a quote may stand.

    Attributes:
        interval: in the text that was searched.
        how: what had to be forgiven.
        score: likeness, 0 to 1; 1 for all but `fuzzy`.
        is_whole: whether it begins and ends at edges of words.
    """

    interval: Interval
    how: How
    score: float = 1.0
    is_whole: bool = True


def find_places(text: str, quote: str, *, lang: str = "", threshold: float = DEFAULT_THRESHOLD) -> list[Place]:
    """All places of a quote that need the least to be forgiven, in text order; places inside words only if no others.

    Args:
        text: the text.
        quote: what a voter says stands in it; white space at its edges is not looked at.
        lang: BCP 47 code, for the edges of words.
        threshold: likeness (0 to 1) from which a fuzzy place counts; above 1 none does.

    Returns:
        Nothing for a quote that is blank, longer than 20,000 characters, or not to be found.
    """
    quote = quote[: MAX_QUOTE_CHARS + 1].strip()
    if not quote or not text.strip() or len(quote) > MAX_QUOTE_CHARS:
        return []
    for how, normalise in _LEVELS:
        wanted = _fold(quote, normalise).strip()
        if not wanted:
            continue
        found = _matches(text, wanted, how, normalise)
        if found:
            return _whole_first(text, found, how, lang)
    return _fuzzy_places(text, quote, lang=lang, threshold=threshold)


def is_quoted(text: str, quote: str, *, lang: str = "", threshold: float = DEFAULT_THRESHOLD) -> bool:
    """Whether a text holds a quote."""
    return bool(find_places(text, quote, lang=lang, threshold=threshold))


# ------------------------------------------------------------------------------------------------------ normal forms


def _exact(cluster: str) -> str:
    return cluster


def _spacing(cluster: str) -> str:
    if cluster.isspace():
        return " "
    return unicodedata.normalize("NFC", cluster).translate(_SIGNS)


def _case(cluster: str) -> str:
    if cluster.isspace():
        return " "
    plain = unicodedata.normalize("NFKC", cluster.translate(_SIGNS)).casefold().translate(_SIGNS)
    return unicodedata.normalize("NFKC", plain).translate(_INVISIBLE)


def _punctuation(cluster: str) -> str:
    return "".join(char if unicodedata.category(char)[0] in "LMNS" else " " for char in _case(cluster))


_LEVELS: tuple[tuple[How, Callable[[str], str]], ...] = (
    ("exact", _exact),
    ("spacing", _spacing),
    ("case", _case),
    ("punctuation", _punctuation),
)


@dataclass(frozen=True, slots=True)
class _Folded:
    """A text in a normal form, with the cluster that each of its characters comes from.

    `starts[k]` and `ends[k]` are the offsets in `text` of the normal form of the k-th cluster that has one, which
    covers `clusters[k]` of the original; a run of blanks is one blank.
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    clusters: tuple[Interval, ...]


@lru_cache(maxsize=256)
def _folded(text: str, normalise: Callable[[str], str]) -> _Folded:
    pieces: list[str] = []
    starts, ends, clusters = [], [], []
    position = 0
    edges = grapheme_boundaries(text)
    for start, end in pairwise(edges):
        piece = normalise(text[start:end])
        if normalise is not _exact:
            piece = " " if piece and piece.isspace() else piece.strip()
            if piece == " " and pieces and pieces[-1] == " ":
                continue
        if not piece:
            continue
        pieces.append(piece)
        starts.append(position)
        position += len(piece)
        ends.append(position)
        clusters.append(Interval(start, end))
    return _Folded("".join(pieces), tuple(starts), tuple(ends), tuple(clusters))


def _fold(quote: str, normalise: Callable[[str], str]) -> str:
    return quote if normalise is _exact else _folded(quote, normalise).text


def _matches(text: str, wanted: str, how: How, normalise: Callable[[str], str]) -> list[Interval]:
    """Where the normal form stands, from cluster to cluster; overlapping matches of one kind count."""
    if how == "exact":
        return [
            Interval(start, start + len(wanted))
            for start in _occurrences(text, wanted)
            if is_grapheme_boundary(text, start) and is_grapheme_boundary(text, start + len(wanted))
        ]
    folded = _folded(text, normalise)
    found: list[Interval] = []
    for start in _occurrences(folded.text, wanted):
        first, last = bisect_left(folded.starts, start), bisect_left(folded.ends, start + len(wanted))
        fits = first < len(folded.starts) and folded.starts[first] == start
        if fits and last < len(folded.ends) and folded.ends[last] == start + len(wanted):
            found.append(trim_interval(text, folded.clusters[first].start_char, folded.clusters[last].end_char))
    return [interval for interval in dict.fromkeys(found) if interval.start_char < interval.end_char]


def _occurrences(text: str, wanted: str) -> list[int]:
    found: list[int] = []
    start = text.find(wanted)
    while start >= 0 and len(found) < _MAX_PLACES:
        found.append(start)
        start = text.find(wanted, start + 1)
    return found


def _whole_first(text: str, found: Sequence[Interval], how: How, lang: str) -> list[Place]:
    tokens = _tokens(text, lang)
    starts, ends = {token.start_char for token in tokens}, {token.end_char for token in tokens}
    places = [
        Place(interval, how, is_whole=interval.start_char in starts and interval.end_char in ends) for interval in found
    ]
    whole = [place for place in places if place.is_whole]
    return _disjoint(whole or places)


@lru_cache(maxsize=256)
def _tokens(text: str, lang: str) -> tuple[Interval, ...]:
    return tokenize(text, lang=lang)


def _disjoint(places: Sequence[Place]) -> list[Place]:
    """Of places that overlap the first."""
    found: list[Place] = []
    for place in sorted(places, key=lambda place: place.interval):
        if not found or place.interval.start_char >= found[-1].interval.end_char:
            found.append(place)
    return found


# -------------------------------------------------------------------------------------------------------------- fuzzy


def _fuzzy_places(text: str, quote: str, *, lang: str, threshold: float) -> list[Place]:
    """Runs of words that are most like the quote, as many words as it has or about as many."""
    wanted = _fold(quote, _punctuation).strip()
    if len(wanted) < _MIN_FUZZY_CHARS or threshold > 1 or len(wanted) * threshold > 2 * len(text):
        return []
    tokens = _tokens(text, lang)
    n_words = max(1, len(_tokens(quote, lang)))
    words = [bool(_fold(text[start:end], _punctuation).strip()) for start, end in tokens]
    windows: list[Interval] = []
    for length in range(max(1, n_words - _WORDS_MORE), n_words + _WORDS_MORE + 1):
        windows += [
            Interval(tokens[first].start_char, tokens[first + length - 1].end_char)
            for first in range(len(tokens) - length + 1)
            if words[first] and words[first + length - 1]
        ]
    folded = [_fold(text[start:end], _punctuation).strip() for start, end in windows]
    scores = process.cdist([wanted], folded, scorer=fuzz.ratio, score_cutoff=100 * threshold)[0] / 100 if folded else []
    # Numbers are right or wrong: 1998 is not like 1999.
    figures = _digits(wanted)
    likely = [
        Place(interval, "fuzzy", round(float(score), 4))
        for interval, score, piece in zip(windows, scores, folded, strict=True)
        if score >= threshold and _digits(piece) == figures
    ]
    best = max((place.score for place in likely), default=0.0)
    found = [place for place in likely if place.score >= best - _TIE]
    return _disjoint([place for place in found if _is_whole_clusters(text, place.interval)])


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())


def _is_whole_clusters(text: str, interval: Interval) -> bool:
    return is_grapheme_boundary(text, interval.start_char) and is_grapheme_boundary(text, interval.end_char)
