from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from projection.formats import read_conll
from projection.tagging import TokenSpan, write_tags
from projection.text import join_tokens
from projection.transfer.decoder import SpanPair, make_span, unprojected
from projection.transfer.rules import LongSpans, apply_rules, repair_tags
from projection.types import SOURCE, TARGET, Candidate, Interval, Segment, Span


def _tags(text: str) -> list[str]:
    return [tag if tag == "O" else f"{tag}-X" for tag in text.split()]


@pytest.mark.parametrize(
    ("src", "tgt", "expected"),
    [
        ("B I I", "O B I I", "B I I I"),
        ("B I I", "O O B I", "B I I I"),
        # Only the first three words are looked at: a late start leaves a stray piece, and free words stay at the end.
        ("B I I", "O O O B I", "B I O B I"),
        ("B I I", "B I O O", "B I O O"),
        ("B I B I", "O B I B", "B I I B"),
        # A source with free words, with another label at its end, or that ends with a start is left alone.
        ("B I O", "O B I O", "O B I O"),
        ("B I B", "O B I B", "O B I B"),
        ("", "O B", "O B"),
        ("B I", "O", "B"),
        ("B I", "", ""),
    ],
)
def test_the_published_repair(src: str, tgt: str, expected: str) -> None:
    assert repair_tags(_tags(src), _tags(tgt)) == _tags(expected)


def test_two_labels_are_left_alone() -> None:
    assert repair_tags(["B-X", "I-X", "B-Y", "I-Y"], ["O", "B-X", "I-Y"]) == ["O", "B-X", "I-Y"]


SRC = "However the drug was safe in all patients ."
TGT = "Sin embargo el nuevo medicamento fue seguro en todos los pacientes ."


def _pair(src: str = SRC, tgt: str = TGT) -> SpanPair:
    sides = []
    for words, side in ((src, SOURCE), (tgt, TARGET)):
        text, tokens = join_tokens(words.split(), lang="en")
        sides.append(Segment(text, "en", side, tokens=tokens))
    return SpanPair(sides[0], sides[1], tgt_segment=1)


def _span(pair: SpanPair, start: int, end: int, label: str = "X", layer: str = "spans") -> Span:
    tokens = pair.source.tokens
    return Span(label, (Interval(tokens[start].start_char, tokens[end - 1].end_char),), layer=layer)


def _ruled(
    pair: SpanPair, found: dict[str, tuple[Span, tuple[int, int] | None]], mode: LongSpans = "corrected"
) -> dict[str, str]:
    spans = {key: span for key, (span, _) in found.items()}
    candidates = [
        Candidate(key, make_span(pair, span, key, *tgt), 0.5, {"aligned": 1.0}) if tgt else unprojected(key, "no-link")
        for key, (span, tgt) in found.items()
    ]
    ruled = apply_rules(pair, spans, candidates, mode=mode)
    return {c.source_id: c.span.surface(pair.target.text) if c.span else c.reason for c in ruled}


def test_a_span_that_fills_its_sentence_fills_the_target_even_without_links() -> None:
    pair = _pair()
    assert _ruled(pair, {"s": (_span(pair, 0, 9), (2, 7))}) == {"s": TGT}
    assert _ruled(pair, {"s": (_span(pair, 0, 9), None)}) == {"s": TGT}
    # Without the final sign in the source there is none in the target.
    assert _ruled(pair, {"s": (_span(pair, 0, 8), (2, 7))}) == {"s": TGT.removesuffix(" .")}
    assert _ruled(pair, {"s": (_span(pair, 0, 9), (2, 7))}, "off") == {"s": "el nuevo medicamento fue seguro"}


