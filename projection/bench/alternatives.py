"""Table of alternatives: how often the right target span is among the first candidates of a source span."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from projection.bench.base import Case, Outcome, RowKey, Table, Workbench
from projection.bench.engine import bitext_variants, paths_of, project_set
from projection.bench.sets.bitext import BitextFile
from projection.bench.sets.pairs import SPAN_SETS, PairSource
from projection.types import Candidate, Item, Span

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
    rows = list(zip(done.pairs.items, done.pairs.gold, done.projections, strict=True))
    n_all = sum(count_projectable(item, gold) for item, gold, _ in rows)
    figures = {
        f"top {n}": 100.0 * sum(count_found(each.candidates, gold, n) for _, gold, each in rows) / max(1, n_all)
        for n in RANKS
    }
    return Outcome({**figures, "n_spans": n_all}, done.pairs.note)


def count_projectable(item: Item, gold: Sequence[Span]) -> int:
    """Source spans of an item that can have a counterpart: of each label as many as both sides have."""
    sources, targets = Counter(span.label for span in item.spans), Counter(span.label for span in gold)
    return (sources & targets).total()


def count_found(candidates: Sequence[Candidate], gold: Sequence[Span], n_best: int) -> int:
    """Source spans that can be given different gold spans out of their first candidates: as many as possible."""
    places = {(span.label, span.segment, span.intervals): number for number, span in enumerate(gold)}
    edges: dict[str, list[int]] = {}
    for each in candidates:
        key = (each.span.label, each.span.segment, each.span.intervals) if each.span else None
        if each.rank < n_best and key in places:
            edges.setdefault(each.source_id, []).append(places[key])
    owner: dict[int, str] = {}
    return sum(_assign(source_id, edges, owner, set()) for source_id in edges)


def _assign(source_id: str, edges: dict[str, list[int]], owner: dict[int, str], tried: set[int]) -> bool:
    for number in edges[source_id]:
        if number in tried:
            continue
        tried.add(number)
        if number not in owner or _assign(owner[number], edges, owner, tried):
            owner[number] = source_id
            return True
    return False


ALTERNATIVES = Table(
    "alternatives",
    "Source spans whose right target is among the first 1, 3, 5 candidates, in percent of those that have one",
    ("top 5", "top 3", "top 1", "n_spans"),
    _list_cases,
)
