"""Tags that a machine proposes for target words without a tag in the source, before anybody has decided on them.

They have no source span that names them. Each is named by the id that its annotation gets with the first decision: it
follows from the place and the person, so that the page and the server mean the same tag, whatever run proposed it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from django.db.models import Exists, F, OuterRef, QuerySet

from annotator.models import Annotation, Candidate, Item, Review

# Any constant will do; another one would give other ids to tags that are shown at that moment.
_NAMESPACE = uuid.UUID("6f0c1c2e-5d0e-4c6b-9a53-0f7b7a0c6a21")

Proposals = dict[uuid.UUID, list[Candidate]]


def list_proposed_tags(
    item: Item,
    candidates: Iterable[Candidate],
    *,
    actor_id: int,
    review: Review | None,
    annotations: Sequence[Annotation],
    attempt: int = 0,
) -> Proposals:
    """Tags without a source span that wait for a person's decision, by the id of their annotation to be.

    Args:
        candidates: of the active run, with their labels; for each token the best first.
        review: the one that the person's decisions go to; None where it has not begun.
        annotations: of that review. A token with a tag of the layer, also a rejected one, takes no other proposal.
        attempt: of a qualification, its number; each decides on tags of its own.
    """
    if not _is_asked(item, review, is_qualification=bool(attempt)):
        return {}
    found: Proposals = {}
    for candidate in candidates:
        if candidate.source_span_id or not candidate.intervals:
            continue
        if any(_is_at(annotation, candidate) for annotation in annotations):
            continue
        found.setdefault(_name(item.pk, actor_id, candidate, attempt=attempt), []).append(candidate)
    return found


def list_open_tags(items: QuerySet[Item] | Sequence[int], *, labels: Sequence[str] = ()) -> QuerySet[Candidate]:
    """The best proposals of open items for words without a source, where no tag of the layer stands yet.

    Args:
        labels: only tags of these names; all when empty.
    """
    tags = Annotation.objects.filter(
        segment=OuterRef("segment"),
        layer=OuterRef("label__layer"),
        start_char__lt=OuterRef("end_char"),
        end_char__gt=OuterRef("start_char"),
    ).exclude(state=Annotation.State.WITHDRAWN)
    shown = Candidate.objects.filter(
        ~Exists(tags),
        item__in=items,
        item__state=Item.State.OPEN,
        run__is_active=True,
        run__tgt_lang=F("item__tgt_lang"),
        source_span=None,
        rank=0,
        version=F("segment__version"),
    )
    return shown.filter(label__name__in=labels) if labels else shown


def _is_asked(item: Item, review: Review | None, *, is_qualification: bool) -> bool:
    """Proposals are for reviews that go on: what came with a later run opens nothing again, and curators settle what
    reviewers made."""
    if review is None:
        return is_qualification or item.state == Item.State.OPEN
    return review.kind != Review.Kind.ADJUDICATION and review.state == Review.State.OPEN


def _is_at(annotation: Annotation, candidate: Candidate) -> bool:
    is_same_layer = annotation.layer_id == candidate.label.layer_id and annotation.segment_id == candidate.segment_id
    return (
        is_same_layer
        and annotation.state != Annotation.State.WITHDRAWN
        and any(start < to and since < end for start, end in annotation.intervals for since, to in candidate.intervals)
    )


def _name(item_id: int, actor_id: int, candidate: Candidate, *, attempt: int) -> uuid.UUID:
    place = (candidate.label.layer_id, candidate.segment_id, candidate.intervals[0][0])
    parts = (item_id, actor_id, *place, *([f"attempt {attempt}"] if attempt else []))
    return uuid.uuid5(_NAMESPACE, " ".join(map(str, parts)))
