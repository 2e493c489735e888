"""Numbered tags, `[1]London[/1]`: the identity of a span travels with its tag (xMEN, arXiv 2310.11275)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import count

from projection.markers.base import Mark, Marked, Reading, reject, usable_intervals, write_marks
from projection.markers.tags import find_tags, read_pairs
from projection.types import Span

_TAG = re.compile(r"[\[［【]\s*(?P<slash>[/／\\]?)\s*(?P<name>\d{1,9})\s*[\]］】]")
_NOTHING = re.compile(r"(?!)")


def insert(text: str, spans: Mapping[str, Span]) -> Marked:
    """Mark every piece of every span, however they overlap, with numbers that stand in no brackets of the text."""
    taken = {tag.name for tag in find_tags(_TAG, text)}
    names = (str(number) for number in count(1) if str(number) not in taken)
    pieces = [(interval, key) for key, span in spans.items() for interval in usable_intervals(text, span)]
    ordered = sorted(pieces, key=lambda piece: (piece[0].start_char, -piece[0].end_char))
    marks = tuple(Mark(next(names), key, interval) for interval, key in ordered)
    marked = {mark.key for mark in marks}
    fault = "it holds nothing but white space."
    rejects = tuple(reject(key, span, text, "no-tokens", fault) for key, span in spans.items() if key not in marked)
    written = write_marks(text, marks, _NOTHING, opening="[{}]", closing="[/{}]")
    return Marked("numbered", written, text, marks, dict(spans), rejects)


def read(marked: Marked, translation: str, *, segment: int) -> Reading:
    """Read `[1]`, also with other brackets, digits of other scripts and blanks inside; see `read_pairs`."""
    in_source = {tag.name for tag in find_tags(_TAG, marked.plain)}
    tags = [tag for tag in find_tags(_TAG, translation) if tag.name not in in_source]
    return read_pairs(marked, translation, tags, segment=segment)
