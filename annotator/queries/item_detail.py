"""One item with everything that is known about it: texts, labels of both sides, and where each comes from."""

from __future__ import annotations

from django.db.models import F, Prefetch, Q, QuerySet

from annotator.models import Alignment, Annotation, Candidate, Decision, Item, Project, Review, SourceSpan, User
from annotator.queries.blindness import is_shown_item, is_shown_work


def list_items_in_detail(project: Project, *, reader: User, sees_all: bool) -> QuerySet[Item]:
    """Items with segments, source spans, candidates and links of the active run, annotations and decisions.

    Args:
        sees_all: whether machines on blind items, and the work of others on items that several review, are included.
    """
    machines = Q() if sees_all else is_shown_item("item")
    work = Q() if sees_all else is_shown_work(reader.pk, review="review__reviewer")
    reviews = Q() if sees_all else is_shown_work(reader.pk, review="reviewer")
    settled = Q() if sees_all else is_shown_item("item") | ~Q(state=Annotation.State.UNDECIDED)
    active = {"run__is_active": True, "run__project": project, "run__tgt_lang": F("item__tgt_lang")}
    candidates = (
        Candidate.objects.filter(machines, **active).select_related("label").order_by("source_span__position", "rank")
    )
    annotations = (
        Annotation.objects.filter(work, settled)
        .select_related("label", "reason", "source_span")
        .order_by("review__number", "segment__position", "start_char", "id")
    )
    return (
        Item.objects.filter(project=project)
        .select_related("document")
        .prefetch_related(
            "segments",
            Prefetch("source_spans", SourceSpan.objects.select_related("label")),
            Prefetch("candidates", candidates),
            Prefetch("alignments", Alignment.objects.filter(machines, **active).order_by("id")),
            Prefetch("annotations", annotations),
            Prefetch("reviews", Review.objects.filter(reviews).select_related("reviewer").order_by("number")),
            Prefetch("decisions", list_decisions(project, reader=reader, sees_all=sees_all)),
        )
    )


def list_decisions(project: Project, *, reader: User, sees_all: bool) -> QuerySet[Decision]:
    """Decisions with who took them, oldest first; see `list_items_in_detail`."""
    rows = Decision.objects.filter(project=project)
    if not sees_all:
        is_settled = Q(annotation__isnull=True) | ~Q(annotation__state=Annotation.State.UNDECIDED)
        rows = rows.filter(is_shown_work(reader.pk, review="review__reviewer"), is_shown_item("item") | is_settled)
    return rows.select_related("actor").order_by("id")
