"""Which of several places a quote means: by the voter's own count, by word links, then by order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from projection.projectors.pairs import pair_segments
from projection.text import tokens_of_interval
from projection.types import Interval, Item
from projection.vote.place import Place, find_places
from projection.vote.questions import Question

_MIN_LINK = 0.1


@dataclass(frozen=True, slots=True)
class Wanted:
    """A quote to be placed: whose question it answers, its possible places, and which of them the voter named."""

    question: Question
    places: tuple[Place, ...]
    occurrence: int | None = None


def choose_places(item: Item, wanted: Sequence[Wanted]) -> list[Place | None]:
    """One place for each quote; None where all its places are taken by others of the same layer.

    A quote with one place takes it first. Of several places the voter's own count decides, then the word links of the
    item from the source span, then the order: the n-th of equal quotes goes to the n-th place, and a single one to the
    place with the same number as the source span has among the occurrences of its own words, or the nearest one. Two
    source spans that overlap may share a place.
    """
    order = sorted(range(len(wanted)), key=lambda number: (len(wanted[number].places) > 1, number))
    chosen: dict[int, Place] = {}
    for number in order:
        each = wanted[number]
        free = [place for place in each.places if _is_free(place, each.question, wanted, chosen)]
        place = _choose(item, each, free, _rank_among_equals(wanted, number, chosen))
        if place is not None:
            chosen[number] = place
    return [chosen.get(number) for number in range(len(wanted))]


def _is_free(place: Place, question: Question, wanted: Sequence[Wanted], chosen: Mapping[int, Place]) -> bool:
    for number, taken in chosen.items():
        other = wanted[number].question
        is_same = other.layer.name == question.layer.name and other.tgt_segment == question.tgt_segment
        if is_same and _overlap(place.interval, taken.interval) and not _share_source(question, other):
            return False
    return True


def _share_source(one: Question, other: Question) -> bool:
    return one.src_segment == other.src_segment and any(
        _overlap(a, b) for a in one.src_intervals for b in other.src_intervals
    )


def _overlap(one: Interval, other: Interval) -> bool:
    return one.start_char < other.end_char and other.start_char < one.end_char


def _rank_among_equals(wanted: Sequence[Wanted], number: int, chosen: Mapping[int, Place]) -> int | None:
    """How many questions before this one, still without a place, want the same places; None where it is alone."""
    equals = [other for other, each in enumerate(wanted) if each.places == wanted[number].places]
    if len(equals) == 1:
        return None
    return sum(other < number and other not in chosen for other in equals)


def _choose(item: Item, wanted: Wanted, free: Sequence[Place], rank: int | None) -> Place | None:
    if len(free) < 2:
        return free[0] if free else None
    if wanted.occurrence is not None and wanted.occurrence <= len(wanted.places):
        named = wanted.places[wanted.occurrence - 1]
        if named in free:
            return named
    links = [_link_mass(item, wanted.question, place) for place in free]
    best = max(links)
    if best >= _MIN_LINK and links.count(best) == 1:
        return free[links.index(best)]
    if rank is not None:
        return free[min(rank, len(free) - 1)]
    return _by_own_order(item, wanted.question, wanted.places, free)


def _link_mass(item: Item, question: Question, place: Place) -> float:
    """Probability of all word links from the source span into a place."""
    for alignment in item.alignments:
        if (alignment.src_segment, alignment.tgt_segment) != (question.src_segment, question.tgt_segment):
            continue
        view = next(
            (view for view in pair_segments(item) if (view.src_index, view.tgt_index) == alignment_ends(question)), None
        )
        if view is None:
            return 0.0
        sources: set[int] = set()
        for interval in question.src_intervals:
            sources.update(range(*tokens_of_interval(view.source.tokens, interval)))
        targets = range(*tokens_of_interval(view.target.tokens, place.interval))
        return sum(link.probability for link in alignment.links if link.src in sources and link.tgt in targets)
    return 0.0


def alignment_ends(question: Question) -> tuple[int, int | None]:
    """The segments between which links say where a question's target is."""
    return question.src_segment, question.tgt_segment


def _by_own_order(item: Item, question: Question, places: Sequence[Place], free: Sequence[Place]) -> Place:
    """The place with the number that the source span has among its like, where there are as many; else the nearest."""
    source = item.segments[question.src_segment].text
    if not question.src_intervals:
        return free[0]
    start, end = question.src_intervals[0].start_char, question.src_intervals[-1].end_char
    like = [place.interval.start_char for place in find_places(source, source[start:end])]
    if len(like) == len(places) and start in like and places[like.index(start)] in free:
        return places[like.index(start)]
    target = item.segments[question.tgt_segment or 0].text
    share = start / max(1, len(source))
    return min(free, key=lambda place: abs(place.interval.start_char / max(1, len(target)) - share))
