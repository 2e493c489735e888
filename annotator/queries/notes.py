"""Flags, skips and comments as people may see them: where several decide apart, notes tell nobody what others think."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery

from annotator import access
from annotator.models import Annotation, Comment, Flag, Item, Project, Skip, Thread, User
from annotator.prepared import OneOf, Prepared, Slot
from annotator.queries.blindness import is_told
from annotator.queries.review import ReviewItem

N_OWN = 200

Json = dict[str, Any]


def sees_annotation(project: Project, reader: User, item: Item, annotation: Annotation) -> bool:
    """Whether a person may know of an added span: on items that several decide on apart, only of one's own."""
    if not _is_apart(item) or annotation.review.reviewer_id == reader.pk:
        return True
    return access.get_role(reader, project) in access.CURATORS


def _is_apart(item: Item) -> bool:
    return item.is_qualification or ((item.is_blind or item.n_reviews > 1) and item.state != Item.State.DONE)


def _open_to(project: Project, reader: User, *, own: str) -> Q:
    if access.get_role(reader, project) in access.CURATORS:
        return Q()
    return _is_open_to(reader, own=own)


def _is_open_to(reader: User | Slot, *, own: str) -> Q:
    return Q(**{own: reader}) | is_told()


def visible_threads(project: Project, reader: User) -> QuerySet[Thread]:
    """The threads of a project that a person may read: all, or until an item is done the own ones of blind items."""
    return Thread.objects.filter(_open_to(project, reader, own="created_by"), project=project)


def visible_flags(project: Project, reader: User) -> QuerySet[Flag]:
    """The flags of a project that a person may see, open and closed ones; by the same rule."""
    return Flag.objects.filter(_open_to(project, reader, own="raised_by"), project=project)


def name_span(source_span_id: int | None, annotation_id: uuid.UUID | None) -> str:
    """How the screen names a span; "" for the item itself."""
    if source_span_id is not None:
        return f"s{source_span_id}"
    return str(annotation_id) if annotation_id else ""


def list_item_notes(project: Project, reader: User, item_ids: Sequence[int]) -> dict[int, Json]:
    """Open flags and all threads of some items, as the review screen reads them, in a fixed number of queries."""
    notes: dict[int, Json] = {item_id: {"flags": [], "threads": []} for item_id in item_ids}
    if not item_ids:
        return notes
    sees_all = access.get_role(reader, project) in access.CURATORS
    asked = {"project": project.pk, "reader": reader.pk, "items": item_ids}
    flags = Flag.objects.filter(pk__in=_flags_on(sees_all).list(**asked))
    for flag in flags.select_related("raised_by", "reason").order_by("created_at"):
        notes[flag.item_id]["flags"].append(read_flag(flag, reader))
    for thread in with_comments(Thread.objects.filter(pk__in=_threads_on(sees_all).list(**asked))):
        notes[thread.item_id]["threads"].append(read_thread(thread, reader))
    return notes


@cache
def _flags_on(sees_all: bool) -> Prepared[uuid.UUID]:
    is_seen = Q() if sees_all else _is_open_to(Slot("reader"), own="raised_by")
    flags = Flag.objects.filter(is_seen, OneOf("item_id", "items"), project=Slot("project"), closed_at__isnull=True)
    return Prepared(lambda: flags.order_by().values_list("pk", flat=True))


@cache
def _threads_on(sees_all: bool) -> Prepared[uuid.UUID]:
    is_seen = Q() if sees_all else _is_open_to(Slot("reader"), own="created_by")
    threads = Thread.objects.filter(is_seen, OneOf("item_id", "items"), project=Slot("project"))
    return Prepared(lambda: threads.order_by().values_list("pk", flat=True))


def add_notes(items: Sequence[ReviewItem], *, project: Project, reader: User) -> None:
    """Put flags and threads into the data of items of the review screen."""
    notes = list_item_notes(project, reader, [item.row.pk for item in items])
    for item in items:
        item.data.update(notes[item.row.pk])


def with_comments(threads: QuerySet[Thread]) -> QuerySet[Thread]:
    """Load what `read_thread` needs."""
    comments = Comment.objects.select_related("author").order_by("created_at", "id")
    return threads.select_related("created_by").prefetch_related(Prefetch("comments", comments))


def read_flag(flag: Flag, reader: User) -> Json:
    """A flag for the review screen."""
    return {
        "id": str(flag.pk),
        "ref": name_span(flag.source_span_id, flag.annotation_id),
        "reason": flag.reason.code if flag.reason else "",
        "by": str(flag.raised_by),
        "is_mine": flag.raised_by_id == reader.pk,
    }


