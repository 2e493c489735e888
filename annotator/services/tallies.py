"""Rules applied to stored ballots: nobody is asked again, and every verdict says who voted for what."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotator import jobs
from annotator.errors import BadRequestError, bad_request
from annotator.jobs import JobControl
from annotator.models import Candidate, Item, Job, Panel, Run, RunItem, Tally, User, Verdict, VoterRun
from annotator.queries.ballots import list_ballots
from annotator.queries.panels import LOADED, list_asked_items, list_questions, list_voter_runs
from annotator.services.events import record_event
from annotator.services.priorities import weigh_items
from annotator.services.run_items import Outcome, write_outcomes
from annotator.services.run_kinds import unprojected
from annotator.services.run_order import order_items, show_run
from annotator.services.vote_rows import NOT_ASKED, LabelRows, make_outcome
from projection.errors import ProjectionError
from projection.types import Span
from projection.vote import ballots as library
from projection.vote.aggregate.rules import Rule, aggregate_votes

ENGINE = "panel"
"""What runs of tallies have for an engine."""
CHUNK_ITEMS = 200
_NO_VERDICT = "no-verdict"
_FOUND_NOTHING = "voter-finds-nothing"


@transaction.atomic
def start_tally(
    *,
    panel: Panel,
    actor: User,
    tgt_lang: str,
    rule: Mapping[str, Any],
    voter_runs: Sequence[VoterRun] | None = None,
    is_activated_at_end: bool = False,
    token: str = "",
) -> Tally:
    """Count the ballots of a panel in a language by a rule; the same token again gives the same tally.

    Args:
        panel: the panel.
        actor: who wants it.
        tgt_lang: the language.
        rule: fields of `projection.vote.aggregate.rules.Rule`; what is missing has its default.
        voter_runs: whose ballots are counted; the newest of each voter by default.
        is_activated_at_end: whether reviewers see the verdicts once they are there. The first run of a language is
            always shown.
        token: made by whoever asks.

    Raises:
        BadRequestError: nobody has voted, the rule is wrong, or a voter's run is of another panel or language.
    """
    listed = list_voter_runs(panel, tgt_lang=tgt_lang) if voter_runs is None else list(voter_runs)
    _check_voter_runs(listed, panel, tgt_lang)
    checked = read_rule(rule, [each.voter.name for each in listed])
    key = f"tally:{panel.pk}:{tgt_lang}:{token or uuid.uuid4()}"
    job, is_new = jobs.create_job(kind=Job.Kind.TALLY, project=panel.project, actor=actor, idempotency_key=key)
    if not is_new:
        return Tally.objects.get(run__job=job)
    stored = {name: value for name, value in asdict(checked).items() if value is not None}
    run = Run.objects.create(
        project=panel.project,
        job=job,
        tgt_lang=tgt_lang,
        engine=ENGINE,
        settings={"panel": panel.name, **stored},
        versions={each.voter.name: f"run {each.run_id}" for each in listed},
        is_activated_at_end=is_activated_at_end,
        created_by=actor,
    )
    tally = Tally.objects.create(panel=panel, run=run, rule=stored)
    tally.voter_runs.set(listed)
    data = {"panel": panel.name, "tgt_lang": tgt_lang, "rule": stored}
    record_event(project=panel.project, actor=actor, kind="tally-started", subject_id=run.pk, data=data)
    return tally


def read_rule(given: Mapping[str, Any], voters: Sequence[str]) -> Rule:
    """A rule for some voters from its fields.

    Raises:
        BadRequestError: a field is unknown or wrong, or weights are not those of the voters.
    """
    try:
        rule = Rule(**given)
        # Applied to nothing, so that what does not fit the panel is found.
        aggregate_votes([], voters, rule)
    except TypeError as err:
        raise bad_request(
            "bad-rule", _("The rule has a field that rules do not have."), str(err), place="rule"
        ) from err
    except ProjectionError as err:
        raise BadRequestError(err.problem) from err
    return rule


def _check_voter_runs(voter_runs: Sequence[VoterRun], panel: Panel, tgt_lang: str) -> None:
    if not voter_runs:
        fault = _("Nobody on the panel has voted on items of %(language)s.") % {"language": tgt_lang}
        raise bad_request("no-ballots", fault, _("Ask the voters first."), place="target language")
    strange = [each for each in voter_runs if (each.voter.panel_id, each.tgt_lang) != (panel.pk, tgt_lang)]
    twice = len({each.voter_id for each in voter_runs}) != len(voter_runs)
    if strange or twice:
        fault = _("The runs to count are not one of each voter of this panel and language.")
        raise bad_request("wrong-voter-runs", fault, _("Choose others."), place="voters")


def execute_tally(control: JobControl) -> None:
    """Do the work of a tally's job: all verdicts at once, written in chunks."""
    tally = Tally.objects.select_related("panel__project", "run__project").get(run__job_id=control.job.pk)
    run = tally.run
    items = list_asked_items(tally.panel, tgt_lang=run.tgt_lang)
    done = set(RunItem.objects.filter(run=run).values_list("item_id", flat=True))
    control.tick(stage=Job.COUNTING, n_total=items.count(), n_done=len(done))
    with control.keep_lease():
        verdicts = _count(tally)
    pending = [pk for pk in items.values_list("pk", flat=True) if pk not in done]
    writer = _Writer(tally)
    for start in range(0, len(pending), CHUNK_ITEMS):
        chunk = pending[start : start + CHUNK_ITEMS]
        rows = items.filter(pk__in=chunk).select_related("document").prefetch_related(*LOADED)
        found = [writer.make(row, verdicts.get(row.external_id, {})) for row in rows]
        with transaction.atomic():
            control.check_lease()
            write_outcomes([outcome for outcome, _ in found])
            Verdict.objects.bulk_create([verdict for _, made in found for verdict in made])
        control.tick(n_done=control.job.n_done + len(chunk))
    with transaction.atomic():
        control.check_lease()
        _end(run)
        control.finish()


