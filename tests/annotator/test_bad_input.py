"""Broken uploads, each with the exact words that the user sees and what can be done about it."""

# The exact messages stand in one piece, so that they can be searched for.
# ruff: noqa: E501
from __future__ import annotations

import gzip
import html
import io
import zipfile
from dataclasses import dataclass, field

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils.html import strip_tags

from annotator import jobs
from annotator.errors import BadRequestError
from annotator.models import Item, Layer
from annotator.services import imports
from annotator.services.imports import ImportChoice, ImportSpec, Upload
from tests.annotator.factories import make_project

pytestmark = pytest.mark.django_db

GOOD = "Ada\tB-PER\nruns\tO\n\nUppsala\tB-LOC\nsleeps\tO\n"
GOOD_TARGET = "Ada läuft\nUppsala schläft\n"
NO_PAIRS = "No sentence pair is left that can be imported. See the problems below."
NO_LABELS = (
    "The source has no labels: there will be nothing to project. "
    "Go on if reviewers are to add them; otherwise choose another file or format."
)
SPAN = '{"label":"PER","segment":0,"intervals":[[0,3]]}'
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + bytes(17)


@pytest.fixture(autouse=True)
def _own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@dataclass(frozen=True)
class Case:
    """A broken upload.

    Attributes:
        name: what is broken.
        says: place, message and remedy as they stand on the page, one string a problem.
        severity: `fatal`, `unusable`, `repaired`, `surplus` or `note`.
        n_left: items that can still be imported when rows with problems are skipped.
    """

    name: str
    says: tuple[str, ...]
    severity: str
    n_left: int
    source: str | bytes = GOOD
    target: str | bytes | None = GOOD_TARGET
    table: str | bytes = ""
    spec: dict[str, str] = field(default_factory=dict)
    tgt_lang: str = "de"
    labels: tuple[str, ...] = ()


def jsonl(*, spans: str = "", text: str = "Ada runs", target: str = "Ada läuft", extra: str = "") -> str:
    source_segment = f'{{"text":"{text}","lang":"en","side":"source"}}'
    target_segment = f'{{"text":"{target}","lang":"de","side":"target"}}'
    return f'{{"id":"a","segments":[{source_segment},{target_segment}],"spans":[{spans}]{extra}}}\n'


def zipped() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.txt", "x")
    return stream.getvalue()


