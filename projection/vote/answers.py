"""From what a reply says to votes: labels that exist, quotes that stand in the text, outcomes with their reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from projection.errors import Problem
from projection.types import Interval, Span
from projection.vote.ballots import ABSTAIN, CHOICES, INVALID, LABEL, NOTHING, SCALES, Judgement, Outcome, Vote
from projection.vote.labels import read_label
from projection.vote.place import DEFAULT_THRESHOLD, Place, find_places, is_quoted
from projection.vote.questions import LayerText, Question, Sheet
from projection.vote.replies import RawAnswer, ReadReply
from projection.vote.resolve import Wanted, choose_places

EVIDENCE_THRESHOLD = 0.9
_QUOTED = ("span", "answer", "token")
_OUTCOMES: Mapping[str, Outcome] = (
    dict.fromkeys(("label", "found", "yes", "present", "ok"), LABEL)
    | dict.fromkeys(("nothing", "none", "missing", "not present", "not found", "absent", "no", "null", "n/a"), NOTHING)
    | dict.fromkeys(("abstain", "unsure", "unknown", "skip", "cannot say", "unclear", "refuse"), ABSTAIN)
)
_NOT_ANSWERED = "not-answered"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the name under which it was asked."""

    name: str
    question: Question


@dataclass(frozen=True, slots=True)
class Filled:
    """Votes and judgements in the order of the questions, and what could not be used.

    Attributes:
        votes: one for each question.
        judgements: of candidates, where these were judged.
        problems: with the question as their place.
        evidence: by question, whether its evidence stands in the texts; missing where none was given.
        rationales: the voter's reasons by question.
    """

    votes: tuple[Vote, ...]
    judgements: tuple[Judgement, ...]
    problems: tuple[Problem, ...]
    evidence: Mapping[str, bool]
    rationales: Mapping[str, str]


def fill_votes(
    sheet: Sheet, asked: Sequence[Asked], read: ReadReply, *, threshold: float = DEFAULT_THRESHOLD
) -> Filled:
    """The votes that the answers of a reply make.

    Args:
        sheet: the item.
        asked: what was asked.
        read: the answers.
        threshold: likeness from which a quote that does not stand in the text counts as found.
    """
    filling = _Filling(sheet, threshold)
    for each in asked:
        filling.read(each, read)
    votes = filling.place_all()
    return Filled(
        votes=tuple(votes[each.question.source_id] for each in asked),
        judgements=tuple(filling.judgements),
        problems=tuple(filling.problems),
        evidence=filling.evidence,
        rationales=filling.rationales,
    )


