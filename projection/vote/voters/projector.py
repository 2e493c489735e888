"""A projector of the library as a voter: its best candidate, or why it has none. Stored candidates vote likewise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from threading import Lock
from typing import Any

from projection.projectors.base import Projector
from projection.transfer.relations import transfer_relations
from projection.types import SOURCE, Candidate, Interval, Relation, Span
from projection.vote.ballots import ABSTAIN, LABEL, NOTHING, Ballot, Vote, VoterSpec
from projection.vote.limits import Gate, Stop
from projection.vote.questions import Question, Sheet
from projection.vote.voters.base import plain_gate

FOUND_NOTHING = frozenset(
    {"no-link", "low-score", "too-short", "empty-target", "not-in-target", "not-tagged", "no-support", "no-bracket",
     "marker-missing", "marker-empty", "partner-unprojected", "ends-unprojected"}
)  # fmt: skip
"""Reasons with which an engine says that the target has no such words; with others it could not say."""

_PLACED = ("span", "answer", "token")


class ProjectorVoter:
    """Projects the labels of an item. One item at a time: engines are not made for threads."""

    def __init__(self, spec: VoterSpec, projector: Projector, *, identity: Mapping[str, Any] | None = None) -> None:
        """Args: spec: who it is; projector: fitted; identity: what its candidates depend on besides the item."""
        self._spec = spec
        self._projector = projector
        self._gate = plain_gate()
        self._lock = Lock()
        self._identity = identity

    @property
    def spec(self) -> VoterSpec:
        return self._spec

    @property
    def gate(self) -> Gate:
        return self._gate

    @property
    def identity(self) -> Mapping[str, Any] | None:
        return self._identity

    def vote(self, sheet: Sheet, *, stop: Stop) -> Ballot:
        """The best candidates as votes. Raises `EngineError`."""
        del stop
        kinds = {question.layer.name: question.layer.kind for question in sheet.questions}
        item = sheet.item
        needed = {name for question in sheet.questions for name in (question.head, question.tail)}
        spans = tuple(
            span
            for span in item.spans
            if item.segments[span.segment].side == SOURCE and (kinds.get(span.layer) in _PLACED or span.id in needed)
        )
        with self._lock:
            found = self._projector.project(replace(item, spans=spans, relations=()))
        return vote_by_candidates(self._spec.id, sheet, found.candidates)


def vote_by_candidates(voter_id: str, sheet: Sheet, candidates: Iterable[Candidate]) -> Ballot:
    """A ballot from the candidates of a run: the best one of each question.

    A class or grade is copied where no candidate says otherwise; a relation holds where both of its ends have a target.
    """
    best: dict[str, Candidate] = {}
    for candidate in sorted(candidates, key=lambda each: each.rank):
        best.setdefault(candidate.source_id, candidate)
    votes = [_vote(sheet, question, best) for question in sheet.questions]
    return Ballot(sheet.item.id, voter_id, tuple(votes))


def _vote(sheet: Sheet, question: Question, best: Mapping[str, Candidate]) -> Vote:
    key = question.source_id
    candidate = best.get(key)
    if candidate is not None:
        return _of_candidate(key, question, candidate)
    if question.layer.kind == "relation":
        return _of_relation(sheet, question, best)
    if question.layer.kind in _PLACED:
        return Vote(key, ABSTAIN, reason="no-candidate")
    if question.tgt_segment is None:
        return Vote(key, ABSTAIN, reason="no-target-segment")
    text = sheet.item.segments[question.tgt_segment].text
    if not text.strip():
        return Vote(key, NOTHING, reason="empty-target")
    whole = (Interval(0, len(text)),)
    return Vote(key, LABEL, Span(question.label, whole, question.tgt_segment, question.layer.name, source_id=key))


def _of_candidate(key: str, question: Question, candidate: Candidate) -> Vote:
    confidence = candidate.score if candidate.probability is None else candidate.probability
    confidence = min(1.0, max(0.0, confidence))
    if candidate.span is None:
        outcome = NOTHING if candidate.reason in FOUND_NOTHING else ABSTAIN
        return Vote(key, outcome, reason=candidate.reason or "no-candidate")
    span = replace(candidate.span, source_id=key, layer=question.layer.name)
    return Vote(key, LABEL, span, confidence)


def _of_relation(sheet: Sheet, question: Question, best: Mapping[str, Candidate]) -> Vote:
    key = question.source_id
    spans = {span.id: span for span in sheet.item.spans}
    relation = Relation(question.label, question.head, question.tail, question.layer.name, key)
    (found,) = transfer_relations([relation], spans, best.values())
    if found.reason or found.head is None or found.head.span is None:
        reason = found.reason or "ends-unprojected"
        return Vote(key, NOTHING if reason in FOUND_NOTHING else ABSTAIN, reason=reason)
    span = Span(question.label, (), found.head.span.segment, question.layer.name, source_id=key)
    return Vote(key, LABEL, span, found.score)
