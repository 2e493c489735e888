from __future__ import annotations

from pathlib import Path

import pytest

from projection.errors import FormatError
from projection.formats import make_sentence_item, read_conll, write_conll
from projection.formats.conll import locate_tokens
from projection.types import Interval, Item, Segment, Span

PLAIN = "Ann B-PER\nSmith I-PER\nsings O\n\nOslo B-LOC\n"


def spans(data: bytes, **options: object) -> list[list[tuple[str, str]]]:
    """Label and covered text of each span of each sentence."""
    rows = read_conll(data, **options).rows
    return [[(span.label, row.text[slice(*row.interval_of(span))]) for span in row.spans] for row in rows]


EXPECTED = [[("PER", "Ann Smith")], [("LOC", "Oslo")]]


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.rstrip("\n"),
        PLAIN.replace(" ", "\t"),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        PLAIN.replace("\n\n", "\n \t \n"),
        PLAIN.replace(" ", "   \t "),
        "\n\n" + PLAIN + "\n\n\n",
        "\ufeff" + PLAIN,
        "Ann NNP B-NP B-PER\nSmith NNP I-NP I-PER\nsings VB B-VP O\n\nOslo NNP B-NP B-LOC\n",
        "1\tAnn\tB-PER\t-\tx\n2\tSmith\tI-PER\t-\tx\n3\tsings\tO\t-\t-\n\n1\tOslo\tB-LOC\t-\tx\n",
        "Ann\tB-PER\tHighQuality\nSmith\tI-PER\t-\nsings\tO\t-\n\nOslo\tB-LOC\tLowQuality\n",
        "-DOCSTART- -X- -X- O\n\nAnn NNP B-NP B-PER\nSmith NNP I-NP I-PER\nsings VB B-VP O\n\nOslo NNP B-NP B-LOC",
        "Ann I-PER\nSmith I-PER\nsings O\n\nOslo I-LOC\n",
        "Ann B-PER\nSmith E-PER\nsings O\n\nOslo S-LOC\n",
        "Ann B-PER\nSmith L-PER\nsings O\n\nOslo U-LOC\n",
        "# a remark\nAnn B-PER\nSmith I-PER\n# another\nsings O\n\nOslo B-LOC\n",
    ],
)
def test_dialects_are_read_alike_and_without_problems(text: str) -> None:
    result = read_conll(text.encode())
    assert spans(text.encode()) == EXPECTED
    assert result.problems == []
    assert [row.text for row in result.rows] == ["Ann Smith sings", "Oslo"]
    assert dict(result.labels) == {"PER": 1, "LOC": 1}


def test_utf16_with_a_mark_is_read() -> None:
    result = read_conll(PLAIN.encode("utf-16"))
    assert spans(PLAIN.encode("utf-16")) == EXPECTED
    assert result.encoding == "utf-16-le"
    assert spans(b"\xfe\xff" + PLAIN.encode("utf-16-be")) == EXPECTED


def test_what_was_found_out_is_told() -> None:
    result = read_conll(b"1\tAnn\tB-PER\t-\tx\r\n2\tsings\tO\t-\t-\r\n")
    assert result.info == {
        "delimiter": "tab",
        "n_columns": 5,
        "index_column": 0,
        "token_column": 1,
        "tag_column": 2,
        "scheme": "iob2",
    }
    assert (result.newline, result.n_lines, result.encoding) == ("crlf", 2, "utf-8")


def test_comments_give_ids_documents_and_text() -> None:
    data = (
        "# newdoc id = d1\n# sent_id = d1-1\n# text = Ann, sings.\n# mood = calm\n"
        "1\tAnn\tB-PER\n2\t,\tO\n3\tsings\tO\n4\t.\tO\n\n"
        "# sent_id = d1-2\n1\tOslo\tB-LOC\n\n# newdoc id = d2\n1\tEnd\tO\n"
    )
    result = read_conll(data.encode())
    assert result.problems == []
    assert [(row.id, row.document, row.text, row.line, row.row) for row in result.rows] == [
        ("d1-1", "d1", "Ann, sings.", 2, 0),
        ("d1-2", "d1", "Oslo", 10, 1),
        ("3", "d2", "End", 14, 2),
    ]
    assert result.rows[0].tokens == (Interval(0, 3), Interval(3, 4), Interval(5, 10), Interval(10, 11))
    assert result.rows[0].meta == {"mood": "calm"}


