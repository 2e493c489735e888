"""Repeats of a decision: undecided proposals of the same form and label as the one that was just decided."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import CharField, DateTimeField, Exists, F, OuterRef, QuerySet, TextField, UUIDField
from django.utils import timezone

from annotator.models import Annotation, Candidate, Item, Layer, Project, Review, Run, Segment, User
from annotator.models.candidates import FORM_HEAD, FormHead
from annotator.prepared import OneOf, Prepared, Slot
from annotator.queries.claims import list_free, list_free_in_any, list_own_languages
from projection import text as texts

# More are not looked at one by one; the next ones are offered after the next decision.
MAX_REPEATS = 200
# Words of context on either side.
N_WORDS = 8

State = Annotation.State
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pattern:
    """What is repeated.

    Attributes:
        form: the words that a proposal must cover, exactly.
        label_id: the label that it must propose.
        new_label_id: the label that it gets; of no meaning where it is rejected.
        reason: code of the reject reason, "" where it is accepted.
    """

    tgt_lang: str
    form: str
    label_id: int
    new_label_id: int
    reason: str = ""


def find_origin(
    project: Project, item_id: int, source_span_id: int | None, annotation_id: uuid.UUID | None
) -> Annotation | None:
    """The span whose decision may be repeated; None where several decide apart, it qualifies, or is not there."""
    if source_span_id is not None:
        return _ORIGIN_BY_SPAN.first(item=item_id, project=project.pk, span=source_span_id)
    if annotation_id is None:
        return None
    return _ORIGIN_BY_ID.first(item=item_id, project=project.pk, annotation=annotation_id)


def _origins() -> QuerySet[Annotation]:
    rows = Annotation.objects.filter(
        item=Slot("item"),
        item__project=Slot("project"),
        item__is_blind=False,
        item__n_reviews=1,
        item__is_qualification=False,
        review__kind=Review.Kind.REVIEW,
    )
    return rows.select_related("item", "layer", "candidate", "reason")


_ORIGIN_BY_SPAN = Prepared(lambda: _origins().filter(source_span=Slot("span")))
_ORIGIN_BY_ID = Prepared(lambda: _origins().filter(pk=Slot("annotation", UUIDField())))


def find_pattern(annotation: Annotation) -> Pattern | None:
    """What can be repeated of a decided span; None for what has no words of its own, or is undecided.

    A span that was accepted or rejected in its place stands for the equal proposals of the machine; one that was put
    elsewhere, or added, for the proposals of what it became.
    """
    if annotation.layer.kind not in (Layer.Kind.SPAN, Layer.Kind.TOKEN) or len(annotation.intervals) > 1:
        return None
    lang, candidate = annotation.item.tgt_lang, annotation.candidate
    is_in_place = candidate is not None and bool(candidate.intervals) and candidate.intervals == annotation.intervals
    if annotation.state == State.ACCEPTED and candidate is not None and is_in_place:
        return Pattern(lang, candidate.surface, candidate.label_id, annotation.label_id)
    if annotation.state == State.ACCEPTED and annotation.surface:
        return Pattern(lang, annotation.surface, annotation.label_id, annotation.label_id)
    if annotation.state == State.REJECTED and candidate is not None and is_in_place and annotation.reason:
        return Pattern(lang, candidate.surface, candidate.label_id, annotation.label_id, annotation.reason.code)
    return None


def list_repeats(project: Project, actor: User, pattern: Pattern, *, now: datetime) -> QuerySet[Candidate]:
    """Proposals of the active run that a decision may be repeated on, in the order in which they were made.

    Left out: blind items, items that several people review, those that others hold or that are assigned to others,
    and spans that somebody has touched.
    """
    items = list_free(project, actor, now=now)
    run_id = _ACTIVE_RUN.first(project=project.pk, tgt_lang=pattern.tgt_lang)
    found = _equal_proposals(items, run=run_id, label=pattern.label_id, head=pattern.form[:FORM_HEAD])
    # Named beside its own beginning, the whole form would keep SQLite from the index; short ones are their beginning.
    return found.filter(surface=pattern.form) if len(pattern.form) >= FORM_HEAD else found


def _equal_proposals(
    items: QuerySet[Item], *, run: int | Slot | None, label: int | Slot, head: str | Slot
) -> QuerySet[Candidate]:
    """Untouched proposals on some items, by an index over run, label and the beginning of the form."""
    # Splits are to keep repeats on their own side: restrict `items` here once there are some.
    items = items.filter(n_reviews=1, is_blind=False)
    touched = Annotation.objects.filter(source_span=OuterRef("source_span")).exclude(
        state=State.UNDECIDED,
        label=OuterRef("label"),
        segment=OuterRef("segment"),
        start_char=OuterRef("start_char"),
        end_char=OuterRef("end_char"),
    )
    found = Candidate.objects.annotate(form_head=FormHead("surface")).filter(
        run=run, label=label, form_head=head, rank=0, source_span__isnull=False, version=F("segment__version")
    )
    return found.filter(~Exists(touched), Exists(items.filter(pk=OuterRef("item")))).order_by("pk")


_ACTIVE_RUN = Prepared(
    lambda: (
        Run.objects.filter(project=Slot("project"), tgt_lang=Slot("tgt_lang", CharField()), is_active=True)
        .order_by()
        .values_list("pk", flat=True)
    )
)


def count_repeats(project: Project, actor: User, pattern: Pattern, *, now: datetime) -> int:
    """How many there are; at most one more than are listed."""
    run_id = _ACTIVE_RUN.first(project=project.pk, tgt_lang=pattern.tgt_lang)
    if run_id is None:
        return 0
    langs = list_own_languages(project, actor)
    found = _prepare_count(bool(langs), len(pattern.form) >= FORM_HEAD).list(
        project=project.pk,
        actor=actor.pk,
        now=now,
        langs=langs,
        run=run_id,
        label=pattern.label_id,
        head=pattern.form[:FORM_HEAD],
        form=pattern.form,
    )
    return len(found)


@cache
def _prepare_count(has_langs: bool, is_long: bool) -> Prepared[tuple[int]]:
    items = list_free_in_any(Slot("project"), Slot("actor"), now=Slot("now", DateTimeField()))
    if has_langs:
        items = items.filter(OneOf("tgt_lang", "langs"))
    found = _equal_proposals(items, run=Slot("run"), label=Slot("label"), head=Slot("head", TextField()))
    if is_long:
        found = found.filter(surface=Slot("form", TextField()))
    return Prepared(lambda: found.values_list("pk")[: MAX_REPEATS + 1])


def offer_repeats(
    project: Project, actor: User, *, item_id: int, source_span_id: int | None, annotation_id: uuid.UUID | None
) -> Json | None:
    """How many equal proposals are undecided after a decision, None for none."""
    annotation = find_origin(project, item_id, source_span_id, annotation_id)
    pattern = find_pattern(annotation) if annotation else None
    if pattern is None:
        return None
    found = count_repeats(project, actor, pattern, now=timezone.now())
    if not found:
        return None
    return {
        "n": min(found, MAX_REPEATS),
        "is_more": found > MAX_REPEATS,
        "form": pattern.form,
        "label": pattern.label_id,
        "new_label": pattern.new_label_id,
        "reason": pattern.reason,
    }


def read_repeats(
    project: Project, actor: User, *, item_id: int, source_span_id: int | None, annotation_id: uuid.UUID | None
) -> Json | None:
    """The proposals that a decision can be repeated on, in context; None where no such decision stands."""
    annotation = find_origin(project, item_id, source_span_id, annotation_id)
    pattern = find_pattern(annotation) if annotation else None
    if pattern is None:
        return None
    found = list_repeats(project, actor, pattern, now=timezone.now())
    rows = list(found.select_related("item", "source_span")[: MAX_REPEATS + 1])
    return {
        "form": pattern.form,
        "label": pattern.label_id,
        "new_label": pattern.new_label_id,
        "reason": pattern.reason,
        "is_more": len(rows) > MAX_REPEATS,
        "repeats": describe_repeats(rows[:MAX_REPEATS]),
    }


def describe_repeats(candidates: Sequence[Candidate]) -> list[Json]:
    """Each proposal with its words in context, and those of its source."""
    wanted = {row.segment_id or 0 for row in candidates}
    wanted |= {row.source_span.segment_id for row in candidates if row.source_span}
    segments = Segment.objects.in_bulk(wanted)
    return [
        {
            "source_span": row.source_span_id,
            "item": row.item_id,
            "external_id": row.item.external_id,
            "source": _context(segments[row.source_span.segment_id], row.source_span.intervals),
            "target": _context(segments[row.segment_id or 0], row.intervals),
        }
        for row in candidates
        if row.source_span
    ]


def _context(segment: Segment, intervals: Sequence[Sequence[int]]) -> Json:
    """A few words around a place; whole tokens, so that no script is cut in the middle of a letter."""
    start, end = intervals[0][0], intervals[-1][1]
    before = [token[0] for token in segment.tokens if token[1] <= start]
    after = [token[1] for token in segment.tokens if token[0] >= end]
    first = before[-N_WORDS] if len(before) > N_WORDS else 0
    last = after[N_WORDS - 1] if len(after) > N_WORDS else len(segment.text)
    return {
        "before": ("… " if first else "") + segment.text[first:start],
        "form": segment.text[start:end],
        "after": segment.text[end:last] + (" …" if last < len(segment.text) else ""),
        "lang": segment.lang,
        "dir": texts.direction(segment.lang),
    }
