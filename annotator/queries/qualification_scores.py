"""What people answered on qualification items against the gold: the score, and the differences in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotator import mapping
from annotator.models import Annotation, Attempt, Item, Layer, Review
from annotator.queries.marks import MARK_RELATED, describe_difference, is_alike, read_mark
from projection.measure import measure_spans, measure_tokens
from projection.measure.differences import Difference, Mark, find_differences
from projection.measure.spans import SpanLike
from projection.types import Span

Kind = Layer.Kind
Rows = Sequence[Annotation]

# What differences are called where they are counted.
FAULTS = {
    "missing": gettext_lazy("labels left out"),
    "extra": gettext_lazy("labels too many"),
    "label": gettext_lazy("another label"),
    "boundary": gettext_lazy("other boundaries"),
    "place": gettext_lazy("another place"),
    "relation": gettext_lazy("other ends of a relation"),
    "concept": gettext_lazy("another concept"),
}
_FAULT_OF = {
    "only-first": "missing",
    "only-second": "extra",
    "label": "label",
    "segment": "place",
    "elsewhere": "place",
    "ends-of-relation": "relation",
    "concept": "concept",
}


@dataclass(frozen=True, slots=True)
class Pair:
    """A label of the gold and what the person made of it; one of them may be missing."""

    gold: Annotation | None
    given: Annotation | None

    @property
    def differences(self) -> list[Difference]:
        """What the person has otherwise."""
        row = self.given or self.gold
        tokens = row.segment.tokens if row is not None else ()
        return find_differences(_mark(self.gold), _mark(self.given), tokens=tokens)

    @property
    def name(self) -> str:
        """What it is about: the words of the source, else those of the target."""
        rows = [row for row in (self.gold, self.given) if row is not None]
        source = next((row.source_span for row in rows if row.source_span is not None), None)
        first = rows[0]
        if first.layer.kind == Kind.CLASS:
            return first.layer.name
        if first.layer.kind == Kind.RELATION:
            ends = [end.surface if end else "?" for end in (first.head, first.tail)]
            return f"{ends[0]} → {ends[1]}"
        return source.surface if source is not None else first.surface

    @property
    def words(self) -> list[str]:
        """The differences in words, said of what the person has."""
        return [_describe(each) for each in self.differences]


def _mark(row: Annotation | None) -> Mark | None:
    return read_mark(row) if row is not None else None


def _describe(difference: Difference) -> str:
    if difference.kind == "only-first":
        return _("only in the gold")
    if difference.kind == "only-second":
        return _("not in the gold")
    if difference.kind == "label":
        gold, given = difference.values
        return _("%(given)s, in the gold %(gold)s") % {"given": given, "gold": gold}
    return describe_difference(difference, first="", second="")


def pair_item(item: Item, given: Review) -> list[Pair]:
    """The labels of the gold of an item and of another review: by source span, else by layer and place."""
    rows = _load([item.gold_review_id or 0, given.pk])
    return _pair(rows[item.gold_review_id or 0], rows[given.pk])


def _load(review_ids: Iterable[int]) -> dict[int, list[Annotation]]:
    found: dict[int, list[Annotation]] = {review_id: [] for review_id in review_ids}
    accepted = Annotation.objects.filter(review__in=found, state=Annotation.State.ACCEPTED)
    for row in accepted.select_related(*MARK_RELATED).order_by("segment__position", "start_char", "end_char", "pk"):
        found[row.review_id].append(row)
    return found


def _pair(gold: Rows, given: Rows) -> list[Pair]:
    pairs: list[Pair] = []
    free = list(given)
    for is_match in (_is_same, _is_of_same_source, is_alike):
        paired = {id(pair.gold) for pair in pairs}
        for row in gold:
            other = next((each for each in free if id(row) not in paired and is_match(row, each)), None)
            if other is not None:
                pairs.append(Pair(row, other))
                free.remove(other)
    paired = {id(pair.gold) for pair in pairs}
    pairs += [Pair(row, None) for row in gold if id(row) not in paired]
    return pairs + [Pair(None, row) for row in free]


def _is_same(one: Annotation, two: Annotation) -> bool:
    return one.layer_id == two.layer_id and read_mark(one) == read_mark(two)


def _is_of_same_source(one: Annotation, two: Annotation) -> bool:
    return one.source_span_id is not None and one.source_span_id == two.source_span_id


# ------------------------------------------------------------------------------------------------------------ figures


def score_attempt(attempt: Attempt, items: Sequence[Item]) -> dict[str, Any]:
    """Figures of an attempt over items that are all decided in it; see `Attempt.figures`, and `read_score`.

    Spans and relations: strict F1, micro-averaged. Token tags and classes: accuracy over the words (texts) that bear a
    tag (class) on either side; where a text may have several classes, all must be the same.
    """
    reviews = {row.item_id: row.pk for row in Review.objects.filter(attempt=attempt, item__in=items)}
    gold_ids = [item.gold_review_id or 0 for item in items]
    rows = _load([*gold_ids, *reviews.values()])
    sides = [(rows[item.gold_review_id or 0], rows[reviews[item.pk]]) for item in items]
    kinds = {
        "span": _score_spans(sides),
        "token": _score_tags(sides, Kind.TOKEN),
        "class": _score_tags(sides, Kind.CLASS),
    }
    faults = Counter(
        _FAULT_OF.get(each.kind, "boundary")
        for gold, given in sides
        for pair in _pair(gold, given)
        for each in pair.differences
    )
    return {
        "n_items": len(items),
        "kinds": {name: found for name, found in kinds.items() if found["n_gold"] or found["n_given"]},
        "faults": dict(faults.most_common()),
    }


def read_score(figures: dict[str, Any]) -> float:
    """The score in percent: the lowest of the figures, so that nothing makes up for what somebody cannot do.

    100 where neither side has any label.
    """
    return min((each["percent"] for each in figures["kinds"].values()), default=100.0)


def _score_spans(sides: Sequence[tuple[Rows, Rows]]) -> dict[str, Any]:
    gold = [[_as_span(row) for row in _of_kinds(one, Kind.SPAN, Kind.RELATION)] for one, _two in sides]
    given = [[_as_span(row) for row in _of_kinds(two, Kind.SPAN, Kind.RELATION)] for _one, two in sides]
    strict = measure_spans(gold, given).strict
    return {"percent": strict.f1, "n_gold": strict.n_gold, "n_given": strict.n_predicted}


def _of_kinds(rows: Rows, *kinds: Kind) -> list[Annotation]:
    return [row for row in rows if row.layer.kind in kinds]


def _as_span(row: Annotation) -> SpanLike:
    mark = read_mark(row)
    if row.layer.kind == Kind.RELATION:
        # It has no place of its own: label and ends tell it from others.
        return f"{row.layer_id} {mark.label} {mark.ends}", 0, 1
    label = f"{row.layer_id} {mark.label} {mark.concept}"
    return Span(label, mapping.to_intervals(row.intervals), segment=mark.segment, layer=row.layer.name)


def _score_tags(sides: Sequence[tuple[Rows, Rows]], kind: Kind) -> dict[str, Any]:
    gold, given = [], []
    n_gold = n_given = 0
    for one, two in sides:
        right, judged = _by_place(one, kind), _by_place(two, kind)
        places = sorted({*right, *judged})
        n_gold, n_given = n_gold + len(right), n_given + len(judged)
        # A place without a label on one side is a difference too, so "" stands for a tag of its own.
        gold.append([right.get(place, "") for place in places])
        given.append([judged.get(place, "") for place in places])
    return {"percent": measure_tokens(gold, given).accuracy, "n_gold": n_gold, "n_given": n_given}


def _by_place(rows: Rows, kind: Kind) -> dict[tuple[int, int, int], str]:
    """The labels of a kind at each place, several joined."""
    found: dict[tuple[int, int, int], list[str]] = {}
    for row in _of_kinds(rows, kind):
        found.setdefault((row.layer_id, row.segment_id, row.start_char or 0), []).append(row.label.name)
    return {place: "\n".join(sorted(names)) for place, names in found.items()}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person is told after a qualification item.

    Attributes:
        attempt: as it stands now.
        item: what was decided on.
        pairs: the labels on which the person differs from the gold; None where the project shows none.
        n_labels: labels of the gold, and those too many.
    """

    attempt: Attempt
    item: Item
    pairs: list[Pair] | None
    n_labels: int

    @property
    def is_over(self) -> bool:
        return self.attempt.state != Attempt.State.OPEN

    @property
    def n_right(self) -> int:
        return self.n_labels - len(self.pairs or ())

    @property
    def faults(self) -> list[tuple[str, int]]:
        return list_faults(self.attempt)


def read_answer(*, item_id: int, attempt_id: int) -> Answer:
    """What the decisions of a person on an item came to, to be told once all its labels are decided."""
    attempt = Attempt.objects.select_related("project").get(pk=attempt_id)
    review = attempt.reviews.select_related("item").get(item=item_id)
    is_told = attempt.project.shows_gold and review.item.gold_review_id is not None
    is_told = is_told and review.state == Review.State.DONE
    pairs = pair_item(review.item, review) if is_told else []
    differing = [pair for pair in pairs if pair.differences]
    return Answer(attempt, review.item, differing if is_told else None, len(pairs))


def list_faults(attempt: Attempt) -> list[tuple[str, int]]:
    """What differed in an attempt, in words with counts, the most frequent first."""
    faults = attempt.figures.get("faults", {})
    return [(str(FAULTS[code]), n) for code, n in sorted(faults.items(), key=lambda row: -row[1])]
