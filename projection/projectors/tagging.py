"""Projection by a model that tags the target under constrained decoding, shown the source with its tags."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from rapidfuzz.distance import Indel

from projection.errors import EngineError
from projection.neural import LoadedModel, Task, load_model
from projection.projectors.base import OneByOne, Projection, Stateless
from projection.projectors.pairs import PairView, pair_segments, project_pairs
from projection.transfer.assign import Choice, Claim, assign_ranges
from projection.transfer.constrained.automaton import TaggedSpan
from projection.transfer.constrained.generation import Tagging, close_tag, open_tag, tag_words
from projection.transfer.decoder import covered_tokens, make_span, unprojected
from projection.types import Candidate, Item, Span

Weights = Mapping[TaggedSpan, float]
Prompt = Literal["example", "tags"]
PROMPTS: tuple[Prompt, ...] = ("example", "tags")


@dataclass(frozen=True, slots=True)
class TaggingSettings:
    """How targets are tagged.

    Attributes:
        model: folder or hub id of a sequence-to-sequence or causal model.
        task: which of the two.
        prompt: `example` shows the source and its tagged form before the target; `tags` the allowed tags.
        n_beams: beams of the search.
        n_alternatives: candidates kept for each span.
        device: `auto`, `cpu`, `cuda`, ...
    """

    model: str
    task: Task = "seq2seq"
    prompt: Prompt = "example"
    n_beams: int = 4
    n_alternatives: int = 5
    device: str = "auto"


class TaggingProjector(OneByOne, Stateless):
    """The model writes the target with tags; each source span takes a tagged range of its label.

    What a range is worth is the share of the probability of all beams that tag it so.
    """

    def __init__(self, settings: TaggingSettings) -> None:
        self._settings = settings

    @cached_property
    def _loaded(self) -> LoadedModel:
        return load_model(self._settings.model, task=self._settings.task, device=self._settings.device)

    def project(self, item: Item) -> Projection:
        """Candidates of one item; it has no alignment.

        Raises:
            EngineError: `bad-model`, `missing-module`.
        """
        return project_pairs(item, pair_segments(item), self._transfer)

    def _transfer(self, view: PairView, spans: Mapping[str, Span]) -> tuple[Sequence[Candidate], None]:
        if not view.target.tokens or not spans:
            return [unprojected(key, "empty-target") for key in spans], None
        labels = sorted({span.label for span in spans.values()})
        prompt = make_prompt(view, spans, labels, style=self._settings.prompt)
        try:
            taggings = tag_words(
                self._loaded, prompt, view.target.words, labels, max_spans=len(spans), n_beams=self._settings.n_beams
            )
        except EngineError as err:
            if err.problem.code != "text-too-long":
                raise
            return [unprojected(key, "text-too-long") for key in spans], None
        return self._assign(view, spans, weigh_spans(taggings)), None

    def _assign(self, view: PairView, spans: Mapping[str, Span], weights: Weights) -> list[Candidate]:
        choices = [_choices(view, span, weights) for span in spans.values()]
        claims = [Claim(span.layer, frozenset(covered_tokens(view.source, span))) for span in spans.values()]
        taken = assign_ranges(dict(enumerate(choices)), dict(enumerate(claims)))
        found: list[Candidate] = []
        for number, (key, span) in enumerate(spans.items()):
            if number in taken:
                ordered = sorted(choices[number], key=lambda each: (each != taken[number], -each.score, each.start))
                found += self._candidates(view, key, span, ordered, weights)
            else:
                found.append(unprojected(key, "conflict" if choices[number] else "not-tagged"))
        return found

    def _candidates(
        self, view: PairView, key: str, span: Span, ordered: Sequence[Choice], weights: Weights
    ) -> list[Candidate]:
        return [
            Candidate(
                source_id=key,
                span=make_span(view.span_pair, span, key, choice.start, choice.end),
                score=round(choice.score, 4),
                parts={"beams": round(weights[TaggedSpan(span.label, choice.start, choice.end)], 4)},
                rank=rank,
            )
            for rank, choice in enumerate(ordered[: self._settings.n_alternatives])
        ]


def _choices(view: PairView, span: Span, weights: Weights) -> list[Choice]:
    """The tagged ranges of the span's label; the weight counts half where spelling and position do not suit."""
    return [
        Choice(weight * (0.5 + 0.5 * _likeness(view, span, tagged)), tagged.start, tagged.end)
        for tagged, weight in weights.items()
        if tagged.label == span.label
    ]


def make_prompt(view: PairView, spans: Mapping[str, Span], labels: Sequence[str], *, style: Prompt) -> str:
    """What the model sees before it writes the tagged target.

    `example`: the source, an arrow, the source with its tags, then the target and an arrow. `tags`: the opening tags
    of the labels, then the target.
    """
    target = " ".join(view.target.words)
    if style == "tags":
        return " ".join([*map(open_tag, labels), target])
    return f"{' '.join(view.source.words)} -> {tag_source(view, spans)}\n{target} ->"


def tag_source(view: PairView, spans: Mapping[str, Span]) -> str:
    """The source words with tags; of spans that overlap the first stays."""
    ranges: list[tuple[int, int, str]] = []
    for span in spans.values():
        tokens = covered_tokens(view.source, span)
        if tokens and all(tokens[-1] < start or end <= tokens[0] for start, end, _ in ranges):
            ranges.append((tokens[0], tokens[-1] + 1, span.label))
    pieces: list[str] = []
    for number, word in enumerate(view.source.words):
        pieces += [open_tag(label) for start, _, label in ranges if start == number]
        pieces.append(word)
        pieces += [close_tag(label) for _, end, label in ranges if end == number + 1]
    return " ".join(pieces)


def weigh_spans(taggings: Sequence[Tagging]) -> dict[TaggedSpan, float]:
    """For each span the share (0 to 1) of the probability of all taggings that have it."""
    best = max((tagging.log_prob for tagging in taggings), default=0.0)
    shares = [math.exp(tagging.log_prob - best) for tagging in taggings]
    weights: dict[TaggedSpan, float] = {}
    for tagging, share in zip(taggings, shares, strict=True):
        for span in dict.fromkeys(tagging.spans):
            weights[span] = weights.get(span, 0.0) + share / sum(shares)
    return weights


def _likeness(view: PairView, span: Span, tagged: TaggedSpan) -> float:
    """How well a tagged range suits a source span: the better of spelling and relative position, 0 to 1."""
    tokens = covered_tokens(view.source, span)
    if not tokens:
        return 0.0
    tagged_text = " ".join(view.target.words[tagged.start : tagged.end])
    spelling: float = Indel.normalized_similarity(span.surface(view.source.text).casefold(), tagged_text.casefold())
    middle = (tokens[0] + tokens[-1] + 1) / 2 / len(view.source.tokens)
    position = 1.0 - abs(middle - (tagged.start + tagged.end) / 2 / len(view.target.tokens))
    return max(spelling, position)
