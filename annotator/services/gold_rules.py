"""Gold by a rule, in the name of the curator who applies it: all at once, and undone at once."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from annotator.errors import bad_request, conflict
from annotator.jobs import JobControl
from annotator.models import Bulk, Item, Project, Review, User
from annotator.queries.adjudication import read_sheet
from annotator.queries.gold_rules import (
    audit_unanimous,
    find_unanimous,
    is_agreed,
    list_agreeable,
    list_unclaimed,
    list_voting_runs,
)
from annotator.services.adjudication import Choice, SettledItem
from annotator.services.bulk_decisions import RULES, accept_item, begin, execute
from annotator.services.bulk_rules import Result, Rule

MIN_AUDITED = 20


def settle_agreed(*, project: Project, actor: User, n_agreeing: int, tgt_lang: str, step: uuid.UUID) -> Bulk:
    """Settle the items in which, for every label, so many reviewers are of one opinion.

    Raises:
        BadRequestError: fewer than two are no agreement.
        ConflictError: there is nothing to settle.
    """
    if n_agreeing < 2:
        raise bad_request("too-few", _("One reviewer alone agrees with nobody."), _("Give at least 2."), place="n")
    settings = {"n_agreeing": n_agreeing, "lang": tgt_lang}
    kind = Bulk.Kind.AGREED
    return begin(project=project, actor=actor, kind=kind, settings=settings, step=step, n_seen=None, rule=AGREED)


def accept_unanimous(*, project: Project, actor: User, min_percent: int, tgt_lang: str, step: uuid.UUID) -> Bulk:
    """Accept the items on which all machines agree, as silver, which exports leave out unless asked for.

    Raises:
        BadRequestError: the percentage makes no sense.
        ConflictError: there are fewer than two runs, or people's decisions on the random share do not bear it out.
    """
    if not 50 <= min_percent <= 100:
        raise bad_request("bad-percent", _("The share has to be from 50 to 100 percent."), place="percent")
    runs = list_voting_runs(project, tgt_lang)
    if len(runs) < 2:
        raise conflict("one-run", _("It takes two finished runs to agree."), _("Start another run."))
    audit = audit_unanimous(project, tgt_lang=tgt_lang, runs=runs)
    if audit.n_items < MIN_AUDITED:
        fault = _("Only %(n)d unanimous items of the random share are reviewed.") % {"n": audit.n_items}
        raise conflict("audit-too-small", fault, _("Review at least %(n)d.") % {"n": MIN_AUDITED})
    if audit.bounds[0] < min_percent:
        fault = _("People left %(right)d of %(n)d as proposed; the share may be as low as %(low).1f %%.") % {
            "right": audit.n_right, "n": audit.n_items, "low": audit.bounds[0]
        }  # fmt: skip
        raise conflict("audit-failed", fault, _("Review more of the random share, or ask for less."))
    settings = {
        "lang": tgt_lang,
        "min_percent": min_percent,
        "runs": [run.pk for run in runs],
        "audit": {"n": audit.n_items, "n_right": audit.n_right, "low": audit.bounds[0], "high": audit.bounds[1]},
    }
    kind = Bulk.Kind.UNANIMOUS
    return begin(project=project, actor=actor, kind=kind, settings=settings, step=step, n_seen=None, rule=UNANIMOUS)


def _list_agreeable(bulk: Bulk) -> QuerySet[Item]:
    return list_agreeable(bulk.project, tgt_lang=bulk.settings["lang"])


def _settle_item(bulk: Bulk, item_id: int) -> Result:
    settled = SettledItem(project=bulk.project, actor=bulk.created_by, item_id=item_id, kind=Review.Kind.ADJUDICATION)
    sheet = read_sheet(bulk.project, item_id)
    if sheet is None or settled.item.state != Item.State.REVIEWED or not is_agreed(sheet, bulk.settings["n_agreeing"]):
        return Result(refusal="not-agreed")
    choices = {unit.ref: Choice(unit.most_alike[0].key) for unit in sheet.units}
    rule = {"rule": Bulk.Kind.AGREED.value, "n_agreeing": bulk.settings["n_agreeing"], "bulk": bulk.pk}
    settled.take_sides(sheet, choices, rule=rule)
    settled.save(step=bulk.step, first_ordinal=bulk.n_decisions, keeps_claim=False)
    return Result(n_decisions=settled.n_decisions)


def _list_unclaimed(bulk: Bulk) -> QuerySet[Item]:
    return list_unclaimed(bulk.project, tgt_lang=bulk.settings["lang"])


def _accept_item(bulk: Bulk, item_id: int) -> Result:
    runs = [run for run in list_voting_runs(bulk.project, bulk.settings["lang"]) if run.pk in bulk.settings["runs"]]
    if item_id not in find_unanimous(runs, [item_id]):
        return Result(refusal="runs-differ")
    return accept_item(bulk, item_id, cause={"rule": Bulk.Kind.UNANIMOUS.value, "is_silver": True, "bulk": bulk.pk})


def _count_nothing(bulk: Bulk) -> dict[str, int]:
    del bulk
    return {}


AGREED = Rule(_list_agreeable, _count_nothing, _settle_item)
UNANIMOUS = Rule(_list_unclaimed, _count_nothing, _accept_item)
ALL_RULES = {**RULES, Bulk.Kind.AGREED: AGREED, Bulk.Kind.UNANIMOUS: UNANIMOUS}


def execute_bulk(control: JobControl) -> None:
    """Do the job of an act on many items, whatever it is."""
    execute(control, rules=ALL_RULES)
