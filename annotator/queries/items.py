"""Items of a project for lists: filtered, in file order, with their texts."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from annotator.models import Item, Project, Segment, SourceSpan


def list_items(project: Project, *, tgt_lang: str = "", state: str = "", text: str = "") -> QuerySet[Item]:
    """Items with segments and source spans loaded; `text` is looked for in the texts of both sides."""
    items = Item.objects.filter(project=project)
    if tgt_lang:
        items = items.filter(tgt_lang=tgt_lang)
    if state:
        items = items.filter(state=state)
    if text:
        found = Segment.objects.filter(item__project=project, text__icontains=text).values("item_id")
        items = items.filter(pk__in=found)
    return with_texts(items).order_by("tgt_lang", "position", "pk")


def with_texts(items: QuerySet[Item]) -> QuerySet[Item]:
    """Load segments, source spans with labels, and the document: what `mapping.to_item` needs."""
    spans = SourceSpan.objects.select_related("label", "layer")
    return items.select_related("document").prefetch_related(
        Prefetch("segments", queryset=Segment.objects.order_by("position")),
        Prefetch("source_spans", queryset=spans.order_by("position")),
    )
