"""What runs will cost and what they found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet
from django.db.models.functions import Cast, Coalesce, Floor, Least
from django.utils.translation import gettext as _

from annotator.errors import bad_request
from annotator.models import Alignment, Candidate, Item, Job, Project, Run, RunItem, SourceSpan
from annotator.queries.pretrained import list_models
from projection import engines
from projection.engines import Engine

N_BINS = 10


@dataclass(frozen=True, slots=True)
class RunEstimate:
    """What a run would work on and how long it would take, in CPU seconds of a machine like the one measured."""

    n_items: int
    n_spans: int
    n_seconds: float

    @property
    def n_minutes(self) -> float:
        return self.n_seconds / 60


def list_engines() -> list[Engine]:
    """The engines that can be chosen, the default first."""
    return engines.list_engines()


@dataclass(frozen=True, slots=True)
class EngineGroup:
    """Engines that need the same kind of thing, under a heading."""

    title: str
    engines: list[Engine]
    lack: str = ""


def group_engines() -> list[EngineGroup]:
    """All engines by what they work from, with what this server lacks for a whole group."""
    listed = list_engines()
    neural = [engine for engine in listed if engine.is_model_required]
    linked = [engine for engine in listed if engine.uses_links]
    alone = [engine for engine in listed if engine not in neural and engine not in linked]
    no_model = (
        "" if list_models() else _("There is no model on this server yet: the operator puts models into MODELS_DIR.")
    )
    return [
        EngineGroup(_("From the sentences alone"), alone),
        EngineGroup(_("With a pretrained model"), neural, no_model),
        EngineGroup(_("Over the word links of other runs"), linked),
    ]


def get_engine(name: str) -> Engine:
    """An engine by name.

    Raises:
        BadRequestError: there is none.
    """
    if name in engines.ENGINES:
        return engines.ENGINES[name]
    remedy = _("Choose one of: %(names)s.") % {"names": ", ".join(engines.ENGINES)}
    raise bad_request("unknown-engine", _("There is no engine %(name)r.") % {"name": name}, remedy, place="engine")


def list_link_runs(project: Project, *, tgt_lang: str = "") -> QuerySet[Run]:
    """Finished runs (of a language) that made word links, the newest first."""
    runs = Run.objects.filter(project=project, job__state=Job.State.DONE)
    if tgt_lang:
        runs = runs.filter(tgt_lang=tgt_lang)
    return runs.filter(Exists(Alignment.objects.filter(run=OuterRef("pk"))))


def list_model_runs(project: Project, *, engine: Engine) -> QuerySet[Run]:
    """Finished runs of an engine that kept what they learned, the newest first."""
    runs = Run.objects.filter(project=project, engine=engine.name, job__state=Job.State.DONE)
    return runs.exclude(model_file="")


def estimate_run(
    project: Project, *, tgt_lang: str, engine: Engine, settings: Mapping[str, object] | None = None
) -> RunEstimate:
    """Size and cost of a run over all items of a language; the cost of members needs the complete settings."""
    n_items = Item.objects.filter(project=project, tgt_lang=tgt_lang).count()
    n_spans = SourceSpan.objects.filter(item__project=project, item__tgt_lang=tgt_lang).count()
    return RunEstimate(n_items=n_items, n_spans=n_spans, n_seconds=engine.estimate_seconds(n_items, settings))


def list_runs(project: Project) -> QuerySet[Run]:
    """Runs of a project, the newest first."""
    return Run.objects.filter(project=project).select_related("job", "created_by")


def suggest_comparison(project: Project, *, second_id: int = 0) -> dict[str, Run]:
    """The run asked for (else the newest) and the run of the same language that reviewers see, else the one before."""
    runs = list_runs(project)
    second = runs.filter(pk=second_id).first() or runs.first()
    if second is None:
        return {}
    others = runs.filter(tgt_lang=second.tgt_lang).exclude(pk=second.pk).order_by("-is_active", "-pk")
    return {"first": others.first() or second, "second": second}


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a histogram: its bounds, its count and its length in percent of the longest."""

    low: float
    high: float
    n: int
    percent: int


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run found: each source span counts once, by its best candidate."""

    n_projected: int
    n_unprojected: int
    n_failed_items: int
    # Code of the reason and count, the most frequent first.
    unprojected: list[tuple[str, int]]
    bars: list[Bar]

    @property
    def n_spans(self) -> int:
        return self.n_projected + self.n_unprojected

    @property
    def percent_projected(self) -> int:
        """Rounded down, so that 100 means all."""
        return 100 * self.n_projected // self.n_spans if self.n_spans else 0


def summarise_run(run: Run) -> RunSummary:
    """Counts and scores of a run so far, in three queries."""
    best = Candidate.objects.filter(run=run, rank=0).order_by()
    reasons = best.exclude(unprojected_reason="").values("unprojected_reason").annotate(n=Count("pk"))
    unprojected = [(row["unprojected_reason"], row["n"]) for row in reasons.order_by("-n", "unprojected_reason")]
    bars = _bars(best.filter(unprojected_reason=""))
    return RunSummary(
        n_projected=sum(bar.n for bar in bars),
        n_unprojected=sum(n for _reason, n in unprojected),
        n_failed_items=RunItem.objects.filter(run=run, state=RunItem.State.FAILED).count(),
        unprojected=unprojected,
        bars=bars,
    )


def _bars(projected: QuerySet[Candidate]) -> list[Bar]:
    sureness = Coalesce(F("probability"), F("score"))
    bin_of_score = Least(Cast(Floor(sureness * N_BINS), IntegerField()), N_BINS - 1)
    counts = dict(projected.annotate(bin=bin_of_score).values("bin").annotate(n=Count("pk")).values_list("bin", "n"))
    longest = max(counts.values(), default=1)
    return [
        Bar(low=i / N_BINS, high=(i + 1) / N_BINS, n=counts.get(i, 0), percent=round(100 * counts.get(i, 0) / longest))
        for i in range(N_BINS)
    ]


def list_failed_items(run: Run) -> QuerySet[RunItem]:
    """Items that the engine failed on, in file order."""
    failed = RunItem.objects.filter(Q(run=run, state=RunItem.State.FAILED))
    return failed.select_related("item").order_by("item__position", "item_id")
