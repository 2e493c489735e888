"""One item of a run: project it, turn what was found into rows, write the rows of many items at once."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from django.db import models

from annotator import mapping
from annotator.models import Alignment, Candidate, Item, Label, Run, RunItem, Segment, SourceSpan
from annotator.queries.pretrained import hide_folder
from annotator.services.bulk import insert_rows
from projection import types
from projection.engines import Projection, Projector
from projection.errors import EngineError, Problem, ProjectionError, raise_general
from projection.text import check_span

logger = logging.getLogger(__name__)

# Why a source span has no target where the engine did not say so itself.
NO_CANDIDATE = "no-candidate"
ITEM_FAILED = "item-failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run found for one item, as rows that are not written yet."""

    run_item: RunItem
    candidates: list[Candidate]
    alignments: list[Alignment]

    @property
    def is_failed(self) -> bool:
        return self.run_item.state == RunItem.State.FAILED


class ItemProjector:
    """Projects items of one run; what goes wrong in an item is recorded on it and stops nothing else."""

    def __init__(self, run: Run, projector: Projector) -> None:
        self.run = run
        self.projector = projector
        labels = Label.objects.filter(layer__project=run.project).values_list("layer_id", "name", "pk")
        self._label_ids = {(layer_id, name): label_id for layer_id, name, label_id in labels}

    def __call__(self, rows: Sequence[Item]) -> list[Outcome]:
        """Project items that were loaded with their segments and source spans, all at once where nothing goes wrong.

        Raises:
            ProjectionError: the engine cannot work at all, such as with a model that cannot be loaded.
        """
        try:
            found = self.projector.project_many([mapping.to_item(row) for row in rows])
        except Exception as err:
            raise_general(err)
            # Whichever item it was, the others are projected; what went wrong is recorded where it did.
            return [self._project_one(row, lambda row: self.projector.project(mapping.to_item(row))) for row in rows]
        ready = {row.pk: projection for row, projection in zip(rows, found, strict=True)}
        return [self._project_one(row, lambda row: ready[row.pk]) for row in rows]

    def _project_one(self, row: Item, project: Callable[[Item], Projection]) -> Outcome:
        try:
            found = project(row)
            candidates = self._to_candidates(found.candidates, row=row)
            alignments = self._to_alignments(found.alignments, row=row)
        except ProjectionError as err:
            raise_general(err)
            return self._fail(row, code=err.problem.code, message=str(err.problem))
        except Exception as err:
            logger.exception("run %d: item %d failed", self.run.pk, row.pk)
            message = f"The engine failed on this item ({type(err).__name__}). See the log of the worker."
            return self._fail(row, code="engine-error", message=message)
        run_item = RunItem(run=self.run, item=row, state=RunItem.State.DONE, confidence=_confidence(candidates))
        return Outcome(run_item=run_item, candidates=candidates, alignments=alignments)

    def _fail(self, row: Item, *, code: str, message: str) -> Outcome:
        candidates = [self._unprojected(span, reason=ITEM_FAILED) for span in row.source_spans.all()]
        run_item = RunItem(
            run=self.run,
            item=row,
            state=RunItem.State.FAILED,
            error_code=code,
            error_message=hide_folder(message),
            confidence=_confidence(candidates),
        )
        return Outcome(run_item=run_item, candidates=candidates, alignments=[])

    def _unprojected(self, span: SourceSpan, *, reason: str) -> Candidate:
        return Candidate(
            run=self.run,
            item_id=span.item_id,
            source_span=span,
            label_id=span.label_id,
            rank=0,
            score=0.0,
            unprojected_reason=reason,
        )

    def _to_candidates(self, found: Sequence[types.Candidate], *, row: Item) -> list[Candidate]:
        by_source: dict[str, list[types.Candidate]] = {}
        for candidate in sorted(found, key=lambda candidate: candidate.rank):
            by_source.setdefault(candidate.source_id, []).append(candidate)
        segments = list(row.segments.all())
        rows: list[Candidate] = []
        for span in row.source_spans.all():
            ranked = by_source.pop(span.key, None)
            if ranked is None:
                rows.append(self._unprojected(span, reason=NO_CANDIDATE))
                continue
            rows += [
                self._to_row(replace(candidate, rank=rank), span=span, segments=segments)
                for rank, candidate in enumerate(ranked)
            ]
        if by_source:
            raise _engine_error("unknown-source-span", "The engine returned candidates for spans the item has not.")
        return rows

    def _to_row(self, candidate: types.Candidate, *, span: SourceSpan, segments: Sequence[Segment]) -> Candidate:
        if candidate.span is None:
            reason = candidate.reason or NO_CANDIDATE
            return _with_parts(self._unprojected(span, reason=reason), candidate)
        if not all(map(math.isfinite, (candidate.score, *candidate.parts.values()))):
            raise _engine_error("bad-score", "The engine gave a score that is not a number.")
        segment = segments[candidate.span.segment]
        if segment.side != Segment.Side.TARGET:
            raise _engine_error("not-in-target", "The engine proposed a span outside the target text.")
        check_span(segment.text, candidate.span.intervals)
        label_id = self._label_ids.get((span.layer_id, candidate.span.label))
        if label_id is None:
            raise _engine_error("unknown-label", "The engine proposed a label that the layer has not.")
        return mapping.from_candidate(
            replace(candidate, reason=""),
            run_id=self.run.pk,
            item_id=span.item_id,
            source_span_id=span.pk,
            label_id=label_id,
            segment=segment,
        )

    def _to_alignments(self, found: Sequence[types.Alignment], *, row: Item) -> list[Alignment]:
        segments = list(row.segments.all())
        return [
            Alignment(
                run=self.run,
                item=row,
                src_segment=segments[alignment.src_segment],
                tgt_segment=segments[alignment.tgt_segment],
                links=mapping.from_alignment(alignment),
            )
            for alignment in found
        ]


def _with_parts(row: Candidate, candidate: types.Candidate) -> Candidate:
    """Give an unprojected row the rank, the parts and the probability that the engine gave."""
    row.rank = candidate.rank
    row.probability = candidate.probability
    row.parts = {name: round(value, 4) for name, value in candidate.parts.items()}
    return row


def _confidence(candidates: Iterable[Candidate]) -> float:
    """Lowest confidence of the best candidates, 1 where there was nothing to project."""
    return min((candidate.confidence for candidate in candidates if candidate.rank == 0), default=1.0)


def _engine_error(code: str, message: str) -> EngineError:
    return EngineError(Problem(code=code, message=message, remedy="Report it to the maker of the engine."))


def write_outcomes(outcomes: Iterable[Outcome]) -> None:
    """Write what was found for some items; call it inside a transaction."""
    listed = list(outcomes)
    _insert([outcome.run_item for outcome in listed])
    _insert([row for outcome in listed for row in outcome.alignments])
    _insert([row for outcome in listed for row in outcome.candidates])


def _insert(rows: Sequence[models.Model]) -> None:
    if not rows:
        return
    model = type(rows[0])
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    columns = [(field.attname, isinstance(field, models.JSONField)) for field in fields]
    values = (
        [json.dumps(getattr(row, name)) if is_json else getattr(row, name) for name, is_json in columns] for row in rows
    )
    insert_rows(model, [field.name for field in fields], values)
