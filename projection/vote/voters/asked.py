"""Voters that are asked in words: requests out, replies in, answers checked and put together to one ballot."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from projection.errors import Problem
from projection.types import TARGET, Candidate, Span
from projection.vote.answers import Filled, fill_votes, read_grade
from projection.vote.asking import Ask, Request, make_back_request, make_rating_request, make_request
from projection.vote.ballots import INVALID, LABEL, Ballot, Criterion, Judgement, Usage, Vote, VoterSpec
from projection.vote.consistency import (
    Round,
    check_back,
    check_evidence,
    check_spans,
    combine_rounds,
    keeps_labels,
    shown_answer,
)
from projection.vote.labels import read_label
from projection.vote.limits import Gate, Stop
from projection.vote.place import DEFAULT_THRESHOLD
from projection.vote.prompts import LATEST, PromptSet, Task, load_prompts
from projection.vote.questions import Question, Sheet
from projection.vote.replies import RawAnswer, ReadReply, read_reply
from projection.vote.voters.base import Model, Reply, ReplyCache, content_key

# What neither JSON nor databases can hold.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class AskSettings:
    """How a voter is asked.

    Attributes:
        prompts: version of the templates, or a folder of one's own.
        n_rounds: how often each question is asked; from the second time on with labels in another order and, in turn,
            in other words and without context.
        permutes: whether the labels stand in an order of its own from the first round on.
        back_check: whether the labels that were given are asked for once more without those of the source.
        needs_evidence: whether a class without a quote from the text counts as an abstention.
        threshold: likeness from which a quote that does not stand in the text counts as found.
        n_context: texts before and after the item that are shown, each.
        criteria: grades that are asked for beside the labels.
        seed: for the orders of labels.
    """

    prompts: str = LATEST
    n_rounds: int = 1
    permutes: bool = False
    back_check: bool = False
    needs_evidence: bool = False
    threshold: float = DEFAULT_THRESHOLD
    n_context: int = 1
    criteria: tuple[Criterion, ...] = ()
    seed: int = 0


@dataclass
class _Log:
    """What gathers while one item is asked about."""

    replies: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    finishes: list[str] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)
    rounds: dict[int, dict[str, Any]] = field(default_factory=dict)
    rationales: dict[str, str] = field(default_factory=dict)
    checks: dict[str, bool] = field(default_factory=dict)
    judgements: list[Judgement] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)

    def note(self, number: int, found: dict[str, Any]) -> None:
        """Add the answers to one task to those of its round."""
        kept = self.rounds.setdefault(number, found)
        for part in ("labels", "answers"):
            kept[part] |= found[part]

    def check(self, found: Mapping[str, bool]) -> None:
        """Add checks; one that failed once stays failed."""
        self.checks |= {name: value and self.checks.get(name, True) for name, value in found.items()}


class AskedVoter:
    """Asks a model about one item after the other; every reply is kept and never asked for twice."""

    def __init__(
        self,
        spec: VoterSpec,
        model: Model,
        settings: AskSettings | None = None,
        *,
        cache: ReplyCache | None = None,
    ) -> None:
        """Raises `EngineError` (`no-prompt`)."""
        self._settings = settings or AskSettings()
        self._prompts: PromptSet = load_prompts(self._settings.prompts)
        self._spec = replace(spec, prompt=self._prompts.version)
        self._model = model
        self._model_key = content_key(model.identity)
        self._cache = cache

    @property
    def spec(self) -> VoterSpec:
        return self._spec

    @property
    def gate(self) -> Gate:
        return self._model.gate

    @property
    def identity(self) -> None:
        """Its replies are kept one by one."""
        return

    def requests(self, sheet: Sheet) -> list[Request]:
        """What would be asked about an item in the first round: for people who want to see the prompts."""
        return [make_request(sheet, task, questions, self._ask(0)) for task, questions in _tasks(sheet)]

    def vote(self, sheet: Sheet, *, stop: Stop) -> Ballot:
        """Ask all questions of an item, as often as the settings say.

        Raises:
            EngineError: see `Voter`.
        """
        log = _Log()
        found: dict[str, Vote] = {
            question.source_id: Vote(question.source_id, INVALID, reason="no-target-segment")
            for question in sheet.questions
        }
        for task, questions in _tasks(sheet):
            for vote in self._vote_on(sheet, task, questions, log, stop):
                found[vote.source_id] = vote
        votes = tuple(found[question.source_id] for question in sheet.questions)
        if self._settings.criteria:
            self._grade(sheet, votes, log, stop)
        log.check({"same-labels": keeps_labels(sheet, votes)})
        back = log.rounds.pop(self._settings.n_rounds, None)
        meta = {"rounds": list(log.rounds.values()), "rationales": log.rationales, "finish": log.finishes}
        return Ballot(
            item_id=sheet.item.id,
            voter_id=self._spec.id,
            votes=votes,
            replies=tuple(log.replies),
            problems=tuple(log.problems),
            checks=log.checks,
            usage=log.usage,
            prompt_hash=content_key(log.hashes),
            judgements=tuple(log.judgements),
            meta=meta if back is None else meta | {"back": back},
        )

    # ------------------------------------------------------------------------------------------------------- rounds

    def _vote_on(self, sheet: Sheet, task: Task, questions: Sequence[Question], log: _Log, stop: Stop) -> list[Vote]:
        rounds = [
            self._ask_round(make_request(sheet, task, questions, self._ask(number)), log, stop)
            for number in range(self._settings.n_rounds)
        ]
        votes, checks = combine_rounds(rounds)
        log.check(checks)
        log.judgements += rounds[0].filled.judgements
        evidence = {key: value for each in reversed(rounds) for key, value in each.filled.evidence.items()}
        if task in ("class", "grade", "relation"):
            votes, is_found = check_evidence(votes, evidence, is_needed=self._settings.needs_evidence)
            log.check({"evidence": is_found})
        votes, is_apart = check_spans(sheet, votes)
        log.check({"spans": is_apart})
        if self._settings.back_check and any(vote.outcome == LABEL for vote in votes):
            request = make_back_request(sheet, votes, self._ask(self._settings.n_rounds))
            back = self._ask_round(request, log, stop)
            votes, is_same = check_back(votes, {vote.source_id: vote for vote in back.filled.votes})
            log.check({"back-check": is_same})
        return votes

    def _ask(self, number: int) -> Ask:
        """How the n-th round asks: every second one in other words, and without what stands around the item."""
        settings = self._settings
        is_other = number % 2 == 1
        return Ask(
            prompts=self._prompts,
            variant="b" if is_other else "a",
            number=number,
            permutes=settings.permutes,
            seed=settings.seed,
            n_context=0 if is_other else settings.n_context,
        )

    def _ask_round(self, request: Request, log: _Log, stop: Stop) -> Round:
        reply = self._reply(request, log, stop)
        read = read_answers(request, reply)
        filled = fill_request(request, read, threshold=self._settings.threshold)
        place = f"reply {len(log.replies)}"
        log.problems += _located([*read.problems, *filled.problems], request, place)
        if request.withheld:
            fault = f"{request.withheld} text(s) around the item look like instructions and were not shown."
            log.problems += _located([Problem("context-withheld", fault, "Look at them.")], request, place)
        log.rationales = dict(filled.rationales) | log.rationales
        answers = {vote.source_id: shown_answer(vote) for vote in filled.votes}
        shown = {name: list(names) for name, names in request.labels.items()}
        log.note(request.number, {"prompt": request.prompt, "labels": shown, "answers": answers})
        return Round(filled, request.labels, request.prompt)

    def _grade(self, sheet: Sheet, votes: Sequence[Vote], log: _Log, stop: Stop) -> None:
        """Grades of the item, with the labels that its target has now, or that this voter gave."""
        request = make_rating_request(sheet, self._settings.criteria, _labels_of(sheet, votes), self._ask(0))
        reply = self._reply(request, log, stop)
        read = read_reply(reply.text, request.names, finish=reply.finish)
        log.problems += _located(read.problems, request, f"reply {len(log.replies)}")
        for name, criterion in request.criteria.items():
            log.judgements.append(read_grade(read.answers.get(name), criterion))
        for each in request.asked:
            log.judgements.append(read_grade(read.answers.get(each.name), "survives", each.question.source_id))

    # ------------------------------------------------------------------------------------------------------ replies

    def _reply(self, request: Request, log: _Log, stop: Stop) -> Reply:
        """The reply to a request, from the cache if it was ever given."""
        key = content_key(self._model_key, request.sha256, request.number)
        known = {} if self._cache is None else self._cache.get([key])
        if key in known:
            kept = json.loads(known[key])
            reply = Reply(kept["text"], kept["finish"])
        else:
            reply = self._model.reply(request, stop=stop)
            reply = replace(reply, text=_UNSTORABLE.sub("\ufffd", reply.text))
            if self._cache is not None:
                kept = json.dumps({"text": reply.text, "finish": reply.finish}, ensure_ascii=True)
                self._cache.put({key: (request.sha256, kept)})
        log.replies.append(reply.text)
        log.finishes.append(reply.finish)
        log.hashes.append(request.sha256)
        log.usage = _added(log.usage, reply.usage)
        return reply


def _tasks(sheet: Sheet) -> list[tuple[Task, list[Question]]]:
    """Questions that can be asked together, by task, in the order of their first one."""
    found: dict[Task, list[Question]] = {}
    for question in sheet.questions:
        if question.tgt_segment is None:
            continue
        kind: Task = "candidate" if question.source_id in sheet.candidates else question.layer.kind
        found.setdefault(kind, []).append(question)
    return list(found.items())


def read_answers(request: Request, reply: Reply) -> ReadReply:
    """The answers of a reply. One that is no JSON is read as a sentence where one label was asked for."""
    read = read_reply(reply.text, request.names, finish=reply.finish)
    is_one_label = len(request.asked) == 1 and request.task in ("class", "grade", "back")
    if read.has_json or not is_one_label:
        return read
    (asked,) = request.asked
    reading = read_label(reply.text, asked.question.layer.labels)
    problems = tuple(problem for problem in read.problems if problem.code != "not-json")
    if reading.outcome == INVALID:
        fault = "It is not to be seen which label the reply gives."
        problems = (*problems, Problem(reading.reason, fault, "Ask for JSON."))
        return replace(read, problems=problems, reason=reading.reason)
    if reading.label is not None:
        said = {"label": reading.label}
    else:
        said = {"outcome": "abstain", "because": reading.reason}
        said |= {"reason": f"names {', '.join(reading.claimed)}"} if reading.claimed else {}
    return ReadReply({asked.name: RawAnswer(asked.name, said)}, problems=problems)


def fill_request(request: Request, read: ReadReply, *, threshold: float) -> Filled:
    """The votes of a reply. What was found is asked about again as if it were a class: it has a place already."""
    if request.task != "back":
        return fill_votes(request.sheet, request.asked, read, threshold=threshold)
    sheet = replace(request.sheet, candidates={}, shows_source_labels=False)
    asked = []
    for each in request.asked:
        layer = replace(each.question.layer, kind="class")
        asked.append(replace(each, question=replace(each.question, layer=layer)))
    return fill_votes(replace(sheet, questions=tuple(each.question for each in asked)), asked, read)


def _labels_of(sheet: Sheet, votes: Iterable[Vote]) -> list[Span]:
    """The labels that the target of an item has: those under judgement, else those that were given, else its own."""
    judged: list[Candidate] = list(sheet.candidates.values())
    if judged:
        return [each.span for each in judged if each.span is not None]
    return [vote.span for vote in votes if vote.span is not None] or sheet.item.spans_of(TARGET)


def _located(problems: Iterable[Problem], request: Request, place: str) -> list[Problem]:
    item_id = request.sheet.item.id
    return [
        replace(each, place=f"{place}, {each.place}" if each.place else place, item_id=item_id) for each in problems
    ]


def _added(one: Usage, other: Usage) -> Usage:
    return Usage(
        one.n_requests + other.n_requests,
        one.n_input_tokens + other.n_input_tokens,
        one.n_output_tokens + other.n_output_tokens,
        one.cost + other.cost,
        one.seconds + other.seconds,
    )
