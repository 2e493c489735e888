"""Table of word links: alignment error rate against XL-WA, learned from its own pairs and with bitext."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from projection.bench.base import Case, Outcome, RowKey, Table, Workbench
from projection.bench.engine import bitext_variants, learn, paths_of, project_items
from projection.bench.sets.bitext import BitextFile
from projection.bench.sets.wordalign import GoldLinks, list_wordalign
from projection.measure import measure_alignment

_ALL = "all parts"


def _list_cases(bench: Workbench) -> Iterator[Case]:
    for found in list_wordalign(bench.options.folder):
        if not bench.options.wants(found.lang):
            continue
        for choice, bitext in bitext_variants(bench.options, found.lang):
            for part in (*found.parts, _ALL):
                key = RowKey("alignment", found.lang, part, f"bitext {choice}")
                files = (*found.parts.values(), *paths_of(bitext))
                yield Case(key, files, partial(_measure, bench, found, part, choice, bitext))


def _measure(bench: Workbench, found: GoldLinks, part: str, choice: str, bitext: Sequence[BitextFile]) -> Outcome:
    key = ("alignment", found.lang, choice)
    if key not in bench.cache:
        rows = found.read()
        items = [item for _, item, _ in rows]
        projector, n_bitext = learn(bench.options, items, bitext)
        linked = [each.alignment.links if each.alignment else () for each in project_items(projector, items)]
        bench.cache[key] = rows, linked, n_bitext
    rows, linked, n_bitext = bench.cache[key]
    chosen = [number for number, (of, _, _) in enumerate(rows) if part in (of, _ALL)]
    score = measure_alignment([linked[number] for number in chosen], [rows[number][2] for number in chosen])
    figures = {
        "aer": score.aer,
        "precision": score.precision,
        "recall": score.recall,
        "n_pairs": len(chosen),
        "n_bitext": n_bitext,
    }
    return Outcome(figures, "all gold links are sure")


ALIGNMENT = Table(
    "alignment",
    "Word links (XL-WA), alignment error rate: lower is better; learned from all its parts, without their links",
    ("aer", "precision", "recall", "n_pairs", "n_bitext"),
    _list_cases,
)
