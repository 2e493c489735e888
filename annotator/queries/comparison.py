"""Two runs side by side: where their best candidates agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from django.db.models import Case, CharField, Count, F, FilteredRelation, Q, QuerySet, Value, When

from annotator.models import Candidate, Item, Run, SourceSpan
from annotator.queries.blindness import hidden_items

Outcome = Literal["same", "different", "only_first", "only_second", "neither"]


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """How often two runs agree on the source spans of one label (or of all)."""

    label: str
    counts: dict[Outcome, int]

    @property
    def n_spans(self) -> int:
        return sum(self.counts.values())

    @property
    def share_same(self) -> float:
        """Share (0 to 1) of the spans with a candidate in either run on which both propose the same target label."""
        n_any = self.n_spans - self.counts["neither"]
        return self.counts["same"] / n_any if n_any else 1.0

    @property
    def percent_same(self) -> int:
        """Rounded down, so that 100 means all."""
        n_any = self.n_spans - self.counts["neither"]
        return 100 * self.counts["same"] // n_any if n_any else 100


def _with_outcome(first: Run, second: Run) -> QuerySet[Any]:
    """The source spans that both runs are through with, each with its outcome."""

    def best(run: Run) -> FilteredRelation:
        return FilteredRelation("candidates", condition=Q(candidates__run=run, candidates__rank=0))

    is_same = Q(
        first__label=F("second__label"),
        first__segment=F("second__segment"),
        first__start_char=F("second__start_char"),
        first__end_char=F("second__end_char"),
        first__surface=F("second__surface"),
    )
    has_first, has_second = Q(first__segment__isnull=False), Q(second__segment__isnull=False)
    outcome = Case(
        When(~has_first & ~has_second, then=Value("neither")),
        When(~has_second, then=Value("only_first")),
        When(~has_first, then=Value("only_second")),
        When(is_same, then=Value("same")),
        default=Value("different"),
        output_field=CharField(),
    )
    spans = SourceSpan.objects.filter(item__project=first.project_id, item__tgt_lang=first.tgt_lang)
    return (
        spans.annotate(first=best(first), second=best(second))
        .filter(first__isnull=False, second__isnull=False)
        .annotate(outcome=outcome)
    )


def compare_runs(first: Run, second: Run) -> list[ComparisonRow]:
    """Agreement per label name, in alphabetical order, in one query."""
    counted = _with_outcome(first, second).order_by().values("label__name", "outcome").annotate(n=Count("pk"))
    by_label: dict[str, dict[Outcome, int]] = {}
    for row in counted:
        counts = by_label.setdefault(row["label__name"], dict.fromkeys(get_args(Outcome), 0))
        counts[row["outcome"]] += row["n"]
    return [ComparisonRow(label=label, counts=by_label[label]) for label in sorted(by_label)]


def add_up(rows: list[ComparisonRow]) -> ComparisonRow:
    """The sum of all labels."""
    names: tuple[Outcome, ...] = get_args(Outcome)
    return ComparisonRow(label="", counts={name: sum(row.counts[name] for row in rows) for name in names})


def list_differing_items(first: Run, second: Run, *, sees_all: bool) -> QuerySet[Item]:
    """Items with a source span on which two runs differ, in file order.

    Args:
        sees_all: whether blind items that are not done are included.
    """
    differing = _with_outcome(first, second).filter(outcome__in=["different", "only_first", "only_second"])
    items = Item.objects.filter(pk__in=differing.values("item_id"))
    shown = items if sees_all else items.exclude(hidden_items())
    return shown.prefetch_related("segments").order_by("position", "pk")


@dataclass(frozen=True, slots=True)
class SpanPair:
    """One source span with the best candidate of either run."""

    span: SourceSpan
    first: Candidate
    second: Candidate
    outcome: Outcome


def list_span_pairs(first: Run, second: Run, *, item_ids: list[int]) -> dict[int, list[SpanPair]]:
    """The source spans of some items with what two runs made of them, by item id, in two queries."""
    spans = _with_outcome(first, second).filter(item__in=item_ids).select_related("label").order_by("position")
    best = Candidate.objects.filter(item__in=item_ids, run__in=[first, second], rank=0).select_related("label")
    found = {(candidate.source_span_id, candidate.run_id): candidate for candidate in best}
    pairs: dict[int, list[SpanPair]] = {item_id: [] for item_id in item_ids}
    for span in spans:
        pair = SpanPair(
            span=span,
            first=found[span.pk, first.pk],
            second=found[span.pk, second.pk],
            outcome=span.outcome,
        )
        pairs[span.item_id].append(pair)
    return pairs
