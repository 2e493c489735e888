"""Rows for tests, made the short way; texts are our own."""

from __future__ import annotations

import itertools
import uuid
from datetime import UTC, datetime

from annotator.models import (
    Annotation,
    Candidate,
    Decision,
    Document,
    Import,
    Item,
    Job,
    Membership,
    Project,
    Review,
    Run,
    Segment,
    SourceSpan,
    User,
)
from annotator.services.projects import add_labels, create_project
from projection.types import Interval

_numbers = itertools.count(1)

SENTENCES = (
    ("Ada Brandt opened the harbour museum in Bremen .", "Ada Brandt eröffnete das Hafenmuseum in Bremen ."),
    ("The council met in Uppsala on Monday .", "Der Rat tagte am Montag in Uppsala ."),
    ("Tomas Vale sails for Nordlys .", "Tomas Vale segelt für Nordlys ."),
)
SPANS = (
    (("PER", "Ada Brandt"), ("LOC", "Bremen")),
    (("LOC", "Uppsala"),),
    (("PER", "Tomas Vale"), ("ORG", "Nordlys")),
)


def make_user(username: str = "") -> User:
    return User.objects.create_user(username or f"user{next(_numbers)}", password="a long password")


def make_project(
    *, manager: User | None = None, name: str = "Harbour news", tgt_langs: tuple[str, ...] = ("de",)
) -> Project:
    return create_project(actor=manager or make_user(), name=name, src_lang="en", tgt_langs=tgt_langs)


def make_member(project: Project, role: str, *, username: str = "") -> User:
    user = make_user(username)
    Membership.objects.create(project=project, user=user, role=role)
    return user


def word_tokens(text: str) -> list[list[int]]:
    """Intervals of the words of a text that is tokenised with single blanks."""
    tokens, start = [], 0
    for word in text.split(" "):
        tokens.append([start, start + len(word)])
        start += len(word) + 1
    return tokens


def find_interval(text: str, surface: str) -> Interval:
    start = text.index(surface)
    return Interval(start, start + len(surface))


def make_items(
    project: Project,
    *,
    sentences: tuple[tuple[str, str], ...] = SENTENCES,
    spans: tuple[tuple[tuple[str, str], ...], ...] = SPANS,
    tgt_lang: str = "de",
    n: int | None = None,
) -> list[Item]:
    """Items with one source and one target segment each; sentences repeat when `n` asks for more."""
    document, _ = Document.objects.get_or_create(project=project, name="harbour")
    record = Import.objects.create(
        project=project,
        state="done",
        tgt_lang=tgt_lang,
        fingerprint=f"{next(_numbers):064}",
        created_by=project.created_by,
    )
    layer = project.layers.get()
    labels = add_labels(layer, names=sorted({label for group in spans for label, _ in group}))
    items = []
    first = project.items.filter(tgt_lang=tgt_lang).count()
    for index in range(n or len(sentences)):
        (src_text, tgt_text), group = sentences[index % len(sentences)], spans[index % len(sentences)]
        number = first + index
        item = Item.objects.create(
            project=project,
            document=document,
            imported_by=record,
            external_id=f"h{number + 1}",
            tgt_lang=tgt_lang,
            position=number,
            shuffle_key=(number * 0.618) % 1,
        )
        source = Segment.objects.create(
            item=item, side="source", lang=project.src_lang, position=0, text=src_text, tokens=word_tokens(src_text)
        )
        Segment.objects.create(
            item=item, side="target", lang=tgt_lang, position=1, text=tgt_text, tokens=word_tokens(tgt_text)
        )
        for position, (label, surface) in enumerate(group):
            interval = find_interval(src_text, surface)
            SourceSpan.objects.create(
                item=item,
                segment=source,
                layer=layer,
                label=labels[label],
                key=f"s{position + 1}",
                intervals=[list(interval)],
                start_char=interval.start_char,
                end_char=interval.end_char,
                surface=surface,
                position=position,
            )
        items.append(item)
    return items


WORKED_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def make_run(project: Project, *, tgt_lang: str = "de", is_active: bool = True) -> Run:
    """A finished run that has proposed nothing yet."""
    job = Job.objects.create(
        kind="run",
        project=project,
        state="done",
        idempotency_key=f"run-{next(_numbers)}",
        created_by=project.created_by,
        finished_at=WORKED_AT,
    )
    return Run.objects.create(
        project=project,
        job=job,
        tgt_lang=tgt_lang,
        engine="statistical",
        settings={"seed": 1},
        versions={"projection": "0.1.0"},
        is_active=is_active,
        created_by=project.created_by,
    )


def make_candidate(
    run: Run, span: SourceSpan, surface: str, *, label: str = "", rank: int = 0, score: float = 0.9
) -> Candidate:
    """A proposal for a source span at the first place of `surface` in the target; unprojected where that is ""."""
    layer_label = span.layer.labels.get(name=label) if label else span.label
    candidate = Candidate(
        run=run, item=span.item, source_span=span, rank=rank, label=layer_label, score=score, parts={"links": score}
    )
    if surface:
        candidate.segment = span.item.segments.get(side="target")
        candidate.start_char, candidate.end_char = find_interval(candidate.segment.text, surface)
        candidate.intervals = [[candidate.start_char, candidate.end_char]]
        candidate.surface = surface
    else:
        candidate.unprojected_reason = "no-links"
    candidate.save()
    return candidate


def make_review(item: Item, reviewer: User, *, state: str = "done") -> Review:
    """A first pass over an item, which gets the same state."""
    review = Review.objects.create(
        item=item, reviewer=reviewer, state=state, finished_at=WORKED_AT if state == "done" else None
    )
    Item.objects.filter(pk=item.pk).update(state=state, gold_review=review if state == "done" else None)
    return review


def make_annotation(
    review: Review,
    *,
    span: SourceSpan | None = None,
    candidate: Candidate | None = None,
    surface: str = "",
    label: str = "",
    reason: str = "",
    state: str = "accepted",
) -> Annotation:
    """A target label as it stands after one decision, or none; like its candidate where nothing is given."""
    item = review.item
    layer = item.project.layers.get()
    segment = item.segments.get(side="target")
    annotation = Annotation(
        review=review,
        item=item,
        layer=layer,
        source_span=span,
        candidate=candidate,
        state=state,
        segment=segment,
        label=layer.labels.get(name=label) if label else (candidate or span).label,
        reason=item.project.reject_reasons.get(code=reason) if reason else None,
    )
    annotation.surface = surface or (candidate.surface if candidate else "")
    if annotation.surface:
        annotation.start_char, annotation.end_char = find_interval(segment.text, annotation.surface)
        annotation.intervals = [[annotation.start_char, annotation.end_char]]
    annotation.save()
    if state != "undecided":
        kind = "reject" if state == "rejected" else ("accept" if candidate else "add")
        Decision.objects.create(
            project=item.project,
            item=item,
            review=review,
            annotation=annotation,
            actor=review.reviewer,
            step=uuid.uuid4(),
            kind=kind,
        )
    return annotation
