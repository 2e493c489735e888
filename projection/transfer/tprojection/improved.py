"""Our assignment of proposed strings: every place of every string is scored, and the surest spans choose first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from projection.transfer.assign import Choice, Claim, assign_ranges
from projection.transfer.decoder import DecoderSettings, SpanPair, covered_tokens, make_span, unprojected
from projection.transfer.profiles import STRINGS_ONLY, Profile
from projection.transfer.score import PARTS, RangeScores, score_ranges
from projection.transfer.tprojection.hypotheses import Proposals, without_signs
from projection.transfer.tprojection.occurrences import TokenRange, find_characters
from projection.transfer.tprojection.published import Scored
from projection.transfer.views import PairView
from projection.types import Candidate, Segment, Span

NGrams = Literal["never", "missing", "always"]
N_GRAM_USES: tuple[NGrams, ...] = ("never", "missing", "always")

_N_NGRAMS = 20


@dataclass(frozen=True, slots=True)
class SelectionSettings:
    """How strings are assigned.

    Attributes:
        decoder: kind of spans, number of alternatives and least score.
        link_weight: share of the translation score that depends on the word links, or, without links, on the relative
            place in the sentence. Tells the places of a repeated string apart.
        n_grams: whether word sequences of the target that the model did not propose are looked at: `never`, for spans
            for which nothing proposed is in the target (`missing`), or `always`. The 20 likeliest by links and spelling
            are taken.
    """

    decoder: DecoderSettings = field(default_factory=DecoderSettings)
    link_weight: float = 0.2
    n_grams: NGrams = "missing"


class Place(NamedTuple):
    """A target range that a span could take.

    Attributes:
        tokens: the range.
        texts: the strings that a score may stand under: the target words, and what was proposed.
        proposed: share of the hypotheses that propose it for the label.
        evidence: score of the range by links (or spelling) and position.
        parts: what `evidence` is made of.
    """

    tokens: TokenRange
    texts: tuple[str, ...]
    proposed: float
    evidence: float
    parts: Mapping[str, float]


def find_places(
    pair: SpanPair,
    spans: Mapping[str, Span],
    proposals: Proposals,
    *,
    mass: npt.NDArray[np.float32] | None,
    settings: SelectionSettings,
) -> dict[str, list[Place]]:
    """The places of each span: where the strings proposed for its label stand, and n-grams where they are asked for.

    Args:
        pair: tokenised segments.
        spans: source spans by key; those without tokens get no places.
        proposals: of the text-to-text model.
        mass: shape (n_src, n_tgt): link probabilities, or None without an aligner.
        settings: see `SelectionSettings`.
    """
    words = pair.source.words
    cells = np.zeros((len(words), len(pair.target.tokens)), dtype=np.float32) if mass is None else mass
    view = PairView.make(words, pair.target.words, cells)
    found: dict[str, list[Place]] = {}
    for key, span in spans.items():
        tokens = covered_tokens(pair.source, span)
        texts = _proposed_ranges(pair, span.label, proposals) if tokens else {}
        if not tokens or not view.tgt_words:
            found[key] = []
            continue
        profile = STRINGS_ONLY if mass is None else settings.decoder.profile_of([words[token] for token in tokens])
        scores = score_ranges(view, tokens, _reaching(profile, texts, len(tokens), len(view.tgt_words)))
        ranges = list(texts)
        if settings.n_grams == "always" or (settings.n_grams == "missing" and not texts):
            ranges += [place for place in _likeliest(scores) if place not in texts]
        found[key] = _places(pair, ranges, texts, proposals, scores)
    return found


def wanted_surfaces(
    pair: SpanPair, spans: Mapping[str, Span], places: Mapping[str, Sequence[Place]]
) -> list[tuple[str, str]]:
    """The (source string, target string) pairs that a scorer should score: the words as they stand in the texts."""
    return list(
        dict.fromkeys((_source_texts(pair, spans[key])[0], place.texts[0]) for key in spans for place in places[key])
    )


def select_improved(
    pair: SpanPair,
    spans: Mapping[str, Span],
    places: Mapping[str, Sequence[Place]],
    scores: Scored,
    *,
    has_links: bool,
    settings: SelectionSettings,
) -> list[Candidate]:
    """Candidates of all spans of a sentence.

    Args:
        pair: tokenised segments.
        spans: source spans by key.
        places: from `find_places`.
        scores: translation scores of (source string, target string), also under the names of the published files
            (without punctuation); places without one are scored by links and spelling alone.
        has_links: whether `find_places` was given link probabilities.
        settings: see `SelectionSettings`.

    Returns:
        For each span, in the order given, up to `n_alternatives` candidates, rank 0 being the place that goes with
        those of the other spans and the rest following by score; or one without a span and a reason: `empty-target`,
        `no-tokens`, `not-in-target` (nothing proposed is in the target), `low-score` (nothing reaches `min_score`),
        `conflict` (other spans hold all its places).
    """
    scored: dict[str, list[_Scored]] = {}
    for key, span in spans.items():
        each = [_score(place, _names(_source_texts(pair, span)), scores, has_links, settings) for place in places[key]]
        scored[key] = [option for option in each if option.choice.score >= settings.decoder.min_score]
    keys = [key for key in spans if scored[key]]
    claims = {
        number: Claim(spans[key].layer, frozenset(covered_tokens(pair.source, spans[key])))
        for number, key in enumerate(keys)
    }
    taken = assign_ranges(
        {number: [option.choice for option in scored[key]] for number, key in enumerate(keys)}, claims
    )
    chosen = {keys[number]: choice for number, choice in taken.items()}
    found: list[Candidate] = []
    for key, span in spans.items():
        if key in chosen:
            found += _ranked(pair, key, span, scored[key], chosen[key], settings.decoder.n_alternatives)
        else:
            found.append(unprojected(key, _reason(pair, span, places[key], scored[key])))
    return found


class _Scored(NamedTuple):
    choice: Choice
    parts: Mapping[str, float]


def _proposed_ranges(pair: SpanPair, label: str, proposals: Proposals) -> dict[TokenRange, dict[str, int]]:
    """The ranges of the strings proposed for a label, with those strings and their counts."""
    ranges: dict[TokenRange, dict[str, int]] = {}
    for text, count in proposals.of(label).items():
        for place in find_characters(pair.target.words, text):
            ranges.setdefault(place, {})[text] = count
    return ranges


def _reaching(profile: Profile, ranges: Iterable[TokenRange], n_src_words: int, n_tgt_words: int) -> Profile:
    """The profile, without its limit of length where a range exceeds that."""
    longest = max((end - start for start, end in ranges), default=0)
    is_within = longest <= profile.longest(n_src_words, n_tgt_words=n_tgt_words)
    return profile if is_within else replace(profile, words_per_word=0)


def _likeliest(scores: RangeScores) -> list[TokenRange]:
    return [(int(scores.start[index]), int(scores.end[index])) for index in scores.best(_N_NGRAMS)]


def _places(
    pair: SpanPair,
    ranges: Sequence[TokenRange],
    texts: Mapping[TokenRange, Mapping[str, int]],
    proposals: Proposals,
    scores: RangeScores,
) -> list[Place]:
    wanted = set(ranges)
    numbers = {
        place: number
        for number, place in enumerate(zip(scores.start.tolist(), scores.end.tolist(), strict=True))
        if place in wanted
    }
    found = []
    for place in ranges:
        number = numbers.get(place)
        parts = {} if number is None else dict(zip(PARTS, scores.parts[:, number].tolist(), strict=True))
        proposed = texts.get(place, {})
        share = min(1.0, sum(proposed.values()) / max(1, proposals.n_hypotheses))
        evidence = 0.0 if number is None else float(scores.score[number])
        names = tuple(dict.fromkeys([*_texts(pair.target, range(*place)), *proposed]))
        found.append(Place(place, names, share, evidence, parts))
    return found


def _source_texts(pair: SpanPair, span: Span) -> list[str]:
    return _texts(pair.source, covered_tokens(pair.source, span))


def _texts(segment: Segment, tokens: Sequence[int]) -> list[str]:
    """What tokens say: as it stands in the text, and as words joined by blanks."""
    joined = " ".join(segment.words[token] for token in tokens)
    if not tokens or tokens[-1] - tokens[0] != len(tokens) - 1:
        return [joined]
    return [segment.text[segment.tokens[tokens[0]].start_char : segment.tokens[tokens[-1]].end_char], joined]


def _names(texts: Iterable[str]) -> tuple[str, ...]:
    """Texts and what is left of them without punctuation, each once."""
    return tuple(dict.fromkeys(name for text in texts for name in (text, without_signs(text))))


def _score(
    place: Place, sources: Sequence[str], scores: Scored, has_links: bool, settings: SelectionSettings
) -> _Scored:
    """The score of a place, and its parts with those of the translation."""
    known = [
        scores[source, target] for source in sources for target in _names(place.texts) if (source, target) in scores
    ]
    parts = {**place.parts, "proposed": place.proposed}
    score = place.evidence
    if known:
        parts["translation"] = max(known)
        aside = place.evidence if has_links else place.parts.get("position", 0.0)
        score = min(max(known), 1.0) * (1.0 - settings.link_weight * (1.0 - aside))
    return _Scored(Choice(score, *place.tokens), {name: round(value, 4) for name, value in parts.items()})


def _ranked(
    pair: SpanPair, key: str, span: Span, options: Sequence[_Scored], chosen: Choice, n_alternatives: int
) -> list[Candidate]:
    ordered = sorted(options, key=lambda option: (option.choice != chosen, -option.choice.score, option.choice))
    return [
        Candidate(
            source_id=key,
            span=make_span(pair, span, key, option.choice.start, option.choice.end),
            score=round(min(max(option.choice.score, 0.0), 1.0), 4),
            parts=option.parts,
            rank=rank,
        )
        for rank, option in enumerate(ordered[:n_alternatives])
    ]


def _reason(pair: SpanPair, span: Span, places: Sequence[Place], options: Sequence[_Scored]) -> str:
    if not pair.target.tokens:
        return "empty-target"
    if not covered_tokens(pair.source, span):
        return "no-tokens"
    if not places:
        return "not-in-target"
    return "conflict" if options else "low-score"
