"""Runs measured against what people decided: on how many reviewed source spans their best candidate is right."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, F, FilteredRelation, Q, QuerySet

from annotator.models import Annotation, Candidate, Job, Project, Run

_DECIDED = [Annotation.State.ACCEPTED, Annotation.State.REJECTED]
_IS_SAME = Q(
    gold__state=Annotation.State.ACCEPTED,
    gold__label=F("label"),
    gold__segment=F("segment"),
    gold__start_char=F("start_char"),
    gold__end_char=F("end_char"),
    gold__surface=F("surface"),
)
_NOTHING = dict.fromkeys(("n_spans", "n_projected", "n_reviewed", "n_right", "n_listed", "n_accepted"), 0)
_IS_RIGHTLY_MISSING = Q(gold__state=Annotation.State.REJECTED, segment__isnull=True)


@dataclass(frozen=True, slots=True)
class RunScore:
    """How a run did.

    Attributes:
        n_spans: source spans that it is through with.
        n_projected: those with a candidate.
        n_reviewed: those in finished reviews.
        n_right: reviewed ones whose best candidate is what people accepted, or that it left out as they did.
        n_listed: reviewed ones that people accepted with a place, where any candidate of the run is that place.
        n_accepted: reviewed ones that people accepted.
    """

    run: Run
    n_spans: int
    n_projected: int
    n_reviewed: int
    n_right: int
    n_listed: int
    n_accepted: int

    @property
    def percent_projected(self) -> int:
        return 100 * self.n_projected // self.n_spans if self.n_spans else 0

    @property
    def percent_right(self) -> float:
        """Share of reviewed spans on which it is right, in percent."""
        return 100 * self.n_right / self.n_reviewed if self.n_reviewed else 0.0

    @property
    def percent_listed(self) -> float:
        """Share of accepted spans that are among its candidates, in percent."""
        return 100 * self.n_listed / self.n_accepted if self.n_accepted else 0.0


def with_gold(candidates: QuerySet[Candidate]) -> QuerySet[Candidate]:
    """Candidates of source spans that were decided in a finished review, with that decision as `gold`."""
    gold = FilteredRelation("source_span__annotations", condition=Q(source_span__annotations__state__in=_DECIDED))
    return candidates.annotate(gold=gold).filter(gold__review=F("item__gold_review"))


def score_runs(project: Project, *, tgt_lang: str) -> list[RunScore]:
    """The finished runs of a language, the newest first, in four queries."""
    runs = list(Run.objects.filter(project=project, tgt_lang=tgt_lang, job__state=Job.State.DONE).order_by("-pk"))
    candidates = Candidate.objects.filter(run__in=runs).order_by()
    best = candidates.filter(rank=0)
    spans = _count(best, n_spans=Count("pk"), n_projected=Count("pk", filter=Q(segment__isnull=False)))
    reviewed = _count(
        with_gold(best),
        n_reviewed=Count("pk"),
        n_right=Count("pk", filter=_IS_SAME | _IS_RIGHTLY_MISSING),
        n_accepted=Count("pk", filter=Q(gold__state=Annotation.State.ACCEPTED)),
    )
    listed = _count(with_gold(candidates).filter(_IS_SAME), n_listed=Count("source_span", distinct=True))
    return [
        RunScore(run=run, **_NOTHING | spans.get(run.pk, {}) | reviewed.get(run.pk, {}) | listed.get(run.pk, {}))
        for run in runs
    ]


def _count(candidates: QuerySet[Candidate], **counts: Count) -> dict[int, dict[str, int]]:
    """Counts of each run, by its id."""
    rows = candidates.values_list("run_id").annotate(**counts)
    return {run_id: dict(zip(counts, values, strict=True)) for run_id, *values in rows}
