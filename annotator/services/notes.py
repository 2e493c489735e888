"""What people say about items without deciding: flags for the adjudicator, skips, comments. Never changes a state.

Ids of flags, comments and threads are made in the browser: sent twice, a thing is done once.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.errors import bad_request, conflict
from annotator.models import Annotation, Comment, Flag, Item, Project, RejectReason, Skip, SourceSpan, Thread, User
from annotator.queries.notes import sees_annotation, visible_threads
from annotator.services.events import record_event
from annotator.services.review_rows import LockedItem

MAX_TEXT = 5_000
# What databases or encoders refuse.
UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Target:
    """What a note is about: an item, or one of its spans (an added one has no source span)."""

    item_id: int
    source_span_id: int | None = None
    annotation_id: uuid.UUID | None = None


# ------------------------------------------------------------------------------------------------------------- flags


@transaction.atomic
def raise_flag(*, project: Project, actor: User, flag_id: uuid.UUID, target: Target, reason: str = "") -> Flag:
    """Ask the adjudicator to look at a span; it stays as it is. A new flag takes the place of one's own open one.

    Raises:
        BadRequestError: there is no such item, span or reason.
        ConflictError: somebody else holds the item, or the id is in use.
    """
    known = Flag.objects.filter(pk=flag_id).first()
    if known is not None:
        if known.raised_by_id != actor.pk or known.project_id != project.pk:
            raise conflict(
                "flag-taken", _("This flag id is in use."), _("Make a new UUID for each flag."), place="flag"
            )
        return known
    reviewed = LockedItem(project=project, actor=actor, item_id=target.item_id)
    _write_down(reviewed, target)
    _check_span(project, reviewed.item, target, actor=actor)
    given = _find_reason(project, reason) if reason else None
    about = {"source_span_id": target.source_span_id, "annotation_id": target.annotation_id}
    standing = Flag.objects.filter(review=reviewed.review, closed_at__isnull=True, **about)
    standing.update(closed_by=actor, closed_at=timezone.now())
    flag = Flag.objects.create(
        pk=flag_id,
        project=project,
        item=reviewed.item,
        review=reviewed.review,
        reason=given,
        raised_by=actor,
        **about,
    )
    data = {"item": target.item_id, "reason": reason}
    record_event(project=project, actor=actor, kind="flag-raised", subject_id=str(flag_id), data=data)
    return flag


@transaction.atomic
def close_flag(*, flag: Flag, actor: User) -> Flag:
    """Take a flag back, or resolve it; it stays as a record. Closing it again changes nothing."""
    now = timezone.now()
    if Flag.objects.filter(pk=flag.pk, closed_at__isnull=True).update(closed_by=actor, closed_at=now):
        kind = "flag-taken-back" if flag.raised_by_id == actor.pk else "flag-resolved"
        record_event(project=flag.project, actor=actor, kind=kind, subject_id=str(flag.pk), data={"item": flag.item_id})
    flag.refresh_from_db()
    return flag


def _find_reason(project: Project, code: str) -> RejectReason:
    reasons = RejectReason.objects.filter(project=project)
    newest = reasons.aggregate(newest=Max("version"))["newest"]
    reason = reasons.filter(version=newest, code=code).first()
    if reason is None:
        fault = _("The project has no reason %(code)r.") % {"code": code}
        raise bad_request("no-such-reason", fault, _("Choose one of its list of reject reasons."), place="reason")
    return reason


def _write_down(reviewed: LockedItem, target: Target) -> None:
    """Make a row of a proposed tag without a source that a flag or thread is about; nothing is decided by it."""
    if target.annotation_id in reviewed.tags:
        reviewed.begin_tag(target.annotation_id).save(force_insert=True)


def _check_span(project: Project, item: Item, target: Target, *, actor: User) -> None:
    if target.source_span_id is not None:
        is_known = SourceSpan.objects.filter(pk=target.source_span_id, item=item).exists()
    elif target.annotation_id is not None:
        annotation = Annotation.objects.filter(pk=target.annotation_id, item=item).select_related("review").first()
        is_known = annotation is not None and sees_annotation(project, actor, item, annotation)
    else:
        return
    if not is_known:
        raise bad_request("no-such-span", _("The span is not in this item."), _("Reload the item."), place="span")


# ------------------------------------------------------------------------------------------------------------- skips


@transaction.atomic
def skip_item(*, project: Project, actor: User, skip_id: uuid.UUID, item_id: int) -> Skip:
    """Put an item to the end of one's own queue, and let others have it meanwhile.

    Args:
        skip_id: made where the key was pressed; the same one again is not counted again.
    """
    item = Item.objects.select_for_update().filter(project=project, pk=item_id).first()
    if item is None:
        raise bad_request("no-such-item", _("The item is not in this project."), _("Reload the page."), place="item")
    now = timezone.now()
    skip, is_new = Skip.objects.get_or_create(item=item, user=actor, defaults={"skipped_at": now, "last_id": skip_id})
    if not is_new and skip.last_id == skip_id:
        return skip
    if not is_new:
        skip.n_times += 1
        skip.skipped_at, skip.last_id = now, skip_id
        skip.save()
    item.reviews.filter(claimed_by=actor).update(claimed_by=None, claim_expires_at=None)
    data = {"n_times": skip.n_times}
    record_event(project=project, actor=actor, kind="item-skipped", subject_id=item.pk, data=data)
    return skip


@transaction.atomic
def take_back_skip(*, project: Project, actor: User, item_id: int) -> None:
    """Give an item its usual place in one's own queue again; without effect where it was not skipped."""
    n_deleted, _by_table = Skip.objects.filter(item__project=project, item=item_id, user=actor).delete()
    if n_deleted:
        record_event(project=project, actor=actor, kind="skip-taken-back", subject_id=item_id)


