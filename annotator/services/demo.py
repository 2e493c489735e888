"""The demo project: short texts of our own with labelled names, in German, Arabic and Thai."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.core.files.base import ContentFile
from django.db import transaction

from annotator.jobs import JobControl, claim
from annotator.models import Project, User
from annotator.services.imports import (
    SOURCE,
    ImportChoice,
    ImportSpec,
    Upload,
    confirm_import,
    execute_import,
    start_import,
)
from annotator.services.projects import add_labels, create_project, edit_label
from annotator.services.runs import start_run
from projection import types
from projection.formats.jsonl import write_jsonl

DATA = Path(__file__).resolve().parent.parent / "demo"
NAME = "Demo: names in the news"
DESCRIPTION = "Twelve short texts in English with labelled names, translated into German, Arabic and Thai."
SRC_LANG = "en"
TGT_LANGS = ("ar", "de", "th")
ENGINE = "hmm"

_SPAN = re.compile(r"\[([A-Z]+) ([^\]]+)\]")


@dataclass(frozen=True, slots=True)
class DemoLabel:
    """A label of the demo with its names in the target languages."""

    name: str
    key: str
    color: str
    description: str
    names: dict[str, str]


LABELS = (
    DemoLabel("PERSON", "1", "#0a6ebd", "People, without their titles.", {"de": "Person", "ar": "شخص", "th": "บุคคล"}),
    DemoLabel(
        "ORG",
        "2",
        "#c2410c",
        "Companies, clubs, foundations, authorities and their short forms.",
        {"de": "Organisation", "ar": "منظمة", "th": "องค์กร"},
    ),
    DemoLabel(
        "PLACE",
        "3",
        "#15803d",
        "Towns, countries, islands, seas, mountains, streets.",
        {"de": "Ort", "ar": "مكان", "th": "สถานที่"},
    ),
    DemoLabel(
        "DATE",
        "4",
        "#9333ea",
        "Days, months, years and phrases that name a time.",
        {"de": "Datum", "ar": "تاريخ", "th": "วันเวลา"},
    ),
    DemoLabel(
        "WORK",
        "5",
        "#b4236a",
        "What people made and gave a name: books, films, songs, newspapers, ships.",
        {"de": "Werk", "ar": "عمل", "th": "ผลงาน"},
    ),
)


@transaction.atomic
def load_demo(*, actor: User) -> Project:
    """Make the demo project with its sentences and start a run for each language; what is there already stays."""
    existing = Project.objects.filter(name=NAME).first()
    if existing is not None:
        return existing
    project = create_project(
        actor=actor,
        name=NAME,
        src_lang=SRC_LANG,
        tgt_langs=TGT_LANGS,
        description=DESCRIPTION,
        guidelines=(DATA / "guidelines.md").read_text(encoding="utf-8"),
    )
    _add_labels(project, actor)
    for tgt_lang in TGT_LANGS:
        _import_language(project, actor, tgt_lang)
        start_run(
            project=project,
            actor=actor,
            tgt_lang=tgt_lang,
            engine=ENGINE,
            settings={},
            token=f"demo-{tgt_lang}",
            is_activated_at_end=True,
        )
    return project


def _add_labels(project: Project, actor: User) -> None:
    rows = add_labels(project.layers.get(), names=[label.name for label in LABELS])
    for label in LABELS:
        edit_label(
            project=project,
            actor=actor,
            label=rows[label.name],
            key=label.key,
            color=label.color,
            description=label.description,
            names=label.names,
        )


def _import_language(project: Project, actor: User, tgt_lang: str) -> None:
    data = write_jsonl(read_items(tgt_lang)).text.encode()
    record = start_import(
        project=project,
        actor=actor,
        tgt_lang=tgt_lang,
        files=[Upload(SOURCE, f"demo-{SRC_LANG}-{tgt_lang}.jsonl", ContentFile(data))],
        spec=ImportSpec(src_format="jsonl"),
    )
    confirmed = confirm_import(import_record=record, actor=actor, choice=ImportChoice())
    job = claim(confirmed.pk)
    # Within the transaction that made it, nobody else can have seen the job.
    if job is not None:
        execute_import(JobControl(job))


# ------------------------------------------------------------------------------------------------------------- reading


def read_items(tgt_lang: str) -> list[types.Item]:
    """The sentence pairs of one target language, in file order."""
    pairs = zip(_read_lines(SRC_LANG), _read_lines(tgt_lang), strict=True)
    return [
        _make_item(f"{document}-{number:02}", document, marked, translated, tgt_lang)
        for (document, number, marked), (_document, _number, translated) in pairs
    ]


def _read_lines(lang: str) -> Iterator[tuple[str, int, str]]:
    """Document, number in it from 1, sentence."""
    document, number = "", 0
    for line in (DATA / f"{lang}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            document, number = line.removeprefix("# "), 0
        elif line:
            number += 1
            yield document, number, line


def _make_item(item_id: str, document: str, marked: str, translated: str, tgt_lang: str) -> types.Item:
    text, spans = _read_marks(marked)
    return types.Item(
        id=item_id,
        segments=(
            types.Segment(text=text, lang=SRC_LANG, side=types.SOURCE),
            types.Segment(text=translated, lang=tgt_lang, side=types.TARGET),
        ),
        spans=tuple(spans),
        document=document,
    )


def _read_marks(marked: str) -> tuple[str, list[types.Span]]:
    """A sentence with its spans from one in which they are written as [LABEL text]."""
    pieces: list[str] = []
    spans: list[types.Span] = []
    length = end = 0
    for match in _SPAN.finditer(marked):
        before, surface = marked[end : match.start()], match[2]
        start_char = length + len(before)
        length = start_char + len(surface)
        pieces += [before, surface]
        interval = types.Interval(start_char, length)
        spans.append(types.Span(label=match[1], intervals=(interval,), id=f"s{len(spans) + 1}"))
        end = match.end()
    return "".join([*pieces, marked[end:]]), spans
