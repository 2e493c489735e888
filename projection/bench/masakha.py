"""MasakhaNER has gold on the target side only: its spans go to the source sentence and back."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from projection.bench.base import Case, Outcome, RowKey, Table, Workbench
from projection.bench.engine import bitext_variants, learn, paths_of, project_items
from projection.bench.sets.bitext import BitextFile
from projection.bench.sets.masakha import OneSided, list_masakha, turned
from projection.measure import measure_spans
from projection.projectors import Projection
from projection.types import Item, Span

_NOTE = "no gold on the source side: gold spans were projected to the source and the result back again"


def _list_cases(bench: Workbench) -> Iterator[Case]:
    for found in list_masakha(bench.options.folder):
        if not bench.options.wants(found.lang):
            continue
        for choice, bitext in bitext_variants(bench.options, found.lang, src_lang=found.src_lang):
            key = RowKey("masakha", found.lang, "", f"round trip, bitext {choice}")
            yield Case(key, (*found.files, *paths_of(bitext)), partial(_measure, bench, found, bitext))


def _measure(bench: Workbench, found: OneSided, bitext: Sequence[BitextFile]) -> Outcome:
    items, gold, note = found.read()
    start = time.process_time()
    projector, n_bitext = learn(bench.options, items, bitext)
    back = [turned(item, spans) for item, spans in zip(items, gold, strict=True)]
    backward, _ = learn(bench.options, back, bitext, is_turned=True)
    sources = [_labelled(item, each) for item, each in zip(items, project_items(backward, back), strict=True)]
    projections = project_items(projector, sources)
    seconds = time.process_time() - start
    scores = measure_spans(gold, [_best(each) for each in projections])
    figures = {
        "f1": scores.strict.f1,
        "precision": scores.strict.precision,
        "recall": scores.strict.recall,
        "exact": scores.exact.f1,
        "n_gold": scores.strict.n_gold,
        "n_pairs": len(items),
        "n_bitext": n_bitext,
        "cpu_s": seconds,
    }
    return Outcome(figures, "; ".join(filter(None, (_NOTE, note))))


def _best(projection: Projection) -> list[Span]:
    return [each.span for each in projection.candidates if each.rank == 0 and each.span is not None]


def _labelled(item: Item, projection: Projection) -> Item:
    """The item with the spans that its gold spans have in the source, in text order."""
    spans = sorted(_best(projection), key=lambda span: span.intervals)
    return replace(
        item, spans=tuple(replace(span, segment=0, id=f"s{n}", source_id="") for n, span in enumerate(spans, start=1))
    )


MASAKHA = Table(
    "masakha",
    "MasakhaNER, target to source and back, strict F1",
    ("f1", "precision", "recall", "exact", "n_gold", "n_bitext", "cpu_s"),
    _list_cases,
)
