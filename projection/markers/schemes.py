"""The kinds of markers by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from projection.markers import brackets, numbered, xml
from projection.markers.base import Marked, Reading, Scheme
from projection.types import Span


class _Kind(NamedTuple):
    insert: Callable[[str, Mapping[str, Span]], Marked]
    hint: str


_KINDS: dict[Scheme, _Kind] = {
    "numbered": _Kind(numbered.insert, "Keep every tag such as [1] and [/1] around the same content; change no tag."),
    "brackets": _Kind(brackets.insert, "Keep the square brackets around the same content; add and drop none."),
    "xml": _Kind(xml.insert, "Keep every tag such as <a> and </a> around the same content; change no tag."),
}


def insert_markers(text: str, spans: Mapping[str, Span], scheme: Scheme) -> Marked:
    """Put markers around spans.

    Args:
        text: the source text.
        spans: its spans by key. Numbered tags mark all of them; XML tags leave out those that cross another one;
            brackets leave out those that overlap another one or have several pieces.
        scheme: kind of markers.

    Returns:
        The marked text, with a reject for each span that is left out.
    """
    return _KINDS[scheme].insert(text, spans)


def read_markers(
    marked: Marked,
    translation: str,
    *,
    segment: int = 1,
    surfaces: Mapping[str, str] | None = None,
    min_ratio: float = brackets.MIN_RATIO,
) -> Reading:
    """Read the markers of a translation.

    Args:
        marked: what was translated.
        translation: of `marked.text`.
        segment: index of the target segment in its item, for the spans.
        surfaces: for brackets: translations of single spans by key, to tell which bracket is which.
        min_ratio: for brackets: likeness that tells, 0 to 1.
    """
    if marked.scheme == "brackets":
        return brackets.read(marked, translation, segment=segment, surfaces=surfaces or {}, min_ratio=min_ratio)
    reader = numbered.read if marked.scheme == "numbered" else xml.read
    return reader(marked, translation, segment=segment)


def marker_hint(scheme: Scheme) -> str:
    """What to tell a translator that follows instructions."""
    return _KINDS[scheme].hint
