from __future__ import annotations

from projection.formats import (
    Pair,
    make_pair_item,
    make_sentence_item,
    read_conll,
    read_plain,
    write_conll,
    write_conllu,
    write_squad,
    write_tsv,
)
from projection.types import Interval, Item, Relation, Segment, Span


def test_a_pair_becomes_an_item() -> None:
    source = read_conll(b"# newdoc id = d\n# sent_id = a\nAnn B-PER\nSmith I-PER\nsings O\n").rows[0]
    target = read_plain(b"Ann Smith singt.").rows[0]
    item = make_pair_item(Pair("p", source, target), src_lang="en", tgt_lang="de", layer="names")
    assert (item.id, item.document) == ("p", "d")
    assert item.spans == (Span("PER", (Interval(0, 9),), 0, "names", "s1"),)
    assert item.source.words == ["Ann", "Smith", "sings"]
    assert item.target.words == ["Ann", "Smith", "singt", "."]
    assert (item.source.lang, item.target.lang, item.target.side) == ("en", "de", "target")


def test_labels_of_both_sides_get_their_own_ids() -> None:
    source, target = (read_conll(data).rows[0] for data in (b"Oslo B-LOC\n", b"in O\nOslo B-LOC\n"))
    item = make_pair_item(Pair("p", source, target), src_lang="en", tgt_lang="de")
    assert [(span.id, span.segment, span.intervals) for span in item.spans] == [
        ("s1", 0, ((0, 4),)),
        ("t1", 1, ((3, 7),)),
    ]


def test_one_sentence_becomes_an_item_of_one_segment() -> None:
    item = make_sentence_item(read_conll(b"Oslo B-LOC\n").rows[0], lang="no", side="source")
    assert [span.id for span in item.spans] == ["s1"]
    assert item.source.text == "Oslo"


def test_writers_say_which_relations_and_concepts_they_cannot_hold() -> None:
    tokens = (Interval(0, 3), Interval(4, 9))
    spans = (
        Span("PER", (Interval(0, 3),), 0, id="a", concept="Q1"),
        Span("PER", (Interval(0, 3),), 1, id="b", concept="Q1"),
        Span("VERB", (Interval(4, 9),), 1, id="c"),
    )
    segments = (
        Segment("Ada wrote", "en", "source", tokens=tokens),
        Segment("Ada wrote", "en", "target", tokens=tokens),
    )
    relations = (Relation("agent", "c", "b"), Relation("self", "a", "a"))
    item = Item("i1", segments, spans, relations=relations)
    for write in (write_conll, write_conllu, write_squad):
        found = [problem for problem in write([item]).problems if problem.code.endswith("s-lost")]
        assert [problem.message for problem in found if problem.code != "spans-lost"] == [
            "1 relation(s) are left out: the format holds none.",
            "1 span(s) are written without their concepts: the format holds none.",
        ]
    assert [problem.code for problem in write_tsv([item]).problems] == [
        "spans-lost",
        "relations-lost",
        "relations-lost",
    ]
    assert [problem.code for problem in write_conll([item], layer="spans").problems] == []