class _Filling:
    def __init__(self, sheet: Sheet, threshold: float) -> None:
        self._sheet = sheet
        self._threshold = threshold
        self._votes: dict[str, Vote] = {}
        self._wanted: list[tuple[Vote, Sequence[tuple[Place, ...]], int | None]] = []
        self.judgements: list[Judgement] = []
        self.problems: list[Problem] = []
        self.evidence: dict[str, bool] = {}
        self.rationales: dict[str, str] = {}

    # ------------------------------------------------------------------------------------------------------- reading

    def read(self, asked: Asked, read: ReadReply) -> None:
        """Read one answer; votes with a quote wait until all quotes are known."""
        question = asked.question
        key = question.source_id
        answer = read.answers.get(asked.name)
        if answer is None:
            reason = "two-answers" if asked.name in read.contradicted else read.reason
            self._votes[key] = Vote(key, INVALID, reason=reason)
            if reason == _NOT_ANSWERED:
                self._report(question, reason, "The reply has no answer to the question.", "Ask again.")
            return
        evidence = answer.fields.get("evidence", "")
        if evidence:
            self.evidence[key] = self._stands_anywhere(evidence)
        if "reason" in answer.fields:
            self.rationales[key] = answer.fields["reason"]
        self._votes[key] = replace(self._vote(question, answer), confidence=answer.confidence, evidence=evidence)

    def _vote(self, question: Question, answer: RawAnswer) -> Vote:
        key = question.source_id
        if key in self._sheet.candidates:
            return self._judged(question, answer)
        outcome = self._outcome(question, answer)
        if outcome == ABSTAIN:
            return Vote(key, ABSTAIN, reason=answer.fields.get("because", "voter-abstains"))
        if outcome == NOTHING:
            return Vote(key, NOTHING, reason="voter-finds-nothing")
        label = self._label(question, answer)
        return Vote(key, INVALID, reason="unknown-label") if label is None else self._located(question, label, answer)

    def _outcome(self, question: Question, answer: RawAnswer) -> Outcome:
        """What kind of answer it is. A label of the layer is a label, whatever word stands for the outcome."""
        said = _word(answer.fields.get("outcome", ""))
        label = answer.fields.get("label", "")
        if said in _OUTCOMES and _OUTCOMES[said] != LABEL:
            return _OUTCOMES[said]
        if _word(label) in _OUTCOMES and find_label(question.layer, label) is None:
            found = _OUTCOMES[_word(label)]
            return NOTHING if found == LABEL and not answer.quotes and question.layer.kind in _QUOTED else found
        if question.layer.kind in _QUOTED and not answer.quotes:
            return NOTHING if said not in _OUTCOMES and "quote" not in answer.fields and not label else LABEL
        return LABEL

    def _label(self, question: Question, answer: RawAnswer) -> str | None:
        """The label's own name; the source's where a place was asked for and no label given."""
        said = answer.fields.get("label", "")
        if not said or (_word(said) in _OUTCOMES and find_label(question.layer, said) is None):
            if question.layer.kind in (*_QUOTED, "relation") and self._sheet.shows_source_labels:
                return question.label
            self._report(question, "no-label", "The answer has no label.", "Ask again.")
            return None
        found = find_label(question.layer, said)
        if found is None and (question.layer.is_open or not question.layer.labels):
            return said[:100]
        if found is None and question.layer.kind in ("class", "grade"):
            # A sentence where one word was wanted.
            reading = read_label(said, question.layer.labels)
            found = reading.label
        if found is None:
            fault = f"The layer {question.layer.name} has no label {said[:60]!r}."
            self._report(question, "unknown-label", fault, "Ask again, or add the label.")
        return found

    def _located(self, question: Question, label: str, answer: RawAnswer) -> Vote:
        """A vote for a label, at once where it covers what it must, later where its quote has to be placed."""
        key, segment = question.source_id, question.tgt_segment
        if segment is None:
            return Vote(key, INVALID, reason="no-target-segment")
        text = self._sheet.item.segments[segment].text
        if question.layer.kind not in _QUOTED:
            whole = () if question.layer.kind == "relation" or not text else (Interval(0, len(text)),)
            return Vote(key, LABEL, self._span(question, label, whole))
        lang = self._sheet.item.segments[segment].lang
        found = [tuple(find_places(text, quote, lang=lang, threshold=self._threshold)) for quote in answer.quotes]
        if not found or not all(found):
            missing = next((quote for quote, places in zip(answer.quotes, found, strict=True) if not places), "")
            fault = f"{missing[:80]!r} does not stand in the target." if missing else "The answer quotes nothing."
            self._report(question, "quote-not-found", fault, "The vote does not count.")
            return Vote(key, INVALID, reason="quote-not-found")
        vote = Vote(key, LABEL, self._span(question, label, ()))
        self._wanted.append((vote, found, answer.occurrence))
        return vote

    def _span(self, question: Question, label: str, intervals: tuple[Interval, ...]) -> Span:
        return Span(label, intervals, question.tgt_segment or 0, question.layer.name, source_id=question.source_id)

    # ------------------------------------------------------------------------------------------------------- judging

    def _judged(self, question: Question, answer: RawAnswer) -> Vote:
        """A judgement of the question's candidate, and the vote that follows from it."""
        key = question.source_id
        said = _word(answer.fields.get("choice") or answer.fields.get("outcome") or answer.fields.get("label") or "")
        choice = _CHOICE_WORDS.get(said, said)
        rationale = answer.fields.get("reason", "")
        candidate = self._sheet.candidates[key]
        if choice not in CHOICES:
            is_abstention = _OUTCOMES.get(said) == ABSTAIN
            reason = "voter-abstains" if is_abstention else "no-choice"
            if not is_abstention:
                fault = f"{said[:40]!r} is none of {', '.join(CHOICES)}."
                self._report(question, "no-choice", fault, "Ask again.")
            self.judgements.append(Judgement("candidate", None, key, "", rationale, reason))
            return Vote(key, ABSTAIN if is_abstention else INVALID, reason=reason)
        self.judgements.append(Judgement("candidate", None, key, choice, rationale))
        span = candidate.span
        if choice == "missing" or (span is None and choice == "accept"):
            return Vote(key, NOTHING, reason="voter-finds-nothing")
        if span is None:
            return self._relocated(question, question.label, answer)
        if choice == "accept":
            return Vote(key, LABEL, replace(span, source_id=key))
        if choice == "label":
            label = self._label(question, answer)
            if label is None or label == span.label:
                return Vote(key, ABSTAIN, reason="no-better-label")
            return Vote(key, LABEL, replace(span, label=label, source_id=key))
        return self._relocated(question, span.label, answer)

    def _relocated(self, question: Question, label: str, answer: RawAnswer) -> Vote:
        if not answer.quotes:
            return Vote(question.source_id, ABSTAIN, reason="no-better-place")
        return self._located(question, label, answer)

    # ------------------------------------------------------------------------------------------------------- placing

    def place_all(self) -> dict[str, Vote]:
        """All votes by question, those with quotes placed together."""
        waiting: list[Wanted] = []
        owners: list[str] = []
        for vote, pieces, occurrence in self._wanted:
            for places in pieces:
                question = self._sheet.question(vote.source_id)
                waiting.append(Wanted(question, places, occurrence if len(pieces) == 1 else None))
                owners.append(vote.source_id)
        chosen = choose_places(self._sheet.item, waiting)
        for vote, _, _ in self._wanted:
            mine = [place for owner, place in zip(owners, chosen, strict=True) if owner == vote.source_id]
            self._votes[vote.source_id] = self._placed(self._votes[vote.source_id], mine)
        return self._votes

    def _placed(self, vote: Vote, pieces: Sequence[Place | None]) -> Vote:
        question = self._sheet.question(vote.source_id)
        found = sorted(place.interval for place in pieces if place is not None)
        if len(found) < len(pieces) or any(a.end_char > b.start_char for a, b in pairwise(found)):
            self._report(
                question, "place-taken", "Another label of the layer stands there.", "The vote does not count."
            )
            return replace(vote, outcome=INVALID, span=None, reason="place-taken")
        if vote.span is None:
            return vote
        return replace(vote, span=replace(vote.span, intervals=tuple(found), meta=_how(pieces)))

    def _stands_anywhere(self, quote: str) -> bool:
        return any(
            is_quoted(segment.text, quote, lang=segment.lang, threshold=EVIDENCE_THRESHOLD)
            for segment in self._sheet.item.segments
        )

    def _report(self, question: Question, code: str, fault: str, remedy: str) -> None:
        item_id = self._sheet.item.id
        self.problems.append(Problem(code, fault, remedy, f"question {question.source_id}", item_id=item_id))


