"""Tables of the engine as it comes: labelled spans on both sides, with and without bitext."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from projection.bench.base import Case, Outcome, RowKey, Table, Workbench
from projection.bench.engine import bitext_variants, paths_of, project_set
from projection.bench.sets.bitext import BitextFile
from projection.bench.sets.pairs import SPAN_SETS, PairSource
from projection.measure import measure_spans

_TITLES = {
    "ote": "Opinion targets of restaurant reviews (OTE), strict F1",
    "europarl": "Names in Europarl, strict F1",
    "uner": "Names of Universal NER on Parallel UD, strict F1 (annotated independently on both sides)",
    "abstrct": "Argument components of clinical abstracts (AbstRCT), strict F1",
    "xsid": "Slots of spoken requests (xSID), strict F1",
}
_COLUMNS = ("f1", "precision", "recall", "exact", "n_gold", "n_bitext", "cpu_s")


def _list_cases(name: str, bench: Workbench) -> Iterator[Case]:
    for source in SPAN_SETS[name](bench.options.folder):
        if not bench.options.wants(source.lang):
            continue
        for choice, bitext in bitext_variants(bench.options, source.lang):
            key = RowKey(name, source.lang, source.part, f"bitext {choice}")
            measure = partial(_measure, bench, source, choice, bitext)
            yield Case(key, (*source.files, *paths_of(bitext)), measure)


def _measure(bench: Workbench, source: PairSource, choice: str, bitext: list[BitextFile]) -> Outcome:
    done = project_set(bench, source, choice, bitext)
    scores = measure_spans(done.pairs.gold, done.best)
    figures = {
        "f1": scores.strict.f1,
        "precision": scores.strict.precision,
        "recall": scores.strict.recall,
        "exact": scores.exact.f1,
        "partial": scores.partial.f1,
        "n_gold": scores.strict.n_gold,
        "n_predicted": scores.strict.n_predicted,
        "n_pairs": len(done.pairs.items),
        "n_bitext": done.n_bitext,
        "cpu_s": done.cpu_seconds,
    }
    return Outcome(figures, done.pairs.note)


SPAN_TABLES = tuple(Table(name, title, _COLUMNS, partial(_list_cases, name)) for name, title in _TITLES.items())
