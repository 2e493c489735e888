"""Table of transfer over stored links: the published rule reproduced, and what the other modes make of the links."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

from projection.bench.base import Case, Outcome, RowKey, Table, Workbench
from projection.bench.engine import project_items
from projection.bench.sets.files import read_sentences, tag_of
from projection.bench.sets.links import StoredLinks, list_links, with_links
from projection.bench.sets.pairs import GoldPairs, list_ote
from projection.engines import get_engine
from projection.formats.items import make_spans
from projection.measure import measure_spans
from projection.types import Span

_GAPS = (0, 1, 2, 3)
_MODES: dict[str, dict[str, object]] = {
    "published": {"method": "published", "gap": 1},
    **{f"gap {gap}": {"method": "corrected", "gap": gap} for gap in _GAPS},
    "scored": {"method": "scored"},
}


_FUSED: dict[str, dict[str, object]] = {"fused, with learned links": {}, "fused": {"learn": False}}


def _list_cases(bench: Workbench) -> Iterator[Case]:
    wanted = (stored for stored in list_links(bench.options.folder) if bench.options.wants(stored.lang))
    for (lang, part), group in groupby(wanted, key=lambda stored: (stored.lang, stored.part)):
        aligners = list(group)
        for stored in aligners:
            for mode, settings in _MODES.items():
                key = RowKey("ote-links", lang, part, f"{stored.aligner}, {mode}")
                files = (*stored.pairs_files, stored.links)
                if mode == "published" and stored.projection is not None:
                    files = (*files, stored.projection)
                yield Case(key, files, partial(_measure, bench, [stored], "links", settings))
        for mode, settings in _FUSED.items():
            files = (*aligners[0].pairs_files, *(stored.links for stored in aligners))
            measure = partial(_measure, bench, aligners, "fused", settings)
            yield Case(RowKey("ote-links", lang, part, mode), files, measure)


def _measure(bench: Workbench, aligners: Sequence[StoredLinks], name: str, settings: Mapping[str, object]) -> Outcome:
    stored = aligners[0]
    pairs = _read_pairs(bench, stored)
    items = pairs.items
    for each in aligners:
        items = with_links(items, each.links)
    engine = get_engine(name)
    projector = engine.build(engine.read_settings(settings))
    projector.fit(items, progress=lambda _: None)
    found = [
        [each.span for each in projection.candidates if each.rank == 0 and each.span is not None]
        for projection in project_items(projector, items)
    ]
    scores = measure_spans(pairs.gold, found)
    figures: dict[str, float] = {
        "f1": scores.strict.f1,
        "precision": scores.strict.precision,
        "recall": scores.strict.recall,
        "n_sentences": len(found),
    }
    if settings.get("method") == "published" and stored.projection is not None:
        n_same = _count_same(found, stored.projection, stored.lang)
        figures |= {"n_same": n_same, "same": 100.0 * n_same / len(found)}
    note = f"fused: of {', '.join(each.aligner for each in aligners)}" if name == "fused" else ""
    return Outcome(figures, "; ".join(filter(None, (note, pairs.note))))


def _read_pairs(bench: Workbench, stored: StoredLinks) -> GoldPairs:
    key = ("ote-links", stored.lang, stored.part)
    if key not in bench.cache:
        sources = list_ote(bench.options.folder)
        chosen = next(each for each in sources if (each.lang, each.part) == (stored.lang, stored.part))
        bench.cache[key] = chosen.read()
    pairs: GoldPairs = bench.cache[key]
    return pairs


def _count_same(found: Sequence[Sequence[Span]], path: Path, lang: str) -> int:
    """Sentences whose labelled spans equal those of a stored projection."""
    stored = read_sentences(path, lang=tag_of(lang)).rows
    return sum(
        sorted((span.label, span.intervals) for span in ours)
        == sorted((span.label, span.intervals) for span in make_spans(row, side="target"))
        for ours, row in zip(found, stored, strict=True)
    )


OTE_LINKS = Table(
    "ote-links",
    "Transfer over stored links (OTE), strict F1; same: sentences equal to the published projection, in percent",
    ("f1", "precision", "recall", "same", "n_sentences"),
    _list_cases,
)