CASES = [
    # ------------------------------------------------------------------------------------------------------ encodings
    Case(
        "latin-1 bytes in the target",
        (
            "target, line 1 Byte 0xE4 is not valid UTF-8. The file looks like cp1252: choose that encoding or save it as UTF-8.",
        ),
        "fatal",
        0,
        target="Ada läuft über die Brücke\nUppsala schläft\n".encode("latin-1"),
    ),
    Case(
        "latin-1 bytes in the source",
        ("source, line 1 Byte 0xEB is not valid UTF-8. Choose the file's encoding or save it as UTF-8.",),
        "fatal",
        0,
        source="Zoë\tB-PER\nruns\tO\n\nIt\tO\nrains\tO\n".encode("latin-1"),
    ),
    Case(
        "one bad byte far down",
        ("target, line 301 Byte 0xE4 is not valid UTF-8. Choose the file's encoding or save it as UTF-8.",),
        "fatal",
        0,
        target=b"fine\n" * 300 + b"b\xe4d\n",
    ),
    Case(
        "UTF-16 without its mark",
        (
            "target, line 1 Byte 0xE4 is not valid UTF-8. The file looks like utf-16-le: choose that encoding or save it as UTF-8.",
        ),
        "fatal",
        0,
        target=GOOD_TARGET.encode("utf-16-le"),
    ),
    Case(
        "NUL bytes",
        ("target, line 1 The file holds a NUL character. Save it as UTF-8 text; UTF-16 needs its byte order mark.",),
        "fatal",
        0,
        target="Ada\0läuft\nUppsala schläft\n",
    ),
    Case(
        "the wrong encoding chosen",
        ("target, line 1 Byte 0xFF is not valid SHIFT_JIS. Choose the file's encoding or save it as UTF-8.",),
        "fatal",
        0,
        spec={"tgt_encoding": "shift_jis"},
        target=b"\xff\xfd\n",
    ),
    # ---------------------------------------------------------------------------------------------------------- files
    Case("empty target", ("target The file is empty. Choose another file.",), "fatal", 0, target=""),
    Case("only blank lines", ("target The file is empty. Choose another file.",), "fatal", 0, target="\n\n  \n"),
    Case(
        "only comments",
        (
            "source, line 1 The file holds no sentence. Choose another file.",
            "The source has 0 sentences, the target 2. Check for a missing sentence, or pair by id or with an id table.",
            "target, line 1 The target sentence '1' has no source sentence. It was not paired.",
            "target, line 2 The target sentence '2' has no source sentence. It was not paired.",
        ),
        "fatal",
        0,
        source="# sent_id\n\n# nothing\n",
        spec={"src_format": "conll"},
    ),
    Case("a zip file", ("source The file is compressed. Unpack it first.",), "fatal", 0, source=zipped()),
    Case(
        "a gzip file",
        ("target The file is compressed. Unpack it first.",),
        "fatal",
        0,
        target=gzip.compress(GOOD_TARGET.encode()),
    ),
    Case(
        "an image",
        ("target The file is an image, a PDF or an office document. Save what it holds as UTF-8 text.",),
        "fatal",
        0,
        target=PNG,
    ),
    Case(
        "word links instead of sentences",
        (
            "target The file was recognised as “Pharaoh links”, which holds no sentences: the lines hold pairs of numbers such as 0-1. Choose another file, or choose the format yourself.",
        ),
        "fatal",
        0,
        target="0-0 1-1\n0-0 1-1\n",
    ),
    Case(
        "an id table instead of the source",
        (
            "source The file was recognised as “Id table”, which holds no sentences: after a header, each row holds an id and positions. Choose another file, or choose the format yourself.",
        ),
        "fatal",
        0,
        source="id\ten\tde\n1\t0\t0\n2\t1\t1\n",
    ),
    Case(
        "one side only",
        ("source A file of the format CoNLL holds one side only. Give the target file too.",),
        "fatal",
        0,
        target=None,
    ),
    Case(
        "both sides in one file and a target",
        (
            "source A file of the format JSON Lines holds both sides, but another file was given too. Give it alone, or choose the format of this file yourself.",
        ),
        "fatal",
        0,
        source=jsonl(),
    ),
    Case(
        "a table without a target column",
        ("source, line 1 The table has no column 'target'. Its columns: id, source, comment.",),
        "fatal",
        0,
        source="id\tsource\tcomment\n1\tIt rains\tx\n",
        target=None,
        spec={"src_format": "tsv"},
    ),
    Case(
        "an over-long line",
        (
            "target, line 2 The target sentence has 25000 characters; 20000 are allowed. Split it, or check that the file has one sentence a line.",
        ),
        "unusable",
        1,
        target="Ada läuft\n" + "lang " * 5000 + "\n",
    ),
    Case(
        "the source has no labels",
        (
            "The source has no labels: there will be nothing to project. Go on if reviewers are to add them; otherwise choose another file or format.",
        ),
        "note",
        2,
        source="It rains\nIt snows\n",
        target="Es regnet\nEs schneit\n",
    ),
    # --------------------------------------------------------------------------------------------------------- counts
    Case(
        "fewer targets than sources",
        (
            "The source has 2 sentences, the target 1. Check for a missing sentence, or pair by id or with an id table.",
            "source, line 4 The source sentence '2' has no target sentence. It was not paired.",
        ),
        "surplus",
        1,
        target="Ada läuft\n",
    ),
    Case(
        "more targets than sources",
        (
            "The source has 2 sentences, the target 3. Check for a missing sentence, or pair by id or with an id table.",
            "target, line 3 The target sentence '3' has no source sentence. It was not paired.",
        ),
        "surplus",
        2,
        target=GOOD_TARGET + "noch einer\n",
    ),
    Case(
        "blank lines that stand for empty sentences",
        (
            "source, line 4 2 empty lines follow each other: read as one. If an empty sentence was meant, pairs by position are wrong from here on.",
        ),
        "note",
        2,
        source=GOOD.replace("\n\n", "\n\n\n"),
    ),
    # ----------------------------------------------------------------------------------------------------------- tags
    Case(
        "I- without B-",
        ("source, line 3 I-LOC has no start before it. Read as the start of a LOC span.",),
        "repaired",
        1,
        source="Ada\tB-PER\n\nUppsala\tI-LOC\nx\tO\ny\tB-LOC\n",
    ),
    Case(
        "I- of another label",
        ("source, line 2 I-ORG follows a span of PER. Read as the start of a new ORG span.",),
        "repaired",
        1,
        source="Ada\tB-PER\nLine\tI-ORG\n\nUppsala\tB-LOC\n",
    ),
    Case(
        "E- missing in BIOES",
        ("source, line 1 The PER span that starts here has no E- or S- tag at its end. Read as a span of 1 token(s).",),
        "repaired",
        1,
        source="Ada\tB-PER\nruns\tO\n\nUppsala\tS-LOC\n",
    ),
    Case(
        "an unknown prefix",
        ("source, line 2 'X-PER' is not a tag of B-, I-, E-, S- or O. Read as O.",),
        "repaired",
        1,
        source="Ada\tB-PER\nx\tX-PER\n\nUppsala\tB-LOC\n",
    ),
    Case(
        "a line with too many columns",
        ("source, line 2 The line has 3 column(s), most lines have 2. Read as token 'runs' with tag O.",),
        "repaired",
        1,
        source="Ada\tB-PER\nruns\tO\textra\n\nUppsala\tB-LOC\nsleeps\tO\n",
    ),
    Case(
        "a line with one column",
        ("source, line 2 The line has 1 column(s), most lines have 2. Read as token 'runs' with tag O.",),
        "repaired",
        1,
        source="Ada\tB-PER\nruns\n\nUppsala\tB-LOC\nsleeps\tO\n",
    ),
    Case(
        "blanks in a file with tabs",
        ("source, line 2 The line has 1 column(s), most lines have 2. Read as token 'runs O' with tag O.",),
        "repaired",
        1,
        source="Ada\tB-PER\nruns O\n\nUppsala\tB-LOC\nsleeps\tO\n",
    ),
    Case(
        "a token that is missing",
        ("source, line 2 The token is empty. Left out with its tag.",),
        "repaired",
        1,
        source="Ada\tB-PER\n\tO\n\nUppsala\tB-LOC\nsleeps\tO\n",
    ),
    Case(
        "tokens that do not spell the text",
        (
            "source, line 1 The tokens do not spell the sentence in the comment '# text'. The text was made from the tokens.",
        ),
        "repaired",
        1,
        source="# text = Adele runs\n" + GOOD,
    ),
    Case(
        "a label that a closed tagset lacks",
        (
            "source, line 4 The layer spans is closed and has no label 'LOC'. Its labels: PER. Add the label to the project, or skip this row.",
        ),
        "unusable",
        1,
        labels=("PER",),
    ),
    Case(
        "a label that is too long",
        (
            "source, line 1 The label 'XXXXXXXXXXXXXXXXXXXX'… has 101 characters; 100 are allowed. Check the tag column, or shorten the label.",
        ),
        "unusable",
        1,
        source=f"Ada\tB-{'X' * 101}\n\nUppsala\tB-LOC\n",
    ),
    # ------------------------------------------------------------------------------------------------ rows and their ids
    Case(
        "an empty target sentence",
        ("target, line 1 The line is empty: there is no sentence here. Fill it in or skip this row.",),
        "unusable",
        1,
        target="\nUppsala schläft\n",
    ),
    Case(
        "an empty cell in a table",
        (
            "source, line 2 The target sentence is empty. Fill it in or skip this row.",
            NO_LABELS,
        ),
        "unusable",
        1,
        source="source\ttarget\nIt rains\t\nIt snows\tEs schneit\n",
        target=None,
    ),
    Case(
        "a table row with a missing cell",
        (
            "source, line 2 The target sentence is empty. Fill it in or skip this row.",
            "source, line 2 The row has 1 column(s), the header 2. Missing columns were read as empty, surplus ones left out.",
            NO_LABELS,
        ),
        "unusable",
        1,
        source="source\ttarget\nIt rains\nIt snows\tEs schneit\n",
        target=None,
        spec={"src_format": "tsv"},
    ),
    Case(
        "a quote that is never closed",
        (
            "source, line 2 The row that starts here has broken quotes, or a carriage return outside quotes. Mend the row, or read the file without quoting.",
        ),
        "fatal",
        0,
        source='"source"\t"target"\n"It rains\t"Es regnet"\n',
        target=None,
        spec={"src_format": "tsv"},
    ),
    Case(
        "an empty source sentence",
        ("source, line 1 The sentence has no tokens. Fill it in or skip this row.",),
        "unusable",
        1,
        source="# sent_id = a\n\n# sent_id = b\nUppsala\tB-LOC\n",
    ),
    Case(
        "duplicate ids",
        ("source, line 4 The id 'a' was used before, in line 1. Give each sentence its own id.",),
        "unusable",
        1,
        source="# sent_id = a\nAda\tB-PER\n\n# sent_id = a\nUppsala\tB-LOC\n",
    ),
    Case(
        "an id that the other side lacks",
        (
            "source, line 1 The source sentence 'a' has no target sentence. It was not paired.",
            "target, line 4 The target sentence 'c' has no source sentence. It was not paired.",
        ),
        "unusable",
        1,
        source="# sent_id = a\nAda\tB-PER\n\n# sent_id = b\nUppsala\tB-LOC\n",
        target="# sent_id = b\nUppsala\n\n# sent_id = c\nKiruna\n",
    ),
    Case(
        "an id that is too long",
        ("source, line 1 The id has 301 characters; 300 are allowed. Shorten the id.",),
        "unusable",
        1,
        source=f"# sent_id = {'i' * 301}\nAda\tB-PER\n\nUppsala\tB-LOC\n",
    ),
    # ------------------------------------------------------------------------------------------------------- id tables
    Case(
        "an id table without header",
        (
            "id table, line 1 The first line is not a header of at least two different column names, separated by tabs. Add one: an id column, then one per language.",
        ),
        "fatal",
        0,
        table="0\n1\n",
    ),
    Case(
        "an id table without the language",
        ("id table The table has no column 'de'; its columns are en, pt, sv. Choose the column of the target.",),
        "fatal",
        0,
        table="id\ten\tpt\tsv\n1\t0\t0\t0\n2\t1\t1\t1\n",
    ),
    Case(
        "an id table without the chosen column",
        ("id table The id table has no column 'eng'. Its columns: en, de.",),
        "fatal",
        0,
        table="id\ten\tde\n1\t0\t0\n",
        spec={"table_src_column": "eng"},
    ),
    Case(
        "an id table in latin-1",
        ("id table, line 2 Byte 0xE4 is not valid UTF-8. Save it as UTF-8.",),
        "fatal",
        0,
        table="id\ten\tde\nä\t0\t0\n".encode("latin-1"),
    ),
    Case(
        "a cell that is no position",
        (
            "id table, line 3 'one' in column 'en' is not a position. The row was not paired.",
            "source, line 4 The source sentence '2' has no target sentence. It was not paired.",
        ),
        "unusable",
        1,
        table="id\ten\tde\n1\t0\t0\n2\tone\t1\n",
    ),
    Case(
        "a position outside the file",
        (
            "id table, line 3 Position 7 is outside the 2 source sentences, counted from 0. The row was not paired.",
            "source, line 4 The source sentence '2' has no target sentence. It was not paired.",
        ),
        "unusable",
        1,
        table="id\ten\tde\n1\t0\t0\n2\t7\t1\n",
    ),
    Case(
        "a position used twice",
        (
            "id table, line 3 The source sentence 0 is in an earlier row already. The row was not paired.",
            "source, line 4 The source sentence '2' has no target sentence. It was not paired.",
        ),
        "unusable",
        1,
        table="id\ten\tde\n1\t0\t0\n2\t0\t1\n",
    ),
    Case(
        "a row with a missing column",
        (
            "id table, line 3 The row has 2 column(s), the header 3. The row was left out.",
            "source, line 4 The source sentence '2' has no target sentence. It was not paired.",
            "target, line 2 The target sentence '2' has no source sentence. It was not paired.",
        ),
        "unusable",
        1,
        table="id\ten\tde\n1\t0\t0\n2\t1\n",
    ),
    Case(
        "an id used twice in the table",
        (
            "id table, line 3 The id '1' was used before, in line 2. The row was left out.",
            "source, line 4 The source sentence '2' has no target sentence. It was not paired.",
            "target, line 2 The target sentence '2' has no source sentence. It was not paired.",
        ),
        "unusable",
        1,
        table="id\ten\tde\n1\t0\t0\n1\t1\t1\n",
    ),
    # ----------------------------------------------------------------------------------------------------------- JSON
    Case(
        "a line that is not JSON",
        (
            "source, line 2 The line is not valid JSON: unexpected character, expected a string key. The record was left out.",
            NO_LABELS,
        ),
        "unusable",
        1,
        source=jsonl() + "{broken\n",
        target=None,
    ),
    Case(
        "a span beyond the text",
        (
            "source, line 1 spans[0]: The interval 0-99 lies outside the text of 8 characters. The record was left out.",
            NO_PAIRS,
        ),
        "unusable",
        0,
        source=jsonl(spans='{"label":"PER","segment":0,"intervals":[[0,99]]}'),
        target=None,
    ),
    Case(
        "another surface",
        (
            "source, line 1 spans[0]: The offsets cover 'Ada', not 'Bob'. The record was left out.",
            NO_PAIRS,
        ),
        "unusable",
        0,
        source=jsonl(spans='{"label":"PER","segment":0,"intervals":[[0,3]],"surface":"Bob"}'),
        target=None,
    ),
    Case(
        "a span that cuts a character",
        (
            "source, line 1 spans[0]: Offset 1 lies inside a character that is written with several code points. The record was left out.",
            NO_PAIRS,
        ),
        "unusable",
        0,
        source=jsonl(text="e\u0301a", spans='{"label":"PER","segment":0,"intervals":[[0,1]]}'),
        target=None,
    ),
    Case(
        "an item without a target",
        (
            "source, line 1 The item 'a' has no target segment. Add one or skip this row.",
            NO_PAIRS,
        ),
        "unusable",
        0,
        source='{"id":"a","segments":[{"text":"Ada","lang":"en","side":"source"}]}\n',
        target=None,
    ),
    Case(
        "an item in another language",
        (
            "source, line 1 The target is in 'de', but the target language of this import is 'sv'. Choose another target language or skip this row.",
            NO_PAIRS,
        ),
        "unusable",
        0,
        source=jsonl(),
        target=None,
        tgt_lang="sv",
    ),
    Case(
        "an escaped NUL in JSON",
        (
            "source, line 1 The source sentence holds a character that is not text. Take it out or skip this row.",
            NO_PAIRS,
        ),
        "unusable",
        0,
        source=jsonl(text="Ada\\u0000runs"),
        target=None,
    ),
    Case(
        "spans that overlap",
        (
            "source, line 1 The spans ORG and PER overlap, which the layer spans does not allow. Use another layer or skip this row.",
            NO_PAIRS,
        ),
        "unusable",
        0,
        source=jsonl(
            spans='{"label":"PER","segment":0,"intervals":[[0,3]]},{"label":"ORG","segment":0,"intervals":[[0,8]]}'
        ),
        target=None,
    ),
    Case(
        "spans that overlap across one of another layer",
        (
            "source, line 1 The spans ORG and PER overlap, which the layer spans does not allow. Use another layer or skip this row.",
            NO_PAIRS,
        ),
        "unusable",
        0,
        source=jsonl(
            spans='{"label":"ORG","segment":0,"intervals":[[0,8]]},'
            '{"label":"X","layer":"other","segment":0,"intervals":[[0,3]]},'
            '{"label":"PER","segment":0,"intervals":[[4,8]]}'
        ),
        target=None,
    ),
    Case(
        "a NUL in the id of a span",
        (
            "source, line 1 The id or the layer of a span holds a character that is not text. Take it out.",
            NO_PAIRS,
        ),
        "unusable",
        0,
        source=jsonl(spans='{"id":"a\\u0000","label":"PER","segment":0,"intervals":[[0,3]]}'),
        target=None,
    ),
    Case(
        "a NUL in the id of an item",
        ("source, line 1 The id holds a character that is not text. Take it out.", NO_PAIRS),
        "unusable",
        0,
        source=jsonl().replace('"id":"a"', '"id":"a\\u0000"').replace('"spans":[]', f'"spans":[{SPAN}]'),
        target=None,
    ),
    Case(
        "the role of a segment is too long",
        ("source, line 1 The role of a segment has 21 characters; 20 are allowed. Shorten it.", NO_PAIRS),
        "unusable",
        0,
        source=jsonl().replace('"side":"target"', f'"side":"target","role":"{"r" * 21}"'),
        target=None,
    ),
    Case(
        "more spans than an item may have",
        ("source, line 1 The item has 1001 spans; 1000 are allowed. Split it, or skip this row.", NO_PAIRS),
        "unusable",
        0,
        source=jsonl(spans=",".join(['{"label":"PER","segment":0,"intervals":[[0,3]]}'] * 1001)),
        target=None,
    ),
    Case(
        "more segments than an item may have",
        ("source, line 1 The item has 101 segments; 100 are allowed. Split it, or skip this row.", NO_PAIRS),
        "unusable",
        0,
        source=jsonl().replace('],"spans"', ',{"text":"x","lang":"de","side":"target"}' * 99 + '],"spans"'),
        target=None,
    ),
    Case(
        "an unknown field",
        (
            "source, line 1 The field 'colour' is not part of the format; the first one is here. It was left out; put it into 'meta' to keep it.",
        ),
        "note",
        1,
        source=jsonl(spans='{"label":"PER","segment":0,"intervals":[[0,3]]}', extra=',"colour":1'),
        target=None,
    ),
]


