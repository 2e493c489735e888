"""Reviewing: hand out items, write decisions down, undo and redo them.

Decisions are their own events: append-only rows, of which state, label and place of each annotation are derived.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import CharField, DateTimeField, Exists, OuterRef, Q, QuerySet, UUIDField
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.errors import ConflictError, bad_request, conflict
from annotator.models import Decision, Item, Membership, Project, Review, User
from annotator.prepared import OneOf, Prepared, PreparedUpdate, Slot
from annotator.queries.claims import list_free, list_held
from annotator.queries.qualification import read_gate
from annotator.queries.queue import QUALIFICATION, Place, QueueFilter, count_drawn, list_claimed, list_places
from annotator.services.claims import claim_end, claim_reviews
from annotator.services.locked_rows import lock_items
from annotator.services.qualification import check_reversible
from annotator.services.review_acts import Act
from annotator.services.review_item import ReviewedItem
from annotator.services.review_saving import Changes, save_all

MAX_CLAIM = 20
# More people than this do not ask at the same moment.
MAX_DRAWS = 50
# A step on more items than these is undone by a worker.
MAX_STEP_ITEMS = 200
MAX_EXCLUDED = 10_000
# A browser that has been silent for so long no longer keeps others out.
TAB_S = 120

Kind = Decision.Kind

_MEMBERSHIP = Prepared(
    lambda: (
        Membership.objects.select_for_update(no_key=True)
        .filter(project=Slot("project"), user=Slot("actor"))
        .order_by()
        .values_list("pk")
    )
)
_RENEW = PreparedUpdate(
    lambda: (
        list_held(Slot("project"), Slot("actor"), now=Slot("now", DateTimeField())),
        {"claim_expires_at": Slot("until", DateTimeField())},
    )
)
_NOTE_DRAW = PreparedUpdate(
    lambda: (
        Item.objects.filter(OneOf("pk", "items")).exclude(drawn_by=Slot("draw", CharField())),
        {"drawn_by": Slot("draw", CharField())},
    )
)
_DONE = Prepared(lambda: Decision.objects.filter(step=Slot("step", UUIDField())).order_by().values_list("pk")[:1])


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step did.

    Attributes:
        item_id: the item that it was about, the first one of several.
        item_state: `open`, `reviewed` or `done`, afterwards.
        review_state: `open` or `done`: whether this person has anything left to decide on it.
        version: number of decisions of the review, afterwards.
        step: id of the step.
        reversed_step: for undo and redo, the step that was reversed.
        is_repeat: the same step had been done before, and nothing was done now.
        is_as_seen: nothing but the acts themselves has changed what the person saw, so that there is nothing to show.
        item_ids: for undo, redo and what was done before, all items that it was about.
        attempt_id: of a qualification item, the attempt that it was decided in.
    """

    item_id: int
    item_state: str
    review_state: str
    version: int
    step: uuid.UUID
    reversed_step: uuid.UUID | None = None
    is_repeat: bool = False
    is_as_seen: bool = False
    item_ids: tuple[int, ...] = ()
    attempt_id: int | None = None


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
        raise bad_request("bad-act", _("No act was given."), _("Send at least one."), place="acts")
    with transaction.atomic():
        lock_actor(project, actor)
        repeat = find_repeat(project, actor, step)
        if repeat is not None:
            return repeat
        reviewed = _hold_item(project, actor, item_id)
        reviewed.check_unseen(acts, seen_version=seen_version)
        is_newest = seen_version == reviewed.review.version
        for act in acts:
            reviewed.apply(act)
        is_as_seen = is_newest and reviewed.has_done_only(acts)
        reviewed.save(step=step, active_ms=active_ms)
    return replace(outcome_of(reviewed, step), is_as_seen=is_as_seen)


def _hold_item(project: Project, actor: User, item_id: int) -> ReviewedItem:
    """An item with the review that a person's acts belong to: what was settled is changed by curators only."""
    try:
        return ReviewedItem(project=project, actor=actor, item_id=item_id)
    except ConflictError as err:
        curators = Membership.objects.filter(role__in=[Membership.Role.MANAGER, Membership.Role.CURATOR])
        if err.problem.code != "settled" or not curators.filter(project=project, user=actor).exists():
            raise
    return ReviewedItem(project=project, actor=actor, item_id=item_id, kind=Review.Kind.ADJUDICATION)


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
        lock_actor(project, actor)
        repeat = find_repeat(project, actor, step)
        if repeat is not None:
            return repeat
        last = _find_undone(project, actor, expected) if kind == Kind.UNDO else find_redoable(project, actor)
        if last is None:
            fault = _("There is nothing to undo.") if kind == Kind.UNDO else _("There is nothing to redo.")
            raise conflict(f"nothing-to-{kind}", fault, _("Go on reviewing."))
        if expected not in (None, last.step):
            remedy = _("Reload, then undo.") if kind == Kind.UNDO else _("Reload, then redo.")
            fault = _("Something else was decided last, perhaps in another tab.")
            raise conflict("other-step", fault, remedy)
        check_reversible(last.review)
        reviewed = _reverse_step(project, actor, last, step=step, kind=kind)
    item_ids = tuple(each.item.pk for each in reviewed)
    return replace(outcome_of(reviewed[0], step), reversed_step=last.step, item_ids=item_ids)