def _end(run: Run) -> None:
    data = {"n_items": RunItem.objects.filter(run=run).count()}
    record_event(project=run.project, actor=None, kind="tally-finished", subject_id=run.pk, data=data)
    shown = Run.objects.filter(project=run.project, tgt_lang=run.tgt_lang, is_active=True)
    if run.is_activated_at_end or not shown.exists():
        show_run(run)
        order_items(run)
    else:
        weigh_items(run.project, tgt_lang=run.tgt_lang)


def _count(tally: Tally) -> dict[str, dict[str, library.Verdict]]:
    """Verdicts by item and source label."""
    voters = [each.voter.name for each in tally.voter_runs.select_related("voter").order_by("voter__position", "voter")]
    questions = list(list_questions(tally.panel, tgt_lang=tally.run.tgt_lang).values_list("item__external_id", "key"))
    found: dict[str, dict[str, library.Verdict]] = {}
    asked = set(questions)
    for verdict in aggregate_votes(list_ballots(tally), voters, Rule(**tally.rule), questions=questions):
        if (verdict.item_id, verdict.source_id) in asked:
            found.setdefault(verdict.item_id, {})[verdict.source_id] = verdict
    return found


class _Writer:
    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._labels = LabelRows(tally.run)

    def make(self, row: Item, verdicts: Mapping[str, library.Verdict]) -> tuple[Outcome, list[Verdict]]:
        """The rows of an item: what reviewers see, and what the panel says."""
        candidates: list[Candidate] = []
        made: list[Verdict] = []
        for source in row.source_spans.all():
            verdict = verdicts.get(source.key)
            if verdict is None:
                candidates.append(unprojected(self._tally.run, source, reason=NOT_ASKED))
                continue
            made.append(
                Verdict(
                    tally=self._tally,
                    item=row,
                    source_span=source,
                    options=[_option(each) for each in verdict.options],
                    n_voters=verdict.n_voters,
                    is_agreed=verdict.is_agreed,
                    is_tie=verdict.is_tie,
                    probability=verdict.probability,
                    entropy=verdict.entropy,
                )
            )
            candidates += self._of_verdict(row, verdict, source)
        return make_outcome(self._tally.run, row, candidates), made

    def _of_verdict(self, row: Item, verdict: library.Verdict, source: Any) -> list[Candidate]:
        """Its options as candidates; where the first one is that there is nothing, that is the only one."""
        run = self._tally.run
        if verdict.span is None:
            none = unprojected(run, source, reason=_FOUND_NOTHING if verdict.options else _NO_VERDICT)
            none.probability = verdict.probability
            none.score = _share(verdict, 0)
            return [none]
        segments = list(row.segments.all())
        placed = [(n, option) for n, option in enumerate(verdict.options) if option.span is not None]
        return [
            self._labels.of_label(
                source,
                option.span,
                segments,
                score=_share(verdict, n),
                rank=rank,
                probability=verdict.probability if rank == 0 else None,
            )
            for rank, (n, option) in enumerate(placed)
            if option.span is not None
        ]


def _share(verdict: library.Verdict, number: int) -> float:
    """Share of the panel that chose an option."""
    return len(verdict.options[number].voters) / verdict.n_voters if verdict.options else 0.0


def _option(option: library.Option) -> dict[str, Any]:
    return {"voters": list(option.voters), "weight": option.weight, "span": _place(option.span)}


def _place(span: Span | None) -> dict[str, Any] | None:
    if span is None:
        return None
    intervals = [[start, end] for start, end in span.intervals]
    return {"label": span.label, "segment": span.segment, "intervals": intervals, "layer": span.layer}
