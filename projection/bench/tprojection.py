"""Table of the assignment of recorded T-Projection proposals: the published rule reproduced, and ours."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from projection.bench.base import Case, Outcome, RowKey, Table, Workbench
from projection.bench.engine import project_items
from projection.bench.sets.files import check_counts, find_files, read_sentences, tag_of
from projection.engines.tprojection import link_learner
from projection.formats.items import make_spans
from projection.measure import measure_spans
from projection.projectors.tprojection import SelectionMode, TProjectionProjector, TProjectionSettings
from projection.transfer.tprojection.improved import NGrams, SelectionSettings
from projection.transfer.tprojection.proposers import RecordedProposer, RecordedScorer
from projection.transfer.tprojection.records import read_records, read_scores
from projection.types import TARGET, Span


class _Variant(NamedTuple):
    name: str
    mode: SelectionMode = "improved"
    has_links: bool = False
    n_grams: NGrams = "never"


_VARIANTS = (
    _Variant("published", "published"),
    _Variant("improved"),
    _Variant("improved, with links", has_links=True),
    _Variant("improved, with links and n-grams", has_links=True, n_grams="missing"),
)


class _Files(NamedTuple):
    records: Path
    scores: Path
    gold: Path
    expected: Path


def _list_cases(bench: Workbench) -> Iterator[Case]:
    folder = bench.options.folder / "tprojection-sample"
    for found in find_files(folder, "{pair}.{part}.jsonl"):
        lang, part = found["pair"].partition("2")[2], found["part"]
        stem = f"{found['pair']}.{part}"
        files = _Files(
            found.path,
            folder / f"{stem}.json",
            folder / f"{lang}.{part}.gold",
            folder / f"{found['pair']}.expected.conll",
        )
        if bench.options.wants(lang) and all(path.exists() for path in files):
            for variant in _VARIANTS:
                key = RowKey("tprojection", lang, part, variant.name)
                yield Case(key, files, partial(_measure, files, lang, variant))


def _measure(files: _Files, lang: str, variant: _Variant) -> Outcome:
    records = read_records(files.records.read_bytes(), tgt_lang=tag_of(lang)).rows
    projector = TProjectionProjector(
        RecordedProposer.of(records),
        RecordedScorer(read_scores(files.scores.read_bytes()).by_pair),
        TProjectionSettings(variant.mode, SelectionSettings(n_grams=variant.n_grams)),
        aligned=link_learner() if variant.has_links else None,
    )
    items = [record.item for record in records]
    projector.fit(items, progress=lambda _: None)
    projections = project_items(projector, items)
    found = [
        [each.span for each in projection.candidates if each.rank == 0 and each.span is not None]
        for projection in projections
    ]
    gold, expected = (_read_spans(path, lang, len(found), files.records) for path in (files.gold, files.expected))
    scores = measure_spans(gold, found).strict
    n_same = sum(_places(ours) == _places(stored) for ours, stored in zip(found, expected, strict=True))
    figures: dict[str, float] = {"f1": scores.f1, "precision": scores.precision, "recall": scores.recall}
    figures |= {"same": 100.0 * n_same / len(found), "n_sentences": len(found)}
    return Outcome(figures)


def _read_spans(path: Path, lang: str, n_sentences: int, records: Path) -> list[tuple[Span, ...]]:
    rows = read_sentences(path, lang=tag_of(lang)).rows
    check_counts(n_sentences, len(rows), records, path)
    return [make_spans(row, side=TARGET, segment=1) for row in rows]


def _places(spans: list[Span] | tuple[Span, ...]) -> list[tuple[str, object]]:
    return sorted((span.label, span.intervals) for span in spans)


TPROJECTION = Table(
    "tprojection",
    "Assignment of recorded T-Projection proposals, strict F1; same: sentences as published, in percent",
    ("f1", "precision", "recall", "same", "n_sentences"),
    _list_cases,
)