def test_document_starts_are_counted() -> None:
    data = b"-DOCSTART- O\n\nAnn B-PER\n\n-DOCSTART- O\n\nOslo B-LOC\n"
    assert [(row.document, row.text) for row in read_conll(data).rows] == [("doc-1", "Ann"), ("doc-2", "Oslo")]


def test_tokens_that_start_with_a_hash_are_no_comments() -> None:
    assert read_conll(b"# O\n1 O\n#Oslo B-LOC\n# note = 1\n").rows[0].words == ["#", "1", "#Oslo"]
    assert read_conll(b"#\tO\nwin\tO\n#Oslo\tB-LOC\n# a note\n").rows[0].words == ["#", "win", "#Oslo"]
    assert read_conll(b"#\nwin\n#Oslo\n# a note\n").rows[0].words == ["#", "win", "#Oslo"]
    assert read_conll(b"1\t#\tO\n2\tAnn\tB-PER\n").rows[0].words == ["#", "Ann"]


def test_tokens_may_hold_blanks_and_strange_characters() -> None:
    result = read_conll("1\t5 000\tO\n2\t10\u00a0000\tB-NUM\n3\t\u2028\tO\n4\tx\x0by\tO\n5\t\u0085\tO\n".encode())
    assert result.rows[0].words == ["5 000", "10\u00a0000", "\u2028", "x\x0by", "\u0085"]
    assert result.problems == []
    assert read_conll("10\u00a0000 B-NUM\nkr O\n".encode()).rows[0].words == ["10\u00a0000", "kr"]


def test_a_file_of_tokens_only_is_an_unlabelled_one() -> None:
    result = read_conll(b"Ann\nsings\n\nOslo\n")
    assert [row.words for row in result.rows] == [["Ann", "sings"], ["Oslo"]]
    assert result.problems == []
    assert result.info["tag_column"] is None


def test_columns_can_be_chosen() -> None:
    data = b"Ann NNP B-NP B-PER\nsings VB B-VP O\n"
    assert spans(data, tag_column=2) == [[("NP", "Ann"), ("VP", "sings")]]
    assert read_conll(data, token_column=1).rows[0].words == ["NNP", "VB"]
    with pytest.raises(FormatError, match=r"There is no column 5: the file has 4\."):
        read_conll(data, tag_column=4)


def test_words_of_a_multiword_token_are_read_once() -> None:
    data = "# text = vámonos ya\n1-2\tvámonos\t_\n1\tvamos\tO\n2\tnos\tO\n3\tya\tO\n".encode()
    result = read_conll(data)
    assert result.rows[0].words == ["vamos", "nos", "ya"]
    assert [problem.code for problem in result.problems] == ["text-differs"]