_CHOICE_WORDS = (
    dict.fromkeys(("accept", "accepted", "correct", "right", "yes", "ok"), "accept")
    | dict.fromkeys(("boundary", "boundaries", "wrong boundary", "wrong boundaries", "wrong place"), "boundary")
    | dict.fromkeys(("label", "wrong label", "relabel"), "label")
    | dict.fromkeys(("missing", "nothing", "not present", "absent", "not in target"), "missing")
)


def find_label(layer: LayerText, said: str) -> str | None:
    """The name of a layer's label that was given by its name or translated name; case and spaces do not matter."""
    for label in layer.labels:
        if said in (label.name, label.translated):
            return label.name
    wanted = _word(said)
    found = {label.name for label in layer.labels if wanted and wanted in (_word(label.name), _word(label.translated))}
    return found.pop() if len(found) == 1 else None


def _word(said: str) -> str:
    return " ".join(said.casefold().replace("_", " ").split()).strip(".,;:!\"'`*[]() ")


def _how(pieces: Sequence[Place | None]) -> dict[str, object]:
    """How the quote was found, where something had to be forgiven."""
    forgiven = [place for place in pieces if place is not None and place.how != "exact"]
    if not forgiven:
        return {}
    worst = min(forgiven, key=lambda place: place.score)
    return {"placed": worst.how} | ({"likeness": worst.score} if worst.how == "fuzzy" else {})


def read_grade(answer: RawAnswer | None, criterion: str, source_id: str = "") -> Judgement:
    """A judgement on a scale; one without a value and with a reason where the answer has no grade of the scale."""
    name = next(each for each in SCALES if each == criterion)
    if answer is None:
        return Judgement(name, None, source_id, reason=_NOT_ANSWERED)
    rationale = answer.fields.get("reason", "")
    value = answer.value
    if value is None:
        said = _word(answer.fields.get("label") or answer.fields.get("outcome") or "")
        value = {"yes": 1.0, "no": 0.0, "true": 1.0, "false": 0.0}.get(said) if name == "survives" else None
        if value is None:
            is_abstention = _OUTCOMES.get(said) == ABSTAIN
            reason = "voter-abstains" if is_abstention else "no-grade"
            return Judgement(name, None, source_id, rationale=rationale, reason=reason)
    if value not in SCALES[name]:
        return Judgement(name, None, source_id, rationale=rationale, reason="no-grade")
    return Judgement(name, value, source_id, rationale=rationale)
