"""Ballots made elsewhere: fitted to the questions of a panel, with a list of what could not be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from projection.errors import EngineError, Problem
from projection.types import TARGET, Interval, Item, Span
from projection.vote.ballots import ABSTAIN, INVALID, LABEL, Ballot, Vote
from projection.vote.files import read_ballots
from projection.vote.questions import Question, Sheet

MAX_PROBLEMS = 500
_WHOLE = ("class", "grade")


@dataclass(frozen=True, slots=True)
class FileBallots:
    """Attributes:
    ballots: of one voter, by item.
    problems: what in the file could not be used.
    other_voters: voters whose ballots are in the file as well and were not taken.
    """

    ballots: Mapping[str, Ballot]
    problems: Sequence[Problem]
    other_voters: Sequence[str] = field(default_factory=tuple)

    def report(self) -> dict[str, Any]:
        """As JSON values."""
        shown = [
            {"code": each.code, "message": each.message, "remedy": each.remedy, "line": each.line}
            for each in self.problems[:MAX_PROBLEMS]
        ]
        return {"n_problems": len(self.problems), "problems": shown, "other_voters": list(self.other_voters)}


def read_file(data: bytes, *, items: Mapping[str, Item], voter: str) -> FileBallots:
    """The ballots of one voter: the one of that name, or the only one.

    Raises:
        FormatError: the file cannot be read.
        EngineError: `no-ballots`: nothing in it is by this voter on these items.
    """
    read = read_ballots(data, items=items)
    names = sorted({ballot.voter_id for ballot in read.rows})
    wanted = names[0] if len(names) == 1 else voter
    own = {ballot.item_id: ballot for ballot in read.rows if ballot.voter_id == wanted}
    if not own:
        fault = f"No ballot of the voter {voter!r} on an item of this language is in the file."
        remedy = f"The file has ballots of: {', '.join(names)[:200]}." if names else "Compare the ids of the items."
        first = f" Its first fault: {read.problems[0]}" if read.problems else ""
        raise EngineError(Problem("no-ballots", fault + first, remedy, place="file"))
    return FileBallots(own, read.problems, tuple(name for name in names if name != wanted))


def fit_ballot(ballot: Ballot, sheet: Sheet) -> Ballot:
    """A ballot with one vote for each question, in their order; what was not voted on abstains.

    A vote without a question is on the only one, where there is only one. A class or grade without a place covers its
    text. What no question can have for an answer is invalid.
    """
    given = {vote.source_id: vote for vote in ballot.votes}
    questions = sheet.questions
    if len(questions) == 1 and len(ballot.votes) == 1 and "" in given:
        given = {questions[0].source_id: given[""]}
    return replace(ballot, votes=tuple(_fit(given.get(each.source_id), each, sheet.item) for each in questions))


def _fit(vote: Vote | None, question: Question, item: Item) -> Vote:
    key = question.source_id
    if vote is None:
        return Vote(key, ABSTAIN, reason="not-answered")
    if vote.span is None:
        return replace(vote, source_id=key)
    span = replace(vote.span, layer=question.layer.name, source_id=key)
    if question.layer.labels and span.label not in question.layer.names and not question.layer.is_open:
        return Vote(key, INVALID, reason="unknown-label")
    if question.layer.kind in _WHOLE or (question.layer.kind == "relation" and question.tgt_segment is not None):
        if question.tgt_segment is None:
            return Vote(key, INVALID, reason="no-target-segment")
        text = item.segments[question.tgt_segment].text
        intervals = () if question.layer.kind == "relation" else (Interval(0, len(text)),)
        span = replace(span, segment=question.tgt_segment, intervals=intervals)
    elif not span.intervals or item.segments[span.segment].side != TARGET:
        return Vote(key, INVALID, reason="no-place")
    return Vote(key, LABEL, Span(span.label, span.intervals, span.segment, span.layer, source_id=key), vote.confidence)
