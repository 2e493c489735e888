"""What every machine proposes for a source span: one vote a machine, of its newest finished run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import F, Q

from annotator.models import Annotation, Candidate, Job, Project, Run
from annotator.prepared import OneOf, Prepared, Slot
from projection.reasons import reason_words

# More machines than this are not told apart at a glance; the newest are shown.
MAX_MACHINES = 12

Json = dict[str, Any]
Vote = Json

_FINISHED = Prepared(
    lambda: (
        Run.objects.filter(OneOf("tgt_lang", "langs"), project=Slot("project"))
        .filter(Q(job__state=Job.State.DONE) | Q(is_active=True) | Q(engine="voter"))
        .defer("calibration", "versions")
        .order_by("-is_active", "-id")
    )
)
_CANDIDATES = Prepared(
    lambda: (
        Candidate.objects.filter(OneOf("run_id", "runs"), OneOf("item_id", "items"))
        .filter(Q(segment__isnull=True) | Q(version=F("segment__version")), source_span__isnull=False, rank=0)
        .only(
            "run_id",
            "source_span_id",
            "label_id",
            "segment_id",
            "intervals",
            "score",
            "probability",
            "unprojected_reason",
        )
    )
)


def list_machines(project: Project, tgt_langs: Iterable[str]) -> list[Run]:
    """The newest finished run of each engine with its settings, by language; in each language the active run first.

    Voters of panels count from their first ballot on.

    The active run speaks for its machine even when a newer run of the same machine is finished.
    """
    machines: dict[tuple[str, str, str], Run] = {}
    for run in _FINISHED.list(project=project.pk, langs=set(tgt_langs)):
        machines.setdefault((run.tgt_lang, run.engine, json.dumps(run.settings, sort_keys=True)), run)
    counts: dict[str, int] = {}
    chosen = []
    for run in machines.values():
        counts[run.tgt_lang] = counts.get(run.tgt_lang, 0) + 1
        if counts[run.tgt_lang] <= MAX_MACHINES:
            chosen.append(run)
    return chosen


def list_votes(project: Project, *, item_ids: Sequence[int], tgt_langs: Iterable[str]) -> dict[int, list[Vote]]:
    """The votes on each source span of some items, in two queries; those on an older text of a segment are left out."""
    machines = list_machines(project, tgt_langs)
    names = _name_machines(machines)
    order = {run.pk: place for place, run in enumerate(machines)}
    rows = _CANDIDATES.list(runs=order, items=item_ids) if machines and item_ids else ()
    votes: dict[int, list[Vote]] = {}
    for row in sorted(rows, key=lambda each: order[each.run_id]):
        run = machines[order[row.run_id]]
        votes.setdefault(row.source_span_id or 0, []).append(_vote(row, run, name=names[run.pk]))
    return votes


def add_votes(spans: list[Json], votes: Mapping[int, list[Vote]], *, is_blind: bool) -> list[Json]:
    """Spans as the review screen reads them, each with its votes; of a blind item only once it is decided."""
    for span in spans:
        is_hidden = is_blind and span["state"] == Annotation.State.UNDECIDED
        span["votes"] = [] if is_hidden else votes.get(span["source_span"] or 0, [])
    return spans


def _vote(row: Candidate, run: Run, *, name: str) -> Vote:
    return {
        "candidate": row.pk,
        "run": run.pk,
        "engine": run.engine,
        "name": name,
        "is_active": run.is_active,
        "label": row.label_id,
        "segment": row.segment_id,
        "intervals": row.intervals,
        "score": round(row.score, 4),
        "probability": row.probability,
        "unprojected": reason_words(row.unprojected_reason),
    }


def _name_machines(machines: Sequence[Run]) -> dict[int, str]:
    """Names of the runs by id: the engine, and the settings that tell it from others of the same engine."""
    groups: dict[tuple[str, str], list[Run]] = {}
    for run in machines:
        groups.setdefault((run.tgt_lang, run.engine), []).append(run)
    return {run.pk: _name_machine(run, group) for group in groups.values() for run in group}


def _name_machine(run: Run, group: Sequence[Run]) -> str:
    if run.engine == "voter":
        return str(run.settings["voter"])
    if run.engine == "panel":
        return f"{run.settings['panel']}, {run.settings['name']}"
    if len(group) == 1:
        return run.engine
    keys = sorted({key for each in group for key in each.settings})
    differing = [key for key in keys if len({json.dumps(each.settings.get(key)) for each in group}) > 1]
    words = ", ".join(f"{key} {run.settings[key]}" for key in differing[:2] if run.settings.get(key) not in (None, ""))
    return f"{run.engine} ({words})" if words else f"{run.engine} (run {run.pk})"
