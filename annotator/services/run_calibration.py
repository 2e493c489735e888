"""Probabilities for a run: what reviewers decided on an earlier run of the same engine corrects its calibrator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import F, QuerySet

from annotator import mapping
from annotator.models import Annotation, Candidate, Job, Layer, Run
from annotator.queries.run_scores import with_gold
from projection import types
from projection.confidence import Calibrator, Example, default_calibrator, fit_from_reviews, make_examples


def calibrate(run: Run) -> dict[str, Any]:
    """What the run's probabilities come from, as it is stored with the run.

    Learned from the newest finished run of the same engine, settings and language that reviewers have decided on; the
    library's own calibrator where there is too little of that.
    """
    earlier = _find_reviewed_run(run)
    examples = list(_examples(earlier)) if earlier else []
    fit = fit_from_reviews(examples, default=default_calibrator(run.engine, run.settings))
    return {"run": earlier.pk if earlier else None} | fit.to_json()


def stored_calibrator(run: Run) -> Calibrator | None:
    """The calibrator in what `calibrate` gave; None where the engine has none."""
    stored = run.calibration.get("calibrator")
    return Calibrator.from_json(stored) if stored else None


def _find_reviewed_run(run: Run) -> Run | None:
    finished = Run.objects.filter(
        project=run.project_id, tgt_lang=run.tgt_lang, engine=run.engine, job__state=Job.State.DONE
    )
    for earlier in finished.exclude(pk=run.pk).order_by("-pk"):
        if earlier.settings == run.settings and with_gold(_of_engine(earlier).filter(rank=0)).exists():
            return earlier
    return None


def _of_engine(run: Run) -> QuerySet[Candidate]:
    """What the engine itself found: classes are copied, tags and relations have scores of their own."""
    return Candidate.objects.filter(run=run, source_span__layer__kind=Layer.Kind.SPAN)


def _examples(run: Run) -> Iterator[Example]:
    """All candidates of reviewed source spans, each with whether it is what people accepted."""
    rows = with_gold(_of_engine(run)).select_related("label", "item")
    by_span: dict[int, list[Candidate]] = {}
    for row in rows.order_by("source_span_id", "rank"):
        by_span.setdefault(row.source_span_id or 0, []).append(row)
    accepted = Annotation.objects.filter(
        source_span__in=rows.values("source_span"), state=Annotation.State.ACCEPTED, review=F("item__gold_review")
    ).select_related("label")
    gold = {each.source_span_id: _gold_span(each) for each in accepted}
    for span_id, listed in by_span.items():
        candidates = [_to_candidate(row) for row in listed]
        wanted = [gold[span_id]] if span_id in gold else []
        yield from make_examples(candidates, wanted, group=str(listed[0].item.document_id))


# Segments are told apart by their row ids on both sides.


def _to_candidate(row: Candidate) -> types.Candidate:
    key = str(row.source_span_id)
    return mapping.to_candidate(row, source_key=key, layer="", segment_index=row.segment_id or 0)


def _gold_span(row: Annotation) -> types.Span:
    return types.Span(row.label.name, mapping.to_intervals(row.intervals), segment=row.segment_id)
