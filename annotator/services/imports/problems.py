"""How bad each problem is, which rows it touches, and problems in groups for the preview."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

from annotator.services.imports.spec import ID_TABLE, ROLE_NAMES, TARGET
from projection.errors import Problem

Severity = Literal["fatal", "surplus", "unusable", "repaired", "note"]

# Beyond this many, problems of one kind are counted and their rows recorded, but not kept word for word.
MAX_KEPT = 2_000

# What a text column or a JSON column of PostgreSQL cannot hold.
UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")

_FATAL = frozenset({"empty-file"})
_REPAIRED = frozenset(
    {
        "inside-without-start",
        "label-changes-inside",
        "span-without-end",
        "unknown-tag",
        "wrong-columns",
        "empty-token",
        "text-differs",
    }
)
_NOTES = frozenset(
    {"extra-empty-line", "no-tag-column", "target-labels", "lengths-unrelated", "ids-differ", "pairs-shifted"}
)
# What only concerns labels, which are not taken from the target.
LABEL_CODES = frozenset(
    {"inside-without-start", "label-changes-inside", "span-without-end", "unknown-tag", "no-tag-column"}
)
SURPLUS = "different-counts"
# Rows whose item the project has already.
UNCHANGED = "item-unchanged"
DIFFERS = "item-differs"


class Located(NamedTuple):
    """A problem, the file that it is in, and how bad it is."""

    role: str
    problem: Problem
    severity: Severity


def locate(role: str, problem: Problem) -> Located:
    """Say which file a problem is in, also in its place."""
    name = ROLE_NAMES.get(role, role)
    if not problem.place.startswith(tuple(ROLE_NAMES.values())):
        place = f"{name}, {problem.place}" if problem.place else ""
        problem = replace(problem, place=place)
    # Here the row was not repaired but left out.
    is_lost = role == ID_TABLE and problem.code == "wrong-columns"
    return Located(role, problem, "unusable" if is_lost else severity_of(problem))


def fatal(role: str, problem: Problem) -> Located:
    """A problem that no row can be blamed for and that stops the import."""
    name = ROLE_NAMES[role]
    return Located(role, replace(problem, place=f"{name}, {problem.place}" if problem.place else name), "fatal")


def severity_of(problem: Problem) -> Severity:
    """How bad a problem of a reader or of the pairing is."""
    if problem.code in _FATAL:
        return "fatal"
    if problem.code == SURPLUS:
        return "surplus"
    if problem.code in _NOTES:
        return "note"
    if problem.code in _REPAIRED:
        return "repaired"
    return "unusable" if problem.row >= 0 else "note"


def drop_target_labels(problems: Iterable[Located]) -> Iterator[Located]:
    """Without complaints about the tags of the target, which are not imported."""
    return (found for found in problems if found.role != TARGET or found.problem.code not in LABEL_CODES)


@dataclass(slots=True)
class ProblemList:
    """All problems of an import: the rows they touch exactly, their words up to a limit."""

    kept: dict[tuple[str, str, str], list[Located]] = field(default_factory=dict)
    counts: dict[tuple[str, str, str], int] = field(default_factory=dict)
    unusable: set[tuple[str, int]] = field(default_factory=set)
    repaired: set[tuple[str, int]] = field(default_factory=set)
    codes_by_row: dict[tuple[str, int], list[str]] = field(default_factory=dict)
    line_by_row: dict[tuple[str, int], int] = field(default_factory=dict)
    # What the first repaired rows were read as: the text in pieces, labelled and not.
    texts: dict[tuple[str, int], list[dict[str, str]]] = field(default_factory=dict)

    def add(self, found: Located) -> None:
        """Take one more problem."""
        key = (found.severity, found.problem.code, found.role)
        self.counts[key] = self.counts.get(key, 0) + 1
        kept = self.kept.setdefault(key, [])
        if len(kept) < MAX_KEPT:
            kept.append(found)
        if found.severity in ("unusable", "repaired"):
            row = (found.role, found.problem.row)
            (self.unusable if found.severity == "unusable" else self.repaired).add(row)
            self.codes_by_row.setdefault(row, []).append(found.problem.code)
            self.line_by_row[row] = found.problem.line

    def extend(self, problems: Iterable[Located]) -> None:
        """Take several."""
        for found in problems:
            self.add(found)

    def has(self, severity: Severity) -> bool:
        """Whether there is any of this severity."""
        return any(key[0] == severity for key in self.counts)

    def as_report(self) -> list[dict[str, Any]]:
        """Groups of equal problems, the worst first."""
        order = ["fatal", "surplus", "unusable", "repaired", "note"]
        keys = sorted(self.kept, key=lambda key: order.index(key[0]))
        return [self._group(key) for key in keys]

    def _group(self, key: tuple[str, str, str]) -> dict[str, Any]:
        severity, code, role = key
        rows = [self._row(found) for found in self.kept[key]]
        return {"severity": severity, "code": code, "role": role, "n": self.counts[key], "rows": rows}

    def _row(self, found: Located) -> dict[str, Any]:
        problem = found.problem
        row = {
            "place": problem.place,
            "line": problem.line,
            "message": UNSTORABLE.sub("\ufffd", problem.message),
            "remedy": UNSTORABLE.sub("\ufffd", problem.remedy),
        }
        text = self.texts.get((found.role, problem.row)) if found.severity == "repaired" else None
        return {**row, "text": text} if text else row
