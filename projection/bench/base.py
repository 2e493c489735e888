"""What a table of the bench is: rows that can be measured one by one, and what is measured with which engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from projection.bench.sets.files import same_language


class Outcome(NamedTuple):
    """Figures of one row by name, and what a reader must know about them."""

    figures: Mapping[str, float]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """What is measured.

    Attributes:
        folder: the evaluation data, one folder for each set.
        langs: only these target languages; all that the files have when empty.
        bitext: what is learned from besides the sentences themselves; each entry makes a row of its own.
        engine: name of the engine.
        settings: its complete settings.
    """

    folder: Path
    langs: tuple[str, ...] = ()
    bitext: tuple[str, ...] = ("none", "all")
    engine: str = "hmm"
    settings: Mapping[str, Any] = field(default_factory=dict)

    def wants(self, lang: str) -> bool:
        """Whether a language, named as its files name it, is to be measured."""
        return not self.langs or any(same_language(lang, wanted) for wanted in self.langs)


class RowKey(NamedTuple):
    """What names a row: table, target language, part of the set, and what distinguishes it inside these."""

    table: str
    lang: str
    part: str
    variant: str


@dataclass(frozen=True, slots=True)
class Case:
    """A row that can be measured.

    Attributes:
        key: its name.
        files: what it reads; a row is measured again when one of them changes.
        measure: does the work.
    """

    key: RowKey
    files: tuple[Path, ...]
    measure: Callable[[], Outcome]


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the bench.

    Attributes:
        name: for `--tables`.
        title: what it shows, for people.
        columns: figures to print, the main one first.
        list_cases: its rows, from the files that are there; none where the set is absent.
        n_decimals: of printed figures.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    list_cases: Callable[[Workbench], Iterable[Case]]
    n_decimals: int = 2


@dataclass(frozen=True, slots=True)
class Workbench:
    """Options, and what several rows of one run share (projections by what they were made from)."""

    options: Options
    cache: dict[Any, Any] = field(default_factory=dict)
