"""What the three kinds of markers share: what is marked, what is read back, and escaping.

A marked text is made of one text and its spans; whatever in the text would be taken for a marker, or for an escaped
sign, is escaped first. So a translation that changes nothing gives the same text and the same spans again.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, NamedTuple

from projection.errors import Problem
from projection.text import grapheme_boundaries, is_grapheme_boundary, trim_interval
from projection.types import Interval, Span

Scheme = Literal["numbered", "brackets", "xml"]
MARKERS: tuple[Scheme, ...] = ("numbered", "brackets", "xml")

# Kinds of signs that stand at the word before them: full stops and commas, closing brackets and quotes.
_ATTACHED = {"Po", "Pe", "Pf"}
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


class Mark(NamedTuple):
    """One interval of a span, as marked: the name in its tags ("" for brackets), the span's key, the interval."""

    name: str
    key: str
    interval: Interval


@dataclass(frozen=True, slots=True)
class Reject:
    """A source span that has no target span, and why.

    Attributes:
        key: of the source span.
        problem: its code is a reason of `projection.reasons`.
    """

    key: str
    problem: Problem

    @property
    def reason(self) -> str:
        return self.problem.code


@dataclass(frozen=True, slots=True)
class Marked:
    """A text with markers.

    Attributes:
        scheme: kind of markers.
        text: the marked text, for the translator.
        plain: the text without markers.
        marks: what was marked, in the order of the opening markers.
        spans: the source spans by key, those that could not be marked included.
        rejects: spans that could not be marked.
    """

    scheme: Scheme
    text: str
    plain: str
    marks: tuple[Mark, ...]
    spans: Mapping[str, Span]
    rejects: tuple[Reject, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """A translation with its markers read.

    Attributes:
        text: the translation without markers.
        spans: target spans with `source_id`, in the order of the source spans; `meta["score"]` below 1 where the label
            was found by likeness.
        rejects: source spans without a target, each with its reason and place.
        problems: whatever else was odd in the translation; nothing is lost by it.
    """

    text: str
    spans: tuple[Span, ...]
    rejects: tuple[Reject, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def loss(self) -> float:
        """Share of the source spans that have no target span, 0 to 1."""
        n_spans = len(self.spans) + len(self.rejects)
        return len(self.rejects) / n_spans if n_spans else 0.0

    @property
    def reasons(self) -> Counter[str]:
        """How many spans were rejected for which reason."""
        return Counter(reject.reason for reject in self.rejects)


class Tag(NamedTuple):
    """A marker in a translation: its name, whether it closes, and where it stands in the marked translation."""

    name: str
    is_closing: bool
    start: int
    end: int


# ------------------------------------------------------------------------------------------------------------ escaping


def escape(text: str, special: re.Pattern[str]) -> str:
    """Write signs that match `special`, and those that begin an entity, as numeric entities."""
    escaped = _ENTITY.sub(lambda match: "&amp;" + match[0][1:], text)
    return special.sub(lambda match: "".join(f"&#{ord(sign)};" for sign in match[0]), escaped)


def unescape(text: str) -> str:
    """Read entities (`&#91;`, `&quot;`), once and only where they end in a semicolon."""
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text)


# -------------------------------------------------------------------------------------------------------------- marking


def usable_intervals(text: str, span: Span) -> list[Interval]:
    """The intervals of a span without white space at their edges, empty ones left out."""
    trimmed = (trim_interval(text, *interval) for interval in span.intervals)
    return [interval for interval in trimmed if interval.start_char < interval.end_char]


def write_marks(text: str, marks: Sequence[Mark], special: re.Pattern[str], *, opening: str, closing: str) -> str:
    """The escaped text with `opening.format(name)` and `closing.format(name)` around each interval.

    Markers of intervals that contain each other are nested properly.
    """
    events: list[tuple[int, int, int, str]] = []
    for number, mark in enumerate(marks):
        start, end = mark.interval
        # At one position closers go first, the innermost first; openers follow, the outermost first.
        events.append((start, 1, -end * (len(marks) + 1) + number, opening.format(mark.name)))
        events.append((end, 0, -start * (len(marks) + 1) - number, closing.format(mark.name)))
    parts: list[str] = []
    position = 0
    for place, _, _, marker in sorted(events):
        parts += [escape(text[position:place], special), marker]
        position = place
    return "".join([*parts, escape(text[position:], special)])


def reject(key: str, span: Span, text: str, code: str, fault: str, place: str = "") -> Reject:
    """A rejected span, its place being where it stands in the source or what is given."""
    where = place or f"source characters {span.start_char}-{span.end_char}"
    remedy = "Mark its target by hand, or translate the sentence again."
    return Reject(key, Problem(code, f"{span.label} {span.surface(text)!r}: {fault}", remedy, f"span {key}, {where}"))


# -------------------------------------------------------------------------------------------------------------- reading


class Cleaned(NamedTuple):
    """A translation without markers, and for each marker (in text order) its position there."""

    text: str
    positions: list[int]


def clean(marked: str, tags: Sequence[Tag]) -> Cleaned:
    """Take markers out of a translation and unescape the rest.

    Blanks that stand inside a span next to its marker were put there by the translator. One of them is kept, outside
    the span, where letters would grow together without it.
    """
    starts = [*(tag.start for tag in tags), len(marked)]
    ends = [0, *(tag.end for tag in tags)]
    chunks = [unescape(marked[start:end]) for start, end in zip(ends, starts, strict=True)]
    for number, tag in enumerate(tags):
        if not tag.is_closing:
            _move_blank_before(chunks, number)
    for number in reversed(range(len(tags))):
        if tags[number].is_closing:
            _move_blank_behind(chunks, number)
    for number in range(len(tags)):
        if _n_leading(chunks[number + 1]) and _last_sign(chunks[: number + 1]).isspace():
            chunks[number + 1] = chunks[number + 1][1:]
    lengths = list(accumulate(map(len, chunks)))
    return Cleaned("".join(chunks), lengths[:-1])


def _move_blank_before(chunks: list[str], number: int) -> None:
    """Blanks behind an opening marker, whose chunks have the indices `number` and `number + 1`."""
    inside = chunks[number + 1]
    n_blanks = _n_leading(inside)
    if not n_blanks:
        return
    chunks[number + 1] = inside[n_blanks:]
    before = _last_sign(chunks[: number + 1])
    if before and not before.isspace():
        chunks[number] += inside[0]


def _move_blank_behind(chunks: list[str], number: int) -> None:
    """Blanks before a closing marker, whose chunks have the indices `number` and `number + 1`."""
    inside = chunks[number]
    kept = inside[: len(inside) - _n_trailing(inside)]
    if kept == inside:
        return
    chunks[number] = kept
    behind = next((chunk[0] for chunk in chunks[number + 1 :] if chunk), "")
    if behind and not behind.isspace() and unicodedata.category(behind) not in _ATTACHED:
        chunks[number + 1] = inside[-1] + chunks[number + 1]


def _last_sign(chunks: Sequence[str]) -> str:
    return next((chunk[-1] for chunk in reversed(chunks) if chunk), "")


def _n_leading(chunk: str) -> int:
    trimmed = trim_interval(chunk, 0, len(chunk))
    return trimmed.start_char if trimmed.end_char > trimmed.start_char else len(chunk)


def _n_trailing(chunk: str) -> int:
    trimmed = trim_interval(chunk, 0, len(chunk))
    return len(chunk) - trimmed.end_char if trimmed.end_char > trimmed.start_char else len(chunk)


def whole_clusters(text: str, start: int, end: int) -> Interval:
    """The smallest interval around this one that cuts no grapheme cluster."""
    if is_grapheme_boundary(text, start) and is_grapheme_boundary(text, end):
        return Interval(start, end)
    edges = grapheme_boundaries(text)
    return Interval(edges[bisect_right(edges, start) - 1], edges[bisect_left(edges, end)])