def start(case: Case):
    project = make_project(tgt_langs=("de",))
    if case.labels:
        layer = project.layers.get()
        Layer.objects.filter(pk=layer.pk).update(is_open=False)
        for position, name in enumerate(case.labels):
            layer.labels.create(name=name, color="#0a6ebd", position=position)
    given = {"source": case.source, "target": case.target, "id_table": case.table or None}
    files = [
        Upload(role, f"{role}.txt", ContentFile(data.encode() if isinstance(data, str) else data))
        for role, data in given.items()
        if data is not None
    ]
    return imports.start_import(
        project=project, actor=project.created_by, tgt_lang=case.tgt_lang, files=files, spec=ImportSpec(**case.spec)
    )


def sentences(record) -> list[tuple[str, str]]:
    """Severity and words of every problem, as on the page."""
    return [
        (group["severity"], " ".join(filter(None, (row["place"], row["message"], row["remedy"]))))
        for group in record.report["problems"]
        for row in group["rows"]
    ]


def words_of(page: str) -> str:
    """What a reader sees: no tags, no entities, single blanks."""
    return " ".join(html.unescape(strip_tags(page)).split())


def test_there_are_enough_cases():
    assert len({case.name for case in CASES}) == len(CASES) >= 50


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_says_what_is_wrong_and_what_to_do(case, client):
    record = start(case)
    found = sentences(record)
    assert sorted(words for _, words in found) == sorted(case.says)
    assert {words: severity for severity, words in found}[case.says[0]] == case.severity
    client.force_login(record.created_by)
    response = client.get(reverse("import-detail", args=[record.project_id, record.pk]))
    page = words_of(response.content.decode())
    for sentence in case.says:
        assert " ".join(sentence.split()) in page


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_imports_what_is_left_or_refuses(case):
    record = start(case)
    choice = ImportChoice(bad_rows="skip", surplus=True)
    if not case.n_left:
        with pytest.raises(BadRequestError, match="cannot be imported as they are"):
            imports.confirm_import(import_record=record, actor=record.created_by, choice=choice)
        return
    job = imports.confirm_import(import_record=record, actor=record.created_by, choice=choice)
    imports.execute_import(jobs.JobControl(jobs.claim(job.pk)))
    record.refresh_from_db()
    assert record.state == "done"
    assert Item.objects.count() == case.n_left
    assert len(record.report["skipped"]) == len(list_bad_rows(record))


