"""Table of calibration: how well probabilities hold on a language that the calibrator has not seen.

An independent annotation of the target side may lack a label that the source side has, whatever an engine does. A
probability is meant to say whether a candidate is the counterpart of its source span, so calibrators are learned, and
`ece` is measured, on sentences whose two sides have the same labels; `ece_all` is measured on all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from projection.bench.base import Case, Outcome, RowKey, Table, Workbench
from projection.bench.engine import bitext_of, paths_of, project_set
from projection.bench.sets.files import language_of
from projection.bench.sets.pairs import SPAN_SETS, PairSource
from projection.confidence import (
    Calibrator,
    Example,
    by_source,
    default_calibrator,
    fit_calibrator,
    judge,
    make_examples,
)
from projection.confidence.calibrator import with_engine
from projection.errors import FormatError, Problem
from projection.measure.calibration import ece_interval, measure_calibration
from projection.projectors import Projection
from projection.types import Item, Span

FEATURES = ("log_odds", "lead", "unaligned", "similarity", "length", "chars", "seen")
"""Features of the calibrator of `hmm`, whose scores are probabilities of a model; chosen on development parts, the
judged language left out."""

PLAIN_FEATURES = ("score", "margin", "unaligned", "similarity", "length", "chars")
"""Those of the other default calibrators, as far as an engine has them; chosen likewise."""

_SET_WEIGHT = 2000.0
_POOLED = "all sets"
_HELD_OUT = "europarl"


@dataclass(frozen=True, slots=True)
class Judged:
    """Candidates of a set with what gold says.

    Attributes:
        source: the set.
        agreed: examples of sentences whose two sides have the same labels.
        rest: of the other sentences.
    """

    source: PairSource
    agreed: list[Example]
    rest: list[Example]


def list_sources(bench: Workbench) -> list[PairSource]:
    """All sets with gold on both sides, whatever languages are asked for."""
    return [source for sources in SPAN_SETS.values() for source in sources(bench.options.folder)]


def is_development(source: PairSource, sources: Iterable[PairSource]) -> bool:
    """Whether a part is one to learn defaults from: not a test part, unless the set has no other part.

    Europarl is held out altogether, as it is from the weights of the scores.
    """
    if source.name == _HELD_OUT:
        return False
    parts = {each.part for each in sources if (each.name, each.lang) == (source.name, source.lang)}
    return "test" not in source.part or all("test" in part for part in parts)


def judge_set(bench: Workbench, source: PairSource, choice: str) -> Judged:
    """The candidates of a set, projected with the engine of the options; kept for other rows."""
    key = ("judged", source.name, source.lang, source.part, choice)
    if key not in bench.cache:
        bitext = bitext_of(bench.options, choice, src_lang="en", tgt_lang=source.lang)
        done = project_set(bench, source, choice, bitext)
        bench.cache[key] = judge_projections(source, done.pairs.items, done.pairs.gold, done.projections)
    judged: Judged = bench.cache[key]
    return judged


def judge_projections(
    source: PairSource, items: Sequence[Item], gold: Sequence[Sequence[Span]], projections: Sequence[Projection]
) -> Judged:
    """What gold says about each candidate."""
    judged = Judged(source, [], [])
    for item, spans, projection in zip(items, gold, projections, strict=True):
        is_agreed = Counter(span.label for span in item.spans) == Counter(span.label for span in spans)
        for group in by_source(projection.candidates):
            found = make_examples(group, spans, group=f"{source.name} {source.lang} {source.part} {item.id}")
            (judged.agreed if is_agreed else judged.rest).extend(found)
    return judged


def learn_default(judged: Sequence[Judged], *, engine: str) -> Calibrator:
    """A calibrator from several sets; each kind of set counts the same, however many languages and spans it has."""
    n_best = Counter[str]()
    for each in judged:
        n_best[each.source.name] += len(_best(each.agreed))
    examples = [
        replace(example, weight=_SET_WEIGHT / n_best[each.source.name]) for each in judged for example in each.agreed
    ]
    known = {name for example in examples for name in example.features}
    features = tuple(name for name in (FEATURES if engine == "hmm" else PLAIN_FEATURES) if name in known)
    found = fit_calibrator(examples, features=features, method="isotonic")
    sets = sorted({f"{each.source.name} {each.source.lang} {each.source.part}" for each in judged})
    return with_engine(found, found.engine, sets=sets, langs=sorted({language_of(each.source.lang) for each in judged}))


# --------------------------------------------------------------------------------------------------------------- table


def _list_cases(bench: Workbench) -> Iterator[Case]:
    sources = list_sources(bench)
    choice = bench.options.bitext[0]
    bitext = [bitext_of(bench.options, choice, src_lang="en", tgt_lang=source.lang) for source in sources]
    files = tuple(
        path for source, found in zip(sources, bitext, strict=True) for path in (*source.files, *paths_of(found))
    )
    wanted = [source for source in sources if bench.options.wants(source.lang)]
    for source in wanted:
        key = RowKey("calibration", source.lang, source.part, f"{source.name}, bitext {choice}")
        yield Case(key, files, partial(_measure, bench, [source], choice))
    if len(wanted) > 1:
        key = RowKey("calibration", "", "", f"{_POOLED}, bitext {choice}")
        yield Case(key, files, partial(_measure, bench, wanted, choice))


def _measure(bench: Workbench, sources: Sequence[PairSource], choice: str) -> Outcome:
    """Figures over the candidates of some sets, each judged by calibrators that have not seen its language."""
    judged = [judge_set(bench, source, choice) for source in sources]
    agreed = [_best(each.agreed) for each in judged]
    everything = [[*_best(each.agreed), *_best(each.rest)] for each in judged]
    unseen = [_without_language(bench, source, choice) for source in sources]
    figures = _figures(unseen, agreed, "ece", "mass", "brier", "said", "right")
    low, high = _interval(unseen, agreed)
    figures |= {"low": low, "high": high, "n": sum(map(len, agreed))}
    figures |= _figures(unseen, everything, "ece_all")
    same_set = [_same_set(bench, source, choice) for source in sources]
    pairs = [(known, found) for known, found in zip(same_set, everything, strict=True) if known is not None]
    if pairs:
        figures |= _figures([known for known, _ in pairs], [found for _, found in pairs], "ece_set")
    shipped = default_calibrator(bench.options.engine, bench.options.settings)
    if shipped is not None:
        figures |= _figures([shipped] * len(agreed), agreed, "shipped")
    return Outcome(figures, _NOTE)


_NOTE = (
    "ece, mass, brier, said, right: sentences with the same labels on both sides, calibrator learned from the other "
    "languages of all sets; low, high: 95 % interval of ece, sentences drawn with replacement; ece_all: as ece on all "
    "sentences; ece_set: all sentences, calibrator learned from all sentences of the same set in other languages; "
    "shipped: as ece, with the calibrator that comes with the library"
)


def _best(examples: Iterable[Example]) -> list[Example]:
    return [example for example in examples if example.is_best]


def _interval(calibrators: Sequence[Calibrator], examples: Sequence[Sequence[Example]]) -> tuple[float, float]:
    """The interval of the `ece` of the same examples; what is drawn are sentences."""
    stated = [judge(calibrator, found) for calibrator, found in zip(calibrators, examples, strict=True)]
    flat = [example for found in examples for example in found]
    is_right = np.array([example.is_right for example in flat], dtype=bool)
    return ece_interval(np.concatenate(stated), is_right, [example.group for example in flat])


def _figures(calibrators: Sequence[Calibrator], examples: Sequence[Sequence[Example]], *names: str) -> dict[str, float]:
    """Figures of all examples, those of each set judged by its own calibrator."""
    stated = [judge(calibrator, found) for calibrator, found in zip(calibrators, examples, strict=True)]
    is_right = [example.is_right for found in examples for example in found]
    score = measure_calibration(np.concatenate(stated), np.array(is_right, dtype=bool))
    values = (score.ece, score.ece_mass, score.brier, score.mean, score.accuracy)
    return dict(zip(names, values, strict=False))


def _without_language(bench: Workbench, source: PairSource, choice: str) -> Calibrator:
    key = ("calibrator", language_of(source.lang), choice)
    if key not in bench.cache:
        sources = list_sources(bench)
        others = [each for each in sources if language_of(each.lang) != language_of(source.lang)]
        chosen = [judge_set(bench, each, choice) for each in others if is_development(each, sources)]
        if not any(_best(each.agreed) for each in chosen):
            raise _nothing(source)
        bench.cache[key] = learn_default(chosen, engine=bench.options.engine)
    calibrator: Calibrator = bench.cache[key]
    return calibrator


def _same_set(bench: Workbench, source: PairSource, choice: str) -> Calibrator | None:
    key = ("calibrator", source.name, language_of(source.lang), choice)
    if key not in bench.cache:
        sources = list_sources(bench)
        others = [
            judge_set(bench, each, choice)
            for each in sources
            if each.name == source.name and language_of(each.lang) != language_of(source.lang)
            if is_development(each, sources)
        ]
        examples = [example for each in others for example in (*each.agreed, *each.rest)]
        bench.cache[key] = fit_calibrator(examples) if _best(examples) else None
    calibrator: Calibrator | None = bench.cache[key]
    return calibrator


def _nothing(source: PairSource) -> FormatError:
    fault = f"There is no set in another language than {source.lang} to learn a calibrator from."
    return FormatError(Problem("no-other-language", fault, "Add one."))


CALIBRATION = Table(
    "calibration",
    "Probabilities of the best candidates on languages that the calibrator has not seen",
    ("ece", "low", "high", "mass", "brier", "said", "right", "n", "ece_all", "ece_set", "shipped"),
    _list_cases,
    n_decimals=4,
)
