"""Reviewing: hand out items, write decisions down, undo and redo them.

Decisions are their own events: append-only rows, of which state, label and place of each annotation are derived.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from annotator.errors import bad_request, conflict
from annotator.models import Decision, Item, Membership, Project, User
from annotator.queries.queue import (
    Place,
    QueueFilter,
    count_progress,
    free_for,
    list_claimed,
    list_places,
)
from annotator.services.review_acts import Act
from annotator.services.review_item import ReviewedItem
from annotator.services.review_rows import claim_end

MAX_CLAIM = 20
MAX_EXCLUDED = 10_000
TEXT_PERCENT = range(80, 251)
# Two people who ask at the same moment see the same places; the loser asks again this often.
CLAIM_ROUNDS = 3

Kind = Decision.Kind

PREFERENCES = {
    "auto_advance": bool,
    "relabel_accepts": bool,
    "is_swapped": bool,
    "shows_progress": bool,
    "shows_history": bool,
    "source_percent": int,
    "target_percent": int,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step did.

    Attributes:
        item_id: the item that it was about.
        item_state: `open` or `done`, afterwards.
        version: number of decisions of the review, afterwards.
        step: id of the step.
        reversed_step: for undo and redo, the step that was reversed.
        is_repeat: the same step had been done before, and nothing was done now.
    """

    item_id: int
    item_state: str
    version: int
    step: uuid.UUID
    reversed_step: uuid.UUID | None = None
    is_repeat: bool = False


def decide(
    *,
    project: Project,
    actor: User,
    step: uuid.UUID,
    item_id: int,
    acts: Sequence[Act],
    seen_version: int | None = None,
    active_ms: int = 0,
) -> Outcome:
    """Do all acts of one keystroke, or none; the same step sent twice is done once.

    Args:
        step: id of the keystroke, made where it was pressed.
        seen_version: version of the review that the person saw.
        active_ms: time that the person spent on the item since the step before.

    Raises:
        BadRequestError: an act is wrong in itself (offsets, label, reason, overlap).
        ConflictError: somebody else holds the item or has changed one of the spans.
    """
    if not acts:
        raise bad_request("bad-act", "No act was given.", "Send at least one.", place="acts")
    with transaction.atomic():
        _lock_actor(project, actor)
        repeat = _find_repeat(project, actor, step)
        if repeat is not None:
            return repeat
        reviewed = ReviewedItem(project=project, actor=actor, item_id=item_id)
        reviewed.check_unseen(acts, seen_version=seen_version)
        for act in acts:
            reviewed.apply(act)
        reviewed.save(step=step, active_ms=active_ms)
    return _outcome(reviewed, step)


def undo(*, project: Project, actor: User, step: uuid.UUID, expected: uuid.UUID | None = None) -> Outcome:
    """Reverse the newest step of this person that is not reversed, in whatever item it was.

    Args:
        expected: the step that the person means; refused when it is not the newest.

    Raises:
        ConflictError: nothing is left to undo, or somebody has changed the span since.
    """
    return _reverse(project, actor, step, kind=Kind.UNDO, expected=expected)


def redo(*, project: Project, actor: User, step: uuid.UUID, expected: uuid.UUID | None = None) -> Outcome:
    """Reverse the newest undo of this person, unless a newer decision stands after it; see `undo`."""
    return _reverse(project, actor, step, kind=Kind.REDO, expected=expected)


def _reverse(
    project: Project, actor: User, step: uuid.UUID, *, kind: Decision.Kind, expected: uuid.UUID | None
) -> Outcome:
    with transaction.atomic():
        _lock_actor(project, actor)
        repeat = _find_repeat(project, actor, step)
        if repeat is not None:
            return repeat
        last = find_undoable(project, actor) if kind == Kind.UNDO else find_redoable(project, actor)
        if last is None:
            raise conflict(f"nothing-to-{kind}", f"There is nothing to {kind}.", "Go on reviewing.")
        if expected not in (None, last.step):
            raise conflict(
                "other-step", "Something else was decided last, perhaps in another tab.", f"Reload, then {kind}."
            )
        reviewed = ReviewedItem(project=project, actor=actor, item_id=last.item_id)
        rows = Decision.objects.filter(project=project, actor=actor, step=last.step).order_by("-ordinal")
        for decision in rows:
            reviewed.reverse(decision, kind=kind)
        reviewed.save(step=step)
    return replace(_outcome(reviewed, step), reversed_step=last.step)


def _standing(project: Project, actor: User) -> QuerySet[Decision]:
    return Decision.objects.filter(project=project, actor=actor, reversed_by__isnull=True).order_by("-id")


def find_undoable(project: Project, actor: User) -> Decision | None:
    """The newest decision of a person that stands."""
    return _standing(project, actor).exclude(kind=Kind.UNDO).first()


