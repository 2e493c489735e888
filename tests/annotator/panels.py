"""A project whose items get topics, and a panel over it; texts are our own."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from annotator.errors import ServiceError
from annotator.models import Job, Panel, Project, Tally, Voter, VoterRun
from annotator.queries.panels import Asked
from annotator.services import panels, tallies, voters, voting
from annotator.tasks import run_job
from projection.errors import ProjectionError
from tests.annotator.kinds import make_kind_project

Json = dict[str, Any]

# Of four items; source label, target text.
TOPICS = (
    ("sport", "Das Spiel endete ohne Tore."),
    ("science", "Der Komet zeigt sich im Mai."),
    ("travel", "Die Fähre fährt um neun."),
    ("travel", "Der Zug hat Verspätung."),
)
NAMES = ("sport", "science", "travel")


def make_topic_project(n_items: int = len(TOPICS)) -> Project:
    """A project with one class layer and some items `k1`, `k2`, ...; each has the source label `s1`."""
    items = [
        {
            "segments": [["source", "text", f"Text {number}."], ["target", "text", text]],
            "spans": [{"layer": "topic", "label": label}],
        }
        for number, (label, text) in ((each, TOPICS[each % len(TOPICS)]) for each in range(n_items))
    ]
    layers = [{"name": "topic", "kind": "class", "labels": list(NAMES)}]
    return make_kind_project({"lang": "de", "layers": layers, "items": items}, name="Topics")


def make_panel(project: Project, *, name: str = "Panel", **asked: Any) -> Panel:
    """A panel that is asked about all layers of a project, without context."""
    layers = tuple(project.layers.values_list("pk", flat=True))
    given = {"n_context": 0, "shows_source_labels": False} | asked
    return panels.create_panel(
        project=project, actor=project.created_by, name=name, asked=Asked(layers=layers, **given)
    )


def add_chat(panel: Panel, url: str, *, name: str = "chat", model: str = "tiny", **settings: Any) -> Voter:
    """A voter at an endpoint."""
    return voters.add_voter(
        panel=panel,
        actor=panel.created_by,
        name=name,
        kind="chat",
        family=name,
        model=model,
        settings={"base_url": url, "n_attempts": 1} | settings,
    )


def add_file_voter(panel: Panel, name: str) -> Voter:
    """A voter whose ballots come from files."""
    return voters.add_voter(panel=panel, actor=panel.created_by, name=name, kind="file", family=name)


def execute(job: Job) -> Job:
    """Do a job here, as a worker would."""
    with suppress(ServiceError, ProjectionError):
        # What goes wrong is in the row.
        run_job(job.pk)
    return Job.objects.get(pk=job.pk)


def vote(voter: Voter, **given: Any) -> VoterRun:
    """Start a voter and do its job."""
    voter_run = voting.start_vote(voter=voter, actor=voter.panel.created_by, tgt_lang="de", **given)
    if voter_run.run.engine == voting.ENGINE:
        execute(voter_run.run.job)
    return VoterRun.objects.select_related("run__job", "voter").get(pk=voter_run.pk)


def count(panel: Panel, *, is_activated_at_end: bool = False, **rule: Any) -> Tally:
    """Apply a rule, and do the job."""
    tally = tallies.start_tally(
        panel=panel,
        actor=panel.created_by,
        tgt_lang="de",
        rule={"name": "majority"} | rule,
        is_activated_at_end=is_activated_at_end,
    )
    execute(tally.run.job)
    return Tally.objects.select_related("run__job").get(pk=tally.pk)
