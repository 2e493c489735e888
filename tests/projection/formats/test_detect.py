from __future__ import annotations

from pathlib import Path

import pytest

from projection.errors import FormatError
from projection.formats import FORMATS, detect_format, get_format

CASES = {
    "conll": [
        b"Ann B-PER\nsings O\n\nOslo B-LOC\n",
        b"1\tAnn\tB-PER\t-\tx\n2\tsings\tO\t-\t-\n",
        b"# sent_id = 1\n1\tAnn\tNOUN\n2\tsings\tVERB\n\n# sent_id = 2\n1\tOslo\tNOUN\n",
        b"Ann\nsings\n\nOslo\nsleeps\n\nRome\n",
        b"Ann O\nsings O\n",
    ],
    "plain": [
        b"Ann sings in Oslo.\nShe sings well.\n",
        "我爱北京天安门。\n他也是。\n".encode(),
        b"One\nTwo\nThree\n",
        b"A sentence, with commas.\n\nAnother, after a gap, of other length.\n",
    ],
    "tsv": [
        b"id\tsource\ttarget\n1\ta\tb\n",
        b'"source","target"\n"a","b"\n',
        b"Ann sings .\tAnn singt .\nShe sleeps .\tSie schl\xc3\xa4ft .\n",
    ],
    "jsonl": [b'{"id":"a","segments":[]}\n', b'{"text":"a"}\n', b'{"id":\n'],
    "pharaoh": [b"0-0 1-1\n\n0-1:0.5\n", b"0\t0-0 1p1\n1\t0-0\n"],
    "conllu": [b"# sent_id = 1\n1\tAnn\t_\tPROPN\t_\t_\t0\troot\t_\t_\n2\tsings\t_\tVERB\t_\t_\t1\tx\t_\t_\n\n"],
    "squad": [
        b'{"data": [{"title": "t", "paragraphs": [{"context": "c", "qas": []}]}]}',
        b'{\n"data": [\n{"paragraphs": [{"context": "c"}]}]}',
    ],
    "table": [b"index_id\tcategory\ttext\n7\tsports\tShe rows.\n", b"text,label\nShe rows.,sports\n"],
    "idtable": [b"pud\ten\tde\nn1\t0\t1\nn2\t1\t0\n", b"pud\ten\tde\nn1\ta1\tb1\nn2\ta2\tb2\n"],
}


@pytest.mark.parametrize(("name", "data"), [(name, data) for name, cases in CASES.items() for data in cases])
def test_formats_are_recognised_by_content(name: str, data: bytes) -> None:
    guess = detect_format(data, "upload")
    assert guess.name == name
    assert 0.4 < guess.confidence <= 1
    assert guess.reason.endswith(".")


def test_the_name_decides_where_the_content_does_not() -> None:
    data = b"One\nTwo\n\nThree\n"
    assert detect_format(data, "x.conll").name == "conll"
    assert detect_format(data, "x.txt").confidence < detect_format(data, "x.conll").confidence
    assert detect_format(b"Ann O\nsings O\n", "x.txt").name == "conll"


def test_an_empty_file_has_no_format() -> None:
    assert detect_format(b" \n", "x.conll") == ("plain", 0.0, "The file is empty.")


def test_a_large_file_is_judged_by_its_start() -> None:
    data = b"Ann B-PER\nsings O\n\n" * 20_000 + b"\xff"
    assert detect_format(data, "").name == "conll"
    with pytest.raises(FormatError, match="Byte 0xFF is not valid UTF-8"):
        detect_format(b"a\n\xff", "")


def test_every_format_has_a_reader_and_a_title() -> None:
    assert list(FORMATS) == ["conll", "jsonl", "plain", "tsv", "pharaoh", "idtable", "conllu", "squad", "table"]
    assert [name for name, entry in FORMATS.items() if entry.write is None] == ["idtable"]
    assert get_format("conll").title == "CoNLL"
    with pytest.raises(FormatError, match="There is no format 'brat'"):
        get_format("brat")


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ner-uner-pud/de_pud-ud-test.iob2", "conll"),
        ("ner-uner-pud/pud_ids.tsv", "idtable"),
        ("ner-europarl/en-europarl.test.conll02", "conll"),
        ("ote-absa/en.absa.train.tsv", "conll"),
        ("ote-absa/es.manual.train.tsv", "conll"),
        ("ote-absa/alignments/en-es.simalign.test.itermax.talp", "pharaoh"),
        ("ner-masakha-parallel/twi.pairs.tsv", "tsv"),
        ("sid-xsid/tr.valid.conll", "conll"),
        ("wordalign/simalign_sample_eng_deu.gold", "pharaoh"),
    ],
)
def test_published_files_are_recognised(data_dir: Path, name: str, expected: str) -> None:
    assert detect_format((data_dir / name).read_bytes(), Path(name).name).name == expected
