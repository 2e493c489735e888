"""Assignments: which people review which items. An item with assignments is handed out to those people only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Floor
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.errors import bad_request
from annotator.models import Assignment, Item, Project, Review, User
from annotator.queries.assignments import list_assignable
from annotator.queries.claims import is_held
from annotator.services.events import record_event

# Spreads the seeded random numbers anew: assignments follow neither the queue's random share nor the overlap.
_SPREAD = 4093.0
BATCH = 5_000


@dataclass(frozen=True, slots=True)
class AssignmentPlan:
    """Who gets which part of the items.

    Attributes:
        shares: percent of the reviews for each person by user id; what is missing to 100 stays open to everybody.
        tgt_lang: only items of this target language; "" for all.
        item_ids: only these items; None for all of the project.
        is_anew: whether items that are assigned already are assigned anew.
    """

    shares: Mapping[int, int]
    tgt_lang: str = ""
    item_ids: Sequence[int] | None = None
    is_anew: bool = False


@dataclass(frozen=True, slots=True)
class AssignmentPreview:
    """What a plan does: how many items each person gets, by user id, and what is left out."""

    n_by_person: Mapping[int, int]
    n_items: int
    n_open_to_all: int
    n_short: int
    n_kept: int


def preview_assignment(project: Project, plan: AssignmentPlan) -> AssignmentPreview:
    """Count what a plan would do."""
    rows, n_items, n_short = _draw(project, plan)
    n_by_person: defaultdict[int, int] = defaultdict(int)
    for _item_id, user_id in rows:
        n_by_person[user_id] += 1
    n_assigned = len({item_id for item_id, _user_id in rows})
    return AssignmentPreview(
        n_by_person={user_id: n_by_person[user_id] for user_id in plan.shares},
        n_items=n_items,
        n_open_to_all=n_items - n_assigned,
        n_short=n_short,
        n_kept=_list_items(project, plan).count() - n_items,
    )


@transaction.atomic
def assign_items(*, project: Project, actor: User, plan: AssignmentPlan) -> AssignmentPreview:
    """Assign items that nobody has begun by share; those of a language only to people who read it.

    Raises:
        BadRequestError: nobody was named, a share is wrong, or somebody does not review here.
    """
    preview = preview_assignment(project, plan)
    if plan.is_anew:
        Assignment.objects.filter(item__in=_list_free(project, plan).values("pk")).delete()
    rows, _n_items, _n_short = _draw(project, plan)
    Assignment.objects.bulk_create(
        (Assignment(item_id=item_id, reviewer_id=user_id, created_by=actor) for item_id, user_id in rows),
        batch_size=BATCH,
    )
    data = {"n_items": preview.n_items, "n_assigned": len(rows), "n_people": len(plan.shares)}
    record_event(project=project, actor=actor, kind="items-assigned", subject_id=project.pk, data=data)
    return preview


@transaction.atomic
def withdraw_assignments(*, project: Project, actor: User, reviewer: User) -> int:
    """Take back from a person what was assigned and is not begun; gives how many items."""
    begun = Review.objects.filter(reviewer=reviewer, version__gt=0)
    rows = Assignment.objects.filter(item__project=project, reviewer=reviewer).exclude(item__in=begun.values("item"))
    n_withdrawn, _by_model = rows.delete()
    empty = Review.objects.filter(item__project=project, claimed_by=reviewer, version=0)
    empty.update(claimed_by=None, claim_expires_at=None)
    data = {"reviewer": reviewer.pk, "n": n_withdrawn}
    record_event(project=project, actor=actor, kind="assignments-withdrawn", subject_id=project.pk, data=data)
    return n_withdrawn


def _list_items(project: Project, plan: AssignmentPlan) -> QuerySet[Item]:
    items = Item.objects.filter(project=project, is_qualification=False)
    items = items.exclude(state__in=[Item.State.DONE, Item.State.REVIEWED])
    if plan.tgt_lang:
        items = items.filter(tgt_lang=plan.tgt_lang)
    return items if plan.item_ids is None else items.filter(pk__in=plan.item_ids)


def _list_free(project: Project, plan: AssignmentPlan) -> QuerySet[Item]:
    """Items that nobody has begun or holds, and unless they are assigned anew, that are not assigned."""
    taken = Review.objects.filter(Q(version__gt=0) | is_held(now=timezone.now()))
    items = _list_items(project, plan).exclude(pk__in=taken.values("item"))
    return items if plan.is_anew else items.filter(assignments=None)


def _draw(project: Project, plan: AssignmentPlan) -> tuple[list[tuple[int, int]], int, int]:
    """Item and person of each assignment, how many items were looked at, and how many reviews found nobody."""
    langs = _check(project, plan)
    spread = F("shuffle_key") * _SPREAD
    items = _list_free(project, plan).annotate(share=spread - Floor(spread)).order_by("share", "pk")
    rows = list(items.values_list("pk", "tgt_lang", "n_reviews"))
    wheels = {lang: _Wheel(plan.shares, langs, lang, seed=project.seed) for lang in {row[1] for row in rows}}
    drawn: list[tuple[int, int]] = []
    n_short = 0
    for item_id, lang, n_reviews in rows:
        people = wheels[lang].turn(n_reviews)
        drawn += [(item_id, user_id) for user_id in people]
        n_short += n_reviews - len(people) if people else 0
    return drawn, len(rows), n_short


class _Wheel:
    """Deals items of one language out so that each person has the own share at any time."""

    def __init__(self, shares: Mapping[int, int], langs: Mapping[int, Sequence[str]], lang: str, *, seed: int) -> None:
        fit = [user_id for user_id in shares if shares[user_id] and (not langs[user_id] or lang in langs[user_id])]
        # What nobody gets is dealt to nobody, so that the shares stay what they are.
        left = max(0, 100 - sum(shares.values()))
        self._weights: dict[int | None, int] = {user_id: shares[user_id] for user_id in fit}
        if left:
            self._weights[None] = left
        self._dealt: dict[int | None, float] = dict.fromkeys(self._weights, 0.0)
        self._order = list(self._weights)
        Random(f"{seed} {lang}").shuffle(self._order)

    def turn(self, n: int) -> list[int]:
        """The people of the next item, who lag most behind their shares; none where it stays open to everybody."""
        if not self._weights:
            return []
        total = sum(self._weights.values())
        for key, weight in self._weights.items():
            self._dealt[key] -= weight / total
        behind = sorted(self._order, key=lambda key: self._dealt[key])
        if behind[0] is None:
            self._dealt[None] += 1
            return []
        people = [key for key in behind if key is not None][:n]
        for key in people:
            self._dealt[key] += 1 / len(people)
        return people


def _check(project: Project, plan: AssignmentPlan) -> dict[int, Sequence[str]]:
    """The languages of the people of a plan, by user id."""
    if not any(plan.shares.values()):
        raise bad_request("nobody", _("Nobody gets a share."), _("Give somebody more than 0 percent."), place="shares")
    if any(not 0 <= share <= 100 for share in plan.shares.values()) or sum(plan.shares.values()) > 100:
        raise bad_request(
            "bad-share", _("The shares are more than 100 percent."), _("Make them 100 or less."), place="shares"
        )
    langs: dict[int, Sequence[str]] = {member.user_id: list(member.tgt_langs) for member in list_assignable(project)}
    if unknown := set(plan.shares) - set(langs):
        raise bad_request(
            "not-a-reviewer",
            _("The account %(id)s does not review here.") % {"id": min(unknown)},
            _("Make it a member with the role reviewer."),
            place="shares",
        )
    return langs
