"""The engine at work on a set: learn from its pairs and any bitext, project, keep what several tables look at."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path

from projection.bench.base import Options, Workbench
from projection.bench.sets.bitext import BitextFile, find_bitext, read_bitext
from projection.bench.sets.masakha import turned
from projection.bench.sets.pairs import GoldPairs, PairSource
from projection.engines import get_engine
from projection.errors import FormatError, Problem
from projection.formats.tokens import has_attached_signs
from projection.projectors import Projection, Projector
from projection.types import Item, Span

_CHUNK_ITEMS = 256
_SAMPLE_ITEMS = 1000


@dataclass(frozen=True, slots=True)
class Projected:
    """A set after projection.

    Attributes:
        pairs: what was projected, with the gold spans.
        projections: of each item; without links.
        n_bitext: further pairs that were learned from.
        cpu_seconds: for learning and projecting.
    """

    pairs: GoldPairs
    projections: list[Projection]
    n_bitext: int
    cpu_seconds: float

    @property
    def best(self) -> list[list[Span]]:
        """The best target span of each source span that has one, for each item."""
        return [
            [candidate.span for candidate in found.candidates if candidate.rank == 0 and candidate.span is not None]
            for found in self.projections
        ]


def bitext_of(options: Options, choice: str, *, src_lang: str, tgt_lang: str) -> list[BitextFile]:
    """The parallel texts that a row with this choice of bitext uses."""
    return find_bitext(options.folder, choice, src_lang=src_lang, tgt_lang=tgt_lang)


def bitext_variants(options: Options, lang: str, *, src_lang: str = "en") -> list[tuple[str, list[BitextFile]]]:
    """The choices of bitext asked for, each with its parallel texts; those that have none for a language drop out."""
    found = [(choice, bitext_of(options, choice, src_lang=src_lang, tgt_lang=lang)) for choice in options.bitext]
    return [(choice, files) for choice, files in found if files or choice == "none"]


def paths_of(bitext: Sequence[BitextFile]) -> tuple[Path, ...]:
    """All files of parallel texts."""
    return tuple(path for file in bitext for path in file.files)


def learn(
    options: Options, items: Sequence[Item], bitext: Sequence[BitextFile], *, is_turned: bool = False
) -> tuple[Projector, int]:
    """The engine after learning from items and bitext, and the number of pairs of the latter.

    With `is_turned` the sides of the bitext are exchanged, as those of the items were.

    Raises:
        FormatError: `no-pairs`.
    """
    if not items:
        raise FormatError(Problem("no-pairs", "The files have no sentence pair.", "Check what they hold."))
    langs = (items[0].source.lang, items[0].target.lang)
    src_lang, tgt_lang = reversed(langs) if is_turned else langs
    at_blanks = has_attached_signs(item.source.words for item in islice(items, _SAMPLE_ITEMS))
    more = list(read_bitext(bitext, src_lang=src_lang, tgt_lang=tgt_lang, at_blanks=at_blanks))
    more = [turned(item, ()) for item in more] if is_turned else more
    projector = get_engine(options.engine).build(options.settings)
    projector.fit(chain(items, more), progress=lambda _: None)
    return projector, len(more)


def project_items(projector: Projector, items: Sequence[Item]) -> list[Projection]:
    """Projections of items, in chunks."""
    found: list[Projection] = []
    for start in range(0, len(items), _CHUNK_ITEMS):
        found += projector.project_many(items[start : start + _CHUNK_ITEMS])
    return found


def project_set(bench: Workbench, source: PairSource, choice: str, bitext: Sequence[BitextFile]) -> Projected:
    """A set projected with the engine of the options; kept for other rows of the same run."""
    key = (source.name, source.lang, source.part, choice)
    if key not in bench.cache:
        pairs = source.read()
        start = time.process_time()
        projector, n_bitext = learn(bench.options, pairs.items, bitext)
        found = [replace(each, alignment=None, alignments=()) for each in project_items(projector, pairs.items)]
        bench.cache[key] = Projected(pairs, found, n_bitext, time.process_time() - start)
    projected: Projected = bench.cache[key]
    return projected
