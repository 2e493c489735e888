"""What a curator settles: the answers of the reviewers and of the machine side by side, and in what they differ."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from annotator.models import Annotation, Decision, Flag, Item, Layer, Project, Review, Segment, SourceSpan
from annotator.queries.item_filter import shown_candidates
from annotator.queries.marks import MARK_RELATED, Labelled, describe_difference, is_alike, read_mark
from projection.measure.differences import Mark, find_differences

MACHINE = "M"
N_CONTEXT = 32


@dataclass(frozen=True, slots=True)
class Column:
    """Whose answers stand in a column. Names are letters where the project hides them."""

    key: str
    name: str
    review: Review | None = None


@dataclass(slots=True)
class Side:
    """The answer of one column to one unit.

    Attributes:
        state: accepted, rejected, undecided, or absent.
        row: the annotation or candidate; None where there is none.
        mark: what is compared; None where the label is not there.
        words: in what it differs from the first column.
    """

    key: str
    name: str
    state: str
    row: Labelled | None = None
    mark: Mark | None = None
    words: list[str] = field(default_factory=list)
    before: str = ""
    after: str = ""

    @property
    def is_placed(self) -> bool:
        return bool(self.mark and self.mark.intervals)


@dataclass(slots=True)
class Unit:
    """A source span, or labels that people added at about the same place, with the answer of each column."""

    ref: str
    layer: Layer
    source_span: SourceSpan | None
    sides: list[Side]
    flags: list[Flag] = field(default_factory=list)
    settled: Side | None = None
    cause: dict[str, object] = field(default_factory=dict)

    @property
    def reviewed(self) -> list[Side]:
        return [side for side in self.sides if side.key != MACHINE]

    @property
    def is_agreed(self) -> bool:
        """Whether all reviewers have decided, and alike, and nobody has flagged it."""
        decided = [side for side in self.reviewed if side.state != Annotation.State.UNDECIDED]
        is_alike = len({_content(side) for side in decided}) == 1
        return bool(decided) and len(decided) == len(self.reviewed) and is_alike and not self.flags

    @property
    def most_alike(self) -> tuple[Side, int]:
        """The answer that most reviewers gave, and how many did; the first of several."""
        counts = Counter(_content(side) for side in self.reviewed if side.state != Annotation.State.UNDECIDED)
        if not counts:
            return self.sides[0], 0
        content, n = counts.most_common(1)[0]
        return next(side for side in self.reviewed if _content(side) == content), n

    @property
    def chosen(self) -> str:
        """The column whose answer stands now, or would stand without a choice; "" where one has to be made."""
        if self.settled is not None:
            return next((side.key for side in self.sides if _content(side) == _content(self.settled)), "")
        return self.sides[0].key if self.is_agreed else ""

    def find(self, key: str) -> Side | None:
        """The answer of a column."""
        return next((side for side in self.sides if side.key == key), None)


@dataclass(slots=True)
class Sheet:
    """An item as a curator settles it."""

    item: Item
    columns: list[Column]
    units: list[Unit]
    adjudication: Review | None
    seen: str

    @property
    def is_settled(self) -> bool:
        return self.adjudication is not None and self.adjudication.state == Review.State.DONE

    @property
    def n_open(self) -> int:
        return sum(not unit.is_agreed for unit in self.units)


def list_to_settle(project: Project, *, tgt_lang: str = "") -> QuerySet[Item]:
    """Items on which reviewers differ, and items with an open flag, by language and in file order."""
    flagged = Flag.objects.filter(item=OuterRef("pk"), closed_at=None)
    items = Item.objects.filter(Q(state=Item.State.REVIEWED) | Q(Exists(flagged), state__in=_FLAGGABLE))
    items = items.filter(project=project, is_qualification=False)
    if tgt_lang:
        items = items.filter(tgt_lang=tgt_lang)
    return items.order_by("tgt_lang", "position", "pk")


_FLAGGABLE = [Item.State.OPEN, Item.State.REVIEWED]


def list_settled(project: Project) -> QuerySet[Item]:
    """Items that curators have settled, the latest first."""
    settled = Review.objects.filter(kind=Review.Kind.ADJUDICATION, state=Review.State.DONE)
    items = Item.objects.filter(project=project, pk__in=settled.filter(item__project=project).values("item"))
    finished_at = settled.filter(item=OuterRef("pk")).values("finished_at")[:1]
    return items.annotate(settled_at=Subquery(finished_at)).order_by("-settled_at", "-pk")


def find_next(project: Project, *, after: Item | None = None, tgt_lang: str = "") -> Item | None:
    """The item to be settled after another one; the first one after the last."""
    items = list_to_settle(project, tgt_lang=tgt_lang)
    if after is not None:
        place = (after.tgt_lang, after.position, after.pk)
        later = Q(tgt_lang__gt=place[0]) | Q(tgt_lang=place[0], position__gt=place[1])
        later |= Q(tgt_lang=place[0], position=place[1], pk__gt=place[2])
        found = items.exclude(pk=after.pk).filter(later).first()
        if found is not None:
            return found
        items = items.exclude(pk=after.pk)
    return items.first()


def read_sheet(project: Project, item_id: int) -> Sheet | None:
    """An item with the answers of all columns; None where there is no such item."""
    return next(iter(read_sheets(project, [item_id])), None)


def read_sheets(project: Project, item_ids: Sequence[int]) -> list[Sheet]:
    """Several items, in a number of queries that does not depend on how many."""
    annotations = Annotation.objects.exclude(state=Annotation.State.WITHDRAWN).select_related(*MARK_RELATED)
    reviews = Review.objects.exclude(kind=Review.Kind.QUALIFICATION).select_related("reviewer").order_by("number")
    flags = Flag.objects.filter(closed_at=None).select_related("raised_by", "reason")
    decisions = Decision.objects.filter(review__kind=Review.Kind.ADJUDICATION, reversed_by=None).exclude(cause={})
    spans = SourceSpan.objects.select_related("label", "layer", "segment", "head", "tail").order_by("position")
    machine = shown_candidates(project).filter(source_span__isnull=False)
    items = (
        Item.objects.filter(project=project, pk__in=item_ids)
        .select_related("document")
        .prefetch_related(
            Prefetch("segments", Segment.objects.order_by("position")),
            Prefetch("source_spans", spans),
            Prefetch("candidates", machine.select_related("label", "segment", "source_span", "concept", "run")),
            Prefetch("reviews", reviews.prefetch_related(Prefetch("annotations", annotations))),
            Prefetch("flags", flags),
            Prefetch("decisions", decisions.order_by("id")),
        )
    )
    by_id = {item.pk: item for item in items}
    return [_Reader(project, by_id[item_id]).read() for item_id in item_ids if item_id in by_id]


class _Reader:
    """Puts the loaded rows of one item side by side."""

    def __init__(self, project: Project, item: Item) -> None:
        self.project = project
        self.item = item
        reviews = list(item.reviews.all())
        self.reviews = [each for each in reviews if each.kind == Review.Kind.REVIEW and each.version]
        self.adjudication = next((each for each in reviews if each.kind == Review.Kind.ADJUDICATION), None)
        self.candidates = {row.source_span_id: row for row in item.candidates.all()}
        self.columns = [*self._list_reviewers(), Column(MACHINE, _("Machine"))]

    def _list_reviewers(self) -> list[Column]:
        reviews = list(self.reviews)
        if not self.project.hides_names:
            return [Column(str(at), str(row.reviewer), row) for at, row in enumerate(reviews, start=1)]
        # Another order in each item, but always the same in one: letters tell nothing across items.
        random.Random(f"{self.project.seed}:{self.item.pk}").shuffle(reviews)
        return [Column(str(at), chr(64 + at), row) for at, row in enumerate(reviews, start=1)]

    def read(self) -> Sheet:
        units = [self._span_unit(span) for span in self.item.source_spans.all()]
        units += [self._added_unit(group) for group in self._group_added()]
        for unit in units:
            self._describe(unit)
        # A review without decisions says nothing; that of the curator is made when the item is opened for writing.
        seen = ",".join(f"{row.pk}:{row.version}" for row in self.item.reviews.all() if row.version)
        return Sheet(self.item, self.columns, units, self.adjudication, seen)

    def _span_unit(self, span: SourceSpan) -> Unit:
        sides = []
        for column in self.columns:
            if column.review is None:
                sides.append(_side(column, self.candidates.get(span.pk)))
                continue
            rows = [row for row in column.review.annotations.all() if row.source_span_id == span.pk]
            # A review that has not come to a span yet says nothing about it.
            sides.append(_side(column, rows[0] if rows else None, absent=Annotation.State.UNDECIDED))
        unit = Unit(f"s{span.pk}", span.layer, span, sides)
        unit.flags = [flag for flag in self.item.flags.all() if flag.source_span_id == span.pk]
        return self._with_settled(unit, [row for row in self._settled_rows() if row.source_span_id == span.pk])

    def _settled_rows(self) -> list[Annotation]:
        return list(self.adjudication.annotations.all()) if self.adjudication else []

    def _group_added(self) -> list[dict[str, Annotation]]:
        """Labels that reviewers added, those of several reviewers at about the same place together."""
        groups: list[dict[str, Annotation]] = []
        for column in self.columns:
            for row in column.review.annotations.all() if column.review else ():
                if row.source_span_id or row.state != Annotation.State.ACCEPTED:
                    continue
                fitting = (group for group in groups if column.key not in group and is_alike(_first(group), row))
                group = next(fitting, None)
                if group is None:
                    group = {}
                    groups.append(group)
                group[column.key] = row
        return groups

    def _added_unit(self, group: dict[str, Annotation]) -> Unit:
        first = _first(group)
        sides = [_side(column, group.get(column.key)) for column in self.columns]
        unit = Unit(f"a{first.pk}", first.layer, None, sides)
        ids = {row.pk for row in group.values()}
        unit.flags = [flag for flag in self.item.flags.all() if flag.annotation_id in ids]
        rows = [row for row in self._settled_rows() if not row.source_span_id and is_alike(_first(group), row)]
        return self._with_settled(unit, rows)

    def _with_settled(self, unit: Unit, rows: Sequence[Annotation]) -> Unit:
        decided = [row for row in rows if row.state in (Annotation.State.ACCEPTED, Annotation.State.REJECTED)]
        is_done = self.adjudication is not None and self.adjudication.state == Review.State.DONE
        if not decided and not (is_done and unit.source_span is None):
            return unit
        unit.settled = _side(Column("", ""), decided[0] if decided else None)
        ids = {row.pk for row in rows}
        for decision in self.item.decisions.all():
            if decision.annotation_id in ids:
                unit.cause = decision.cause
        return unit

    def _describe(self, unit: Unit) -> None:
        first = unit.sides[0]
        for side in unit.sides:
            side.before, side.after = _context(side)
            if side is first or Annotation.State.UNDECIDED in (side.state, first.state):
                continue
            tokens = side.row.segment.tokens if side.row is not None and side.row.segment else ()
            found = find_differences(first.mark, side.mark, tokens=tokens)
            side.words = [describe_difference(each, first=first.name, second=side.name) for each in found]


def _side(column: Column, row: Labelled | None, *, absent: str = "absent") -> Side:
    if row is None:
        return Side(column.key, column.name, absent)
    if isinstance(row, Annotation):
        state = str(row.state)
        mark = read_mark(row) if state == Annotation.State.ACCEPTED else None
        return Side(column.key, column.name, state, row, mark)
    is_found = row.segment_id is not None
    return Side(
        column.key, column.name, "accepted" if is_found else "rejected", row, read_mark(row) if is_found else None
    )


def _first(group: dict[str, Annotation]) -> Annotation:
    return next(iter(group.values()))


def _content(side: Side) -> Hashable:
    return side.mark


def _context(side: Side) -> tuple[str, str]:
    if side.row is None or side.mark is None or not side.mark.intervals or side.row.segment is None:
        return "", ""
    text, (start, end) = side.row.segment.text, (side.mark.intervals[0][0], side.mark.intervals[-1][1])
    before, after = text[max(0, start - N_CONTEXT) : start], text[end : end + N_CONTEXT]
    return (f"…{before}" if start > N_CONTEXT else before), (f"{after}…" if end + N_CONTEXT < len(text) else after)


def list_gaps(project: Project) -> QuerySet[Decision]:
    """Decisions of curators that name a gap in the guidelines, the latest first."""
    found = Decision.objects.filter(project=project, cause__is_guideline_gap=True, reversed_by__isnull=True)
    found = found.exclude(kind__in=[Decision.Kind.UNDO, Decision.Kind.REDO])
    return found.select_related("item", "actor", "annotation__label", "annotation__source_span").order_by("-id")


def count_settling(project: Project) -> dict[str, int]:
    """How much there is to settle, how much is settled."""
    differing = Item.objects.filter(project=project, state=Item.State.REVIEWED, is_qualification=False)
    flags = Flag.objects.filter(project=project, closed_at=None).count()
    return {
        "n_differing": differing.count(),
        "n_flags": flags,
        "n_settled": list_settled(project).count(),
        "n_gaps": list_gaps(project).count(),
    }
