"""Whether a voter says the same when it is asked again, and whether its answers hold on their own.

A vote that does not hold becomes an abstention with a reason: `contradicts-itself`, `evidence-not-found`,
`back-check-failed`, `overlaps`. What it said stays in the ballot's replies and in `Ballot.meta["rounds"]`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from projection.types import Span
from projection.vote.answers import Filled
from projection.vote.ballots import ABSTAIN, INVALID, LABEL, Vote
from projection.vote.questions import Sheet

Answer = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Round:
    """One time that the questions of a task were asked.

    Attributes:
        filled: its votes.
        labels: names of the labels of each layer in the order shown.
        prompt: version and variant of the templates.
    """

    filled: Filled
    labels: Mapping[str, tuple[str, ...]]
    prompt: str


def answer_of(vote: Vote) -> Answer:
    """What two votes must share to be the same: the outcome, and a label with its place."""
    if vote.span is None:
        return (vote.outcome,)
    return vote.outcome, vote.span.label, vote.span.segment, vote.span.intervals


def combine_rounds(rounds: Sequence[Round]) -> tuple[list[Vote], dict[str, bool]]:
    """One vote for each question from those of all rounds, and the checks that were made.

    Rounds in which the question got no usable answer do not count, unless all are of that kind. Of votes that agree the
    first stands, with their mean confidence; where two differ the voter abstains.

    Returns:
        Votes in the order of the questions; `answered` (each question has a usable answer in the first round),
        `permuted` and `paraphrased` (all further rounds with another order of labels, or with the other template, gave
        the answers of the first one; missing where there was no such round).
    """
    first = rounds[0].filled.votes
    votes = [_combine([each.filled.votes[number] for each in rounds]) for number in range(len(first))]
    checks = {"answered": all(vote.outcome != INVALID for vote in first)}
    for name, others in (("permuted", _permuted(rounds)), ("paraphrased", _paraphrased(rounds))):
        if others:
            checks[name] = all(_same(first, each.filled.votes) for each in others)
    return votes, checks


def _combine(votes: Sequence[Vote]) -> Vote:
    usable = [vote for vote in votes if vote.outcome != INVALID]
    if not usable:
        return votes[0]
    if len({answer_of(vote) for vote in usable}) > 1:
        return Vote(votes[0].source_id, ABSTAIN, reason="contradicts-itself")
    known = [vote.confidence for vote in usable if vote.confidence is not None]
    return replace(usable[0], confidence=round(sum(known) / len(known), 6) if known else None)


def _permuted(rounds: Sequence[Round]) -> list[Round]:
    return [each for each in rounds[1:] if each.labels != rounds[0].labels]


def _paraphrased(rounds: Sequence[Round]) -> list[Round]:
    return [each for each in rounds[1:] if each.prompt != rounds[0].prompt]


def _same(one: Sequence[Vote], other: Sequence[Vote]) -> bool:
    return [answer_of(vote) for vote in one] == [answer_of(vote) for vote in other]


def check_evidence(votes: Sequence[Vote], evidence: Mapping[str, bool], *, is_needed: bool) -> tuple[list[Vote], bool]:
    """Votes without those whose evidence does not stand in the texts (or is missing, where it is needed)."""
    checked = [
        _abstaining(vote, "evidence-not-found")
        if vote.outcome == LABEL and not evidence.get(vote.source_id, not is_needed)
        else vote
        for vote in votes
    ]
    return checked, checked == list(votes)


def check_spans(sheet: Sheet, votes: Sequence[Vote]) -> tuple[list[Vote], bool]:
    """Votes without those that overlap in one layer where their source spans do not."""
    clashing: set[str] = set()
    placed = [(sheet.question(vote.source_id), vote) for vote in votes if vote.span is not None and vote.span.intervals]
    placed = [(question, vote) for question, vote in placed if question.layer.kind in ("span", "token")]
    for number, (question, vote) in enumerate(placed):
        for other_question, other in placed[number + 1 :]:
            if question.layer.name != other_question.layer.name or not _overlap(vote.span, other.span):
                continue
            if question.src_segment == other_question.src_segment and any(
                a.start_char < b.end_char and b.start_char < a.end_char
                for a in question.src_intervals
                for b in other_question.src_intervals
            ):
                continue
            clashing |= {vote.source_id, other.source_id}
    checked = [_abstaining(vote, "overlaps") if vote.source_id in clashing else vote for vote in votes]
    return checked, not clashing


def check_back(votes: Sequence[Vote], back: Mapping[str, Vote]) -> tuple[list[Vote], bool]:
    """Votes without those whose label is another one when the source's is not shown; no answer is no contradiction."""
    checked = [
        _abstaining(vote, "back-check-failed")
        if vote.span is not None and (found := back.get(vote.source_id)) is not None and _differs(vote.span, found)
        else vote
        for vote in votes
    ]
    return checked, checked == list(votes)


def _differs(span: Span, back: Vote) -> bool:
    if back.outcome in (INVALID, ABSTAIN):
        return False
    return back.span is None or back.span.label != span.label


def _abstaining(vote: Vote, reason: str) -> Vote:
    return replace(vote, outcome=ABSTAIN, span=None, reason=reason)


def _overlap(one: Span | None, other: Span | None) -> bool:
    if one is None or other is None or one.segment != other.segment:
        return False
    return any(a.start_char < b.end_char and b.start_char < a.end_char for a in one.intervals for b in other.intervals)


def keeps_labels(sheet: Sheet, votes: Sequence[Vote]) -> bool:
    """Whether all labels are those of the source: no fault if not, but worth a look."""
    return all(vote.span is None or vote.span.label == sheet.question(vote.source_id).label for vote in votes)


def shown_answer(vote: Vote) -> str:
    """An answer in a few signs for `Ballot.meta["rounds"]`: the label, or the outcome in brackets."""
    return f"[{vote.outcome}]" if vote.span is None else vote.span.label
