from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projection.transfer.batch import SpanBatch
from projection.transfer.features import FEATURES, describe_ranges, has_evidence
from projection.transfer.memory import CorpusMemory
from projection.transfer.profiles import PROFILES
from projection.transfer.score import Query, score_many, score_ranges
from projection.transfer.views import PairView, SpanView, Trait

WORDS = ("Anna", "red", "Wien", "Berlin", "5pm", "(", ")", ".", "hari", "ini", "the", "NATO", "Antwort", "answer")


@st.composite
def spans(draw: st.DrawFn, memory: CorpusMemory | None = None) -> SpanView:
    """A span of a random sentence pair with all its ranges."""
    src, tgt = (draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=most)) for most in (12, 9))
    random = np.random.default_rng(draw(st.integers(0, 10_000)))
    mass = (random.random((len(src), len(tgt))) * (random.random((len(src), len(tgt))) < 0.4)).astype(np.float32)
    tokens = sorted(draw(st.sets(st.integers(0, len(src) - 1), min_size=1)))
    start, end = np.triu_indices(len(tgt))
    sightings = memory and memory.look_up(src, tgt).sight(tokens, longest=len(tgt) + 1)
    return SpanView(PairView.make(src, tgt, mass), tokens, start, end + 1, sightings)


def _memory() -> CorpusMemory:
    memory = CorpusMemory()
    random = np.random.default_rng(3)
    for _ in range(30):
        memory.add(random.choice(WORDS, 6).tolist(), random.choice(WORDS, 5).tolist())
    return memory


MEMORY = _memory()


@settings(max_examples=60, deadline=None)
@given(st.lists(spans(MEMORY), min_size=1, max_size=6))
def test_spans_are_described_in_a_batch_as_alone(given_spans: list[SpanView]) -> None:
    batch = SpanBatch(given_spans)
    found, evidence = describe_ranges(batch), has_evidence(batch, describe_ranges(batch))
    for number, span in enumerate(given_spans):
        alone = SpanBatch([span])
        expected = describe_ranges(alone)
        own = batch.owner == number
        np.testing.assert_allclose(found[:, own], expected, atol=1e-12)
        np.testing.assert_array_equal(evidence[own], has_evidence(alone, expected))


@settings(max_examples=40, deadline=None)
@given(st.lists(spans(), min_size=1, max_size=4))
def test_sums_and_maxima_over_ranges_by_their_definition(given_spans: list[SpanView]) -> None:
    batch = SpanBatch(given_spans)
    sums, best = batch.sums(batch.mass), batch.best(batch.mass)
    places = zip(batch.owner.tolist(), batch.start.tolist(), batch.end.tolist(), strict=True)
    for column, (number, start, end) in enumerate(places):
        span = given_spans[number]
        rows = span.pair.mass[span.tokens][:, start:end]
        np.testing.assert_allclose(sums[: len(rows), column], rows.sum(axis=1), atol=1e-12)
        np.testing.assert_array_equal(best[: len(rows), column], rows.max(axis=1))
        assert not sums[len(rows) :, column].any()


@settings(max_examples=40, deadline=None)
@given(st.lists(spans(), min_size=1, max_size=4))
def test_link_features_by_their_definition(given_spans: list[SpanView]) -> None:
    batch = SpanBatch(given_spans)
    found = dict(zip(FEATURES, describe_ranges(batch), strict=True))
    places = zip(batch.owner.tolist(), batch.start.tolist(), batch.end.tolist(), strict=True)
    for column, (number, start, end) in enumerate(places):
        pair, tokens, *_ = given_spans[number]
        inside = [min(1.0, sum(pair.mass[token, word] for token in tokens)) for word in range(pair.mass.shape[1])]
        others = [token for token in range(len(pair.mass)) if token not in tokens]
        outside = [min(1.0, sum(pair.mass[token, word] for token in others)) for word in range(len(inside))]
        free = [max(0.0, 1.0 - a - b) for a, b in zip(inside, outside, strict=True)]
        signs = pair.tgt[Trait.SIGN]
        whole = max(sum(inside), len(tokens) / 2)
        of_range = [sum(values[start:end]) for values in (inside, outside)]
        unlinked = sum(value for value, sign in zip(free[start:end], signs[start:end], strict=True) if not sign)
        expected = {
            "dice": 2 * of_range[0] / (whole + of_range[0] + 0.7 * of_range[1] + 0.35 * unlinked),
            "lost": sum(inside) - of_range[0],
            "outside": of_range[1],
            "unlinked": unlinked,
            "outside_first": outside[start],
            "outside_last": outside[end - 1],
            "context_before": _linked(pair, tokens[0] - 1, start - 1),
            "context_after": _linked(pair, tokens[-1] + 1, end),
        }
        assert {name: found[name][column] for name in expected} == pytest.approx(expected, abs=1e-9)


def _linked(pair: PairView, src: int, tgt: int) -> float:
    """Link of a word beside the span to one beside the range; the ends of both texts are linked to each other."""
    is_real = 0 <= src < pair.mass.shape[0], 0 <= tgt < pair.mass.shape[1]
    return float(pair.mass[src, tgt]) if all(is_real) else float(not any(is_real))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(spans(), st.sampled_from(sorted(PROFILES))), min_size=1, max_size=8))
def test_scores_of_many_spans_are_those_of_each(given_spans: list[tuple[SpanView, str]]) -> None:
    queries = [
        Query(span.pair, span.tokens, PROFILES[kind], MEMORY.look_up(span.pair.src_words, span.pair.tgt_words))
        for span, kind in given_spans
    ]
    found = dict(score_many(queries))
    assert sorted(found) == list(range(len(queries)))
    for number, query in enumerate(queries):
        alone = score_ranges(*query)
        np.testing.assert_array_equal(found[number].start, alone.start)
        np.testing.assert_allclose(found[number].score, alone.score, atol=1e-12)
        np.testing.assert_allclose(found[number].parts, alone.parts, atol=1e-12)
        assert found[number].span_mass == pytest.approx(alone.span_mass)


def test_nothing_to_score() -> None:
    assert list(score_many([])) == []
