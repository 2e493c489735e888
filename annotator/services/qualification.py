"""Qualification: reviewers show on items with known gold that they can do the work, before real work is handed out."""

from __future__ import annotations

import math
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.errors import ConflictError, bad_request, conflict
from annotator.models import Attempt, Item, Membership, Project, Review, User
from annotator.queries.qualification import is_asked, list_decided, read_gate, sees_gold
from annotator.queries.qualification_scores import read_score, score_attempt
from annotator.services.events import record_event

State = Attempt.State
Kind = Review.Kind


# -------------------------------------------------------------------------------------------------------- the manager


@transaction.atomic
def set_qualification(*, project: Project, actor: User, pass_percent: int | None, shows_gold: bool) -> None:
    """Set the pass mark, none for no qualification, and whether the gold is shown after each item.

    Who has passed stays so whatever the mark becomes; an attempt is held against the mark that stands when it ends.

    Raises:
        BadRequestError: the mark is no percentage from 1 to 100.
    """
    if pass_percent is not None and not 1 <= pass_percent <= 100:
        fault = _("The pass mark is from 1 to 100 percent.")
        raise bad_request("bad-number", fault, _("Choose one, or leave it empty."), place="pass_percent")
    project.pass_percent, project.shows_gold = pass_percent, shows_gold
    project.save(update_fields=["pass_percent", "shows_gold"])
    data = {"pass_percent": pass_percent, "shows_gold": shows_gold}
    record_event(project=project, actor=actor, kind="qualification-changed", subject_id=project.pk, data=data)
    conclude_all(project)


@transaction.atomic
def let_pass(*, project: Project, actor: User, reviewer: User, tgt_lang: str) -> Attempt:
    """Let a person do real work in a language whatever the score; it is kept who did.

    Raises:
        ConflictError: the person has passed already, or is not asked to.
    """
    newest = _find_waiting(project, reviewer, tgt_lang)
    if newest is None or newest.state != State.OPEN:
        newest = _make_attempt(project, reviewer, tgt_lang, after=newest)
    newest.state, newest.let_by, newest.finished_at = State.PASSED, actor, timezone.now()
    newest.pass_percent = project.pass_percent
    newest.save()
    _note(newest, actor, kind="qualification-waived")
    return newest


@transaction.atomic
def let_try_again(*, project: Project, actor: User, reviewer: User, tgt_lang: str) -> Attempt:
    """Give a person who has not passed another attempt, over all qualification items of the language.

    Raises:
        ConflictError: the person has passed, or is not through with the attempt under way.
    """
    newest = _find_waiting(project, reviewer, tgt_lang)
    if newest is None or newest.state == State.OPEN:
        fault = _("%(person)s has not come to an end of the qualification yet.") % {"person": reviewer}
        raise conflict("not-failed", fault, _("Wait for the result."))
    attempt = _make_attempt(project, reviewer, tgt_lang, after=newest)
    _note(attempt, actor, kind="qualification-reopened")
    return attempt


def _find_waiting(project: Project, reviewer: User, tgt_lang: str) -> Attempt | None:
    """The newest attempt of somebody who has to qualify in a language."""
    _lock_person(project, reviewer)
    gate = read_gate(project, reviewer)
    if tgt_lang not in gate:
        fault = _("%(person)s does not have to qualify in this language.") % {"person": reviewer}
        raise conflict("not-asked", fault, _("Reload the page."))
    return gate[tgt_lang]


def _lock_person(project: Project, person: User) -> None:
    """One thing after the other happens to a person's attempts; held until the transaction ends."""
    Membership.objects.select_for_update(of=("self",), no_key=True).filter(project=project, user=person).first()


def _make_attempt(project: Project, user: User, tgt_lang: str, *, after: Attempt | None = None) -> Attempt:
    number = after.number + 1 if after else 1
    attempt, _is_new = Attempt.objects.get_or_create(project=project, user=user, tgt_lang=tgt_lang, number=number)
    return attempt


def _note(attempt: Attempt, actor: User | None, *, kind: str) -> None:
    data = {"person": attempt.user_id, "lang": attempt.tgt_lang, "number": attempt.number, "percent": attempt.percent}
    record_event(project=attempt.project, actor=actor, kind=kind, subject_id=attempt.pk, data=data)


