"""Voters at work: each in a run and a job of its own, so that one's outage leaves the others alone."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence

from django.core.files import File
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.utils.translation import gettext as _

from annotator import jobs, mapping
from annotator.errors import bad_request
from annotator.jobs import JobControl
from annotator.models import Ballot, Item, Job, Panel, Run, RunItem, User, Voter, VoterRun
from annotator.queries.panels import (
    BATCH_ITEMS,
    LOADED,
    Asked,
    SheetOfItem,
    find_shown_run,
    iter_sheets,
    list_asked_items,
    list_questions,
)
from annotator.services.ballot_files import fit_ballot, read_file
from annotator.services.events import record_event
from annotator.services.kept_replies import KeptReplies
from annotator.services.priorities import weigh_items
from annotator.services.run_items import Outcome, write_outcomes
from annotator.services.vote_rows import LabelRows, make_ballot_row, make_outcome
from annotator.services.voters import ASKED_KINDS, build_voter, describe_voter, versions_of
from projection.errors import EngineError, Problem
from projection.vote import ballots as library
from projection.vote.running import PanelResult, Progress, ask_panel

ENGINE = "voter"
"""What runs of voters have for an engine."""
CHUNK_S = 2.0
CHUNK_BALLOTS = 100
_QUEUES = {Voter.Kind.CHAT: Job.Queue.REMOTE, Voter.Kind.LOCAL: Job.Queue.GPU}


# ------------------------------------------------------------------------------------------------------------ starting


@transaction.atomic
def start_vote(
    *,
    voter: Voter,
    actor: User,
    tgt_lang: str,
    file: File[bytes] | None = None,
    run: Run | None = None,
    token: str = "",
) -> VoterRun:
    """Let a voter vote on all items of a language; the same token again gives the same run.

    Args:
        voter: of any kind.
        actor: who starts it.
        tgt_lang: the language.
        file: recorded replies or ballots, for voters of these kinds.
        run: a finished projection run whose candidates are the votes, for voters of that kind.
        token: made by whoever asks, so that a second click does nothing more.

    Raises:
        BadRequestError: nothing to ask about, or what the kind of the voter needs is missing.
    """
    panel = voter.panel
    if not list_questions(panel, tgt_lang=tgt_lang).exists():
        fault = _("The items of %(language)s have no labels of the layers that the panel is asked about.")
        remedy = _("Choose another language, or import labelled items first.")
        raise bad_request("no-questions", fault % {"language": tgt_lang}, remedy, place="target language")
    if voter.kind == Voter.Kind.RUN:
        return _take_run(voter, tgt_lang, run)
    if (file is not None) != (voter.kind in (Voter.Kind.RECORDED, Voter.Kind.FILE)):
        fault = _("The voter %(voter)s needs a file.") if file is None else _("The voter %(voter)s takes no file.")
        raise bad_request("wrong-file", fault % {"voter": voter.name}, _("See the kind of the voter."), place="file")
    judged = _find_judged(panel, tgt_lang)
    key = f"vote:{voter.pk}:{tgt_lang}:{token or uuid.uuid4()}"
    queue = _QUEUES.get(Voter.Kind(voter.kind), Job.Queue.CPU)
    job, is_new = jobs.create_job(
        kind=Job.Kind.VOTE, project=panel.project, actor=actor, idempotency_key=key, queue=queue
    )
    if not is_new:
        return VoterRun.objects.get(run__job=job)
    made = Run.objects.create(
        project=panel.project,
        job=job,
        tgt_lang=tgt_lang,
        engine=ENGINE,
        settings=describe_voter(voter),
        versions=versions_of(voter),
        created_by=actor,
    )
    voter_run = VoterRun(voter=voter, run=made, tgt_lang=tgt_lang, judged_run=judged)
    if file is not None:
        voter_run.file.save(f"{made.pk}-{uuid.uuid4().hex}", file, save=False)
    voter_run.save()
    data = {"voter": voter.name, "panel": panel.name, "tgt_lang": tgt_lang}
    record_event(project=panel.project, actor=actor, kind="vote-started", subject_id=made.pk, data=data)
    return voter_run


def _take_run(voter: Voter, tgt_lang: str, run: Run | None) -> VoterRun:
    finished = Run.objects.filter(project=voter.panel.project_id, tgt_lang=tgt_lang, job__state=Job.State.DONE)
    if run is None or not finished.filter(pk=run.pk).exclude(engine=ENGINE).exists():
        fault = _("The voter %(voter)s votes with the candidates of a finished run.") % {"voter": voter.name}
        raise bad_request("no-run", fault, _("Choose a finished run of this language."), place="run")
    return VoterRun.objects.update_or_create(voter=voter, run=run, defaults={"tgt_lang": tgt_lang})[0]


def _find_judged(panel: Panel, tgt_lang: str) -> Run | None:
    if not Asked.of(panel).judges:
        return None
    shown = find_shown_run(panel, tgt_lang=tgt_lang)
    if shown is None:
        fault = _("There is nothing to judge: no run of this language is shown to reviewers.")
        raise bad_request("nothing-to-judge", fault, _("Run a projection first."), place="target language")
    return shown


# ------------------------------------------------------------------------------------------------------------ working


def execute_vote(control: JobControl) -> None:
    """Do the work of a voter's job, or what is left of it: each item is done, or untouched and open.

    Raises:
        EngineError: the voter cannot be asked any more, or some items got no ballot; resuming asks for these again.
    """
    voter_run = VoterRun.objects.select_related("voter__panel__project", "voter__key", "run", "judged_run").get(
        run__job_id=control.job.pk
    )
    desk = _Desk(voter_run, control)
    if voter_run.voter.kind in ASKED_KINDS:
        _ask(voter_run, desk)
    else:
        _read_file(voter_run, desk)
    run = voter_run.run
    with transaction.atomic():
        control.check_lease()
        data = {"n_items": RunItem.objects.filter(run=run).count()}
        record_event(project=run.project, actor=None, kind="vote-finished", subject_id=run.pk, data=data)
        weigh_items(run.project, tgt_lang=run.tgt_lang)
        control.finish()


def _ask(voter_run: VoterRun, desk: _Desk) -> None:
    run, panel = voter_run.run, voter_run.voter.panel
    n_left, last = 0, ""
    with KeptReplies(panel.project_id) as cache:
        voter = build_voter(voter_run.voter, cache=cache, file=voter_run.file.path if voter_run.file else "")
        # The budget is that of the whole run, whatever was asked in which attempt.
        voter.gate.spent = Ballot.objects.filter(run=run).aggregate(cost=Sum("cost"))["cost"] or 0.0
        batches = iter_sheets(panel, desk.pending, tgt_lang=voter_run.tgt_lang, judged_run=voter_run.judged_run)
        for batch in batches:
            desk.take(batch)
            result = ask_panel(
                [voter],
                [each.sheet for each in batch if each.sheet.questions],
                cache=cache,
                on_ballot=desk.add,
                progress=desk.look,
                is_cancelled=desk.is_cancelled,
            )
            desk.flush()
            _stop_if_ended(result)
            n_left += len(result.left)
            last = result.left[-1].problem.message if result.left else last
    if n_left:
        fault = f"{n_left} items got no ballot. The last reason: {last}"
        raise EngineError(Problem("items-left", fault, "Resume the job: only these are asked for again."))


def _stop_if_ended(result: PanelResult) -> None:
    for problem in result.stopped.values():
        raise EngineError(problem)


class _Desk:
    """Collects ballots and writes them in short transactions, each together with the record that its item is done."""

    def __init__(self, voter_run: VoterRun, control: JobControl) -> None:
        self._run, self._control = voter_run.run, control
        self._rows: dict[str, Item] = {}
        self._waiting: list[tuple[Item, library.Ballot | None]] = []
        self._labels = LabelRows(voter_run.run)
        self._written_at = time.monotonic()
        items = list_asked_items(voter_run.voter.panel, tgt_lang=voter_run.tgt_lang)
        done = RunItem.objects.filter(run=voter_run.run, item=OuterRef("pk"))
        self.pending: QuerySet[Item] = items.exclude(Exists(done))
        n_total = items.count()
        self._n_done = n_total - self.pending.count()
        control.tick(stage=Job.VOTING, n_total=n_total, n_done=self._n_done)

    def take(self, batch: Sequence[SheetOfItem]) -> None:
        """Items that are asked about next; those without questions are done at once."""
        self._rows = {each.row.external_id: each.row for each in batch}
        self._waiting += [(each.row, None) for each in batch if not each.sheet.questions]

    def add(self, ballot: library.Ballot) -> None:
        """A ballot that came in."""
        self._waiting.append((self._rows[ballot.item_id], ballot))
        if len(self._waiting) >= CHUNK_BALLOTS or time.monotonic() - self._written_at >= CHUNK_S:
            self.flush()

    def pass_over(self, row: Item) -> None:
        """An item that the voter has no ballot on."""
        self._waiting.append((row, None))

    def look(self, progress: Progress) -> None:
        """Tell how far it is."""
        del progress
        self._control.tick(n_done=self._n_done + len(self._waiting))

    def is_cancelled(self) -> bool:
        """Keep the lease; raises where the work is to end."""
        self._control.tick()
        return False

    def flush(self) -> None:
        """Write what waits."""
        outcomes = [self._outcome(row, ballot) for row, ballot in self._waiting]
        ballots = [make_ballot_row(self._run, row, ballot) for row, ballot in self._waiting if ballot is not None]
        with transaction.atomic():
            self._control.check_lease()
            write_outcomes(outcomes)
            Ballot.objects.bulk_create(ballots)
        self._n_done += len(self._waiting)
        self._waiting = []
        self._written_at = time.monotonic()

    def _outcome(self, row: Item, ballot: library.Ballot | None) -> Outcome:
        votes = {vote.source_id: vote for vote in ballot.votes} if ballot else {}
        return make_outcome(self._run, row, self._labels.of_votes(row, votes))


# ------------------------------------------------------------------------------------------------- ballots from files


def _read_file(voter_run: VoterRun, desk: _Desk) -> None:
    """Take the ballots of a file; items that it has none on are done without one.

    Raises:
        FormatError: the file cannot be read.
        EngineError: nothing in it fits the items.
    """
    panel, tgt_lang = voter_run.voter.panel, voter_run.tgt_lang
    rows = list_asked_items(panel, tgt_lang=tgt_lang).select_related("document").prefetch_related(*LOADED)
    items = {row.external_id: mapping.to_item(row) for row in rows.iterator(BATCH_ITEMS)}
    with voter_run.file.open("rb") as file:
        found = read_file(file.read(), items=items, voter=voter_run.voter.name)
    VoterRun.objects.filter(pk=voter_run.pk).update(report=found.report())
    for batch in iter_sheets(panel, desk.pending, tgt_lang=tgt_lang):
        desk.take(batch)
        for each in batch:
            ballot = found.ballots.get(each.row.external_id)
            if each.sheet.questions and ballot is not None:
                desk.add(fit_ballot(ballot, each.sheet))
            elif each.sheet.questions:
                desk.pass_over(each.row)
        desk.flush()