def find_redoable(project: Project, actor: User) -> Decision | None:
    """The newest undo of a person that stands and has no new decision after it."""
    undone = _standing(project, actor).filter(kind=Kind.UNDO).first()
    own = Decision.objects.filter(project=project, actor=actor).order_by("-id")
    newest = own.exclude(kind__in=[Kind.UNDO, Kind.REDO]).first()
    return undone if undone and newest and undone.pk > newest.pk else None


def _lock_actor(project: Project, actor: User) -> None:
    # One person's steps are done one after the other, so that undo always means the same step. The person's own row
    # stays free: a claim made at the same time points to it.
    Membership.objects.select_for_update(of=("self",), no_key=True).filter(project=project, user=actor).first()


def _find_repeat(project: Project, actor: User, step: uuid.UUID) -> Outcome | None:
    done = Decision.objects.filter(step=step).select_related("item", "review", "reverses").first()
    if done is None:
        return None
    if done.actor_id != actor.pk or done.project_id != project.pk:
        raise conflict("step-taken", "This step id is in use.", "Make a new UUID for each step.", place="step")
    return Outcome(
        item_id=done.item_id,
        item_state=done.item.state,
        version=done.review.version,
        step=step,
        reversed_step=done.reverses.step if done.reverses else None,
        is_repeat=True,
    )


def _outcome(reviewed: ReviewedItem, step: uuid.UUID) -> Outcome:
    return Outcome(item_id=reviewed.item.pk, item_state=reviewed.item.state, version=reviewed.review.version, step=step)


def claim_items(
    *,
    project: Project,
    actor: User,
    n: int,
    queue: QueueFilter | None = None,
    exclude: Collection[int] = (),
    wanted: int | None = None,
) -> list[Place]:
    """Hand out the next items: those that the person holds already, then new ones by the order of the queue.

    A claim lasts 15 minutes and is renewed by asking again and by each decision. Items of the `done` queue are shown
    without a claim.

    Args:
        exclude: items that the browser has already; its own claims among them are renewed.
        wanted: an item that the person has opened; handed out with the rest when it is open and free.

    Raises:
        BadRequestError: too many items are to be left out.
    """
    if len(exclude) > MAX_EXCLUDED:
        fault = f"{len(exclude)} items are to be left out; {MAX_EXCLUDED} are allowed."
        raise bad_request("too-many-ids", fault, "Name only those at hand.", place="exclude")
    queue = queue or QueueFilter()
    n = min(max(n, 0), MAX_CLAIM)
    now = timezone.now()
    if queue.state == "done":
        return list_places(project, actor, queue=queue, n=n, first_place=0, now=now, exclude=exclude)
    own = _renew_claims(project, actor, queue=queue, now=now, wanted=wanted)
    places = [place for place in own if place.item_id not in exclude][:n]
    seen = {*exclude, *(place.item_id for place in own)}
    first_place = count_progress(project, tgt_lang=queue.tgt_lang).n_done + len(own)
    for _ in range(CLAIM_ROUNDS):
        missing = n - len(places)
        if missing <= 0:
            break
        drawn = list_places(project, actor, queue=queue, n=missing, first_place=first_place, now=now, exclude=seen)
        if not drawn:
            break
        won = [place for place in drawn if _claim(place, actor)]
        places += won
        first_place += len(won)
        seen.update(place.item_id for place in drawn)
    return places


def _renew_claims(
    project: Project, actor: User, *, queue: QueueFilter, now: datetime, wanted: int | None
) -> list[Place]:
    """The open items that a person holds, for another while; with the one that was opened, where it is free."""
    if wanted is not None:
        opened = Item.objects.filter(free_for(actor, now=now), project=project, pk=wanted, state=Item.State.OPEN)
        opened.update(claimed_by=actor, claim_expires_at=claim_end(now))
    own = list_claimed(project, actor, queue=queue, now=now)
    held = Item.objects.filter(pk__in=[place.item_id for place in own], claimed_by=actor)
    held.update(claim_expires_at=claim_end(now))
    return own


def _claim(place: Place, actor: User) -> bool:
    now = timezone.now()
    free = Item.objects.filter(free_for(actor, now=now), pk=place.item_id, state=Item.State.OPEN)
    return bool(free.update(claimed_by=actor, claim_expires_at=claim_end(now), drawn_by=place.drawn_by))


def save_preferences(*, actor: User, given: dict[str, object]) -> dict[str, object]:
    """Remember how the review screen behaves for a person; unknown names are refused."""
    for name, value in given.items():
        is_known = name in PREFERENCES and type(value) is PREFERENCES[name]
        if not is_known or (PREFERENCES[name] is int and value not in TEXT_PERCENT):
            raise bad_request("bad-preference", f"{name} is no such setting.", "Reload the page.", place=name)
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=actor.pk)
        review = {**user.preferences.get("review", {}), **given}
        user.preferences = {**user.preferences, "review": review}
        user.save(update_fields=["preferences"])
    return review
