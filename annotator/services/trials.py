"""A panel tried on a few items: what each voter is sent and answers, kept so that the later run asks nothing twice."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotator import jobs
from annotator.errors import ServiceError, bad_request
from annotator.jobs import JobControl
from annotator.models import Item, Job, Panel, Trial, User, Voter
from annotator.queries.panels import SheetOfItem, find_shown_run, iter_sheets, list_asked_items, list_questions
from annotator.services.events import record_event
from annotator.services.kept_replies import KeptReplies
from annotator.services.voters import build_voter
from projection.errors import EngineError, Problem
from projection.vote.records import write_ballot
from projection.vote.running import ask_panel
from projection.vote.voters.asked import AskedVoter
from projection.vote.voters.base import Voter as AskableVoter

N_ITEMS = 5
MAX_ITEMS = 20
TRIED_KINDS = (Voter.Kind.CHAT, Voter.Kind.LOCAL)
"""Kinds that can be asked before there is a file for each language."""


@transaction.atomic
def start_trial(
    *,
    panel: Panel,
    actor: User,
    tgt_lang: str,
    voters: Sequence[Voter] | None = None,
    item_ids: Sequence[int] = (),
    token: str = "",
) -> Trial:
    """Ask some voters about a few items; the same token again gives the same trial.

    Args:
        panel: the panel.
        actor: who wants it.
        tgt_lang: the language.
        voters: of the panel; all that can be asked by default.
        item_ids: items of the language; some of the random share by default, the same in every trial.
        token: made by whoever asks.

    Raises:
        BadRequestError: nobody to ask, nothing to ask about, or too many items.
    """
    asked = [each for each in voters or panel.voters.all() if each.kind in TRIED_KINDS]
    if not asked or any(each.panel_id != panel.pk for each in asked):
        fault = _("The panel has no voter that can be tried.")
        raise bad_request("no-voters", fault, _("Add a chat endpoint or a local model."), place="voters")
    ids = choose_items(panel, tgt_lang=tgt_lang, item_ids=item_ids)
    key = f"trial:{panel.pk}:{token or uuid.uuid4()}"
    kinds = {each.kind for each in asked}
    queue = Job.Queue.GPU if kinds == {Voter.Kind.LOCAL} else Job.Queue.REMOTE
    job, is_new = jobs.create_job(
        kind=Job.Kind.TRIAL, project=panel.project, actor=actor, idempotency_key=key, queue=queue
    )
    if not is_new:
        return Trial.objects.get(job=job)
    names = [each.name for each in asked]
    trial = Trial.objects.create(panel=panel, job=job, tgt_lang=tgt_lang, item_ids=ids, voters=names, created_by=actor)
    data = {"panel": panel.name, "tgt_lang": tgt_lang, "voters": names, "n_items": len(ids)}
    record_event(project=panel.project, actor=actor, kind="trial-started", subject_id=trial.pk, data=data)
    return trial


def choose_items(panel: Panel, *, tgt_lang: str, item_ids: Sequence[int] = ()) -> list[int]:
    """The given items, or the first ones in shuffled order that have questions.

    Raises:
        BadRequestError: see `start_trial`.
    """
    items = list_asked_items(panel, tgt_lang=tgt_lang)
    asked = items.filter(pk__in=list_questions(panel, tgt_lang=tgt_lang).order_by().values("item"))
    if item_ids:
        chosen = list(asked.filter(pk__in=list(item_ids)).values_list("pk", flat=True))
        if len(set(item_ids)) > MAX_ITEMS or len(chosen) != len(set(item_ids)):
            fault = _("A trial takes at most %(most)s items of the language that have labels.") % {"most": MAX_ITEMS}
            raise bad_request("wrong-items", fault, _("Choose others."), place="items")
        return chosen
    chosen = list(asked.order_by("shuffle_key", "pk").values_list("pk", flat=True)[:N_ITEMS])
    if not chosen:
        fault = _("The items of %(language)s have no labels of the layers that the panel is asked about.")
        remedy = _("Choose another language, or import labelled items first.")
        raise bad_request("no-questions", fault % {"language": tgt_lang}, remedy, place="target language")
    return chosen


def execute_trial(control: JobControl) -> None:
    """Do the work of a trial's job; what goes wrong with one voter is told and stops no other."""
    trial = Trial.objects.select_related("panel__project").get(job_id=control.job.pk)
    voters = list(trial.panel.voters.filter(name__in=trial.voters).select_related("key", "panel__project"))
    batch = read_trial_sheets(trial.panel, tgt_lang=trial.tgt_lang, item_ids=trial.item_ids)
    control.tick(stage=Job.VOTING, n_total=len(voters) * len(batch), n_done=0)
    answers: dict[str, Any] = {}
    with KeptReplies(trial.panel.project_id) as cache:
        for n, voter in enumerate(voters):
            try:
                built = build_voter(voter, cache=cache)
                answers[voter.name] = _try(built, batch, cache, control)
            except (ServiceError, EngineError) as err:
                answers[voter.name] = {"problem": _problem(err.problem), "items": {}}
            control.tick(n_done=(n + 1) * len(batch))
    with transaction.atomic():
        control.check_lease()
        Trial.objects.filter(pk=trial.pk).update(answers=answers)
        control.finish()


