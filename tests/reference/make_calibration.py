"""Make the calibrators that come with the library.

Use: `PYTHONPATH=. python tests/reference/make_calibration.py DATA_FOLDER [ENGINE ...]`, from the root of the project.
The path makes it measure and write this copy of the library, not an installed one; it refuses to run without.

Each engine that needs no model projects the development parts of all evaluation sets (test parts only where a set has
nothing else), without and with bitext; engines that work on links get those of the default engine. The calibrators are
written to `projection/confidence/defaults/`; `bench --tables calibration` says how good they are. Takes some minutes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from projection import confidence
from projection.bench.base import Options, Workbench
from projection.bench.calibration import (
    Judged,
    is_development,
    judge_projections,
    judge_set,
    learn_default,
    list_sources,
)
from projection.bench.engine import bitext_of, learn, project_items
from projection.bench.sets.pairs import GoldPairs, PairSource
from projection.confidence.calibrator import with_engine
from projection.confidence.defaults import calibration_name
from projection.engines import Engine, list_engines

BITEXT = ("none", "all")
ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(confidence.__file__).resolve().parent / "defaults"


def variants(engine: Engine) -> Iterator[dict[str, Any]]:
    """Complete settings: the default ones, for each of its methods."""
    methods = next((setting.choices for setting in engine.settings if setting.name == "method"), ())
    for given in [{"method": method} for method in methods] or [{}]:
        yield engine.read_settings(given)


@cache
def linked_sets(folder: Path) -> list[tuple[PairSource, GoldPairs]]:
    """The development parts with the links of the default engine on their items."""
    aligner = list_engines()[0]
    options = Options(folder, engine=aligner.name, settings=aligner.read_settings({}))
    sources = list_sources(Workbench(options))
    sets = []
    for source in sources:
        if not is_development(source, sources):
            continue
        for choice in BITEXT:
            bitext = bitext_of(options, choice, src_lang="en", tgt_lang=source.lang)
            if not bitext and choice != "none":
                continue
            pairs = source.read()
            projector, _ = learn(options, pairs.items, bitext)
            found = project_items(projector, [replace(item, spans=()) for item in pairs.items])
            items = [replace(item, alignments=each.alignments) for item, each in zip(pairs.items, found, strict=True)]
            sets.append((source, replace(pairs, items=items)))
    return sets


def judge_links(folder: Path, engine: Engine, settings: dict[str, Any]) -> list[Judged]:
    """Candidates over the links of the default engine."""
    projector = engine.build(settings)
    return [
        judge_projections(source, pairs.items, pairs.gold, project_items(projector, pairs.items))
        for source, pairs in linked_sets(folder)
    ]


def judge_engine(folder: Path, engine: Engine, settings: dict[str, Any]) -> list[Judged]:
    """Candidates of an engine that needs nothing but the pairs."""
    bench = Workbench(Options(folder, engine=engine.name, settings=settings))
    sources = list_sources(bench)
    return [
        judge_set(bench, source, choice)
        for source in sources
        if is_development(source, sources)
        for choice in BITEXT
        if choice == "none" or bitext_of(bench.options, choice, src_lang="en", tgt_lang=source.lang)
    ]


def main(folder: Path, names: Sequence[str]) -> None:
    if not FOLDER.is_relative_to(ROOT):
        sys.exit(f"This would write into another copy of the library, {FOLDER}: set PYTHONPATH={ROOT}.")
    for engine in list_engines():
        needs_model = any(setting.kind == "model" for setting in engine.settings)
        if needs_model or engine.list_missing() or (names and engine.name not in names):
            continue
        for settings in variants(engine):
            judged = (judge_links if engine.uses_links else judge_engine)(folder, engine, settings)
            calibrator = with_engine(learn_default(judged, engine=engine.name), engine.name, settings=settings)
            path = FOLDER / f"{calibration_name(engine.name, settings)}.json"
            path.parent.mkdir(exist_ok=True)
            path.write_text(calibrator.dumps(), encoding="utf-8")
            print(
                path.name,
                calibrator.info["n_best"],
                "best candidates,",
                calibrator.info["n_right"],
                "right",
                flush=True,
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
