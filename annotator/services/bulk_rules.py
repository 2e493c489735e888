"""How acts on many items find their items, and those acts that change no labels: assign, qualification.

What an item was before stands in `Bulk.before`, from which the act is undone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.errors import bad_request, conflict
from annotator.models import Assignment, Bulk, Item, Membership, Project, User
from annotator.queries.bulk import count_refused, list_meant
from annotator.queries.item_filter import read_item_filter
from annotator.services.qualification import conclude_all, lock_takers

Kind = Bulk.Kind


@dataclass(frozen=True, slots=True)
class Result:
    """What the act did to one item.

    Attributes:
        n_decisions: decisions taken; 0 where the item was refused.
        n_left: proposals that could not be decided on and are left to people.
        refusal: code of why nothing was done.
    """

    n_decisions: int = 0
    n_left: int = 0
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """How an act finds its items, what it does to one, and how that is undone where it is no decision."""

    list_items: Callable[[Bulk], QuerySet[Item]]
    count_refused: Callable[[Bulk], dict[str, int]]
    do: Callable[[Bulk, int], Result]
    undo: Callable[[Bulk, int, User], None] | None = None


def list_filtered(bulk: Bulk) -> QuerySet[Item]:
    """The items that the filter of an act finds and that it may be done on."""
    wanted, _problems = read_item_filter(bulk.settings["filter"])
    return list_meant(bulk.project, bulk.created_by, kind=bulk.kind, wanted=wanted, now=timezone.now())


def count_filtered_out(bulk: Bulk) -> dict[str, int]:
    """The items that the filter finds and that are left alone, by the code of why."""
    wanted, _problems = read_item_filter(bulk.settings["filter"])
    return count_refused(bulk.project, bulk.created_by, kind=bulk.kind, wanted=wanted, now=timezone.now())


def check_assignee(project: Project, assignee: User | None) -> int:
    """Id of somebody who reviews here.

    Raises:
        BadRequestError: nobody was named, or somebody who does not.
    """
    roles = [Membership.Role.MANAGER, Membership.Role.CURATOR, Membership.Role.REVIEWER]
    if assignee is None or not project.memberships.filter(user=assignee, role__in=roles).exists():
        fault, remedy = _("The items were assigned to nobody."), _("Choose a member who reviews.")
        raise bad_request("no-such-reviewer", fault, remedy, place="assignee")
    return assignee.pk


def _assign(bulk: Bulk, item_id: int) -> Result:
    Item.objects.select_for_update(no_key=True).get(pk=item_id)
    before = list(Assignment.objects.filter(item=item_id).values_list("reviewer_id", flat=True))
    if before == [bulk.settings["assignee"]]:
        return Result(refusal="nothing-to-do")
    bulk.before[str(item_id)] = before
    _set_assignments(item_id, [bulk.settings["assignee"]], actor=bulk.created_by)
    return Result(n_decisions=1)


def _set_assignments(item_id: int, reviewer_ids: Sequence[int], *, actor: User) -> None:
    Assignment.objects.filter(item=item_id).delete()
    Assignment.objects.bulk_create(
        Assignment(item_id=item_id, reviewer_id=reviewer_id, created_by=actor) for reviewer_id in reviewer_ids
    )


def _undo_assign(bulk: Bulk, item_id: int, actor: User) -> None:
    before = bulk.before.pop(str(item_id))
    now = list(Assignment.objects.filter(item=item_id).values_list("reviewer_id", flat=True))
    if now != [bulk.settings["assignee"]]:
        raise conflict("changed-since", _("The item was assigned anew."), _("Assign it by hand."))
    _set_assignments(item_id, before, actor=actor)


# ------------------------------------------------------------------------------------------------------ qualification


def _qualify(bulk: Bulk, item_id: int) -> Result:
    return _change_set(bulk, item_id, is_qualification=True)


def _release(bulk: Bulk, item_id: int) -> Result:
    return _change_set(bulk, item_id, is_qualification=False)


def _change_set(bulk: Bulk, item_id: int, *, is_qualification: bool) -> Result:
    _move_item(bulk.project, item_id, is_qualification=is_qualification)
    bulk.before[str(item_id)] = True
    return Result(n_decisions=1)


def _undo_change(bulk: Bulk, item_id: int, actor: User) -> None:
    del actor
    del bulk.before[str(item_id)]
    _move_item(bulk.project, item_id, is_qualification=bulk.kind == Kind.RELEASE)


def _move_item(project: Project, item_id: int, *, is_qualification: bool) -> None:
    """Put an item into the qualification set or take it out, unless it is there already."""
    lock_takers(project)
    items = Item.objects.filter(project=project, pk=item_id, is_qualification=not is_qualification)
    if is_qualification:
        # Its gold may have been undone since somebody looked.
        items = items.filter(state=Item.State.DONE)
    if not items.update(is_qualification=is_qualification):
        raise conflict("changed-since", _("The item was changed in the meantime."), _("Look at it again."))
    if not is_qualification:
        conclude_all(project)


ROW_RULES: dict[str, Rule] = {
    Kind.ASSIGN: Rule(list_filtered, count_filtered_out, _assign, _undo_assign),
    Kind.QUALIFY: Rule(list_filtered, count_filtered_out, _qualify, _undo_change),
    Kind.RELEASE: Rule(list_filtered, count_filtered_out, _release, _undo_change),
}
