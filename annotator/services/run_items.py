"""One item of a run: project it, turn what was found into rows, write the rows of many items at once."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from django.db import models

from annotator import mapping
from annotator.models import Alignment, Candidate, Item, Label, Layer, Run, RunItem, Segment, SourceSpan
from annotator.queries.pretrained import hide_folder
from annotator.services.bulk import insert_rows
from annotator.services.run_kinds import RelationFate, by_kind, choose_ends, copy_classes, make_relation, unprojected
from projection import types
from projection.engines import Projection, Projector
from projection.errors import EngineError, Problem, ProjectionError, raise_general
from projection.text import check_span

logger = logging.getLogger(__name__)

# Why a source span has no target where the engine did not say so itself.
NO_CANDIDATE = "no-candidate"
# The labels that an engine finds targets for; tags are carried over its links when they are there.
ENGINE_KINDS = (Layer.Kind.SPAN,)
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

    def __init__(self, run: Run, projector: Projector | None) -> None:
        """`projector` is None where no label needs an engine."""
        self.run = run
        self.projector = projector
        labels = Label.objects.filter(layer__project=run.project).values_list("layer_id", "name", "pk")
        self._label_ids = {(layer_id, name): label_id for layer_id, name, label_id in labels}

    def __call__(self, rows: Sequence[Item]) -> list[Outcome]:
        """Project items that were loaded with their segments and source spans, all at once where nothing goes wrong.

        Raises:
            ProjectionError: the engine cannot work at all, such as with a model that cannot be loaded.
        """
        projector = self.projector
        if projector is None:
            return [self._project_one(row, lambda row: Projection(row.external_id, None, ())) for row in rows]
        try:
            found = projector.project_many([_for_engine(row) for row in rows])
        except Exception as err:
            raise_general(err)
            # Whichever item it was, the others are projected; what went wrong is recorded where it did.
            return [self._project_one(row, lambda row: projector.project(_for_engine(row))) for row in rows]
        ready = {row.pk: projection for row, projection in zip(rows, found, strict=True)}
        return [self._project_one(row, lambda row: ready[row.pk]) for row in rows]

    def _project_one(self, row: Item, project: Callable[[Item], Projection]) -> Outcome:
        try:
            found = project(row)
            candidates = self._find_candidates(found.candidates, row=row)
            alignments = self._to_alignments(found.alignments, row=row)
        except ProjectionError as err:
            raise_general(err)
            return self._fail(row, code=err.problem.code, message=str(err.problem))
        except Exception as err:
            logger.exception("run %d: item %d failed", self.run.pk, row.pk)
            message = f"The engine failed on this item ({type(err).__name__}). See the log of the worker."
            return self._fail(row, code="engine-error", message=message)
        run_item = RunItem(
            run=self.run,
            item=row,
            state=RunItem.State.DONE,
            confidence=_confidence(candidates),
            link_probability=_link_probability(row.source_spans.all(), row.segments.all(), alignments),
        )
        return Outcome(run_item=run_item, candidates=candidates, alignments=alignments)

    def _fail(self, row: Item, *, code: str, message: str) -> Outcome:
        candidates = [unprojected(self.run, span, reason=ITEM_FAILED) for span in row.source_spans.all()]
        run_item = RunItem(
            run=self.run,
            item=row,
            state=RunItem.State.FAILED,
            error_code=code,
            error_message=hide_folder(message),
            confidence=_confidence(candidates),
        )
        return Outcome(run_item=run_item, candidates=candidates, alignments=[])

    def _find_candidates(self, found: Sequence[types.Candidate], *, row: Item) -> list[Candidate]:
        """What an item gets at once; token tags are found for all items together, later."""
        kinds = by_kind(row)
        relations = kinds.get(Layer.Kind.RELATION, ())
        segments = list(row.segments.all())
        fates: dict[int, RelationFate] = {}
        if relations:
            found, fates = choose_ends(row, relations, found)
        candidates = self._to_candidates(found, spans=kinds.get(Layer.Kind.SPAN, ()), segments=segments)
        candidates += copy_classes(self.run, row, kinds.get(Layer.Kind.CLASS, ()))
        return candidates + [make_relation(self.run, each, segments, fates[each.pk]) for each in relations]

    def _to_candidates(
        self, found: Sequence[types.Candidate], *, spans: Sequence[SourceSpan], segments: Sequence[Segment]
    ) -> list[Candidate]:
        by_source: dict[str, list[types.Candidate]] = {}
        for candidate in sorted(found, key=lambda candidate: candidate.rank):
            by_source.setdefault(candidate.source_id, []).append(candidate)
        rows: list[Candidate] = []
        for span in spans:
            ranked = by_source.pop(span.key, None)
            if ranked is None:
                rows.append(unprojected(self.run, span, reason=NO_CANDIDATE))
                continue
            rows += [
                self.to_row(replace(candidate, rank=rank), span=span, segments=segments)
                for rank, candidate in enumerate(ranked)
            ]
        if by_source:
            raise _engine_error("unknown-source-span", "The engine returned candidates for spans the item has not.")
        return rows

    def find_label(self, span: SourceSpan, name: str) -> int:
        """Id of a label of the layer of a source span. Raises `EngineError` where the layer has none of the name."""
        label_id = self._label_ids.get((span.layer_id, name))
        if label_id is None:
            raise _engine_error("unknown-label", "The engine proposed a label that the layer has not.")
        return label_id

    def to_row(self, candidate: types.Candidate, *, span: SourceSpan, segments: Sequence[Segment]) -> Candidate:
        """The row of a candidate of a source span. Raises `EngineError` where it fits neither text nor layer."""
        if candidate.span is None:
            reason = candidate.reason or NO_CANDIDATE
            return _with_parts(unprojected(self.run, span, reason=reason), candidate)
        if not all(map(math.isfinite, (candidate.score, *candidate.parts.values()))):
            raise _engine_error("bad-score", "The engine gave a score that is not a number.")
        segment = segments[candidate.span.segment]
        if segment.side != Segment.Side.TARGET:
            raise _engine_error("not-in-target", "The engine proposed a span outside the target text.")
        check_span(segment.text, candidate.span.intervals)
        row = mapping.from_candidate(
            replace(candidate, reason=""),
            run_id=self.run.pk,
            item_id=span.item_id,
            source_span_id=span.pk,
            label_id=self.find_label(span, candidate.span.label),
            segment=segment,
        )
        row.concept_id = span.concept_id
        return row

    def _to_alignments(self, found: Sequence[types.Alignment], *, row: Item) -> list[Alignment]:
        segments = list(row.segments.all())
        return [
            Alignment(
                run=self.run,
                item=row,
                src_segment=segments[alignment.src_segment],
                tgt_segment=segments[alignment.tgt_segment],
                tgt_version=segments[alignment.tgt_segment].version,
                links=mapping.from_alignment(alignment),
            )
            for alignment in found
        ]


def _for_engine(row: Item) -> types.Item:
    return mapping.to_item(row, kinds=ENGINE_KINDS)


def _with_parts(row: Candidate, candidate: types.Candidate) -> Candidate:
    """Give an unprojected row the rank, the parts and the probability that the engine gave."""
    row.rank = candidate.rank
    row.probability = candidate.probability
    row.parts = {name: round(value, 4) for name, value in candidate.parts.items()}
    return row


def _confidence(candidates: Iterable[Candidate]) -> float:
    """Lowest confidence of the best candidates, 1 where there was nothing to project."""
    return min((candidate.confidence for candidate in candidates if candidate.rank == 0), default=1.0)


def _link_probability(
    spans: Iterable[SourceSpan], segments: Iterable[Segment], alignments: Iterable[Alignment]
) -> float | None:
    """Lowest mean link probability of the tokens of a source span; a token without links counts 0."""
    tokens = {segment.pk: segment.tokens for segment in segments}
    best: dict[int, dict[int, float]] = {}
    for alignment in alignments:
        of_token = best.setdefault(alignment.src_segment_id, {})
        for token, _target, probability in alignment.links:
            of_token[token] = max(of_token.get(token, 0.0), probability)
    means = []
    for span in spans:
        if span.segment_id not in best:
            continue
        covered = [
            index
            for index, (start, end) in enumerate(tokens[span.segment_id])
            if any(start < span_end and span_start < end for span_start, span_end in span.intervals)
        ]
        if covered:
            means.append(sum(best[span.segment_id].get(index, 0.0) for index in covered) / len(covered))
    return min(means, default=None)


def _engine_error(code: str, message: str) -> EngineError:
    return EngineError(Problem(code=code, message=message, remedy="Report it to the maker of the engine."))


def write_outcomes(outcomes: Iterable[Outcome]) -> None:
    """Write what was found for some items; call it inside a transaction."""
    listed = list(outcomes)
    insert_models([outcome.run_item for outcome in listed])
    insert_models([row for outcome in listed for row in outcome.alignments])
    insert_models([row for outcome in listed for row in outcome.candidates])


def insert_models(rows: Sequence[models.Model]) -> None:
    """Write new rows of one model."""
    if not rows:
        return
    model = type(rows[0])
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    columns = [(field.attname, isinstance(field, models.JSONField)) for field in fields]
    values = (
        [json.dumps(getattr(row, name)) if is_json else getattr(row, name) for name, is_json in columns] for row in rows
    )
    insert_rows(model, [field.name for field in fields], values)
