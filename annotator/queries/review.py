"""Items as the review screen needs them: texts, source spans, target spans with their machine original, links."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from django.db.models import BigIntegerField, Max

from annotator.models import (
    Alignment,
    Annotation,
    Item,
    Label,
    Layer,
    Project,
    RejectReason,
    Review,
    User,
)
from annotator.queries.blindness import chosen_labels, hide_machines
from annotator.queries.item_rows import bring_up_to_date, load_annotations, load_items
from annotator.queries.proposed_tags import list_proposed_tags
from annotator.queries.qualification import OwnTake, list_own_takes
from annotator.queries.review_spans import Json, read_source_span, read_spans
from annotator.queries.translations import FLAG_NAMES
from annotator.queries.votes import Vote, add_votes, list_votes
from annotator.wording import in_words
from projection import text as texts
from projection.romanised import is_latin, romanise_tokens

# Lines under labels: solid, dashed, dotted, double, zigzag.
N_PATTERNS = 5


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """An item with what the page writes as text and what the script reads as data."""

    row: Item
    review: Review | None
    pairs: list[tuple[Json | None, Json | None]]
    data: Json

    @property
    def has_turns(self) -> bool:
        """Whether texts of the same role follow each other, as in a dialogue; then they are counted."""
        roles = [source["role"] for source, _ in self.pairs if source]
        return len(set(roles)) < len(roles)

    @property
    def json(self) -> str:
        """The data as the page carries it, in an attribute."""
        return json.dumps(self.data, ensure_ascii=False, separators=(",", ":"))


def get_item(project: Project, item_id: int, *, reviewer: User) -> ReviewItem | None:
    """One item of a project as a person sees it, or None."""
    return next(iter(list_items(project, [item_id], reviewer=reviewer)), None)


def list_items(project: Project, item_ids: Sequence[int], *, reviewer: User) -> list[ReviewItem]:
    """Items in the given order, as a person sees them; the number of queries does not depend on how many.

    Of an item that several people review, each sees the own work; everybody else what was settled.
    """
    known = [item_id for item_id in item_ids if 0 < item_id <= BigIntegerField.MAX_BIGINT]
    rows = {row.pk: row for row in load_items(project, known)}
    votes = list_votes(project, item_ids=list(rows), tgt_langs={row.tgt_lang for row in rows.values()})
    # Of a qualification item people see the own work, never its gold.
    takes = list_own_takes(project, reviewer, list(rows.values()))
    reviews = {pk: takes[pk].review if pk in takes else _choose_review(row, reviewer) for pk, row in rows.items()}
    # What is said about a proposed tag without a source needs a row of it, be nothing decided yet.
    has_tags = any(each.source_span_id is None for row in rows.values() for each in row.candidates.all())
    annotations = load_annotations([review for review in reviews.values() if review], are_begun=has_tags)
    bring_up_to_date(rows.values(), annotations)
    blind = [row for pk, row in rows.items() if row.is_blind]
    chosen = chosen_labels(each for row in blind for each in annotations.get(row.pk, []))
    return [
        _read_item(
            rows[item_id],
            reviews[item_id],
            annotations.get(item_id, []),
            votes,
            chosen,
            reviewer=reviewer,
            take=takes.get(item_id),
        )
        for item_id in item_ids
        if item_id in rows
    ]


def _choose_review(row: Item, reviewer: User) -> Review | None:
    """The review whose work a person is shown: the own one of several, else the only one or the gold."""
    reviews = list(row.reviews.all())
    own = [each for each in reviews if each.kind == Review.Kind.REVIEW and each.reviewer_id == reviewer.pk]
    gold = [each for each in reviews if each.pk == row.gold_review_id]
    only = [each for each in reviews if each.kind == Review.Kind.REVIEW and row.n_reviews == 1]
    settled = [each for each in reviews if each.kind == Review.Kind.ADJUDICATION and each.version]
    found = own if row.n_reviews > 1 and own else gold or settled or only
    return found[0] if found else None


def _read_item(
    row: Item,
    review: Review | None,
    annotations: Sequence[Annotation],
    votes: Mapping[int, list[Vote]],
    chosen: Collection[Any],
    *,
    reviewer: User,
    take: OwnTake | None,
) -> ReviewItem:
    tags = list_proposed_tags(
        row,
        row.candidates.all(),
        actor_id=reviewer.pk,
        review=review,
        annotations=annotations,
        attempt=take.attempt if take else 0,
    )
    segments = [_segment(each) for each in row.segments.all()]
    data = {
        "id": row.pk,
        "external_id": row.external_id,
        "document": row.document.name,
        "lang": row.tgt_lang,
        # Where several people review it, whether this person is through with it.
        "state": take.state if take else review.state if review else row.state,
        "review": review.pk if review else None,
        "version": review.version if review else 0,
        "is_blind": row.is_blind,
        "is_qualification": take is not None,
        "claim": _claim(review),
        "segments": segments,
        "source_spans": [read_source_span(each) for each in row.source_spans.all()],
        "spans": add_votes(read_spans(row, annotations, tags), votes, is_blind=row.is_blind),
        "links": [_links(each) for each in row.alignments.all()],
    }
    if row.is_blind:
        hide_machines(data, chosen={each.source_span_id or str(each.pk) for each in annotations if each.pk in chosen})
    sources = [each for each in segments if each["side"] == "source"]
    targets = [each for each in segments if each["side"] == "target"]
    return ReviewItem(row=row, review=review, pairs=list(zip_longest(sources, targets)), data=data)


def _claim(review: Review | None) -> Json | None:
    """Who holds an item and until when, as an instant: the reader's clock says what time that is."""
    if review is None or review.claimed_by is None or review.claim_expires_at is None:
        return None
    return {
        "user": review.claimed_by.pk,
        "name": str(review.claimed_by),
        "until": review.claim_expires_at.isoformat(),
    }


def _segment(row: Any) -> Json:
    return {
        "id": row.pk,
        "side": row.side,
        "role": row.role,
        "lang": row.lang,
        "dir": texts.direction(row.lang),
        "text": row.text,
        "tokens": row.tokens,
        "version": row.version,
        "flags": [str(FLAG_NAMES.get(code, code)) for code in row.flags],
        "roman": [] if is_latin(row.lang) else romanise_tokens(row.text, row.tokens),
    }


def _links(row: Alignment) -> Json:
    return {"src": row.src_segment_id, "tgt": row.tgt_segment_id, "links": row.links}


def get_scheme(project: Project) -> Json:
    """Layers with their labels, and the newest list of reject reasons."""
    layers = Layer.objects.filter(project=project).prefetch_related("labels")
    reasons = RejectReason.objects.filter(project=project)
    newest = reasons.aggregate(newest=Max("version"))["newest"]
    return {
        "template": project.template,
        "layers": [
            {
                "id": layer.pk,
                "name": layer.name,
                "kind": layer.kind,
                "scope": layer.scope,
                "choice": layer.choice,
                "role": layer.role,
                "is_by_character": layer.is_by_character,
                "has_concepts": layer.has_concepts,
                "allows_overlap": layer.allows_overlap,
                "allows_discontinuous": layer.allows_discontinuous,
                "labels": [_label(label) for label in layer.labels.all()],
            }
            for layer in layers
        ],
        "reasons": [
            {**row, "text": in_words(row["text"])}
            for row in reasons.filter(version=newest).values("key", "code", "text")
        ],
    }


def _label(row: Label) -> Json:
    return {
        "id": row.pk,
        "name": row.name,
        "key": row.key,
        "color": row.color,
        "pattern": row.position % N_PATTERNS,
        "description": row.description,
        "names": row.translated_names,
    }