# ---------------------------------------------------------------------------------------------------------- comments


@transaction.atomic
def post_comment(
    *, project: Project, actor: User, comment_id: uuid.UUID, thread_id: uuid.UUID, target: Target, text: str
) -> Thread:
    """Write into a thread, which is begun where there is none with this id, and opened again where it was resolved.

    Raises:
        BadRequestError: there is no such item or span, or nothing that can be stored as text.
        ConflictError: the id of the comment or thread is in use elsewhere.
    """
    text = _check_text(text)
    known = Comment.objects.filter(pk=comment_id).select_related("thread").first()
    if known is not None:
        if known.author_id != actor.pk or known.thread_id != thread_id or known.thread.project_id != project.pk:
            raise conflict(
                "comment-taken", _("This id is in use."), _("Make a new UUID for each comment."), place="comment"
            )
        return known.thread
    thread = _find_thread(project, actor, thread_id, target) or _begin_thread(project, actor, thread_id, target)
    Comment.objects.create(pk=comment_id, thread=thread, author=actor, text=text)
    data = {"thread": str(thread.pk), "item": thread.item_id}
    record_event(project=project, actor=actor, kind="comment-posted", subject_id=str(comment_id), data=data)
    return set_thread_open(thread=thread, actor=actor, is_open=True)


def _check_text(text: str) -> str:
    text = text.strip()
    if not text:
        raise bad_request("comment-empty", _("The comment says nothing."), _("Write something."), place="text")
    if len(text) > MAX_TEXT:
        fault = _("The comment has %(n)s characters; %(limit)s are allowed.") % {"n": len(text), "limit": MAX_TEXT}
        raise bad_request("comment-too-long", fault, _("Write it in two."), place="text")
    if UNSTORABLE.search(text):
        fault = _("The comment holds a character that cannot be stored.")
        raise bad_request("bad-character", fault, _("Take it out."), place="text")
    return text


def _find_thread(project: Project, actor: User, thread_id: uuid.UUID, target: Target) -> Thread | None:
    thread = Thread.objects.select_for_update().filter(pk=thread_id).first()
    if thread is None:
        return None
    is_here = visible_threads(project, actor).filter(pk=thread_id).exists()
    if not is_here or thread.item_id != target.item_id:
        raise conflict("thread-taken", _("This thread is not of this item."), _("Reload the item."), place="thread")
    return thread


def _begin_thread(project: Project, actor: User, thread_id: uuid.UUID, target: Target) -> Thread:
    item = Item.objects.filter(project=project, pk=target.item_id).first()
    if item is None:
        raise bad_request("no-such-item", _("The item is not in this project."), _("Reload the page."), place="item")
    if target.annotation_id and not Annotation.objects.filter(pk=target.annotation_id).exists():
        _write_down(LockedItem(project=project, actor=actor, item_id=target.item_id), target)
    _check_span(project, item, target, actor=actor)
    return Thread.objects.create(
        pk=thread_id,
        project=project,
        item=item,
        source_span_id=target.source_span_id,
        annotation_id=target.annotation_id,
        created_by=actor,
    )


@transaction.atomic
def set_thread_open(*, thread: Thread, actor: User, is_open: bool) -> Thread:
    """Resolve a thread or open it again; without effect where it is so already."""
    if Thread.objects.filter(pk=thread.pk, is_open=not is_open).update(is_open=is_open):
        kind = "thread-reopened" if is_open else "thread-resolved"
        data = {"item": thread.item_id}
        record_event(project=thread.project, actor=actor, kind=kind, subject_id=str(thread.pk), data=data)
    thread.refresh_from_db()
    return thread
