"""Score fusion: target ranges scored by several aligners at once (cf. García-Ferrero et al. 2025, arXiv 2501.18750).

Word links are not voted on (that loses against the best aligner). Each aligner scores whole ranges with the scores of
the decoder, and names the one it would choose itself: over hard links the longest run of linked words, over link
probabilities, and for clauses, the range with the best score. Scores and choices are added up with the aligners'
weights; spans then choose the surest range first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from projection.align.base import Posterior
from projection.align.words import bare
from projection.transfer.assign import Choice, Claim, assign_ranges
from projection.transfer.decoder import DecoderSettings, SpanPair, covered_tokens, make_span, unprojected
from projection.transfer.heuristic import linked_tokens, longest_run
from projection.transfer.profiles import Profile
from projection.transfer.reliability import Ballot, Range
from projection.transfer.score import PARTS, RangeScores, score_ranges
from projection.transfer.views import PairView
from projection.types import Candidate, Link, Span

Floats = npt.NDArray[np.float64]

_N_CHOICES = 40
_PARTS = (*PARTS, "agreement")


@dataclass(frozen=True, slots=True)
class Voice:
    """What one aligner says about a segment pair.

    Attributes:
        mass: shape (n_src, n_tgt): link probabilities.
        links: the links themselves, where the aligner gave hard links; None for probabilities.
    """

    mass: npt.NDArray[np.float32]
    links: tuple[Link, ...] | None = None

    @classmethod
    def of_links(cls, links: Sequence[Link], pair: SpanPair) -> Voice:
        shape = {"n_src": len(pair.source.tokens), "n_tgt": len(pair.target.tokens)}
        return cls(Posterior.from_links(links, **shape).mean, tuple(links))


@dataclass(frozen=True, slots=True)
class FusionSettings:
    """How scores of several aligners are combined.

    Attributes:
        weights: one for each voice; those that are missing are 1.
        choice: what a voice's own choice adds to the score of its range (the scores themselves are at most 1).
        gap: unlinked words that may lie inside a run of linked words.
        drop_signs: ignore links to ASCII punctuation when runs are made.
        decoder: kind of span, alternatives and least score.
    """

    weights: tuple[float, ...] = ()
    choice: float = 1.0
    gap: int = 2
    drop_signs: bool = True
    decoder: DecoderSettings = field(default_factory=DecoderSettings)

    def weight(self, voice: int) -> float:
        return self.weights[voice] if voice < len(self.weights) else 1.0


@dataclass(frozen=True, slots=True)
class _Fused:
    """Ranges of one span with their fused scores; shape (n_ranges,), of parts (len(_PARTS), n_ranges)."""

    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    score: Floats
    parts: Floats

    def choices(self, min_score: float) -> list[tuple[Choice, int]]:
        order = np.argsort(-self.score, kind="stable")[:_N_CHOICES]
        return [
            (Choice(float(self.score[index]), int(self.start[index]), int(self.end[index])), int(index))
            for index in order
            if self.score[index] >= min_score
        ]


def transfer_fused(
    pair: SpanPair, spans: Mapping[str, Span], voices: Mapping[int, Voice], *, settings: FusionSettings
) -> list[Candidate]:
    """Candidates for every source span of a segment pair.

    Args:
        pair: tokenised segments.
        spans: source spans by key.
        voices: what each aligner says, by its number; an aligner may be missing for a pair.
        settings: weights and the rest.

    Returns:
        For each span, in the order given, up to `n_alternatives` candidates, or one without a span and a reason:
        `empty-target`, `no-tokens`, `no-alignment` (no aligner has links), `no-link`, `low-score`, `conflict`. The
        part `agreement` is the weighted share of the aligners that would choose the range themselves.
    """
    if not pair.target.tokens or not voices:
        return [unprojected(key, "empty-target" if voices else "no-alignment") for key in spans]
    tokens = {key: covered_tokens(pair.source, span) for key, span in spans.items()}
    views = _views(pair, voices)
    fused = {key: _fuse(pair, tokens[key], voices, views, settings) for key in spans if tokens[key]}
    choices = {key: found.choices(settings.decoder.min_score) for key, found in fused.items()}
    keys = list(fused)
    taken = assign_ranges(
        {number: [choice for choice, _ in choices[key]] for number, key in enumerate(keys)},
        {number: Claim(spans[key].layer, frozenset(tokens[key])) for number, key in enumerate(keys)},
    )
    chosen = {keys[number]: choice for number, choice in taken.items()}
    return [
        candidate
        for key, span in spans.items()
        for candidate in (
            _ranked(pair, key, span, fused[key], choices[key], chosen[key], settings.decoder.n_alternatives)
            if key in chosen
            else [unprojected(key, _reason(tokens[key], choices.get(key), voices))]
        )
    ]


def list_ballots(
    pair: SpanPair, spans: Mapping[str, Span], voices: Mapping[int, Voice], *, n_voices: int, settings: FusionSettings
) -> list[Ballot]:
    """What each aligner would choose for each span alone, for `projection.transfer.reliability`."""
    if not pair.target.tokens:
        return []
    views = _views(pair, voices)
    src_words, tgt_words = pair.source.words, pair.target.words
    ballots = []
    for span in spans.values():
        tokens = covered_tokens(pair.source, span)
        if not tokens:
            continue
        profile = settings.decoder.profile_of([src_words[token] for token in tokens])
        own = {
            number: _own_choice(pair, tokens, voice, score_ranges(views[number], tokens, profile), profile, settings)
            for number, voice in voices.items()
        }
        ranges = tuple(own.get(number) for number in range(n_voices))
        targets = tuple(_phrase(tgt_words[slice(*found)]) if found else "" for found in ranges)
        ballots.append(Ballot(_phrase([src_words[token] for token in tokens]), ranges, targets))
    return ballots


def _phrase(words: Sequence[str]) -> str:
    return " ".join(map(bare, words))


def _views(pair: SpanPair, voices: Mapping[int, Voice]) -> dict[int, PairView]:
    first = next(iter(voices.values()), None)
    if first is None:
        return {}
    view = PairView.make(pair.source.words, pair.target.words, first.mass)
    return {number: view.with_mass(voice.mass) for number, voice in voices.items()}


def _fuse(
    pair: SpanPair,
    tokens: Sequence[int],
    voices: Mapping[int, Voice],
    views: Mapping[int, PairView],
    settings: FusionSettings,
) -> _Fused:
    words = pair.source.words
    profile = settings.decoder.profile_of([words[token] for token in tokens])
    scores = {number: score_ranges(views[number], tokens, profile) for number in voices}
    width = len(pair.target.tokens) + 1
    codes = np.unique(np.concatenate([found.start * width + found.end for found in scores.values()]))
    total = sum(settings.weight(number) for number in voices) or 1.0
    sums = np.zeros((len(PARTS), len(codes)))
    agreement = np.zeros(len(codes))
    score = np.zeros(len(codes))
    for number, found in scores.items():
        weight = settings.weight(number) / total
        places = np.searchsorted(codes, found.start * width + found.end)
        score[places] += weight * found.score
        sums[:, places] += weight * found.parts
        own = _own_choice(pair, tokens, voices[number], found, profile, settings)
        if own:
            agreement[codes == own[0] * width + own[1]] += weight
    score = (score + settings.choice * agreement) / (1.0 + settings.choice)
    return _Fused(codes // width, codes % width, score, np.vstack((sums, agreement)))


def _own_choice(
    pair: SpanPair,
    tokens: Sequence[int],
    voice: Voice,
    scores: RangeScores,
    profile: Profile,
    settings: FusionSettings,
) -> Range | None:
    """The range that a voice would take alone. Profiles without a longest length are those of clauses."""
    if voice.links is not None and profile.words_per_word:
        linked = linked_tokens(pair, tokens, voice.links, drop_signs=settings.drop_signs)
        run = longest_run(linked, gap=settings.gap)
        return (run.start, run.end) if run else None
    best = int(scores.best(1)[0])
    if scores.score[best] < settings.decoder.min_score:
        return None
    return int(scores.start[best]), int(scores.end[best])


def _reason(tokens: Sequence[int], choices: Sequence[tuple[Choice, int]] | None, voices: Mapping[int, Voice]) -> str:
    if not tokens:
        return "no-tokens"
    if choices:
        return "conflict"
    has_links = any(voice.mass[list(tokens)].any() for voice in voices.values())
    return "low-score" if has_links else "no-link"


def _ranked(
    pair: SpanPair,
    key: str,
    span: Span,
    fused: _Fused,
    choices: Sequence[tuple[Choice, int]],
    chosen: Choice,
    n_alternatives: int,
) -> list[Candidate]:
    ordered = sorted(choices, key=lambda found: (found[0] != chosen, -found[0].score))
    return [
        Candidate(
            source_id=key,
            span=make_span(pair, span, key, choice.start, choice.end),
            score=round(choice.score, 4),
            parts=dict(zip(_PARTS, np.round(fused.parts[:, index], 4).tolist(), strict=True)),
            rank=rank,
        )
        for rank, (choice, index) in enumerate(ordered[:n_alternatives])
    ]