def test_languages_without_blanks_are_joined_without() -> None:
    row = read_conll("我 O\n爱 O\n北京 B-LOC\n".encode(), lang="zh").rows[0]
    assert row.text == "我爱北京"
    assert row.words == ["我", "爱", "北京"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["line 1: The file holds no sentence. Choose another file."]),
        (
            "Ann B-PER\nOslo\nsings O\n",
            ["line 2: The line has 1 column(s), most lines have 2. Read as token 'Oslo' with tag O."],
        ),
        (
            "Ann\tB-PER\nOslo\tB-LOC\tx\nsings\tO\n",
            ["line 2: The line has 3 column(s), most lines have 2. Read as token 'Oslo' with tag B-LOC."],
        ),
        (
            "Ann B-PER\nNew York B-LOC\nsings O\n",
            ["line 2: The line has 3 column(s), most lines have 2. Read as token 'New' with tag B-LOC."],
        ),
        ("1\tAnn\tB-PER\n2\t\tO\n3\tx\tO\n", ["line 2: The token is empty. Left out with its tag."]),
        ("Ann B-PER\n\nOslo I-LOC\n", ["line 3: I-LOC has no start before it. Read as the start of a LOC span."]),
        (
            "Ann B-PER\nOslo I-LOC\n",
            ["line 2: I-LOC follows a span of PER. Read as the start of a new LOC span."],
        ),
        ("Ann B-PER\nOslo LOC\n", ["line 2: 'LOC' is not a tag of B-, I-, E-, S- or O. Read as O."]),
        (
            "Ann NOUN\nsings VERB\n",
            [
                (
                    "line 1: None of the 2 columns holds tags such as O or B-PER: no labels were read. "
                    "Choose the tag column if there is one."
                ),
            ],
        ),
        (
            "# sent_id = a\nAnn B-PER\n\n# sent_id = a\nOslo B-LOC\n",
            ["line 4: The id 'a' was used before, in line 1. Give each sentence its own id."],
        ),
        (
            "# sent_id = a\n\n# sent_id = b\nOslo B-LOC\n",
            ["line 1: The sentence has no tokens. Fill it in or skip this row."],
        ),
        (
            "Ann B-PER\n\n\n\nOslo B-LOC\n",
            [
                (
                    "line 3: 3 empty lines follow each other: read as one. "
                    "If an empty sentence was meant, pairs by position are wrong from here on."
                ),
            ],
        ),
        (
            "# text = Anna sings\nAnn B-PER\nsings O\n",
            [
                (
                    "line 1: The tokens do not spell the sentence in the comment '# text'. "
                    "The text was made from the tokens."
                ),
            ],
        ),
        (
            "# text = e\u0301a\ne B-X\n\u0301a O\n",
            [
                (
                    "line 1: A span cuts a character of the sentence in the comment '# text'. "
                    "The text was made from the tokens."
                ),
            ],
        ),
        (
            "#Oslo\tB-LOC\n#Rome\nwin\tO\n",
            ["line 2: The line has 1 column(s), most lines have 2. Read as token '#Rome' with tag O."],
        ),
        (
            "Ann\tB-PER\nNew York B-LOC\nsings\tO\n",
            ["line 2: The line has 1 column(s), most lines have 2. Read as token 'New York B-LOC' with tag O."],
        ),
    ],
)
def test_faults_are_told_with_their_line(text: str, expected: list[str]) -> None:
    assert [str(problem) for problem in read_conll(text.encode()).problems] == expected


def test_problems_of_a_sentence_name_its_row() -> None:
    data = b"Ann B-PER\n\nOslo I-LOC\n\n# sent_id = x\n\nRome\nsings O\n"
    assert [(problem.code, problem.row) for problem in read_conll(data).problems] == [
        ("inside-without-start", 1),
        ("empty-sentence", 2),
        ("wrong-columns", 3),
    ]


def test_a_sentence_without_tokens_keeps_its_place() -> None:
    data = b"# sent_id = a\n\n# sent_id = b\nOslo B-LOC\n"
    assert [(row.id, row.row, row.text) for row in read_conll(data).rows] == [("a", 0, ""), ("b", 1, "Oslo")]


def test_tokens_are_found_in_their_text_only_in_order_and_without_gaps() -> None:
    assert locate_tokens("a  b\u00a0c ", ["a", "b", "c"]) == ((0, 1), (3, 4), (5, 6))
    assert locate_tokens("a x b", ["a", "b"]) is None
    assert locate_tokens("a b x", ["a", "b"]) is None
    assert locate_tokens("a", ["a", "b"]) is None


# ------------------------------------------------------------------------------------------------------------- writing

TEXT = "New York City Hall, 1907."
TOKENS = (Interval(0, 3), Interval(4, 8), Interval(9, 13), Interval(14, 18), Interval(18, 19), Interval(20, 24))


def item(*found: Span, text: str = TEXT, tokens: tuple[Interval, ...] = TOKENS, **fields: object) -> Item:
    segment = Segment(text, "en", "target", tokens=tokens)
    return Item("i1", (Segment("x", "en", "source"), segment), found, **fields)


def span(label: str, *intervals: tuple[int, int], layer: str = "spans") -> Span:
    return Span(label, tuple(Interval(*pair) for pair in intervals), segment=1, layer=layer)


def test_items_are_written_with_their_stored_tokens() -> None:
    result = write_conll([item(span("LOC", (0, 13)), span("DATE", (20, 24)), document="d")])
    assert result.text == (
        "# newdoc id = d\n# sent_id = i1\n# text = New York City Hall, 1907.\n"
        "New\tB-LOC\nYork\tI-LOC\nCity\tI-LOC\nHall\tO\n,\tO\n1907\tB-DATE\n\n"
    )
    assert result.problems == []
    assert result.n_rows == 1


