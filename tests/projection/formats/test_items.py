from __future__ import annotations

from projection.formats import Pair, make_pair_item, make_sentence_item, read_conll, read_plain
from projection.types import Interval, Span


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