def read_trial_sheets(panel: Panel, *, tgt_lang: str, item_ids: Sequence[int]) -> list[SheetOfItem]:
    """What voters are asked about some items."""
    items = Item.objects.filter(project=panel.project_id, pk__in=list(item_ids))
    judged = find_shown_run(panel, tgt_lang=tgt_lang) if panel.asked.get("judges") else None
    return [each for batch in iter_sheets(panel, items, tgt_lang=tgt_lang, judged_run=judged) for each in batch]


def _try(voter: AskableVoter, batch: Sequence[SheetOfItem], cache: KeptReplies, control: JobControl) -> dict[str, Any]:
    def is_cancelled() -> bool:
        control.tick()
        return False

    result = ask_panel([voter], [each.sheet for each in batch], cache=cache, is_cancelled=is_cancelled)
    ballots = {ballot.item_id: ballot for ballot in result.ballots}
    left = {each.item_id: each.problem for each in result.left}
    found: dict[str, Any] = {}
    for each in batch:
        item = each.sheet.item
        entry: dict[str, Any] = {"prompts": list_prompts(voter, each)}
        if item.id in ballots:
            entry["ballot"] = write_ballot(ballots[item.id], item=item)
        if item.id in left:
            entry["problem"] = _problem(left[item.id])
        found[item.id] = entry
    stopped = [_problem(problem) for problem in result.stopped.values()]
    return {"items": found} | ({"problem": stopped[0]} if stopped else {})


def list_prompts(voter: AskableVoter, each: SheetOfItem) -> list[dict[str, str]]:
    """What a voter that is asked in words would be sent about an item in the first round."""
    if not isinstance(voter, AskedVoter):
        return []
    return [
        {"task": request.task, "system": request.system, "user": request.user} for request in voter.requests(each.sheet)
    ]


def show_prompts(voter: Voter, batch: Sequence[SheetOfItem]) -> dict[str, list[dict[str, str]]]:
    """The prompts of a voter by item; nothing is asked.

    Raises:
        BadRequestError, EngineError: the voter cannot be built.
    """
    built = build_voter(voter, cache=_Nothing())
    return {each.sheet.item.id: list_prompts(built, each) for each in batch}


class _Nothing:
    """A cache for voters that are not asked."""

    def get(self, keys: list[str]) -> dict[str, str]:
        del keys
        return {}

    def put(self, rows: Any) -> None:
        del rows


def _problem(problem: Problem) -> dict[str, str]:
    return {"code": problem.code, "message": problem.message, "remedy": problem.remedy}
