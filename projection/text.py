"""Offsets, tokens and grapheme clusters of one text.

All offsets count Unicode code points of the text as stored and all intervals are half-open. UTF-16 offsets (browsers,
some file formats) are converted here and nowhere else. Words come from the Unicode word boundaries of ICU (UAX 29,
with dictionaries for Thai, Lao, Khmer, Burmese, Chinese and Japanese), clusters from `\\X` of UAX 29.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Literal

import langcodes
import regex
from icu4py import breakers

from projection.errors import OffsetError, Problem
from projection.types import Interval

Direction = Literal["ltr", "rtl"]

_CLUSTER = regex.compile(r"\X")
# Two neighbours that both have no role in clusters never form one (UAX 29, rule GB999).
_PLAIN = regex.compile(r"\p{GCB=Other}")
_PLAIN_PAIR = regex.compile(r"\p{GCB=Other}{2}")
_ROLELESS = regex.compile(r"\p{GCB=Other}*")
_APOSTROPHE = regex.compile(r"(?<=\w)['’](?=\w)")
_LONE_SURROGATE = regex.compile(r"[\ud800-\udfff]")
_FIRST_ASTRAL = 0x10000
_RTL_SCRIPTS = frozenset({"Arab", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm", "Rohg", "Samr", "Mand", "Yezi", "Mend"})
_UNSPACED_SCRIPTS = frozenset({"Hans", "Hant", "Hani", "Jpan", "Thai", "Laoo", "Khmr", "Mymr", "Tibt", "Lana", "Talu"})
_UNSPACED_CHARACTER = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}\p{Bopomofo}\p{P}ー]"
)
_ZERO_WIDTH_SPACE = "\u200b"


# ---------------------------------------------------------------------------------------------------------- clusters


@lru_cache(maxsize=256)
def grapheme_boundaries(text: str) -> tuple[int, ...]:
    """Positions between grapheme clusters in ascending order, 0 and `len(text)` included; `(0,)` for no text."""
    if _ROLELESS.fullmatch(text):
        return tuple(range(len(text) + 1))
    return (0, *(match.end() for match in _CLUSTER.finditer(text)))


def is_grapheme_boundary(text: str, position: int) -> bool:
    """Whether a position inside or at the ends of the text lies between two grapheme clusters."""
    if position in (0, len(text)):
        return True
    if not 0 < position < len(text):
        return False
    if _PLAIN_PAIR.match(text, position - 1):
        return True
    boundaries = grapheme_boundaries(text)
    found = bisect_left(boundaries, position)
    return boundaries[found] == position


# ------------------------------------------------------------------------------------------------------------ checks


def check_interval(text: str, start_char: int, end_char: int) -> None:
    """Refuse an interval that a span or token may not have.

    White space at the edges is allowed.

    Raises:
        OffsetError: `out-of-range`, `empty-interval` or `cuts-cluster`.
    """
    if start_char < 0 or end_char > len(text):
        raise _offset_error(
            "out-of-range",
            f"The interval {start_char}-{end_char} lies outside the text of {len(text)} characters.",
            "Count offsets in Unicode code points of the stored text.",
        )
    if start_char >= end_char:
        raise _offset_error(
            "empty-interval",
            f"The interval {start_char}-{end_char} holds no character.",
            "Give an end after the start.",
        )
    for position in (start_char, end_char):
        if not is_grapheme_boundary(text, position):
            raise _offset_error(
                "cuts-cluster",
                f"Offset {position} lies inside a character that is written with several code points.",
                "Move the offset to the start or end of the visible character.",
            )


def check_span(text: str, intervals: Sequence[tuple[int, int]], *, surface: str | None = None) -> None:
    """Refuse the intervals of a span if any is wrong, or if together they are not what they were said to cover.

    Args:
        text: text of the segment.
        intervals: one or more intervals in text order.
        surface: the covered text, pieces joined by one blank; not compared when None.

    Raises:
        OffsetError: as `check_interval`; also `no-interval`, `overlapping-intervals`, `surface-differs`.
    """
    if not intervals:
        raise _offset_error("no-interval", "The span has no interval.", "Give at least one interval.")
    for start_char, end_char in intervals:
        check_interval(text, start_char, end_char)
    for before, after in pairwise(intervals):
        if after[0] < before[1]:
            raise _offset_error(
                "overlapping-intervals",
                f"The intervals {before[0]}-{before[1]} and {after[0]}-{after[1]} overlap or are out of order.",
                "Give the pieces of a span in text order, without overlap.",
            )
    if surface is not None:
        _check_surface(text, intervals, surface)


def _check_surface(text: str, intervals: Sequence[tuple[int, int]], surface: str) -> None:
    covered = " ".join(text[start:end] for start, end in intervals)
    if covered != surface:
        raise _offset_error(
            "surface-differs",
            f"The offsets cover {covered!r}, not {surface!r}.",
            "Count offsets in Unicode code points of the stored text.",
        )


def _offset_error(code: str, message: str, remedy: str) -> OffsetError:
    return OffsetError(Problem(code=code, message=message, remedy=remedy))


def trim_interval(text: str, start_char: int, end_char: int) -> Interval:
    """The interval without white space at its edges; clusters stay whole.

    Returns:
        The trimmed interval; an empty one at `start_char` when there is nothing but white space.
    """
    piece = text[start_char:end_char]
    start = start_char + len(piece) - len(piece.lstrip())
    end = start_char + len(piece.rstrip())
    if start >= end:
        return Interval(start_char, start_char)
    while start > start_char and not is_grapheme_boundary(text, start):
        start -= 1
    while end < end_char and not is_grapheme_boundary(text, end):
        end += 1
    return Interval(start, end)


# ------------------------------------------------------------------------------------------------------------ UTF-16


class Utf16Map:
    """Converts many offsets of one text between code points and UTF-16 code units.

    Costs O(n) once for a text with characters outside the Basic Multilingual Plane, and nothing for one without.
    """

    def __init__(self, text: str) -> None:
        self._n_chars = len(text)
        self._units = _utf16_positions(text)

    def to_utf16(self, offset: int) -> int:
        """UTF-16 offset of a code-point offset.

        Raises:
            OffsetError: `out-of-range`.
        """
        self._check(offset, self._n_chars)
        return offset if self._units is None else self._units[offset]

    def from_utf16(self, offset: int) -> int:
        """Code-point offset of a UTF-16 offset.

        Raises:
            OffsetError: `out-of-range`, or `inside-surrogate-pair`.
        """
        self._check(offset, self._n_chars if self._units is None else self._units[-1])
        if self._units is None:
            return offset
        found = bisect_left(self._units, offset)
        if self._units[found] != offset:
            raise _offset_error(
                "inside-surrogate-pair",
                f"UTF-16 offset {offset} lies inside a surrogate pair.",
                "Move the offset to the start or end of the character.",
            )
        return found

    @staticmethod
    def _check(offset: int, length: int) -> None:
        if not 0 <= offset <= length:
            raise _offset_error(
                "out-of-range",
                f"Offset {offset} lies outside the text of length {length}.",
                "Count offsets from 0 to the length of the text.",
            )


def _utf16_positions(text: str) -> list[int] | None:
    if text.isascii() or max(text) < chr(_FIRST_ASTRAL):
        return None
    return list(accumulate((1 + (ord(character) >= _FIRST_ASTRAL) for character in text), initial=0))


def to_utf16(text: str, offset: int) -> int:
    """UTF-16 offset of one code-point offset; raises as `Utf16Map.to_utf16`, which is faster for many."""
    return Utf16Map(text).to_utf16(offset)


def from_utf16(text: str, offset: int) -> int:
    """Code-point offset of one UTF-16 offset; raises as `Utf16Map.from_utf16`, which is faster for many."""
    return Utf16Map(text).from_utf16(offset)


# ------------------------------------------------------------------------------------------------------------ tokens


def tokenize(text: str, *, lang: str) -> tuple[Interval, ...]:
    """Split a text into words and punctuation marks.

    White space is dropped, everything else lies in exactly one token, and no token cuts a grapheme cluster. A word
    with an apostrophe inside becomes three tokens ("Newton", "'", "un"), so that a name can be marked without its
    suffix (Turkish) or article (French).

    Args:
        text: any text; nothing is normalised.
        lang: BCP 47 code, for rules that depend on the language.

    Returns:
        Token intervals in text order.
    """
    if not text:
        return ()
    edges = _word_edges(text, lang)
    if not _ROLELESS.fullmatch(text):
        edges = [edge for edge in edges if is_grapheme_boundary(text, edge)]
    return tuple(_words_between(text, edges))


def _words_between(text: str, edges: Sequence[int]) -> Iterator[Interval]:
    for start, end in pairwise(edges):
        if not (text[start].isspace() or text[end - 1].isspace()):
            yield Interval(start, end)
            continue
        trimmed = trim_interval(text, start, end)
        if trimmed.start_char < trimmed.end_char:
            yield trimmed


def _word_edges(text: str, lang: str) -> list[int]:
    # ICU refuses lone surrogates; the replacement has the same length.
    readable = text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)
    # Strings, because the positions that the breaker gives count UTF-16 units.
    words = breakers.WordBreaker(readable, _icu_locale(lang))
    edges = list(accumulate(map(len, words), initial=0))
    if "'" not in text and "’" not in text:
        return edges
    inside = (edge for match in _APOSTROPHE.finditer(text) for edge in match.span())
    return sorted({*edges, *inside})


@lru_cache(maxsize=256)
def _icu_locale(lang: str) -> str:
    return lang.replace("-", "_") if langcodes.tag_is_valid(lang) else "root"


def tokens_of_interval(tokens: Sequence[tuple[int, int]], interval: tuple[int, int]) -> tuple[int, int]:
    """Half-open range (first, last + 1) of the tokens that an interval touches.

    Returns:
        An empty range (n, n) when it touches none; n is the position where such a token would stand.
    """
    first = bisect_right(tokens, interval[0], key=lambda token: token[1])
    end = bisect_left(tokens, interval[1], key=lambda token: token[0])
    return first, max(first, end)


def interval_of_tokens(tokens: Sequence[tuple[int, int]], start_token: int, end_token: int) -> Interval:
    """The interval from the first to the last token of a half-open token range.

    Raises:
        OffsetError: `empty-interval` or `out-of-range`.
    """
    if start_token >= end_token:
        raise _offset_error(
            "empty-interval", f"The token range {start_token}-{end_token} is empty.", "Give an end after the start."
        )
    if start_token < 0 or end_token > len(tokens):
        raise _offset_error(
            "out-of-range",
            f"The token range {start_token}-{end_token} lies outside the {len(tokens)} tokens.",
            "Count tokens from 0.",
        )
    return Interval(tokens[start_token][0], tokens[end_token - 1][1])


def join_tokens(words: Iterable[str], *, lang: str) -> tuple[str, tuple[Interval, ...]]:
    """Make a text from tokens whose text is not known.

    Words are joined by one blank. In languages written without spaces nothing stands between two words if one of the
    two characters that meet belongs to such a script or is punctuation; a blank remains between, say, two Latin
    words. Where the tokens would grow together into one grapheme cluster (a token that starts with a combining mark),
    a ZERO WIDTH SPACE stands between them instead, so that each token stays exact.

    Raises:
        OffsetError: `empty-interval` when a word is the empty string.
    """
    unspaced = is_unspaced(lang)
    pieces: list[str] = []
    tokens: list[Interval] = []
    position = 0
    previous = ""
    for word in words:
        if not word:
            raise _offset_error("empty-interval", f"Token {len(tokens) + 1} is empty.", "Give each token a form.")
        if previous:
            separator = _separator(previous, word, unspaced=unspaced)
            pieces.append(separator)
            position += len(separator)
        tokens.append(Interval(position, position + len(word)))
        pieces.append(word)
        position += len(word)
        previous = word
    return "".join(pieces), tuple(tokens)


def _separator(before: str, after: str, *, unspaced: bool) -> str:
    last, first = before[-1], after[0]
    if unspaced and (_UNSPACED_CHARACTER.match(last) or _UNSPACED_CHARACTER.match(first)):
        return "" if _is_joinable(before, "", after) else _ZERO_WIDTH_SPACE
    # Most words meet a blank without trouble, and two looks into a cache are cheaper than finding clusters.
    if _has_no_role(first) and _has_no_role(last):
        return " "
    return " " if _is_joinable(before, " ", after) else _ZERO_WIDTH_SPACE


def _is_joinable(before: str, separator: str, after: str) -> bool:
    joint = before + separator + after
    edges = (len(before), len(before) + len(separator))
    return all(is_grapheme_boundary(joint, edge) for edge in edges)


@lru_cache(maxsize=4096)
def _has_no_role(character: str) -> bool:
    return _PLAIN.match(character) is not None


# --------------------------------------------------------------------------------------------------------- languages


@lru_cache(maxsize=512)
def script_of(lang: str) -> str:
    """ISO 15924 code of the script that a language is most likely written in, "" if unknown."""
    if not langcodes.tag_is_valid(lang):
        return ""
    return langcodes.Language.get(lang).maximize().script or ""


def direction(lang: str) -> Direction:
    """Writing direction of a language by its likely script; "ltr" if unknown."""
    return "rtl" if script_of(lang) in _RTL_SCRIPTS else "ltr"


def is_unspaced(lang: str) -> bool:
    """Whether a language is usually written without blanks between words."""
    return script_of(lang) in _UNSPACED_SCRIPTS


def language_name(lang: str) -> str:
    """The English name of a language, its code where it has none."""
    return langcodes.Language.get(lang).display_name("en") if langcodes.tag_is_valid(lang) else lang
