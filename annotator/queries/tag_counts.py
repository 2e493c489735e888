"""How often a word got which tag in a project so far: what a reviewer looks at to tag alike."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet

from annotator.models import Annotation, Candidate, Item, Layer, Review, Run, User
from annotator.models.candidates import FORM_HEAD, FormHead

Counts = dict[int, int]


def count_tags_of_people(item: Item, layer: Layer, form: str, *, actor: User | None = None) -> Counts:
    """Accepted labels of a word form in the language of an item, by label.

    Args:
        actor: only those from this person's own reviews; on blind items nobody sees what others did.
    """
    accepted = Annotation.objects.filter(
        item__project=item.project_id,
        item__tgt_lang=item.tgt_lang,
        item__is_qualification=False,
        layer=layer,
        state=Annotation.State.ACCEPTED,
    ).exclude(review__kind=Review.Kind.QUALIFICATION)
    accepted = _covering(accepted, form)
    return _count(accepted.filter(review__reviewer=actor) if actor else accepted)


def count_tags_of_machine(item: Item, layer: Layer, form: str) -> Counts:
    """Best proposals for a word form in the active run of an item's language, by label."""
    run = Run.objects.filter(project=item.project_id, tgt_lang=item.tgt_lang, is_active=True).first()
    labels = list(layer.labels.values_list("pk", flat=True))
    return _count(_covering(Candidate.objects.filter(run=run, label__in=labels, rank=0), form)) if run else {}


def _covering(rows: QuerySet[Any], form: str) -> QuerySet[Any]:
    """Those that cover just these words, by an index over the beginning of the form."""
    found: QuerySet[Any] = rows.annotate(form_head=FormHead("surface")).filter(form_head=form[:FORM_HEAD])
    # Named beside its own beginning, the whole form would keep SQLite from the index; short ones are their beginning.
    return found.filter(surface=form) if len(form) >= FORM_HEAD else found


def _count(rows: QuerySet[Annotation] | QuerySet[Candidate]) -> Counts:
    return dict(rows.values_list("label").annotate(n=Count("pk")).order_by("label"))