# ------------------------------------------------------------------------------------------------------- the reviewer


def find_review(*, item: Item, actor: User) -> Review | None:
    """The qualification review that a person's decisions on a locked item belong to; None where they are real work.

    Raises:
        ConflictError: the item is no work for this person: they have not qualified, the attempt is over, the answer was
            shown, or the item serves to qualify others.
    """
    project = item.project
    if not item.is_qualification:
        if item.tgt_lang in read_gate(project, actor):
            fault = _("Real work begins once you have passed the qualification.")
            raise conflict("not-qualified", fault, _("Go on with the next item."), place=item.external_id)
        return None
    return None if sees_gold(project, actor) else _find_asked(item, actor)


def _find_asked(item: Item, actor: User) -> Review:
    gate = read_gate(item.project, actor)
    if item.tgt_lang not in gate or not is_asked(item, actor):
        fault = _("This item serves to qualify reviewers.")
        raise conflict("qualification-item", fault, _("Go on with the next item."), place=item.external_id)
    attempt = gate[item.tgt_lang]
    if attempt is not None and attempt.state != State.OPEN:
        raise attempt_over(item)
    attempt = attempt or _make_attempt(item.project, actor, item.tgt_lang)
    review = Review.objects.filter(item=item, attempt=attempt).first()
    if review is None:
        taken = item.reviews.filter(kind=Kind.QUALIFICATION).order_by("-number").values_list("number", flat=True)
        number = (taken.first() or 0) + 1
        return Review.objects.create(item=item, kind=Kind.QUALIFICATION, number=number, attempt=attempt, reviewer=actor)
    _check_not_shown(review)
    return review


def _check_not_shown(review: Review) -> None:
    if review.state == Review.State.DONE and review.item.project.shows_gold:
        fault = _("The gold of this qualification item was shown to you.")
        raise conflict("answer-shown", fault, _("Go on with the next item."), place=review.item.external_id)


def attempt_over(item: Item) -> ConflictError:
    """Refusal of what comes after the end of an attempt."""
    fault = _("The qualification that this belongs to is over.")
    return conflict("attempt-over", fault, _("Go on with the next item."), place=item.external_id)


def check_reversible(review: Review) -> None:
    """Refuse to take back what was decided in an attempt that is over, or whose gold was shown.

    Raises:
        ConflictError: so it is.
    """
    if review.kind != Kind.QUALIFICATION or review.attempt is None:
        return
    if review.attempt.state != State.OPEN:
        raise attempt_over(review.item)
    _check_not_shown(review)


def conclude(attempt: Attempt, *, now: datetime | None = None) -> Attempt:
    """End an attempt whose items are all decided: score it, and hold the score against the pass mark."""
    project = attempt.project
    if attempt.state != State.OPEN or project.pass_percent is None:
        return attempt
    items = list_decided(attempt)
    if items is None:
        return attempt
    attempt.figures = score_attempt(attempt, items)
    # Cut, not rounded up, so that what is shown never looks like the mark that was missed.
    attempt.percent = math.floor(round(read_score(attempt.figures), 6) * 10) / 10
    attempt.pass_percent, attempt.finished_at = project.pass_percent, now or timezone.now()
    attempt.state = State.PASSED if attempt.percent >= project.pass_percent else State.FAILED
    attempt.save()
    _note(attempt, attempt.user, kind=f"qualification-{attempt.state}")
    return attempt


def conclude_all(project: Project) -> None:
    """End the attempts that nothing is left to decide in, after items were taken out of the set."""
    lock_takers(project)
    for attempt in Attempt.objects.filter(project=project, state=State.OPEN).select_related("user").order_by("pk"):
        attempt.project = project
        conclude(attempt)


def lock_takers(project: Project) -> None:
    """Let nobody decide on qualification items until the transaction ends; to be called before items are locked."""
    takers = Attempt.objects.filter(project=project, state=State.OPEN).values("user")
    list(Membership.objects.select_for_update(of=("self",), no_key=True).filter(user__in=takers, project=project))
