"""How well markers carried by a translation program find labels in human translations: strict F1 by kind of marker.

By hand: `python -m tests.benchmarks.bench_marked DATA 'apertium -u eng-spa' --sets ote europarl --lang es`. DATA is the
folder of the evaluation sets; the command reads and writes lines. Translations are kept in `--cache`.
"""

from __future__ import annotations

import argparse
import shlex
from collections import Counter
from pathlib import Path

from projection.bench.sets.pairs import SPAN_SETS, GoldPairs
from projection.markers import MARKERS
from projection.markers.locate import LocateSettings
from projection.measure import measure_spans
from projection.projectors.marked import MarkedProjector
from projection.translate.cache import CachedTranslator, TranslationCache
from projection.translate.command import CommandSettings, CommandTranslator


def measure(pairs: GoldPairs, translator: CachedTranslator, scheme: str, min_similarity: float) -> str:
    """Figures of one set and kind of marker as a line."""
    projector = MarkedProjector(translator, scheme, LocateSettings(min_similarity=min_similarity))
    found = projector.project_many(pairs.items)
    best = [[each.span for each in one.candidates if each.rank == 0 and each.span] for one in found]
    scores = measure_spans(pairs.gold, best).strict
    reasons = Counter(each.reason for one in found for each in one.candidates if each.reason)
    lost = ", ".join(f"{reason} {count}" for reason, count in reasons.most_common())
    return f"F1 {scores.f1:6.2f}  precision {scores.precision:6.2f}  recall {scores.recall:6.2f}  {lost}"


def main() -> None:
    """Measure what the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("command")
    parser.add_argument("--sets", nargs="+", default=["ote", "europarl"])
    parser.add_argument("--lang", default="es")
    parser.add_argument("--part", default="")
    parser.add_argument("--markers", nargs="+", default=MARKERS)
    parser.add_argument("--min-similarity", type=float, nargs="+", default=[LocateSettings().min_similarity])
    parser.add_argument("--cache", type=Path, default=Path("marked-cache.db"))
    args = parser.parse_args()
    inner = CommandTranslator(CommandSettings(tuple(shlex.split(args.command))))
    with TranslationCache(args.cache) as cache:
        translator = CachedTranslator(inner, cache, chunk=512)
        for name in args.sets:
            for source in SPAN_SETS[name](args.data):
                if source.lang != args.lang or args.part not in ("", source.part):
                    continue
                pairs = source.read()
                for scheme in args.markers:
                    for least in args.min_similarity:
                        row = measure(pairs, translator, scheme, least)
                        print(f"{name:9} {source.part:6} {scheme:9} {least:.2f}  {row}", flush=True)


if __name__ == "__main__":
    main()
