"""Errors and problems: each says code, place, fault and remedy.

`ProjectionError` is raised where work cannot go on. `Problem` is returned beside results where one row, span or item
could not be used and the rest could.
"""

from __future__ import annotations

from dataclasses import dataclass

_GENERAL_CODES = frozenset(
    {
        "bad-device",
        "bad-layer",
        "bad-model",
        "bad-prefix",
        "bad-setting",
        "missing-module",
        "missing-program",
        "not-fitted",
        "unknown-language",
        "wrong-model",
    }
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be used, with its place and what to do about it.

    Attributes:
        code: stable identifier in kebab case, for programs and tests (`unknown-label`).
        message: the fault in one sentence, for people.
        remedy: what the user can do about it, in one sentence.
        place: where it is, for people (`line 12`, `item s-17, span 3`).
        line: 1-based line of the file, or 0 where there is no line.
        item_id: the item that it belongs to, or "".
        row: 0-based index of the sentence or record in its file, or -1. Skipping the row means leaving this one out.
    """

    code: str
    message: str
    remedy: str = ""
    place: str = ""
    line: int = 0
    item_id: str = ""
    row: int = -1

    def __str__(self) -> str:
        place = f"{self.place}: " if self.place else ""
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"{place}{self.message}{remedy}"


class ProjectionError(Exception):
    """Base of all errors that this package raises on purpose; carries one `Problem`."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem

    @property
    def is_general(self) -> bool:
        """Whether the fault lies in the model, the settings or the machine: no other item would fare better."""
        return self.problem.code in _GENERAL_CODES


def raise_general(err: Exception) -> None:
    """Raise an error again that lies in the model, the settings or the machine; do nothing about others."""
    if isinstance(err, ProjectionError) and err.is_general:
        raise err


class OffsetError(ProjectionError):
    """An interval lies outside its text, is empty, or cuts a grapheme cluster."""


class FormatError(ProjectionError):
    """A file cannot be read as the format it was said to be."""


class EngineError(ProjectionError):
    """An engine's settings are wrong or it cannot work on what it was given."""
