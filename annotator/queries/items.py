"""Items of a project for lists, with their texts."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from annotator.models import Item, Segment, SourceSpan


def with_texts(items: QuerySet[Item]) -> QuerySet[Item]:
    """Load segments, source spans with labels, and the document: what `mapping.to_item` needs."""
    spans = SourceSpan.objects.select_related("label", "layer")
    # The document apart, too: PostgreSQL, which cannot guess how many texts hold some words, would join it row by row.
    return items.prefetch_related(
        "document",
        Prefetch("segments", queryset=Segment.objects.order_by("position")),
        Prefetch("source_spans", queryset=spans.order_by("position")),
    )
