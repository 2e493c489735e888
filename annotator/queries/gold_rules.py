"""Rules by which labels become gold without a look at each: what they would take, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from annotator.models import Annotation, Candidate, Item, Job, Project, Review, Run
from annotator.queries.adjudication import Sheet, list_to_settle, read_sheets
from annotator.queries.item_filter import HIDDEN
from projection.measure.calibration import wilson_interval

# How many items a preview looks at.
MAX_LOOKED_AT = 2000
CHUNK_ITEMS = 200


@dataclass(frozen=True, slots=True)
class AgreedPreview:
    """What the rule "so many reviewers agree" would settle.

    Attributes:
        n_items: items that would be settled, of those looked at.
        n_looked_at: items to be settled that were looked at.
        n_waiting: all items to be settled.
        sample: some that would be settled.
    """

    n_items: int
    n_looked_at: int
    n_waiting: int
    sample: list[Sheet]


def preview_agreed(project: Project, *, n_agreeing: int, tgt_lang: str = "", n_sample: int = 20) -> AgreedPreview:
    """Which items have, for each of their labels, so many reviewers of one opinion."""
    items = list_agreeable(project, tgt_lang=tgt_lang)
    ids = list(items.values_list("pk", flat=True)[:MAX_LOOKED_AT])
    n_items = 0
    sample: list[Sheet] = []
    for start in range(0, len(ids), CHUNK_ITEMS):
        sheets = read_sheets(project, ids[start : start + CHUNK_ITEMS])
        fitting = [sheet for sheet in sheets if is_agreed(sheet, n_agreeing)]
        n_items += len(fitting)
        sample += fitting[: n_sample - len(sample)]
    return AgreedPreview(n_items, len(ids), items.count(), sample)


def list_agreeable(project: Project, *, tgt_lang: str = "") -> QuerySet[Item]:
    """Items on which reviewers differ, without those that somebody has flagged."""
    return (
        list_to_settle(project, tgt_lang=tgt_lang)
        .filter(state=Item.State.REVIEWED)
        .exclude(flags__closed_at=None, flags__isnull=False)
    )


def is_agreed(sheet: Sheet, n_agreeing: int) -> bool:
    """Whether so many reviewers are of one opinion on every label of an item."""
    return bool(sheet.units) and all(unit.most_alike[1] >= n_agreeing and not unit.flags for unit in sheet.units)


@dataclass(frozen=True, slots=True)
class Audit:
    """How often people left unanimous proposals as they were, in the random share of the queue."""

    n_items: int
    n_right: int

    @property
    def percent(self) -> float:
        return 100 * self.n_right / self.n_items if self.n_items else 0.0

    @property
    def bounds(self) -> tuple[float, float]:
        """Wilson interval at 95 %, in percent."""
        low, high = wilson_interval(self.n_right, self.n_items)
        return 100 * low, 100 * high


@dataclass(frozen=True, slots=True)
class UnanimousPreview:
    """What the rule "the machines agree" would accept, and what speaks for it."""

    n_items: int
    n_looked_at: int
    n_waiting: int
    n_runs: int
    audit: Audit
    sample: list[Item]


def preview_unanimous(project: Project, *, tgt_lang: str, n_sample: int = 20) -> UnanimousPreview:
    """Which open items have the same proposals in all finished runs of a language, and how right such ones are."""
    runs = list_voting_runs(project, tgt_lang)
    items = list_unclaimed(project, tgt_lang=tgt_lang)
    ids = list(items.values_list("pk", flat=True)[:MAX_LOOKED_AT])
    unanimous = find_unanimous(runs, ids) if len(runs) > 1 else set()
    fitting = [item_id for item_id in ids if item_id in unanimous]
    sample = Item.objects.filter(pk__in=fitting[:n_sample]).prefetch_related("segments").order_by("position", "pk")
    audit = audit_unanimous(project, tgt_lang=tgt_lang, runs=runs)
    return UnanimousPreview(len(fitting), len(ids), items.count(), len(runs), audit, list(sample))


def list_voting_runs(project: Project, tgt_lang: str) -> list[Run]:
    """The finished runs of a language."""
    return list(Run.objects.filter(project=project, tgt_lang=tgt_lang, job__state=Job.State.DONE).order_by("pk"))


def list_unclaimed(project: Project, *, tgt_lang: str) -> QuerySet[Item]:
    """Open items that one person reviews and nobody has begun."""
    begun = Review.objects.filter(item__project=project, version__gt=0)
    items = Item.objects.filter(
        project=project, tgt_lang=tgt_lang, state=Item.State.OPEN, n_reviews=1, is_qualification=False
    )
    return items.exclude(HIDDEN).exclude(pk__in=begun.values("item")).order_by("position", "pk")


def find_unanimous(runs: Sequence[Run], item_ids: Sequence[int]) -> set[int]:
    """Items in which every run found every source span, with the same label at the same place, and gave tags to the
    same words without a source."""
    votes: dict[int, dict[object, list[object]]] = {}
    for start in range(0, len(item_ids), CHUNK_ITEMS):
        chunk = item_ids[start : start + CHUNK_ITEMS]
        rows = Candidate.objects.filter(run__in=runs, item__in=chunk, rank=0).select_related("label")
        for row in rows.only("item_id", "source_span_id", "label__layer_id", "segment_id", "intervals", "is_relation"):
            found = None if row.segment_id is None else (row.label_id, row.segment_id, str(row.intervals))
            about = row.source_span_id or (row.label.layer_id, row.segment_id, str(row.intervals))
            votes.setdefault(row.item_id, {}).setdefault(about, []).append(found)
    n_spans = dict(
        Item.objects.filter(pk__in=list(votes)).order_by().values_list("pk").annotate(n=Count("source_spans"))
    )
    return {
        item_id
        for item_id, by_label in votes.items()
        if sum(isinstance(about, int) for about in by_label) == n_spans[item_id]
        and all(len(found) == len(runs) and {*found} == {found[0]} - {None} for found in by_label.values())
    }


def audit_unanimous(project: Project, *, tgt_lang: str, runs: Sequence[Run]) -> Audit:
    """People's decisions on unanimous items of the random share: right is an item that they left as proposed."""
    items = Item.objects.filter(
        project=project, tgt_lang=tgt_lang, drawn_by="random", state=Item.State.DONE, is_qualification=False
    )
    by_people = items.exclude(gold_review__decisions__cause__has_key="bulk")
    ids = list(by_people.values_list("pk", flat=True)[:MAX_LOOKED_AT])
    unanimous = find_unanimous(runs, ids) if len(runs) > 1 else set()
    rows = Annotation.objects.filter(review__gold_of__in=unanimous).exclude(state=Annotation.State.WITHDRAWN)
    changed = {row.item_id for row in rows.select_related("candidate") if not _is_unchanged(row)}
    return Audit(len(unanimous), len(unanimous - changed))


def _is_unchanged(row: Annotation) -> bool:
    if row.candidate is None or row.state != Annotation.State.ACCEPTED:
        return False
    proposed = (row.candidate.label_id, row.candidate.segment_id, row.candidate.intervals)
    return proposed == (row.label_id, row.segment_id, row.intervals)
