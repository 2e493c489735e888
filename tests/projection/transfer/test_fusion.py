from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from projection.text import join_tokens
from projection.transfer.decoder import DecoderSettings, SpanPair, transfer_spans
from projection.transfer.fusion import FusionSettings, Voice, list_ballots, transfer_fused
from projection.types import SOURCE, TARGET, Candidate, Interval, Link, Segment, Span


def _pair(src: str, tgt: str) -> SpanPair:
    sides = []
    for words, side in ((src, SOURCE), (tgt, TARGET)):
        text, tokens = join_tokens(words.split(), lang="en")
        sides.append(Segment(text, "en", side, tokens=tokens))
    return SpanPair(sides[0], sides[1], tgt_segment=1)


def _spans(pair: SpanPair, *ranges: tuple[int, int]) -> dict[str, Span]:
    tokens = pair.source.tokens
    return {
        f"s{number}": Span("X", (Interval(tokens[a].start_char, tokens[b - 1].end_char),))
        for number, (a, b) in enumerate(ranges, start=1)
    }


def _voice(pair: SpanPair, text: str) -> Voice:
    return Voice.of_links([Link(*map(int, link.split("-"))) for link in text.split()], pair)


def _best(pair: SpanPair, found: list[Candidate]) -> dict[str, str]:
    return {c.source_id: c.span.surface(pair.target.text) if c.span else c.reason for c in found if c.rank == 0}


PAIR = _pair("good red wine here", "aquí el buen vino tinto seco")


def test_the_weights_decide_between_voices() -> None:
    spans = _spans(PAIR, (1, 3))
    voices = {0: _voice(PAIR, "1-4 2-3"), 1: _voice(PAIR, "1-0 2-0")}
    for weights, expected in (((1.0, 0.2), "vino tinto"), ((0.2, 1.0), "aquí")):
        found = transfer_fused(PAIR, spans, voices, settings=FusionSettings(weights=weights))
        assert _best(PAIR, found) == {"s1": expected}
        assert found[0].parts["agreement"] == pytest.approx(1 / 1.2, abs=1e-4)
    both = transfer_fused(PAIR, spans, voices, settings=FusionSettings(weights=(1.0, 0.9)))
    assert {c.span.surface(PAIR.target.text) for c in both if c.span} >= {"vino tinto", "aquí"}


def test_one_link_missing_in_one_aligner_is_made_up_for_by_the_other() -> None:
    spans = _spans(PAIR, (1, 3))
    first, second = _voice(PAIR, "2-3"), _voice(PAIR, "1-4 2-3 0-2")
    assert _best(PAIR, transfer_fused(PAIR, spans, {0: first}, settings=FusionSettings())) == {"s1": "vino"}
    found = transfer_fused(PAIR, spans, {0: first, 1: second}, settings=FusionSettings(weights=(1.0, 0.9)))
    scores = {c.span.surface(PAIR.target.text): c.score for c in found if c.span}
    assert scores["vino tinto"] > scores["vino"] / 2
    assert scores["vino tinto"] > scores.get("el buen vino tinto", 0.0)


def test_scores_are_weighted_means_of_scores_and_choices() -> None:
    spans = _spans(PAIR, (1, 3))
    mass = np.zeros((4, 6), dtype=np.float32)
    mass[1, 4], mass[2, 3] = 0.9, 0.7
    plain = transfer_spans(PAIR, spans, mass, settings=DecoderSettings("phrase", n_alternatives=20, min_score=0.0))
    fused = transfer_fused(
        PAIR,
        spans,
        {0: Voice(mass), 1: Voice(np.zeros_like(mass))},
        settings=FusionSettings((3.0, 1.0), decoder=DecoderSettings("phrase", n_alternatives=20, min_score=0.0)),
    )
    by_place = {c.span.intervals: c.score for c in plain if c.span}
    for candidate in fused[:5]:
        assert candidate.span is not None
        # Three quarters of the voices give the decoder's score; the best range is also their choice.
        choice = 0.75 if candidate.rank == 0 else candidate.parts["agreement"]
        assert candidate.score == pytest.approx((0.75 * by_place[candidate.span.intervals] + choice) / 2, abs=2e-4)


def test_crossing_spans_take_free_words_only() -> None:
    pair = _pair("a b", "x y")
    spans = _spans(pair, (0, 1), (1, 2))
    voices = {0: _voice(pair, "0-1 1-0"), 1: _voice(pair, "0-1 1-1")}
    found = transfer_fused(pair, spans, voices, settings=FusionSettings(weights=(1.0, 0.5)))
    assert _best(pair, found) == {"s1": "y", "s2": "x"}


@pytest.mark.parametrize(("n_voices", "n_src"), list(product((1, 2), (150, 200))))
def test_voices_need_not_score_the_same_ranges(n_voices: int, n_src: int) -> None:
    """In very long sentences each aligner has likely boundaries of its own."""
    words = " ".join(f"w{number}" for number in range(n_src))
    pair = _pair(words, words)
    spans = _spans(pair, (10, 90))
    links = " ".join(f"{n}-{n}" for n in range(n_src))
    shifted = " ".join(f"{n}-{n + 1}" for n in range(n_src - 1))
    voices = {0: _voice(pair, links), 1: _voice(pair, shifted)}
    found = transfer_fused(
        pair, spans, {n: voices[n] for n in range(n_voices)}, settings=FusionSettings(weights=(1.0, 0.1))
    )
    assert found[0].span is not None
    assert found[0].span.surface(pair.target.text).split()[0] == "w10"
    assert found[0].span.surface(pair.target.text).split()[-1] == "w89"


def test_reasons() -> None:
    spans = _spans(PAIR, (1, 3)) | {"s2": Span("X", (Interval(4, 5),))}
    settings = FusionSettings()
    assert _best(PAIR, transfer_fused(PAIR, spans, {}, settings=settings)) == dict.fromkeys(spans, "no-alignment")
    empty = SpanPair(PAIR.source, Segment("", "es", TARGET), 1)
    nothing = {0: Voice(np.zeros((4, 0), dtype=np.float32), ())}
    assert _best(empty, transfer_fused(empty, spans, nothing, settings=settings)) == dict.fromkeys(
        spans, "empty-target"
    )
    found = _best(PAIR, transfer_fused(PAIR, spans, {0: _voice(PAIR, "0-0")}, settings=settings))
    assert found == {"s1": "no-link", "s2": "no-tokens"}
    faint = np.full((4, 6), 0.01, dtype=np.float32)
    found = _best(PAIR, transfer_fused(PAIR, _spans(PAIR, (1, 3)), {0: Voice(faint)}, settings=settings))
    assert found == {"s1": "low-score"}


def test_ballots_hold_each_voices_own_choice() -> None:
    spans = _spans(PAIR, (1, 3))
    voices = {0: _voice(PAIR, "1-4 2-3"), 2: _voice(PAIR, "1-5 2-3")}
    (ballot,) = list_ballots(PAIR, spans, voices, n_voices=3, settings=FusionSettings(gap=1))
    assert ballot.phrase == "red wine"
    assert ballot.ranges == ((3, 5), None, (3, 6))
    assert ballot.targets == ("vino tinto", "", "vino tinto seco")
