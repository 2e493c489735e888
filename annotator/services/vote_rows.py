"""Votes and verdicts as rows of a run: what stands on chips, and what reviewers decide on once it is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from annotator import mapping
from annotator.models import Ballot, Candidate, Item, Run, RunItem, Segment, SourceSpan
from annotator.services.run_items import ItemProjector, Outcome
from annotator.services.run_kinds import unprojected
from projection import types
from projection.types import Span
from projection.vote import ballots as library
from projection.vote.records import write_ballot

NOT_ASKED = "not-asked"
# The score of an answer whose voter does not say how sure it is.
UNKNOWN_SCORE = 0.5
_WITHOUT_REASON = {
    library.NOTHING: "voter-finds-nothing",
    library.ABSTAIN: "voter-abstains",
    library.INVALID: "not-answered",
}
_USAGE = ("n_requests", "n_input_tokens", "n_output_tokens", "cost", "seconds")


class LabelRows:
    """Makes candidates of one run from labels that machines chose for source labels."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._projector = ItemProjector(run, None)

    def of_votes(self, row: Item, votes: Mapping[str, library.Vote]) -> list[Candidate]:
        """One candidate for each source label of an item; those that were not voted on say so."""
        segments = list(row.segments.all())
        made = []
        for source in row.source_spans.all():
            vote = votes.get(source.key)
            if vote is None:
                made.append(unprojected(self.run, source, reason=NOT_ASKED))
            elif vote.span is None:
                reason = vote.reason or _WITHOUT_REASON[vote.outcome]
                made.append(unprojected(self.run, source, reason=reason))
            else:
                score = UNKNOWN_SCORE if vote.confidence is None else vote.confidence
                made.append(self.of_label(source, vote.span, segments, score=score))
        return made

    def of_label(
        self,
        source: SourceSpan,
        span: Span,
        segments: Sequence[Segment],
        *,
        score: float,
        rank: int = 0,
        probability: float | None = None,
    ) -> Candidate:
        """A candidate from a label at its place; a relation has no place of its own.

        Raises:
            EngineError: the label is none of the layer, or its place is not in the target.
        """
        candidate = types.Candidate(
            source_id=source.key, span=span, score=score, parts={}, rank=rank, probability=probability
        )
        if span.intervals:
            return self._projector.to_row(candidate, span=source, segments=segments)
        made = mapping.make_candidate_row(
            run_id=self.run.pk,
            span=source,
            label_id=self._projector.find_label(source, span.label),
            segment=segments[span.segment],
            intervals=(),
            score=score,
            rank=rank,
        )
        made.is_relation, made.probability = True, probability
        return made


def make_outcome(run: Run, row: Item, candidates: list[Candidate]) -> Outcome:
    """The rows of an item that a run is through with."""
    confidence = min((each.confidence for each in candidates if each.rank == 0), default=1.0)
    run_item = RunItem(run=run, item=row, state=RunItem.State.DONE, confidence=confidence)
    return Outcome(run_item=run_item, candidates=candidates, alignments=[])


def make_ballot_row(run: Run, row: Item, ballot: library.Ballot) -> Ballot:
    """A ballot as it is stored."""
    record: dict[str, Any] = write_ballot(ballot)
    for name in ("item_id", "voter_id", "usage"):
        record.pop(name, None)
    return Ballot(
        run=run,
        item=row,
        votes=record.pop("votes"),
        rest=record,
        versions=[segment.version for segment in row.segments.all()],
        **{name: getattr(ballot.usage, name) for name in _USAGE},
    )