def _reverse_step(
    project: Project, actor: User, last: Decision, *, step: uuid.UUID, kind: Decision.Kind
) -> list[ReviewedItem]:
    """Reverse what stands of a step, in all its items or in none; gives the items, first ones first."""
    rows = Decision.objects.filter(project=project, actor=actor, step=last.step, reversed_by__isnull=True)
    keys = rows.order_by("item_id", "review__kind").values_list("item_id", "review__kind").distinct()
    if len(keys) > MAX_STEP_ITEMS:
        fault = _("Your last step was done on %(n)d items at once.") % {"n": len(keys)}
        raise conflict("many-items", fault, _("Undo it on its own page: Items, Acts on many items."))
    decisions: dict[tuple[int, str], list[Decision]] = {key: [] for key in keys}
    locked = lock_items(project, {item_id for item_id, _kind in decisions}, actor=actor)
    for decision in rows.select_related("review").order_by("-ordinal"):
        decisions[decision.item_id, decision.review.kind].append(decision)
    n_decisions = 0
    found: list[ReviewedItem] = []
    changes: list[Changes] = []
    for (item_id, review_kind), of_review in decisions.items():
        reviewed = ReviewedItem(
            project=project, actor=actor, item_id=item_id, kind=Review.Kind(review_kind), rows=locked[item_id]
        )
        # The view goes to the first one; the others stay with whoever had them.
        keeps_claim = not found or reviewed.review.claimed_by_id == actor.pk
        for decision in of_review:
            reviewed.reverse(decision, kind=kind)
        changes.append(reviewed.check(step=step, first_ordinal=n_decisions, keeps_claim=keeps_claim))
        n_decisions += reviewed.n_decisions
        found.append(reviewed)
    save_all(changes)
    return found


def _standing(project: Project, actor: User) -> QuerySet[Decision]:
    own = Decision.objects.filter(project=project, actor=actor, reversed_by__isnull=True)
    return own.select_related("review__attempt", "review__item__project").order_by("-id")


def find_undoable(project: Project, actor: User) -> Decision | None:
    """The newest decision of a person that stands."""
    return _standing(project, actor).exclude(kind=Kind.UNDO).first()


def _find_undone(project: Project, actor: User, expected: uuid.UUID | None) -> Decision | None:
    """The newest step that stands, without those that somebody else has decided after, unless just that is meant."""
    newest = find_undoable(project, actor)
    if newest is None or newest.step == expected:
        return newest
    overruled = Decision.objects.filter(
        annotation__decisions__step=OuterRef("step"), pk__gt=OuterRef("pk"), reversed_by__isnull=True
    ).exclude(Q(actor=actor) | Q(kind=Kind.UNDO))
    return _standing(project, actor).exclude(kind=Kind.UNDO).filter(~Exists(overruled)).first() or newest


def find_redoable(project: Project, actor: User) -> Decision | None:
    """The newest undo of a person that stands and has no new decision after it."""
    undone = _standing(project, actor).filter(kind=Kind.UNDO).first()
    own = Decision.objects.filter(project=project, actor=actor).order_by("-id")
    newest = own.exclude(kind__in=[Kind.UNDO, Kind.REDO]).first()
    return undone if undone and newest and undone.pk > newest.pk else None


def lock_actor(project: Project, actor: User) -> None:
    """Let one person's steps be done one after the other; held until the transaction ends."""
    # One person's steps are done one after the other, so that undo always means the same step. The person's own row
    # stays free: a claim made at the same time points to it.
    _MEMBERSHIP.list(project=project.pk, actor=actor.pk)


def find_repeat(project: Project, actor: User, step: uuid.UUID) -> Outcome | None:
    """What a step did that was sent before, or None.

    Raises:
        ConflictError: somebody else has used its id.
    """
    if not _DONE.list(step=step):
        return None
    done = Decision.objects.select_related("item", "review", "reverses").filter(step=step)[0]
    if done.actor_id != actor.pk or done.project_id != project.pk:
        raise conflict("step-taken", _("This step id is in use."), _("Make a new UUID for each step."), place="step")
    return Outcome(
        item_id=done.item_id,
        item_state=done.item.state,
        review_state=done.review.state,
        version=done.review.version,
        step=step,
        reversed_step=done.reverses.step if done.reverses else None,
        is_repeat=True,
        attempt_id=done.review.attempt_id,
        item_ids=tuple(sorted(set(Decision.objects.filter(step=step).values_list("item_id", flat=True)))),
    )


