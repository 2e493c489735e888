from __future__ import annotations

from dataclasses import replace

from projection.measure.alternatives import match_gold, measure_alternatives
from projection.types import SOURCE, TARGET, Candidate, Interval, Item, Segment, Span

SEGMENTS = (Segment("Ann met Bob in Rome", "en", SOURCE), Segment("In Rom traf Ann Bob", "de", TARGET))
ANN, BOB, ROME = (
    Span("PER", (Interval(0, 3),), 0, id="s1"),
    Span("PER", (Interval(8, 11),), 0, id="s2"),
    Span("LOC", (Interval(15, 19),), 0, id="s3"),
)
GOLD = {
    "s1": Span("PER", (Interval(12, 15),), 1),
    "s2": Span("PER", (Interval(16, 19),), 1),
    "s3": Span("LOC", (Interval(3, 6),), 1),
}


def _item(*spans: Span) -> Item:
    return Item("1", SEGMENTS, spans)


def _candidates(key: str, *places: tuple[int, int]) -> list[Candidate]:
    spans = [Span("X", (Interval(*place),), 1) for place in places]
    return [Candidate(key, span, 0.5, rank=rank) for rank, span in enumerate(spans)]


def test_recall_by_hand() -> None:
    item = _item(ANN, BOB, ROME, *GOLD.values())
    found = [
        *_candidates("s1", (12, 15)),
        *_candidates("s2", (12, 15), (3, 6), (16, 19)),
        Candidate("s3", None, 0.0, reason="no-link"),
    ]
    score = measure_alternatives([(item, found[::-1])], ranks=(1, 2, 3))
    assert score.to_json() == {
        "n_spans": 3,
        "n_projectable": 3,
        "recall": {"1": 33.33, "2": 33.33, "3": 66.67},
    }


def test_only_items_with_the_same_labels_are_projectable() -> None:
    assert match_gold(_item(ANN, BOB, ROME, GOLD["s1"], GOLD["s3"])) == {}
    score = measure_alternatives([(_item(ANN, GOLD["s3"]), _candidates("s1", (3, 6)))])
    assert (score.n_spans, score.n_projectable, score.recall[5]) == (1, 0, 0.0)


def test_spans_of_a_label_go_together_in_their_order() -> None:
    item = _item(BOB, ROME, ANN, GOLD["s2"], GOLD["s3"], GOLD["s1"])
    assert match_gold(item) == GOLD


def test_a_gold_span_that_names_its_source_goes_with_it() -> None:
    crossed = replace(GOLD["s2"], source_id="s1"), replace(GOLD["s1"], source_id="s2")
    assert match_gold(_item(ANN, BOB, *crossed)) == {"s1": crossed[0], "s2": crossed[1]}
    # What is left over is matched by order, if its labels fit.
    assert match_gold(_item(ANN, BOB, ROME, *crossed, GOLD["s3"]))["s3"] == GOLD["s3"]
    assert set(match_gold(_item(ANN, BOB, ROME, crossed[0]))) == {"s1"}