def test_a_changed_candidate_says_so_and_keeps_the_rest() -> None:
    pair = _pair()
    spans = {"s": _span(pair, 0, 9)}
    best = Candidate("s", make_span(pair, spans["s"], "s", 0, 4), 0.5, {"aligned": 1.0})
    other = Candidate("s", make_span(pair, spans["s"], "s", 5, 6), 0.2, rank=1)
    ruled = apply_rules(pair, spans, [best, other], mode="corrected")
    assert (ruled[0].score, ruled[0].parts) == (0.5, {"aligned": 1.0, "rule": 1.0})
    assert ruled[1] is other
    whole = Candidate("s", make_span(pair, spans["s"], "s", 0, 12), 0.5)
    assert apply_rules(pair, spans, [whole], mode="corrected") == [whole]


def test_a_span_that_begins_or_ends_the_sentence_does_so_in_the_target() -> None:
    pair = _pair()
    late, early = _span(pair, 1, 9), _span(pair, 0, 6)
    assert _ruled(pair, {"s": (late, (3, 9))}) == {"s": "nuevo medicamento fue seguro en todos los pacientes ."}
    assert _ruled(pair, {"s": (early, (2, 7))}) == {"s": "Sin embargo el nuevo medicamento fue seguro"}


def test_no_span_is_drawn_over_another_one() -> None:
    pair = _pair()
    first, second = _span(pair, 0, 2), _span(pair, 2, 9)
    swapped = {"a": (first, (10, 12)), "b": (second, (1, 9))}
    assert _ruled(pair, swapped) == {"a": "pacientes .", "b": "embargo el nuevo medicamento fue seguro en todos"}
    other_layer = {"a": (_span(pair, 0, 2, layer="other"), (10, 12)), "b": (second, (1, 9))}
    assert _ruled(pair, other_layer)["b"] == "embargo el nuevo medicamento fue seguro en todos los pacientes ."


def test_short_spans_and_empty_targets_stay() -> None:
    pair = _pair("safe in all patients", "seguro en todos")
    assert _ruled(pair, {"s": (_span(pair, 0, 4), (1, 2))}) == {"s": "en"}
    empty = SpanPair(_pair().source, Segment("", "es", TARGET), 1)
    assert _ruled(empty, {"s": (_span(_pair(), 0, 9), None)}) == {"s": "no-link"}


def test_published_moves_only_a_near_start() -> None:
    pair = _pair()
    whole = _span(pair, 0, 9)
    assert _ruled(pair, {"s": (whole, (2, 5))}, "published") == {"s": "Sin embargo el nuevo medicamento"}
    assert _ruled(pair, {"s": (whole, (3, 5))}, "published") == {"s": "nuevo medicamento"}
    assert _ruled(pair, {"s": (_span(pair, 0, 8), (1, 3))}, "published") == {"s": "embargo el"}
    two_labels = {"a": (_span(pair, 0, 3), (1, 3)), "b": (_span(pair, 3, 9, "Y"), (3, 9))}
    assert _ruled(pair, two_labels, "published")["a"] == "embargo el"
    crossing = {"a": (_span(pair, 0, 3), (8, 9)), "b": (_span(pair, 3, 9), (1, 3))}
    assert _ruled(pair, crossing, "published") == {"a": "todos", "b": "Sin embargo el"}


def _rows(folder: Path, name: str) -> list[list[str]]:
    found = read_conll(gzip.decompress((folder / f"{name}.tsv.gz").read_bytes()))
    return [
        write_tags([TokenSpan(*span) for span in sentence.spans], len(sentence.tokens))[0] for sentence in found.rows
    ]


@pytest.mark.data
@pytest.mark.parametrize(("part", "n_sentences"), [("neoplasm_dev", 679), ("neoplasm_test", 1251)])
def test_the_published_layer_is_reproduced(data_dir: Path, part: str, n_sentences: int) -> None:
    folder = data_dir / "am-abstrct"
    layers = [_rows(folder, name) for name in (f"en.{part}", f"es.{part}.auto", f"es.{part}.post")]
    same = [repair_tags(src, auto) == post for src, auto, post in zip(*layers, strict=True)]
    assert (sum(same), len(same)) == (n_sentences, n_sentences)