def list_bad_rows(record) -> set[tuple[str, int]]:
    return {
        (group["role"], row["line"])
        for group in record.report["problems"]
        if group["severity"] in ("unusable", "repaired")
        for row in group["rows"]
    }


# What is refused before anything is stored.
REFUSED = [
    ("no source", {"source": None}, "source: There is no source. Choose a file or paste its text."),
    (
        "the same file twice",
        {"target": GOOD},
        "target: Source and target are the same file. Choose the translation as the target.",
    ),
    (
        "the source language as the target language",
        {"tgt_lang": "en"},
        "target language: The target language is the source language of the project, en. Choose the language of the translation.",
    ),
    (
        "no language code",
        {"tgt_lang": "German"},
        "target language: 'German' is not a language code. Give a BCP 47 language code such as de or pt-BR.",
    ),
    (
        "pairing by a table without one",
        {"spec": {"pairing": "table"}},
        "id table: Pairing by an id table needs one. Choose the id table too.",
    ),
    (
        "a file that is too large",
        {"target": "x" * (2 * 2**20)},
        "target: The file has 2 MB; 1 MB are allowed. Split it, or ask the administrator to raise UPLOAD_MAX_MB.",
    ),
]


@pytest.mark.parametrize(("name", "given", "says"), REFUSED, ids=lambda value: value if isinstance(value, str) else "")
def test_is_refused_at_once(name, given, says, settings):
    settings.UPLOAD_MAX_BYTES = 2**20
    with pytest.raises(BadRequestError) as caught:
        start(Case(name, (), "fatal", 0, **given))
    assert str(caught.value.problem) == says


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: text.rstrip("\n").encode(),
    ],
    ids=["CRLF", "CR", "byte order mark", "UTF-16 with its mark", "no last line end"],
)
def test_is_taken_without_complaint(change):
    record = start(Case("fine", (), "", 2, source=change(GOOD), target=change(GOOD_TARGET)))
    assert record.report["problems"] == []
    assert (record.report["n_clean"], record.report["n_spans"]) == (2, 2)
    assert record.report["preview"][1]["target"] == "Uppsala schläft"