def test_what_tags_cannot_hold_is_reported() -> None:
    result = write_conll(
        [
            item(
                span("ORG", (0, 18)),
                span("LOC", (0, 8)),
                span("LOC", (0, 3), (9, 13)),
                span("X", (20, 23)),
                span("DATE", (19, 24)),
            )
        ]
    )
    assert [line.split("\t")[1] for line in result.text.splitlines()[2:-1]] == [
        "B-ORG", "I-ORG", "I-ORG", "I-ORG", "O", "B-DATE",
    ]  # fmt: skip
    assert [str(problem) for problem in result.problems] == [
        "item i1, span 3: The LOC span 'New City' has several pieces. Left out: use JSON Lines to keep it.",
        "item i1, span 4: The X span '190' does not start and end with a token. Left out: use JSON Lines to keep it.",
        (
            "item i1, token 1: The LOC span over tokens 1 to 2 lies inside the ORG span over tokens 1 to 4. "
            "Left out: tags hold one span a token."
        ),
    ]
    assert {(problem.item_id, problem.row) for problem in result.problems} == {("i1", 0)}


def test_only_the_wanted_layer_and_side_are_written() -> None:
    found = item(span("LOC", (0, 8)), span("X", (9, 13), layer="other"))
    assert "B-X" not in write_conll([found], layer="spans").text
    assert "B-LOC" not in write_conll([found], layer="other").text
    assert "B-LOC" not in write_conll([found], side="source").text


@pytest.mark.parametrize(
    ("text", "tokens", "fault"),
    [
        (TEXT, (), "item i1: The segment has no stored tokens. Tokenise it first."),
        (
            "a\nb",
            (Interval(0, 1), Interval(2, 3)),
            (
                "item i1: The text has line breaks or white space at its edges, which a comment cannot hold. "
                "Only its tokens were written."
            ),
        ),
        (
            "-DOCSTART- x",
            (Interval(0, 10), Interval(11, 12)),
            "item i1, token 1: Token 1 cannot be written so that it is read back the same. Use JSON Lines.",
        ),
        (
            "a\tb",
            (Interval(0, 3),),
            "item i1, token 1: Token 1 cannot be written so that it is read back the same. Use JSON Lines.",
        ),
    ],
)
def test_texts_that_cannot_be_written_are_reported(text: str, tokens: tuple[Interval, ...], fault: str) -> None:
    faults = [str(problem) for problem in write_conll([item(text=text, tokens=tokens)]).problems]
    assert faults == [fault]


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "n_sentences", "n_tokens", "labels"),
    [
        ("ner-uner-pud/en_pud-ud-test.iob2", 1000, 21176, {"LOC": 426, "ORG": 235, "PER": 414}),
        ("ner-uner-pud/de_pud-ud-test.iob2", 1000, 21331, {"LOC": 429, "ORG": 192, "PER": 418}),
        ("ner-uner-pud/sv_pud-ud-test.iob2", 1000, 19076, {"LOC": 442, "ORG": 162, "PER": 425}),
        ("ner-europarl/es-europarl.test.conll02", 799, 23279, {"LOC": 99, "MISC": 186, "ORG": 328, "PER": 84}),
        ("ner-masakha-parallel/yor.conll", 1200, 35115, {"DATE": 413, "LOC": 1116, "ORG": 512, "PER": 681}),
        ("ner-masakha-parallel/pcm.conll", 1200, 31789, {"DATE": 278, "LOC": 464, "ORG": 476, "PER": 430}),
        ("ote-absa/es.manual.train.tsv", 2000, 26137, {"TARGET": 1724}),
        ("ote-absa/en.absa.train.tsv", 2000, 25583, {"TARGET": 1743}),
    ],
)
def test_published_files_are_read_completely(
    data_dir: Path, name: str, n_sentences: int, n_tokens: int, labels: dict[str, int]
) -> None:
    result = read_conll((data_dir / name).read_bytes())
    assert result.problems == []
    assert len(result.rows) == n_sentences
    assert sum(len(row.tokens) for row in result.rows) == n_tokens
    assert dict(result.labels) == labels
    written = write_conll([make_sentence_item(row, lang="") for row in result.rows])
    again = read_conll(written.text.encode())
    assert [(row.words, row.spans, row.id) for row in again.rows] == [
        (row.words, row.spans, row.id) for row in result.rows
    ]
    assert written.problems == []
    assert again.problems == []
