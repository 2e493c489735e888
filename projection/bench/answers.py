"""Table of answers in passages: XQuAD, character F1."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from projection.bench.base import Case, Outcome, RowKey, Table, Workbench
from projection.bench.engine import bitext_variants, paths_of
from projection.bench.sets.bitext import BitextFile, read_bitext
from projection.bench.sets.files import find_files, read_bytes, same_language, tag_of
from projection.engines import get_engine
from projection.formats.squad import read_answers
from projection.measure.answers import Answer, measure_answers
from projection.transfer.answers import project_answers


def _list_cases(bench: Workbench) -> Iterator[Case]:
    place = bench.options.folder / "qa-xquad"
    source = place / "xquad.en.json.gz"
    for file in find_files(place, "xquad.{lang}.json.gz"):
        lang = file["lang"]
        if same_language(lang, "en") or not source.exists() or not bench.options.wants(lang):
            continue
        for choice, bitext in bitext_variants(bench.options, lang):
            key = RowKey("xquad", lang, "", f"bitext {choice}")
            files = (source, file.path, *paths_of(bitext))
            yield Case(key, files, partial(_measure, bench, source, file.path, lang, bitext))


def _measure(bench: Workbench, source: Path, target: Path, lang: str, bitext: list[BitextFile]) -> Outcome:
    projector = get_engine(bench.options.engine).build(bench.options.settings)
    more = list(read_bitext(bitext, src_lang="en", tgt_lang=lang, at_blanks=False))
    gold = read_bytes(target)
    found = project_answers(read_bytes(source), gold, projector, langs=("en", tag_of(lang)), bitext=more)
    right = {name: [Answer(*answer) for answer in answers] for name, answers in read_answers(gold).items()}
    score = measure_answers(right, found.answers, lang=tag_of(lang))
    figures = {
        "char_f1": score.char_f1,
        "exact": score.exact,
        "token_f1": score.token_f1,
        "n_questions": score.n_questions,
        "n_answered": score.n_answered,
        "n_bitext": len(more),
    }
    return Outcome(figures, "questions are learned from too; unanswered questions count 0")


XQUAD = Table(
    "xquad",
    "Answers in passages (XQuAD), character F1",
    ("char_f1", "exact", "token_f1", "n_questions", "n_answered", "n_bitext"),
    _list_cases,
)