def outcome_of(reviewed: ReviewedItem, step: uuid.UUID) -> Outcome:
    """What a step did to an item that has been saved."""
    return Outcome(
        item_id=reviewed.item.pk,
        item_state=reviewed.item.state,
        review_state=reviewed.review.state,
        version=reviewed.review.version,
        step=step,
        attempt_id=reviewed.review.attempt_id,
    )


def claim_items(
    *,
    project: Project,
    actor: User,
    n: int,
    queue: QueueFilter | None = None,
    exclude: Collection[int] = (),
    wanted: int | None = None,
    tab: uuid.UUID | None = None,
    takes_over: bool = False,
) -> list[Place]:
    """Hand out the next items: those that the person holds already, then new ones by the order of the queue.

    A claim lasts 15 minutes and is renewed by asking again and by each decision. Items of the `done` queue are shown
    without a claim.

    Args:
        exclude: items that the browser has already; its own claims among them are renewed.
        wanted: an item that the person has opened; handed out with the rest when it is open and free.
        tab: the browser that asks; items go to one browser of a person at a time.
        takes_over: whether this browser becomes the one.

    Raises:
        BadRequestError: too many items are to be left out.
        ConflictError: the person reviews in another browser.
    """
    if len(exclude) > MAX_EXCLUDED:
        fault = _("%(n_exclude)s items are to be left out; %(MAX_EXCLUDED)s are allowed.") % {
            "n_exclude": len(exclude),
            "MAX_EXCLUDED": MAX_EXCLUDED,
        }
        raise bad_request("too-many-ids", fault, _("Name only those at hand."), place="exclude")
    if tab is not None:
        _hold_tab(project, actor, tab, takes_over=takes_over)
    queue = queue or QueueFilter()
    n = min(max(n, 0), MAX_CLAIM)
    now = timezone.now()
    if queue.state == "done":
        return list_places(project, actor, queue=queue, n=n, first_place=0, now=now, exclude=exclude)
    own = _renew_claims(project, actor, queue=queue, now=now, wanted=wanted)
    places = [place for place in own if place.item_id not in exclude][:n]
    seen = {*exclude, *(place.item_id for place in own)}
    first_place = count_drawn(project, actor, tgt_lang=queue.tgt_lang) + len(own)
    # Others may take what is drawn before it is claimed; each round draws what was not drawn yet.
    for _round in range(MAX_DRAWS):
        missing = n - len(places)
        if missing <= 0:
            break
        drawn = list_places(project, actor, queue=queue, n=missing, first_place=first_place, now=now, exclude=seen)
        if not drawn:
            break
        won = _claim(drawn, actor)
        places += won
        first_place += sum(place.drawn_by != QUALIFICATION for place in won)
        seen.update(place.item_id for place in drawn)
    return places


def _hold_tab(project: Project, actor: User, tab: uuid.UUID, *, takes_over: bool) -> None:
    now = timezone.now()
    members = Membership.objects.filter(project=project, user=actor)
    is_free = Q(tab=None) | Q(tab=tab) | Q(tab_seen_at__lt=now - timedelta(seconds=TAB_S))
    if not (members if takes_over else members.filter(is_free)).update(tab=tab, tab_seen_at=now):
        raise conflict(
            "other-tab", _("You review in another tab or browser."), _("Take over here, or go on there."), place="tab"
        )


def _renew_claims(
    project: Project, actor: User, *, queue: QueueFilter, now: datetime, wanted: int | None
) -> list[Place]:
    """The open items that a person holds, for another while; with the one that was opened, where it is free."""
    if wanted is not None and list_free(project, actor, now=now).filter(pk=wanted).exists():
        claim_reviews(actor=actor, item_ids=[wanted], now=now)
    if gate := read_gate(project, actor):
        held = list_held(project, actor, now=now).exclude(item__tgt_lang__in=list(gate))
        held.update(claim_expires_at=claim_end(now))
    else:
        _RENEW.run(project=project.pk, actor=actor.pk, now=now, until=claim_end(now))
    return list_claimed(project, actor, queue=queue, now=now)


def _claim(drawn: Sequence[Place], actor: User) -> list[Place]:
    """The places among some that were won, with how each was drawn noted on its item."""
    asked = [place for place in drawn if place.drawn_by == QUALIFICATION]
    others = [place for place in drawn if place.drawn_by != QUALIFICATION]
    item_ids = claim_reviews(actor=actor, item_ids=[place.item_id for place in others], now=timezone.now())
    won = [place for place in others if place.item_id in item_ids]
    for draw in {place.drawn_by for place in won}:
        drawn_so = [place.item_id for place in won if place.drawn_by == draw]
        _NOTE_DRAW.run(items=drawn_so, draw=draw)
    # Everybody decides on qualification items apart, so that nobody holds them.
    return [*asked, *won]
