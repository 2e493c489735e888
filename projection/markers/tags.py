"""Reading markers that come in pairs of an opening and a closing tag with the same name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from projection.errors import Problem
from projection.markers.base import Mark, Marked, Reading, Reject, Tag, clean, reject, whole_clusters
from projection.types import Interval, Span

_COMMAS = ",;،؛、，；"


@dataclass(frozen=True, slots=True)
class _Fault:
    """Why a mark cannot be used, and where in the marked translation."""

    code: str
    message: str
    place: int = -1


_MISSING = _Fault("marker-missing", "both of its markers are gone.")
_FAULTS = {
    "marker-duplicated": "its markers occur more than once.",
    "marker-unclosed": "its closing marker is gone.",
    "marker-unopened": "its opening marker is gone, or stands behind the closing one.",
    "marker-empty": "its markers have nothing between them.",
    "marker-nested": "its markers cross or enclose those of another span, which they did not in the source.",
}


def find_tags(pattern: re.Pattern[str], text: str) -> Iterator[Tag]:
    """Tags that a pattern with the groups `slash` and `name` finds; numbers in the digits of any script are read."""
    for match in pattern.finditer(text):
        name = match["name"]
        name = str(int(name)) if name.isdecimal() else name.casefold()
        yield Tag(name, bool(match["slash"]), match.start(), match.end())


def read_pairs(marked: Marked, translation: str, tags: Sequence[Tag], *, segment: int) -> Reading:
    """Spans between an opening tag and the closing tag of the same name.

    Dropped with their reason are tags without partner, empty ones, those that occur twice, and those that enclose or
    cross another one where the source spans did not; of two nested ones the inner is kept.

    Args:
        marked: what was translated.
        translation: the marked translation.
        tags: all tags found in it; those with unknown names stay in the text and are reported.
        segment: index of the target segment.
    """
    names = {mark.name for mark in marked.marks}
    known = [tag for tag in tags if tag.name in names]
    cleaned = clean(translation, known)
    found = {mark.name: _find(mark, marked, known, cleaned.text, cleaned.positions) for mark in marked.marks}
    _reject_nested(marked.marks, found, known)
    spans: list[Span] = []
    rejects = list(marked.rejects)
    lost = {each.key for each in rejects}
    for key, span in marked.spans.items():
        if key in lost:
            continue
        parts = [found[mark.name] for mark in marked.marks if mark.key == key]
        fault = next((part for part in parts if isinstance(part, _Fault)), None)
        if fault is not None:
            place = f"translation character {fault.place}" if fault.place >= 0 else ""
            rejects.append(reject(key, span, marked.plain, fault.code, fault.message, place))
            continue
        intervals = _merge(part for part in parts if isinstance(part, Interval))
        spans.append(Span(span.label, intervals, segment, span.layer, source_id=key))
    problems = tuple(_unknown(tag, translation) for tag in tags if tag.name not in names)
    return Reading(cleaned.text, tuple(spans), _in_order(rejects, marked.spans), problems)


def _in_order(rejects: Sequence[Reject], spans: Mapping[str, Span]) -> tuple[Reject, ...]:
    order = {key: number for number, key in enumerate(spans)}
    return tuple(sorted(rejects, key=lambda each: order[each.key]))


def _find(mark: Mark, marked: Marked, tags: Sequence[Tag], text: str, positions: Sequence[int]) -> Interval | _Fault:
    """The interval between the two tags of a mark, or what is wrong with them."""
    opening = [number for number, tag in enumerate(tags) if tag.name == mark.name and not tag.is_closing]
    closing = [number for number, tag in enumerate(tags) if tag.name == mark.name and tag.is_closing]
    if not opening and not closing:
        return _MISSING
    if len(opening) > 1 or len(closing) > 1:
        return _fault("marker-duplicated", tags[max([*opening, *closing])])
    if not closing:
        return _fault("marker-unclosed", tags[opening[0]])
    if not opening or opening[0] > closing[0]:
        return _fault("marker-unopened", tags[closing[0]])
    start, end = _without_commas(text, positions[opening[0]], positions[closing[0]], mark, marked.plain)
    return whole_clusters(text, start, end) if start < end else _fault("marker-empty", tags[opening[0]])


def _fault(code: str, tag: Tag) -> _Fault:
    return _Fault(code, _FAULTS[code], tag.start)


def _without_commas(text: str, start: int, end: int, mark: Mark, plain: str) -> tuple[int, int]:
    """The interval without a comma at its edges, where its source had none there."""
    source = plain[slice(*mark.interval)]
    if text[start:end][:1] in _COMMAS and source[0] not in _COMMAS:
        inside = text[start:end].lstrip(_COMMAS).lstrip()
        start = end - len(inside)
    if text[start:end][-1:] in _COMMAS and source[-1] not in _COMMAS:
        end = start + len(text[start:end].rstrip(_COMMAS).rstrip())
    return start, end


def _reject_nested(marks: Sequence[Mark], found: dict[str, Interval | _Fault], tags: Sequence[Tag]) -> None:
    """Turn intervals that overlap, unlike in the source, into faults."""
    wrong: set[str] = set()
    for one, other in combinations(marks, 2):
        first, second = found[one.name], found[other.name]
        if not isinstance(first, Interval) or not isinstance(second, Interval):
            continue
        if not _overlap(first, second) or _overlap(one.interval, other.interval):
            continue
        if first == second or not _contains(second, first):
            wrong.add(other.name)
        if first == second or not _contains(first, second):
            wrong.add(one.name)
    starts = {tag.name: tag for tag in tags if not tag.is_closing}
    found |= {name: _fault("marker-nested", starts[name]) for name in wrong}


def _overlap(one: Interval, other: Interval) -> bool:
    return one.start_char < other.end_char and other.start_char < one.end_char


def _contains(inner: Interval, outer: Interval) -> bool:
    """Whether the first lies inside the second."""
    return outer.start_char <= inner.start_char and inner.end_char <= outer.end_char


def _merge(intervals: Iterator[Interval]) -> tuple[Interval, ...]:
    """Intervals in text order, overlapping ones as one."""
    merged: list[Interval] = []
    for interval in sorted(intervals):
        if merged and interval.start_char < merged[-1].end_char:
            merged[-1] = Interval(merged[-1].start_char, max(merged[-1].end_char, interval.end_char))
        else:
            merged.append(interval)
    return tuple(merged)


def _unknown(tag: Tag, translation: str) -> Problem:
    fault = f"{translation[tag.start : tag.end]!r} looks like a marker, but none of this name was there."
    return Problem(
        "marker-unknown", fault, "It stays in the text; take it out if it means nothing.", f"character {tag.start}"
    )
