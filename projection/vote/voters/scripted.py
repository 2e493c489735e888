"""A model that errs as it is told: for tests, and for simulating panels before money is spent.

It answers requests in words like any other, so that everything from the prompt to the verdict is run.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from projection.types import Span
from projection.vote.asking import Request
from projection.vote.ballots import Usage
from projection.vote.limits import Gate, Stop
from projection.vote.questions import Question
from projection.vote.voters.base import Reply, content_key, plain_gate

Defect = Literal["good", "biased", "other-language", "random", "contradicting", "first-label", "broken"]
DEFECTS: tuple[Defect, ...] = (
    "good", "biased", "other-language", "random", "contradicting", "first-label", "broken",
)  # fmt: skip
Confusion = Mapping[str, Mapping[str, float]]
"""For each true label the probability of each answer; `[nothing]` and `[abstain]` are answers too."""

_BRACKETED = {"[nothing]": "nothing", "[abstain]": "abstain"}
_REASONS = (
    "The words of the sentence say so, and nothing else in the text speaks against it.",
    "That is what these words mean here, because the rest of the sentence is about the same thing.",
    "It follows from the place in which the expression stands, and from the words that come after it.",
    "There is no other way to read what the writer wanted to say with this part of the text.",
)
_FOREIGN = (
    "Die Wörter des Satzes sagen das so, und nichts anderes im Text spricht dagegen.",
    "Das bedeuten diese Wörter hier, weil der übrige Satz von derselben Sache handelt.",
    "Es folgt aus der Stelle, an der der Ausdruck steht, und aus den Wörtern, die danach kommen.",
    "Anders lässt sich nicht lesen, was mit diesem Teil des Textes gesagt werden sollte.",
)
# Tokens of a scripted reply, so that costs can be simulated.
_N_INPUT, _N_OUTPUT = 200, 20


@dataclass(frozen=True, slots=True)
class Script:
    """How a scripted voter errs.

    Attributes:
        truth: the right target label of each (item id, question); None where the target has none.
        confusion: see `Confusion`; the rest of each row is the true label. Empty for one that never errs.
        defect: `good` errs as the confusion says; `biased` answers `bias` more than half of the time;
            `other-language` gives its reasons in another language; `random` answers any label; `contradicting` answers
            something else each time; `first-label` takes the label that stands first in the prompt half of the time;
            `broken` gives a reply that cannot be read half of the time.
        bias: the label of `biased`.
        seed: of its errors.
    """

    truth: Mapping[tuple[str, str], Span | None]
    confusion: Confusion = field(default_factory=dict)
    defect: Defect = "good"
    bias: str = ""
    seed: int = 0


class ScriptedModel:
    """Answers as a script says; what it answers depends on item, question and round only."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._gate = plain_gate()
        truth = sorted((*key, "" if span is None else repr(span)) for key, span in script.truth.items())
        self._identity = {"kind": "scripted", "content": content_key(truth, script.confusion)}

    @property
    def gate(self) -> Gate:
        return self._gate

    @property
    def identity(self) -> Mapping[str, Any]:
        script = self._script
        return {**self._identity, "defect": script.defect, "bias": script.bias, "seed": script.seed}

    def reply(self, request: Request, *, stop: Stop) -> Reply:
        """A reply in JSON."""
        del stop
        usage = Usage(1, _N_INPUT, _N_OUTPUT, 0.0, 0.0)
        if self._script.defect == "broken" and self._random(request, "reply").random() < 0.5:
            return Reply("Well, this one is hard {", "stop", usage)
        answers = [self._answer(request, each.name, each.question) for each in request.asked]
        answers += [{"id": name, "reason": _REASONS[0], "value": 1} for name in request.criteria]
        return Reply(json.dumps({"answers": answers}, ensure_ascii=False), "stop", usage)

    def _answer(self, request: Request, name: str, question: Question) -> dict[str, Any]:
        chance = self._random(request, question.source_id)
        truth = self._script.truth.get((request.sheet.item.id, question.source_id))
        said = self._said(request, question, truth, chance)
        reasons = _FOREIGN if self._script.defect == "other-language" else _REASONS
        answer: dict[str, Any] = {"id": name, "reason": chance.choice(reasons), "confidence": 0.9}
        if said in _BRACKETED:
            return answer | {"outcome": _BRACKETED[said]}
        answer |= {"outcome": "label", "label": said}
        if request.task in ("span", "answer", "token", "candidate") and truth is not None:
            text = request.sheet.item.segments[truth.segment].text
            answer["quote"] = [text[start:end] for start, end in truth.intervals]
        if request.task == "candidate":
            answer["choice"] = self._choice(request, question, truth)
        return answer

    def _choice(self, request: Request, question: Question, truth: Span | None) -> str:
        proposed = request.sheet.candidates[question.source_id].span
        if truth is None or proposed is None:
            return "missing" if truth is None else "boundary"
        if proposed.intervals != truth.intervals:
            return "boundary"
        return "accept" if proposed.label == truth.label else "label"

    def _said(self, request: Request, question: Question, truth: Span | None, chance: random.Random) -> str:
        """The answer: a label, or an outcome in brackets."""
        script = self._script
        names = list(question.layer.names) or [question.label]
        if script.defect == "random":
            return chance.choice(names)
        if script.defect == "contradicting":
            return names[(request.number + chance.randrange(len(names))) % len(names)] if request.number else names[0]
        if script.defect == "biased" and chance.random() < 0.6:
            return script.bias or names[0]
        if script.defect == "first-label" and chance.random() < 0.5:
            return _first(request, question, names)
        if truth is None:
            return "[nothing]"
        return _drawn(script.confusion.get(truth.label, {}), truth.label, chance)

    def _random(self, request: Request, question: str) -> random.Random:
        """Chance that depends on the item and the question only; a self-contradicting voter's on the round too."""
        number = request.number if self._script.defect == "contradicting" else 0
        return random.Random(f"{self._script.seed}/{request.sheet.item.id}/{question}/{number}")


def _first(request: Request, question: Question, names: Sequence[str]) -> str:
    shown = request.labels.get(question.layer.name) or names
    return shown[0]


def _drawn(row: Mapping[str, float], rest: str, chance: random.Random) -> str:
    """An answer drawn from a row of the confusion; what its probabilities leave over goes to the true label."""
    left = chance.random()
    for answer, probability in row.items():
        left -= probability
        if left < 0:
            return answer
    return rest
