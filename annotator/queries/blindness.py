"""What is kept from people while they decide apart or blind: labels and figures of machines, the work of others.

On the review screen a span of a blind item shows its place and nothing else of the machine until the person has decided
on it. Lists, comparisons and the API keep machines to themselves until the item is done, whoever reviews; only curators
and managers see them there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Q

from annotator.models import Annotation, Decision, Item, Review

Json = dict[str, Any]
Kind = Decision.Kind

# A qualification item is done, but those who are asked it decide as on real work.
_HIDDEN = Q(is_blind=True) & (~Q(state=Item.State.DONE) | Q(is_qualification=True))


def hidden_items() -> Q:
    """Of items: those of which no machine's figure or label may be shown."""
    return _HIDDEN


def is_shown_item(prefix: str) -> Q:
    """Of rows that point to an item: that what machines say of it may be shown."""
    is_done = Q(**{f"{prefix}__state": Item.State.DONE, f"{prefix}__is_qualification": False})
    return Q(**{f"{prefix}__is_blind": False}) | is_done


def is_told() -> Q:
    """Of rows that point to an item: that what people made of it may be told, because nobody decides on it apart.

    The gold of a qualification item is not: people are asked for it.
    """
    is_together = Q(item__is_blind=False, item__n_reviews=1) | Q(item__state=Item.State.DONE)
    return Q(item__is_qualification=False) & is_together


def is_shown_work(reader_id: int, *, review: str) -> Q:
    """Of annotations, decisions and reviews: one's own, or of an item that nobody decides on apart any more.

    What a person has not settled yet of a blind item still bears the label of the machine. Qualifications are shown to
    those only who took them.

    Args:
        review: path to the reviewer.
    """
    kind = review.removesuffix("reviewer") + "kind"
    return (is_told() & ~Q(**{kind: Review.Kind.QUALIFICATION})) | Q(**{review: reader_id})


def chosen_labels(annotations: Iterable[Annotation]) -> set[Any]:
    """Ids of those undecided annotations whose label a person has set, not a machine."""
    ids = [row.pk for row in annotations if row.state == Annotation.State.UNDECIDED]
    if not ids:
        return set()
    is_relabelled = Q(kind=Kind.RELABEL) | Q(kind=Kind.REDO, reverses__reverses__kind=Kind.RELABEL)
    rows = Decision.objects.filter(is_relabelled, annotation__in=ids, reversed_by__isnull=True)
    return set(rows.values_list("annotation_id", flat=True))


def hide_machines(data: Json, *, chosen: Collection[int | str]) -> None:
    """Take out of a blind item what a machine says about spans that are not decided.

    Args:
        chosen: source spans, and annotations without one, whose label the person has set.
    """
    for span in data["spans"]:
        is_added = span["source_span"] is None and not span["is_proposed"]
        if span["state"] != Annotation.State.UNDECIDED or is_added:
            continue
        span.update(machine=None, others=[], votes=[], concept=None)
        if (span["source_span"] or span["annotation"]) not in chosen:
            span["label"] = None
    for links in data["links"]:
        links["links"] = [[source, target, 1.0] for source, target, *_ in links["links"]]
