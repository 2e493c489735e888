"""Projection by constrained decoding of a translation model (Le et al. 2024, CODEC, arXiv 2402.03131)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from projection.errors import EngineError, Problem
from projection.neural import LoadedModel, load_model
from projection.neural.languages import forced_ids, tokenize_sources, tokenize_targets
from projection.neural.scoring import check_lengths, score_targets
from projection.projectors.base import OneByOne, Projection, Stateless
from projection.projectors.pairs import PairView, pair_segments, project_pairs
from projection.text import tokens_of_interval
from projection.transfer.assign import Choice, Claim, assign_ranges
from projection.transfer.codec.positions import find_starts
from projection.transfer.codec.ranking import Bracket, Rule, rank_brackets, string_likeness
from projection.transfer.codec.scoring import BracketIds, ModelScores, bracket_ids, token_places
from projection.transfer.codec.search import Bracketed, search_by_depth, search_exactly
from projection.transfer.decoder import covered_tokens, make_span, unprojected
from projection.types import Candidate, Interval, Item, Span

_MAX_SPAN_TOKENS = 64


@dataclass(frozen=True, slots=True)
class CodecSettings:
    """How brackets are looked for.

    Attributes:
        model: folder or hub id of a translation model that keeps brackets (EasyProject's NLLB).
        n_best: places of brackets that are kept for each span.
        future_steps: -1 for the exact search; otherwise the bound of the published one.
        seed: change of a token's log-probability (nats) that makes the places around it possible beginnings.
        threshold: least change of a beginning.
        window: tokens around a seed.
        rule: how the best place is chosen.
        translate_spans: whether spans are also translated by themselves, to compare strings.
        n_alternatives: candidates kept for each span.
        device: `auto`, `cpu`, `cuda`, ...
    """

    model: str
    n_best: int = 5
    future_steps: int = -1
    seed: float = 0.5
    threshold: float = 0.1
    window: int = 5
    rule: Rule = "lexical"
    translate_spans: bool = True
    n_alternatives: int = 5
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class _Template:
    """A target text as the model reads it."""

    ids: list[int]
    n_forced: int
    words: list[tuple[int, int]]
    plain: ModelScores


class CodecProjector(OneByOne, Stateless):
    """Each source span is marked by itself, and the model says where the brackets go in the given translation."""

    def __init__(self, settings: CodecSettings) -> None:
        self._settings = settings
        self._translations: dict[tuple[str, str, str], str] = {}

    @cached_property
    def _loaded(self) -> LoadedModel:
        return load_model(self._settings.model, task="seq2seq", device=self._settings.device)

    @cached_property
    def _brackets(self) -> BracketIds:
        try:
            return bracket_ids(self._loaded.tokenizer)
        except ValueError as err:
            remedy = "Take a model that was trained to keep brackets."
            raise EngineError(Problem("bad-model", f"{self._loaded.name}: {err}.", remedy)) from err

    def project(self, item: Item) -> Projection:
        """Candidates of one item; it has no alignment.

        Raises:
            EngineError: `bad-model`, `missing-module`, `unknown-language`.
        """
        return project_pairs(item, pair_segments(item), self._transfer)

    def _transfer(self, view: PairView, spans: Mapping[str, Span]) -> tuple[Sequence[Candidate], None]:
        if not view.target.tokens or not spans:
            return [unprojected(key, "empty-target") for key in spans], None
        try:
            template = self._make_template(view)
            ranked = {key: self._find_brackets(view, template, span) for key, span in spans.items()}
        except EngineError as err:
            if err.problem.code != "text-too-long":
                raise
            return [unprojected(key, "text-too-long") for key in spans], None
        return self._assign(view, spans, ranked), None

    def _make_template(self, view: PairView) -> _Template:
        tokenizer, tgt_lang = self._loaded.tokenizer, view.target.lang
        ids = tokenize_targets(tokenizer, [view.target.text], tgt_lang=tgt_lang)[0]
        n_forced = len(forced_ids(tokenizer, tgt_lang))
        check_lengths(self._loaded, [[*ids, 0, 0]])
        places = token_places(tokenizer, view.target.text, ids)[n_forced:]
        words = [tokens_of_interval(view.target.tokens, place) for place in places]
        return _Template(ids, n_forced, words, self._score(view, view.source.text, ids, n_forced))

    def _score(self, view: PairView, source: str, ids: Sequence[int], n_forced: int) -> ModelScores:
        tokenizer = self._loaded.tokenizer
        src_ids = tokenize_sources(tokenizer, [source], src_lang=view.source.lang, tgt_lang=view.target.lang)[0]
        check_lengths(self._loaded, [src_ids])
        return ModelScores(self._loaded, src_ids, ids, self._brackets, n_forced=n_forced)

    def _find_brackets(self, view: PairView, template: _Template, span: Span) -> list[Bracket]:
        """Target ranges for a span, the one to take first."""
        settings = self._settings
        text, start, end = view.source.text, span.start_char, span.end_char
        marked = self._score(view, f"{text[:start]}[{text[start:end]}]{text[end:]}", template.ids, template.n_forced)
        starts = find_starts(
            template.plain.plain().tokens,
            marked.plain().tokens,
            seed=settings.seed,
            threshold=settings.threshold,
            window=settings.window,
        )
        if settings.future_steps < 0:
            found = search_exactly(marked, starts, n_best=settings.n_best)
        else:
            found = search_by_depth(marked, starts, n_best=settings.n_best, future_steps=settings.future_steps)
        return rank_brackets(self._judge(view, span, _to_words(found, template.words)), rule=settings.rule)

    def _judge(self, view: PairView, span: Span, found: Mapping[tuple[int, int], float]) -> list[Bracket]:
        """Ranges of words with what speaks for them."""
        surface = span.surface(view.source.text)
        texts = [_text(view, start, end) for start, end in found]
        back = score_targets(
            self._loaded, texts, [surface] * len(texts), src_lang=view.target.lang, tgt_lang=view.source.lang
        )
        references = (surface, self._translate(surface, view))
        return [
            Bracket(start, end, forward, -score.total, string_likeness(text, *references))
            for ((start, end), forward), text, score in zip(found.items(), texts, back, strict=True)
        ]

    def _translate(self, surface: str, view: PairView) -> str:
        """A span translated by itself; each only once."""
        key = (surface, view.source.lang, view.target.lang)
        if not self._settings.translate_spans:
            return ""
        if key not in self._translations:
            self._translations[key] = _translate(self._loaded, *key)
        return self._translations[key]

    def _assign(
        self, view: PairView, spans: Mapping[str, Span], ranked: Mapping[str, list[Bracket]]
    ) -> list[Candidate]:
        shares = {key: _shares(ranked[key]) for key in spans}
        choices = {
            number: [Choice(share, each.start, each.end) for each, share in zip(ranked[key], shares[key], strict=True)]
            for number, key in enumerate(spans)
        }
        claims = [Claim(span.layer, frozenset(covered_tokens(view.source, span))) for span in spans.values()]
        taken = assign_ranges(choices, dict(enumerate(claims)))
        found: list[Candidate] = []
        for number, (key, span) in enumerate(spans.items()):
            if number not in taken:
                found.append(unprojected(key, "conflict" if choices[number] else "no-bracket"))
                continue
            both = list(zip(ranked[key], choices[number], strict=True))
            ordered = sorted(both, key=lambda pair: pair[1] != taken[number])[: self._settings.n_alternatives]
            found += [
                _candidate(view, key, span, bracket, choice, rank) for rank, (bracket, choice) in enumerate(ordered)
            ]
        return found


def _to_words(found: Sequence[Bracketed], words: Sequence[tuple[int, int]]) -> dict[tuple[int, int], float]:
    """Ranges of target words with their best log-probability; parts of words count as the words."""
    ranges: dict[tuple[int, int], float] = {}
    for bracketed in found:
        covered = [pair for pair in words[bracketed.start : bracketed.end] if pair[0] < pair[1]]
        if covered:
            place = (min(first for first, _ in covered), max(last for _, last in covered))
            ranges[place] = max(bracketed.score, ranges.get(place, -math.inf))
    return ranges


def _shares(ranked: Sequence[Bracket]) -> list[float]:
    """Scores of ranges, descending: each one's share of the probability of all, the one to take never below another."""
    if not ranked:
        return []
    best = max(each.forward for each in ranked)
    weights = [math.exp(each.forward - best) for each in ranked]
    shares = [weight / sum(weights) for weight in weights]
    return [max(shares), *shares[1:]]


def _candidate(view: PairView, key: str, span: Span, bracket: Bracket, choice: Choice, rank: int) -> Candidate:
    return Candidate(
        source_id=key,
        span=make_span(view.span_pair, span, key, choice.start, choice.end),
        score=round(choice.score, 4),
        parts={
            "forward": round(bracket.forward, 4),
            "back": round(-bracket.back_cost, 4),
            "similarity": round(bracket.likeness, 4),
        },
        rank=rank,
    )


def _text(view: PairView, start: int, end: int) -> str:
    tokens: Sequence[Interval] = view.target.tokens
    return view.target.text[tokens[start].start_char : tokens[end - 1].end_char]


def _translate(loaded: LoadedModel, text: str, src_lang: str, tgt_lang: str) -> str:
    import torch  # noqa: PLC0415

    ids = tokenize_sources(loaded.tokenizer, [text], src_lang=src_lang, tgt_lang=tgt_lang)[0]
    forced = forced_ids(loaded.tokenizer, tgt_lang)
    options: dict[str, Any] = {"forced_bos_token_id": forced[0]} if forced else {}
    inputs = torch.tensor([ids], device=loaded.device)
    with torch.inference_mode():
        found = loaded.model.generate(
            inputs,
            attention_mask=torch.ones_like(inputs),
            max_new_tokens=_MAX_SPAN_TOKENS,
            num_beams=1,
            do_sample=False,
            **options,
        )
    decoded: str = loaded.tokenizer.decode(found[0], skip_special_tokens=True)
    return decoded.strip()