def read_thread(thread: Thread, reader: User) -> Json:
    """A thread with its comments for the review screen."""
    return {
        "id": str(thread.pk),
        "ref": name_span(thread.source_span_id, thread.annotation_id),
        "is_open": thread.is_open,
        "comments": [
            {
                "id": str(each.pk),
                "by": str(each.author),
                "is_mine": each.author_id == reader.pk,
                "text": each.text,
                "at": each.created_at.isoformat(),
            }
            for each in thread.comments.all()
        ],
    }


def list_own(project: Project, reader: User) -> Json:
    """What a person has put off and is not settled: open flags and skipped open items, newest first."""
    flags = (
        Flag.objects.filter(project=project, raised_by=reader, closed_at__isnull=True)
        .select_related("item", "source_span", "annotation", "reason", "raised_by")
        .order_by("-created_at")
    )
    skips = list_own_skips(project, reader)
    return {
        "flags": [
            {**read_flag(flag, reader), "item": flag.item_id, "external_id": flag.item.external_id, "name": _name(flag)}
            for flag in flags[:N_OWN]
        ],
        "skips": [
            {"item": skip.item_id, "external_id": skip.item.external_id, "n_times": skip.n_times}
            for skip in skips[:N_OWN]
        ],
        "n_flags": flags.count(),
        "n_skips": skips.count(),
    }


def list_own_skips(project: Project, reader: User) -> QuerySet[Skip]:
    """The open items that a person has skipped, last one first."""
    skipped = Skip.objects.filter(user=reader, item__project=project, item__state=Item.State.OPEN)
    return skipped.select_related("item").order_by("-skipped_at", "-pk")


def _name(flag: Flag) -> str:
    if flag.source_span:
        return flag.source_span.surface
    return flag.annotation.surface if flag.annotation else ""


def count_own(project: Project, reader: User) -> Json:
    """How many open flags and skipped open items a person has."""
    flags = Flag.objects.filter(project=project, raised_by=reader, closed_at__isnull=True)
    return {"n_flags": flags.count(), "n_skips": list_own_skips(project, reader).count()}


def list_open_flags(project: Project, reader: User, *, reason: str = "", tgt_lang: str = "") -> QuerySet[Flag]:
    """Open flags, oldest first, with what a page shows of them."""
    flags = visible_flags(project, reader).filter(closed_at__isnull=True)
    if reason:
        flags = flags.filter(reason__code=reason)
    if tgt_lang:
        flags = flags.filter(item__tgt_lang=tgt_lang)
    about = ("source_span__label", "source_span__segment", "annotation__label", "annotation__segment")
    decided = Annotation.objects.filter(review=OuterRef("review"), source_span=OuterRef("source_span"))
    return (
        flags.select_related("item", "raised_by", "reason", *about)
        .annotate(span_state=Subquery(decided.values("state")[:1]))
        .order_by("created_at", "pk")
    )


def count_flag_reasons(project: Project, reader: User) -> list[tuple[str, str, int]]:
    """Code, text and number of open flags of each reason that has some."""
    rows = (
        visible_flags(project, reader)
        .filter(closed_at__isnull=True, reason__isnull=False)
        .order_by("reason__key")
        .values_list("reason__code", "reason__text")
        .annotate(n=Count("pk"))
    )
    return [(code, text, n) for code, text, n in rows]


def list_threads(project: Project, reader: User, *, is_open: bool | None = None) -> QuerySet[Thread]:
    """Threads with their comments, oldest first; `is_open` None for all."""
    threads = visible_threads(project, reader)
    if is_open is not None:
        threads = threads.filter(is_open=is_open)
    related = ("item", "source_span__segment", "annotation__segment")
    return with_comments(threads).select_related("created_by", *related).order_by("created_at", "pk")


def find_next_thread(project: Project, reader: User, *, after: uuid.UUID | None) -> Thread | None:
    """The open thread after another one, by time; the first one after the last."""
    threads = visible_threads(project, reader).filter(is_open=True).order_by("created_at", "pk")
    last = Thread.objects.filter(project=project, pk=after).first() if after else None
    if last is not None:
        later = Q(created_at__gt=last.created_at) | Q(created_at=last.created_at, pk__gt=last.pk)
        found = threads.filter(later).first()
        if found is not None:
            return found
    return threads.first()
