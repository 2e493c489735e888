"""Pairs of spans that must both survive: head and tail of a relation, trigger and argument of an event.

Projected one by one, the two ends may take the same words, or one of them none; either loses the relation (MultiTACRED,
Hennig, Thomas and Möller 2023, arXiv 2305.04582, drops 2.3 % of its instances so). Here both ends are chosen together,
and what is lost has a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from projection.types import Candidate, Relation, Span

__all__ = ["ProjectedRelation", "Relation", "check_relation", "choose_ends", "transfer_relations"]


@dataclass(frozen=True, slots=True)
class ProjectedRelation:
    """What became of a relation.

    Attributes:
        relation: the relation in the source.
        head: candidate of its head, as far as there is one.
        tail: candidate of its tail.
        score: geometric mean of both scores; 0 for a relation that is lost.
        reason: "" for one that survives, else `partner-unprojected` (one end has no target), `ends-unprojected`
            (neither has), `ends-overlap` (all candidates of the ends share words that they do not share in the source).
    """

    relation: Relation
    head: Candidate | None
    tail: Candidate | None
    score: float = 0.0
    reason: str = ""


def transfer_relations(
    relations: Sequence[Relation], spans: Mapping[str, Span], candidates: Iterable[Candidate]
) -> list[ProjectedRelation]:
    """Choose the ends of each relation together; a span that several relations share gets one target for all.

    Args:
        relations: relations between source spans.
        spans: source spans by key.
        candidates: candidates of these spans, several for each.

    Returns:
        One result for each relation, in the order given. The surest relations choose first; what they chose is the
        only candidate of their ends for the others.
    """
    options: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        if candidate.span is not None:
            options.setdefault(candidate.source_id, []).append(candidate)
    results: dict[int, ProjectedRelation] = {}
    while len(results) < len(relations):
        pending = [number for number in range(len(relations)) if number not in results]
        found = {number: choose_ends(relations[number], spans, options) for number in pending}
        best = min(pending, key=lambda number: (-found[number].score, number))
        results[best] = found[best]
        if not found[best].reason:
            for end in (found[best].head, found[best].tail):
                if end is not None:
                    options[end.source_id] = [end]
    return [results[number] for number in range(len(relations))]


def choose_ends(
    relation: Relation, spans: Mapping[str, Span], options: Mapping[str, Sequence[Candidate]]
) -> ProjectedRelation:
    """The pair of candidates with the highest product of scores among those that may stand together.

    Ends may share words where they do so in the source, or where they are one span. Ties go to the lower ranks.
    """
    heads, tails = options.get(relation.head, ()), options.get(relation.tail, ())
    if not heads or not tails:
        reason = "partner-unprojected" if heads or tails else "ends-unprojected"
        return ProjectedRelation(relation, next(iter(heads), None), next(iter(tails), None), reason=reason)
    may_overlap = relation.head == relation.tail or _overlap(spans[relation.head], spans[relation.tail])
    pairs = [
        (head, tail)
        for head, tail in product(heads, tails)
        if may_overlap or not (head.span and tail.span and _overlap(head.span, tail.span))
    ]
    if relation.head == relation.tail:
        pairs = [(head, head) for head in heads]
    if not pairs:
        return ProjectedRelation(relation, heads[0], tails[0], reason="ends-overlap")
    head, tail = min(pairs, key=lambda pair: (-pair[0].score * pair[1].score, pair[0].rank, pair[1].rank))
    return ProjectedRelation(relation, head, tail, score=round((head.score * tail.score) ** 0.5, 4))


def _overlap(one: Span, other: Span) -> bool:
    if one.segment != other.segment:
        return False
    return any(a < d and c < b for a, b in one.intervals for c, d in other.intervals)


def check_relation(text: str, heads: Sequence[Span], tails: Sequence[Span]) -> list[str]:
    """Whether the ends that somebody (a marker reader, a person, a file) gives make one whole relation.

    Args:
        text: the target text.
        heads: the spans of the role head; there must be one.
        tails: the spans of the role tail; there must be one.

    Returns:
        What is wrong, in this order: `missing-head`, `duplicate-head`, `empty-head`, `outside-head`, the same for the
        tail, and `ends-overlap`; nothing for a whole relation.
    """
    faults = [f"{fault}-{role}" for role, spans in (("head", heads), ("tail", tails)) for fault in _faults(text, spans)]
    if not faults and _overlap(heads[0], tails[0]):
        faults.append("ends-overlap")
    return faults


def _faults(text: str, spans: Sequence[Span]) -> list[str]:
    if len(spans) != 1:
        return ["duplicate" if spans else "missing"]
    (span,) = spans
    faults = []
    if not span.intervals or any(start >= end or not text[start:end].strip() for start, end in span.intervals):
        faults.append("empty")
    if any(start < 0 or end > len(text) for start, end in span.intervals):
        faults.append("outside")
    return faults
