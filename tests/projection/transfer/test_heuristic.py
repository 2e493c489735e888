from __future__ import annotations

import pytest

from projection.text import join_tokens
from projection.transfer.decoder import SpanPair
from projection.transfer.heuristic import HeuristicSettings, Run, merge_runs, split_runs, transfer_by_links
from projection.types import SOURCE, TARGET, Candidate, Interval, Link, Segment, Span


def _pair(src: str, tgt: str) -> SpanPair:
    sides = []
    for words, side in ((src, SOURCE), (tgt, TARGET)):
        text, tokens = join_tokens(words.split(), lang="en")
        sides.append(Segment(text, "en", side, tokens=tokens))
    return SpanPair(*sides, tgt_segment=1)


def _spans(pair: SpanPair, *ranges: tuple[int, int], label: str = "X") -> dict[str, Span]:
    tokens = pair.source.tokens
    return {
        f"s{number}": Span(label, (Interval(tokens[a].start_char, tokens[b - 1].end_char),))
        for number, (a, b) in enumerate(ranges, start=1)
    }


def _links(text: str) -> list[Link]:
    return [Link(*map(int, pair.split("-"))) for pair in text.split()]


def _run(pair: SpanPair, spans: dict[str, Span], links: str, **settings: object) -> list[Candidate]:
    return transfer_by_links(pair, spans, _links(links), settings=HeuristicSettings(**settings))


def _best(pair: SpanPair, found: list[Candidate]) -> dict[str, str]:
    return {c.source_id: c.span.surface(pair.target.text) if c.span else c.reason for c in found if c.rank == 0}


def test_split_runs() -> None:
    assert split_runs([1, 2, 4, 7, 8, 9]) == [Run(1, 3), Run(4, 5), Run(7, 10)]
    assert split_runs([]) == []


@pytest.mark.parametrize(
    ("gap", "mode", "expected"),
    [
        (0, "corrected", [(0, 3), (4, 7)]),
        (1, "corrected", [(0, 7)]),
        (1, "published", [(0, 3), (4, 7)]),
        (5, "published", [(0, 7)]),
    ],
)
def test_published_gaps_measure_the_whole_width(gap: int, mode: str, expected: list[tuple[int, int]]) -> None:
    assert merge_runs([Run(0, 3), Run(4, 7)], gap=gap, mode=mode) == expected


def test_a_gap_is_filled_and_the_shorter_run_is_an_alternative() -> None:
    pair = _pair("big red bus", "ein grosser echt roter Bus fuhr und fuhr Bus")
    found = _run(pair, _spans(pair, (0, 3)), "0-1 1-3 2-4 2-8", gap=1)
    assert [c.span.surface(pair.target.text) for c in found if c.span] == ["grosser echt roter Bus", "Bus"]
    # Three of three source words and three of four target words are linked: (3 + 3) / (3 + 4).
    assert found[0].score == pytest.approx(0.8571)
    assert found[0].parts == {"aligned": 1.0, "linked": 0.75, "length": 0.75}


def test_links_to_signs_are_dropped_unless_kept() -> None:
    pair = _pair("hat", "Hut !")
    assert _best(pair, _run(pair, _spans(pair, (0, 1)), "0-0 0-1")) == {"s1": "Hut"}
    assert _best(pair, _run(pair, _spans(pair, (0, 1)), "0-0 0-1", drop_signs=False)) == {"s1": "Hut !"}
    assert _best(pair, _run(pair, _spans(pair, (0, 1)), "0-1")) == {"s1": "no-link"}


def test_crossing_spans_do_not_collide_when_corrected() -> None:
    pair = _pair("a b c", "x y z")
    spans = _spans(pair, (0, 1), (2, 3))
    assert _best(pair, _run(pair, spans, "0-2 2-0")) == {"s1": "z", "s2": "x"}
    # The published rule takes the second span, which lies before the first, for an overlap of the same label; what it
    # writes are the same two words.
    assert _best(pair, _run(pair, spans, "0-2 2-0", mode="published")) == {"s1": "z", "s2": "x"}


def test_overlaps() -> None:
    pair = _pair("a b c d", "v w x y z")
    spans = _spans(pair, (0, 2), (2, 4))
    links = "0-0 1-1 1-2 2-2 3-3"
    assert _best(pair, _run(pair, spans, links)) == {"s1": "v w x", "s2": "conflict"}
    assert _best(pair, _run(pair, spans, links, mode="published")) == {"s1": "v w x y", "s2": "conflict"}
    other = spans | {"s2": Span("Y", spans["s2"].intervals)}
    assert _best(pair, _run(pair, other, links, mode="published")) == {"s1": "v w x", "s2": "conflict"}


def test_the_longest_run_wins_wherever_its_span_stands() -> None:
    pair = _pair("a b c d", "v w x y z")
    spans = _spans(pair, (0, 1), (1, 2), (2, 4))
    assert _best(pair, _run(pair, spans, "0-1 1-4 2-0 3-1 3-2")) == {"s1": "conflict", "s2": "z", "s3": "v w x"}


def test_reasons_and_length_ratio() -> None:
    pair = _pair("a b c", "x y")
    spans = _spans(pair, (0, 3)) | {"s2": Span("X", (Interval(1, 2),))}
    assert _best(pair, _run(pair, spans, "0-0", min_length_ratio=0.5)) == {"s1": "too-short", "s2": "no-tokens"}
    empty = SpanPair(pair.source, Segment("", "de", TARGET), 1)
    assert _best(empty, _run(empty, spans, "")) == {"s1": "empty-target", "s2": "empty-target"}
