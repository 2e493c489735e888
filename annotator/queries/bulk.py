"""What an act on many items would do: how many, a sample with its context, and which are refused and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, Count, Exists, F, Q, QuerySet, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotator.models import Bulk, Candidate, Decision, Item, Project, Review, User
from annotator.queries.gold import list_silver
from annotator.queries.item_filter import ItemFilter, filter_items, list_label_ids, shown_candidates
from annotator.queries.items import with_texts

N_SAMPLE = 20
N_CONTEXT = 40

REFUSALS: dict[str, str | Promise] = {
    "not-open": _("not open: not projected yet, to be settled, or done"),
    "qualification": _("serves to qualify reviewers"),
    "blind": _("blind: people decide before they see the machine"),
    "several-reviews": _("several people review it, each alone"),
    "claimed": _("somebody else is reviewing it"),
    "nothing-to-do": _("nothing in it was left to decide"),
    "not-agreed": _("too few reviewers agree"),
    "runs-differ": _("the machines do not agree"),
    "overlap": _("labels that agree overlap"),
    "in-set": _("serves to qualify reviewers already"),
    "not-in-set": _("does not serve to qualify reviewers"),
    "no-gold": _("has no gold yet"),
    "silver": _("was accepted by machines alone, which is no gold"),
}


@dataclass(frozen=True, slots=True)
class SampleSpan:
    """One proposal in its context."""

    candidate: Candidate
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What an act would do.

    Attributes:
        n_items: items that fit the filter.
        n_meant: items that it would be done on.
        refused: number of items that it would not be done on, by the code of why.
        sample: items drawn from those it would be done on, with the proposals that are meant.
    """

    n_items: int
    n_meant: int
    refused: dict[str, int]
    sample: list[tuple[Item, list[SampleSpan]]]


def list_meant(project: Project, actor: User, *, kind: str, wanted: ItemFilter, now: datetime) -> QuerySet[Item]:
    """The items that an act would be done on."""
    return _with_refusal(project, actor, kind=kind, wanted=wanted, now=now).filter(refusal="")


def _with_refusal(project: Project, actor: User, *, kind: str, wanted: ItemFilter, now: datetime) -> QuerySet[Any]:
    if kind in (Bulk.Kind.QUALIFY, Bulk.Kind.RELEASE):
        return filter_items(project, wanted).annotate(refusal=_find_refusal_of_set(kind))
    apart = [When(is_blind=True, then=Value("blind")), When(n_reviews__gt=1, then=Value("several-reviews"))]
    refusal = Case(
        When(~Q(state=Item.State.OPEN), then=Value("not-open")),
        When(is_qualification=True, then=Value("qualification")),
        *([] if kind == Bulk.Kind.ASSIGN else apart),
        When(_held_by_others(actor, now=now), then=Value("claimed")),
        default=Value(""),
        output_field=CharField(),
    )
    return filter_items(project, wanted).annotate(refusal=refusal)


def _find_refusal_of_set(kind: str) -> Case:
    if kind == Bulk.Kind.RELEASE:
        cases = [When(is_qualification=False, then=Value("not-in-set"))]
    else:
        cases = [
            When(is_qualification=True, then=Value("in-set")),
            When(~Q(state=Item.State.DONE) | Q(gold_review=None), then=Value("no-gold")),
            When(Exists(list_silver()), then=Value("silver")),
        ]
    return Case(*cases, default=Value(""), output_field=CharField())


def _held_by_others(actor: User, *, now: datetime) -> Q:
    held = Review.objects.filter(claimed_by__isnull=False, claim_expires_at__gt=now).exclude(claimed_by=actor)
    return Q(pk__in=held.values("item"))


def preview_bulk(project: Project, actor: User, *, kind: str, wanted: ItemFilter, now: datetime) -> Preview:
    """Count what an act would do, and draw a sample."""
    items = _with_refusal(project, actor, kind=kind, wanted=wanted, now=now)
    refused = count_refused(project, actor, kind=kind, wanted=wanted, now=now)
    n_meant = items.filter(refusal="").count()
    drawn = list(with_texts(items.filter(refusal="")).order_by("shuffle_key", "pk")[:N_SAMPLE])
    return Preview(
        n_items=n_meant + sum(refused.values()),
        n_meant=n_meant,
        refused=refused,
        sample=sample_items(project, drawn, wanted=wanted),
    )


def count_refused(project: Project, actor: User, *, kind: str, wanted: ItemFilter, now: datetime) -> dict[str, int]:
    """Items that fit a filter and that an act would leave alone, by the code of why."""
    items = _with_refusal(project, actor, kind=kind, wanted=wanted, now=now).exclude(refusal="")
    counts = dict(items.order_by().values_list("refusal").annotate(n=Count("pk")))
    return {code: counts[code] for code in REFUSALS if counts.get(code)}


def sample_items(project: Project, items: list[Item], *, wanted: ItemFilter) -> list[tuple[Item, list[SampleSpan]]]:
    """Items with those of their proposals that a filter by label and form means."""
    found = shown_candidates(project).filter(item__in=items)
    if wanted.label:
        found = found.filter(label__in=list_label_ids(project, wanted.label))
    if wanted.form:
        found = found.filter(Q(surface=wanted.form) | Q(source_span__surface=wanted.form))
    found = found.select_related("label", "source_span", "segment").order_by(
        F("source_span__position").asc(nulls_last=True), "start_char"
    )
    spans: dict[int, list[SampleSpan]] = {item.pk: [] for item in items}
    for candidate in found:
        spans[candidate.item_id].append(_in_context(candidate))
    return [(item, spans[item.pk]) for item in items]


def _in_context(candidate: Candidate) -> SampleSpan:
    text = candidate.segment.text if candidate.segment else ""
    if not candidate.intervals:
        return SampleSpan(candidate, "", "")
    start, end = candidate.intervals[0][0], candidate.intervals[-1][1]
    before, after = text[max(0, start - N_CONTEXT) : start], text[end : end + N_CONTEXT]
    return SampleSpan(
        candidate,
        before if start <= N_CONTEXT else f"…{before}",
        after if end + N_CONTEXT >= len(text) else f"{after}…",
    )


def list_bulks(project: Project) -> QuerySet[Bulk]:
    """Acts on many items, the newest first."""
    return Bulk.objects.filter(project=project).select_related("created_by", "job", "undo_job").defer("before")


def count_standing(bulk: Bulk) -> int:
    """Items that still bear what the act did."""
    if not bulk.changes_labels:
        return bulk.n_items
    standing = Decision.objects.filter(step=bulk.step, reversed_by__isnull=True)
    return standing.order_by().aggregate(n=Count("item", distinct=True))["n"] or 0
