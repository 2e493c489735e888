"""A local model from a folder: spans by tagging under constraints, classes by how likely it finds each label.

Labels are compared by the mean log-probability of their tokens after a prompt with the text, less the same after
prompts without a text (contextual calibration, Zhao et al. 2021, arXiv 2102.09690): a model that prefers a label
whatever the text says does not win with it. The model sees no instructions that a text could overrule: it only
chooses between the given labels, or tags the given words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from threading import Lock
from typing import Any

from projection.errors import EngineError
from projection.neural import LoadedModel, Task, load_model
from projection.neural.causal import score_continuations
from projection.neural.scoring import score_targets
from projection.projectors.tagging import TaggingProjector, TaggingSettings
from projection.translate.fingerprint import fingerprint_model
from projection.types import Interval, Span
from projection.vote.ballots import ABSTAIN, LABEL, Ballot, Vote, VoterSpec
from projection.vote.limits import Gate, Stop
from projection.vote.prompts import fill
from projection.vote.questions import Question, Sheet
from projection.vote.voters.base import plain_gate
from projection.vote.voters.projector import ProjectorVoter

TEMPLATE = "{guideline}Text: {text}\n{layer}:"
CONTENT_FREE = ("N/A", "", "-")
_TAGGED = ("span", "answer")


@dataclass(frozen=True, slots=True)
class LocalSettings:
    """How a local model votes.

    Attributes:
        model: folder or hub id.
        task: `seq2seq` or `causal`.
        template: what stands before a label; `{text}` is the target text, `{source}` the source text, `{layer}` the
            name of the layer, `{guideline}` its guideline with a line break.
        min_margin: the best label's probability must be so much above the second one's, else the model abstains.
        n_beams: beams of the tagging.
        device: `auto`, `cpu`, `cuda`, ...
    """

    model: str
    task: Task = "causal"
    template: str = TEMPLATE
    min_margin: float = 0.0
    n_beams: int = 4
    device: str = "auto"


class LocalVoter:
    """Votes on spans, answers, classes and grades; abstains on the rest (`not-offered`)."""

    def __init__(self, spec: VoterSpec, settings: LocalSettings) -> None:
        """The model is loaded when it is first needed."""
        self._spec = spec
        self._settings = settings
        self._gate = plain_gate()
        self._lock = Lock()
        self._priors: dict[tuple[str, ...], list[float]] = {}
        tagging = TaggingSettings(settings.model, settings.task, "example", settings.n_beams, device=settings.device)
        self._tagger = ProjectorVoter(spec, TaggingProjector(tagging))

    @cached_property
    def _loaded(self) -> LoadedModel:
        return load_model(self._settings.model, task=self._settings.task, device=self._settings.device)

    @property
    def spec(self) -> VoterSpec:
        return self._spec

    @property
    def gate(self) -> Gate:
        return self._gate

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        """Settings and a hash of the model's files."""
        content = fingerprint_model(self._settings.model)
        return {"kind": "local", **asdict(self._settings), "model": "", "content": content}

    def vote(self, sheet: Sheet, *, stop: Stop) -> Ballot:
        """The model's votes on one item. Raises `EngineError` (`bad-model`, `missing-module`)."""
        tagged = [question for question in sheet.questions if question.layer.kind in _TAGGED]
        votes: dict[str, Vote] = {}
        if tagged:
            ballot = self._tagger.vote(replace(sheet, questions=tuple(tagged)), stop=stop)
            votes = {vote.source_id: vote for vote in ballot.votes}
        for question in sheet.questions:
            if question.layer.kind in ("class", "grade"):
                votes[question.source_id] = self._choose(sheet, question)
        rest = (question.source_id for question in sheet.questions)
        filled = [votes.get(key) or Vote(key, ABSTAIN, reason="not-offered") for key in rest]
        return Ballot(sheet.item.id, self._spec.id, tuple(filled))

    def _choose(self, sheet: Sheet, question: Question) -> Vote:
        """The likeliest label of a text."""
        key = question.source_id
        if question.tgt_segment is None or not question.layer.labels:
            reason = "no-target-segment" if question.tgt_segment is None else "open-labels"
            return Vote(key, ABSTAIN, reason=reason)
        text = sheet.item.segments[question.tgt_segment].text
        source = sheet.item.segments[question.src_segment].text
        try:
            probabilities = self._weigh(question, text, source)
        except EngineError as err:
            if err.problem.code != "text-too-long":
                raise
            return Vote(key, ABSTAIN, reason="text-too-long")
        ordered = sorted(range(len(probabilities)), key=lambda number: (-probabilities[number], number))
        best = probabilities[ordered[0]]
        margin = best - probabilities[ordered[1]] if len(ordered) > 1 else best
        if margin < self._settings.min_margin or not text:
            return Vote(key, ABSTAIN, confidence=round(best, 6), reason="too-close" if text else "empty-target")
        label = question.layer.names[ordered[0]]
        span = Span(label, (Interval(0, len(text)),), question.tgt_segment, question.layer.name, source_id=key)
        return Vote(key, LABEL, span, round(best, 6))

    def _weigh(self, question: Question, text: str, source: str) -> list[float]:
        """A probability for each label; they sum to 1."""
        names = question.layer.names
        prompt = self._prompt(question, text, source)
        with self._lock:
            scores = self._scores(prompt, names)
            prior_key = (question.layer.name, question.layer.guideline, *names)
            if prior_key not in self._priors:
                empty = [self._scores(self._prompt(question, each, each), names) for each in CONTENT_FREE]
                self._priors[prior_key] = [sum(column) / len(column) for column in zip(*empty, strict=True)]
            prior = self._priors[prior_key]
        gains = [score - before for score, before in zip(scores, prior, strict=True)]
        shares = [math.exp(gain - max(gains)) for gain in gains]
        return [share / sum(shares) for share in shares]

    def _prompt(self, question: Question, text: str, source: str) -> str:
        guideline = f"{question.layer.guideline.strip()}\n" if question.layer.guideline.strip() else ""
        values = {"text": text, "source": source, "layer": question.layer.name, "guideline": guideline}
        return fill(self._settings.template, values)

    def _scores(self, prompt: str, names: Sequence[str]) -> list[float]:
        """Mean log-probability of a token of each label."""
        if self._settings.task == "seq2seq":
            found = score_targets(self._loaded, [prompt] * len(names), list(names))
        else:
            found = score_continuations(self._loaded, [prompt] * len(names), [f" {name}" for name in names])
        return [score.mean for score in found]
