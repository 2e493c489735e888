from __future__ import annotations

import numpy as np
import pytest

from projection.align.base import Posterior
from projection.text import join_tokens
from projection.transfer.decoder import DecoderSettings, SpanPair, transfer_spans
from projection.transfer.heuristic import HeuristicSettings, Run, transfer_by_links
from projection.transfer.pieces import add_pieces, find_pieces
from projection.types import SOURCE, TARGET, Candidate, Interval, Link, Segment, Span


def _pair(src: str, tgt: str) -> SpanPair:
    sides = []
    for words, side in ((src, SOURCE), (tgt, TARGET)):
        text, tokens = join_tokens(words.split(), lang="en")
        sides.append(Segment(text, "en", side, tokens=tokens))
    return SpanPair(sides[0], sides[1], tgt_segment=1)


def _span(pair: SpanPair, start: int, end: int, layer: str = "spans") -> Span:
    tokens = pair.source.tokens
    return Span("V", (Interval(tokens[start].start_char, tokens[end - 1].end_char),), layer=layer)


CALL = _pair("She called him up yesterday", "Gestern rief sie ihn kurz an")
CALL_LINKS = [Link(*pair) for pair in ((0, 2), (1, 1), (2, 3), (3, 5), (4, 0))]
PHRASAL = Span("V", (Interval(4, 10), Interval(15, 17)))


def _mass(pair: SpanPair, links: list[Link]) -> np.ndarray:
    return Posterior.from_links(links, n_src=len(pair.source.tokens), n_tgt=len(pair.target.tokens)).mean


def _surfaces(pair: SpanPair, found: list[Candidate]) -> list[str]:
    return [" ... ".join(pair.target.text[a:b] for a, b in c.span.intervals) if c.span else c.reason for c in found]


def test_pieces_end_at_words_that_are_linked_elsewhere() -> None:
    own = np.array([0, 1, 0, 0, 0, 1.0])
    assert find_pieces(own, np.array([1, 0, 1, 1, 0, 0.0])) == [Run(1, 2), Run(5, 6)]
    # Words between the pieces that are linked to nothing belong to the span.
    assert find_pieces(own, np.zeros(6)) == [Run(1, 6)]
    assert find_pieces(np.full(6, 0.4), np.zeros(6)) == []


def test_a_separable_verb_comes_in_two_pieces() -> None:
    assert PHRASAL.surface(CALL.source.text) == "called up"
    spans, mass = {"v": PHRASAL}, _mass(CALL, CALL_LINKS)
    unbroken = transfer_by_links(CALL, spans, CALL_LINKS, settings=HeuristicSettings(gap=3))
    assert _surfaces(CALL, unbroken) == ["rief sie ihn kurz an"]
    found = add_pieces(CALL, spans, unbroken, mass)
    assert _surfaces(CALL, found) == ["rief ... an", "rief sie ihn kurz an"]
    assert [c.rank for c in found] == [0, 1]
    # Linked words: (2 + 2) of 2 + 5; Dice of the words in pieces 2 * 2 / (2 + 2) against 2 * 2 / (2 + 5).
    assert unbroken[0].score == pytest.approx(4 / 7, abs=1e-4)
    assert found[0].score == pytest.approx(1.0, abs=1e-3)
    assert found[0].parts["pieces"] == 2.0


def test_the_scored_decoder_gets_pieces_too() -> None:
    spans, mass = {"v": PHRASAL}, _mass(CALL, CALL_LINKS)
    unbroken = transfer_spans(CALL, spans, mass, settings=DecoderSettings(n_alternatives=3))
    found = add_pieces(CALL, spans, unbroken, mass, n_alternatives=3)
    assert _surfaces(CALL, found)[0] == "rief ... an"
    assert len(found) == 3
    assert found[0].span is not None
    assert (found[0].span.label, found[0].span.source_id, found[0].span.segment) == ("V", "v", 1)


def test_one_unlinked_word_between_breaks_nothing() -> None:
    pair = _pair("big dog", "Hund sehr gross")
    links = [Link(1, 0), Link(0, 2)]
    unbroken = transfer_by_links(pair, {"s": _span(pair, 0, 2)}, links, settings=HeuristicSettings())
    assert add_pieces(pair, {"s": _span(pair, 0, 2)}, unbroken, _mass(pair, links)) == unbroken


def test_words_of_another_span_are_not_taken_unless_they_may_be_shared() -> None:
    pair = _pair("call off meeting", "sage Treffen ab")
    links = [Link(0, 0), Link(0, 2), Link(2, 1)]
    for layer, expected in (("spans", "Treffen ab"), ("other", "Treffen ab")):
        spans = {"v": _span(pair, 0, 1), "n": _span(pair, 2, 3, layer)}
        given = [
            Candidate("v", Span("V", (Interval(0, 4),), 1, source_id="v"), 0.3),
            Candidate("n", Span("V", (Interval(5, 15),), 1, layer, source_id="n"), 0.3),
        ]
        found = add_pieces(pair, spans, given, _mass(pair, links))
        best = _surfaces(pair, [c for c in found if c.rank == 0])
        assert best == (["sage", expected] if layer == "spans" else ["sage ... ab", expected])
        assert "sage ... ab" in _surfaces(pair, found)


def test_too_many_pieces_and_spans_without_a_target_stay() -> None:
    pair = _pair("a b", "x o x o x o x")
    links = [*(Link(0, n) for n in (0, 2, 4, 6)), *(Link(1, n) for n in (1, 3, 5))]
    spans = {"s": _span(pair, 0, 1), "t": _span(pair, 1, 2)}
    given = [Candidate("s", Span("V", (Interval(0, 1),), 1), 0.5), Candidate("t", None, 0.0, reason="conflict")]
    assert add_pieces(pair, spans, given, _mass(pair, links)) == given