@pytest.mark.data
class TestTrapsOfRealFiles:
    """What the notes beside the evaluation data warn of."""

    def start(self, source: bytes, target: bytes, tgt_lang: str = "es"):
        return start(Case("", (), "", 0, source=source, target=target, tgt_lang=tgt_lang))

    def test_third_column_and_single_words(self, data_dir):
        folder = data_dir / "ote-absa"
        record = self.start((folder / "en.absa.test.tsv").read_bytes(), (folder / "es.manual.test.tsv").read_bytes())
        assert not record.report["is_fatal"]
        assert (record.report["n_source"], record.report["n_target"]) == (676, 676)
        assert record.report["n_spans"] == 612

    def test_compressed_files(self, data_dir):
        folder = data_dir / "am-abstrct"
        packed = (folder / "en.neoplasm_dev.tsv.gz").read_bytes()
        target = (folder / "es.neoplasm_dev.manual.tsv.gz").read_bytes()
        assert self.start(packed, target).report["is_fatal"]
        record = self.start(gzip.decompress(packed), gzip.decompress(target))
        assert (record.report["n_pairs"], record.report["n_spans"]) == (679, 326)

    def test_comments_with_intents(self, data_dir):
        folder = data_dir / "sid-xsid"
        record = self.start((folder / "en.valid.conll").read_bytes(), (folder / "de.valid.conll").read_bytes(), "de")
        assert (record.report["n_clean"], record.report["n_spans"]) == (300, 604)

    def test_squad_json_is_no_sentence_file(self, data_dir):
        packed = (data_dir / "qa-xquad" / "xquad.en.json.gz").read_bytes()
        record = self.start(gzip.decompress(packed), b"x\n")
        assert record.report["is_fatal"]
