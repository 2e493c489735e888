"""One item with everything that is known about it: texts, labels of both sides, and where each comes from."""

from __future__ import annotations

from django.db.models import F, Prefetch, QuerySet

from annotator.models import Alignment, Annotation, Candidate, Decision, Item, Project, Review, SourceSpan


def list_items_in_detail(project: Project) -> QuerySet[Item]:
    """Items with segments, source spans, candidates and links of the active run, annotations and decisions."""
    active = {"run__is_active": True, "run__project": project, "run__tgt_lang": F("item__tgt_lang")}
    candidates = Candidate.objects.filter(**active).select_related("label").order_by("source_span__position", "rank")
    annotations = Annotation.objects.select_related("label", "reason", "source_span").order_by(
        "review__number", "segment__position", "start_char", "id"
    )
    return (
        Item.objects.filter(project=project)
        .select_related("document")
        .prefetch_related(
            "segments",
            Prefetch("source_spans", SourceSpan.objects.select_related("label")),
            Prefetch("candidates", candidates),
            Prefetch("alignments", Alignment.objects.filter(**active).order_by("id")),
            Prefetch("annotations", annotations),
            Prefetch("reviews", Review.objects.select_related("reviewer").order_by("number")),
            Prefetch("decisions", list_decisions(project)),
        )
    )


def list_decisions(project: Project) -> QuerySet[Decision]:
    """Decisions with who took them, oldest first."""
    return Decision.objects.filter(project=project).select_related("actor").order_by("id")
