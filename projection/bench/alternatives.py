"""Table of alternatives: how often the right target span is among the first candidates of a source span."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from projection.bench.base import Case, Outcome, RowKey, Table, Workbench
from projection.bench.engine import bitext_variants, paths_of, project_set
from projection.bench.sets.bitext import BitextFile
from projection.bench.sets.pairs import SPAN_SETS, PairSource
from projection.measure.alternatives import measure_alternatives

RANKS = (1, 3, 5)


def _list_cases(bench: Workbench) -> Iterator[Case]:
    for name, sources in SPAN_SETS.items():
        for source in sources(bench.options.folder):
            if not bench.options.wants(source.lang):
                continue
            for choice, bitext in bitext_variants(bench.options, source.lang):
                key = RowKey("alternatives", source.lang, source.part, f"{name}, bitext {choice}")
                measure = partial(_measure, bench, source, choice, bitext)
                yield Case(key, (*source.files, *paths_of(bitext)), measure)


def _measure(bench: Workbench, source: PairSource, choice: str, bitext: list[BitextFile]) -> Outcome:
    done = project_set(bench, source, choice, bitext)
    rows = zip(done.pairs.items, done.pairs.gold, done.projections, strict=True)
    score = measure_alternatives(
        ((replace(item, spans=(*item.spans, *gold)), found.candidates) for item, gold, found in rows), ranks=RANKS
    )
    return Outcome(
        {f"top {rank}": score.recall[rank] for rank in RANKS} | {"n_spans": score.n_projectable}, done.pairs.note
    )


ALTERNATIVES = Table(
    "alternatives",
    "Source spans whose right target is among the first 1, 3, 5 candidates, in percent of those that have one",
    ("top 5", "top 3", "top 1", "n_spans"),
    _list_cases,
)
