"""XML tags, `<a>London</a>` (MultiTACRED, arXiv 2305.04582; LabelPigeon, arXiv 2603.12021)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import count, product
from string import ascii_lowercase

from projection.markers.base import Mark, Marked, Reading, Reject, reject, usable_intervals, write_marks
from projection.markers.tags import find_tags, read_pairs
from projection.types import Interval, Span

_TAG = re.compile(r"[<＜]\s*(?P<slash>[/／]?)\s*(?P<name>[A-Za-z]{1,3})\s*[>＞]")
_SIGNS = re.compile(r"[<>＜＞]")


def insert(text: str, spans: Mapping[str, Span]) -> Marked:
    """Mark every piece of every span that does not cross an earlier one; tags are named a, b, ... in text order."""
    taken: list[Interval] = []
    marked: list[tuple[Interval, str]] = []
    rejects: list[Reject] = []
    for key, span in spans.items():
        pieces = usable_intervals(text, span)
        if not pieces:
            rejects.append(reject(key, span, text, "no-tokens", "it holds nothing but white space."))
        elif any(_crosses(piece, other) for piece in pieces for other in taken):
            rejects.append(
                reject(key, span, text, "marker-overlap", "XML tags cannot mark it: it crosses another span.")
            )
        else:
            taken += pieces
            marked += [(piece, key) for piece in pieces]
    ordered = sorted(marked, key=lambda piece: (piece[0].start_char, -piece[0].end_char))
    marks = tuple(Mark(name, key, interval) for (interval, key), name in zip(ordered, _names(), strict=False))
    written = write_marks(text, marks, _SIGNS, opening="<{}>", closing="</{}>")
    return Marked("xml", written, text, marks, dict(spans), tuple(rejects))


def _crosses(one: Interval, other: Interval) -> bool:
    first, second = sorted([one, other])
    return first.start_char < second.start_char < first.end_char < second.end_char


def _names() -> Iterator[str]:
    for length in count(1):
        yield from map("".join, product(ascii_lowercase, repeat=length))


def read(marked: Marked, translation: str, *, segment: int) -> Reading:
    """Read `<a>` in any case, with blanks inside (`</ a>`); see `read_pairs`."""
    return read_pairs(marked, translation, list(find_tags(_TAG, translation)), segment=segment)
