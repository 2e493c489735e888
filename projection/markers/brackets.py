"""Square brackets, the same around every span: `[London]` (EasyProject, arXiv 2211.15613).

Brackets say where spans are, not which. That is found out from the order where all labels are the same, else from
translations of the single spans, then from the source spans themselves.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from projection.markers.base import (
    Mark,
    Marked,
    Reading,
    Reject,
    Tag,
    clean,
    reject,
    usable_intervals,
    whole_clusters,
    write_marks,
)
from projection.types import Interval, Span

MIN_RATIO = 0.5

_OPENING = "[［《【"
_CLOSING = "]］》】"
_SIGNS = re.compile(f"[{re.escape(_OPENING + _CLOSING)}]")
_SQUARE = re.compile(r"[\[\]]")


def insert(text: str, spans: Mapping[str, Span]) -> Marked:
    """Mark spans of one piece that overlap no earlier one."""
    marks: list[Mark] = []
    rejects: list[Reject] = []
    for key, span in spans.items():
        pieces = usable_intervals(text, span)
        if not pieces:
            rejects.append(reject(key, span, text, "no-tokens", "it holds nothing but white space."))
        elif len(pieces) > 1:
            rejects.append(reject(key, span, text, "marker-discontinuous", "brackets cannot mark several pieces."))
        elif any(pieces[0].start_char < end and start < pieces[0].end_char for _, _, (start, end) in marks):
            fault = "brackets cannot mark it: it overlaps another span."
            rejects.append(reject(key, span, text, "marker-overlap", fault))
        else:
            marks.append(Mark("", key, pieces[0]))
    marks.sort(key=lambda mark: mark.interval)
    written = write_marks(text, marks, _SIGNS, opening="[", closing="]")
    return Marked("brackets", written, text, tuple(marks), dict(spans), tuple(rejects))


def read(
    marked: Marked, translation: str, *, segment: int, surfaces: Mapping[str, str], min_ratio: float = MIN_RATIO
) -> Reading:
    """Read brackets as EasyProject does; a sentence that fails comes back with one reason for all of its spans.

    `marker-count`: not as many opening and closing brackets as spans; `marker-nested`: they do not alternate;
    `marker-empty`: nothing between two; `marker-mismatch`: it cannot be told which is which.
    """
    tags = _find_tags(translation, len(marked.marks))
    cleaned = clean(translation, tags)
    intervals = [
        whole_clusters(cleaned.text, start, end) if start < end else Interval(start, start)
        for start, end in zip(cleaned.positions[::2], cleaned.positions[1::2], strict=False)
    ]
    fault = _check(tags, intervals, len(marked.marks))
    if fault is not None:
        return _rejected(marked, cleaned.text, *fault)
    strings = [cleaned.text[slice(*interval)] for interval in intervals]
    entities = [_entity(mark, marked, surfaces) for mark in marked.marks]
    assigned = assign(strings, entities, min_ratio=min_ratio)
    if assigned is None:
        found = ", ".join(map(repr, strings))
        return _rejected(marked, cleaned.text, "marker-mismatch", f"it cannot be told which of {found} it is.")
    spans = {
        match.key: _span(marked.spans[match.key], match, interval, segment)
        for match, interval in zip(assigned, intervals, strict=True)
    }
    return Reading(cleaned.text, tuple(spans[key] for key in marked.spans if key in spans), marked.rejects)


def _span(source: Span, match: Match, interval: Interval, segment: int) -> Span:
    meta = {"score": round(match.ratio, 4)} if match.ratio < 1 else {}
    return Span(source.label, (interval,), segment, source.layer, source_id=match.key, meta=meta)


def _find_tags(translation: str, n_spans: int) -> list[Tag]:
    """Brackets, doubled ones as one: square brackets alone where their number fits, else all kinds."""
    square = list(_undoubled(translation, _SQUARE))
    if len(square) == 2 * n_spans:
        return square
    every = list(_undoubled(translation, _SIGNS))
    return every if len(every) == 2 * n_spans else square


def _undoubled(translation: str, signs: re.Pattern[str]) -> Iterator[Tag]:
    pending: Tag | None = None
    for match in signs.finditer(translation):
        tag = Tag("", match[0] in _CLOSING, match.start(), match.end())
        is_doubled = (
            pending is not None
            and pending.is_closing == tag.is_closing
            and not translation[pending.end : tag.start].strip()
            and translation[pending.start] == match[0]
        )
        if pending is not None and is_doubled:
            pending = pending._replace(end=tag.end)
            continue
        if pending is not None:
            yield pending
        pending = tag
    if pending is not None:
        yield pending


def _check(tags: Sequence[Tag], intervals: Sequence[Interval], n_spans: int) -> tuple[str, str] | None:
    n_opening = sum(not tag.is_closing for tag in tags)
    n_closing = len(tags) - n_opening
    if n_opening != n_spans or n_closing != n_spans:
        fault = f"the translation has {n_opening} opening and {n_closing} closing brackets for {n_spans} span(s)."
        return "marker-count", fault
    if any(tag.is_closing != bool(number % 2) for number, tag in enumerate(tags)):
        return "marker-nested", "the brackets of the translation do not come in pairs one behind the other."
    if any(start == end for start, end in intervals):
        return "marker-empty", "a pair of brackets in the translation has nothing between."
    return None


def _rejected(marked: Marked, text: str, code: str, fault: str) -> Reading:
    known = {each.key: each for each in marked.rejects}
    rejects = (known.get(key) or reject(key, span, marked.plain, code, fault) for key, span in marked.spans.items())
    return Reading(text, (), tuple(rejects))


# ------------------------------------------------------------------------------------------------- which one is which


class Entity(NamedTuple):
    """A source span: key, label, lower-cased surface, and lower-cased translation of it alone ("" if unknown)."""

    key: str
    label: str
    source: str
    translation: str = ""


class Match(NamedTuple):
    """The source span that a bracketed string was taken for, and how alike they are (1 if told by the order)."""

    key: str
    ratio: float


def _entity(mark: Mark, marked: Marked, surfaces: Mapping[str, str]) -> Entity:
    source = marked.plain[slice(*mark.interval)]
    return Entity(mark.key, marked.spans[mark.key].label, source.lower(), surfaces.get(mark.key, "").strip().lower())


def assign(strings: Sequence[str], entities: Sequence[Entity], *, min_ratio: float = MIN_RATIO) -> list[Match] | None:
    """Tell which source span each bracketed string is.

    A string is a span if it equals the span's translation, else the span itself, else by the greatest likeness above
    `min_ratio` (difflib) to a translation, else to a span. One string that is like none takes the label that is left.

    Returns:
        One match for each string, or None where a label cannot be told or the labels are not those of the source.
    """
    found = [_best_entity(text.lower(), entities, min_ratio) for text in strings]
    if len({entity.label for entity in entities}) > 1:
        labels = [None if each is None else entities[each[0]].label for each in found]
        wanted = Counter(entity.label for entity in entities)
        left = wanted - Counter(label for label in labels if label is not None)
        if labels.count(None) == 1 and left.total() == 1:
            labels[labels.index(None)] = next(iter(left))
        if Counter(labels) != wanted:
            return None
    else:
        labels = [entity.label for entity in entities]
    return _assign_keys(labels, found, entities)


def _best_entity(text: str, entities: Sequence[Entity], min_ratio: float) -> tuple[int, float] | None:
    """Index of the entity that a string is, and how alike they are; None if it is like none."""
    for part in ("translation", "source"):
        for number, entity in enumerate(entities):
            if text == getattr(entity, part):
                return number, 1.0
    for part in ("translation", "source"):
        ratios = [_ratio(text, getattr(entity, part)) for entity in entities]
        best = max(range(len(ratios)), key=lambda number: ratios[number])
        if ratios[best] > min_ratio:
            return best, ratios[best]
    return None


def _ratio(text: str, other: str) -> float:
    return SequenceMatcher(None, text, other, autojunk=False).ratio() if other else 0.0


def _assign_keys(
    labels: Sequence[str | None], found: Sequence[tuple[int, float] | None], entities: Sequence[Entity]
) -> list[Match]:
    """Entities for strings whose labels are known: the most alike first, the rest of each label in text order."""
    chosen: dict[int, Match] = {}
    used: set[int] = set()
    sure = sorted((-each[1], number, each[0]) for number, each in enumerate(found) if each is not None)
    for minus_ratio, number, entity in sure:
        if entity not in used and entities[entity].label == labels[number]:
            used.add(entity)
            chosen[number] = Match(entities[entity].key, -minus_ratio)
    for number, label in enumerate(labels):
        if number not in chosen:
            entity = next(each for each, known in enumerate(entities) if known.label == label and each not in used)
            used.add(entity)
            chosen[number] = Match(entities[entity].key, 1.0)
    return [chosen[number] for number in range(len(labels))]
