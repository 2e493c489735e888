"""Terminologies: a header, then one concept a row: code, name, other names, description."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from projection.errors import Problem
from projection.formats.base import ReadResult, decode, line_problem
from projection.formats.table import SEVERAL
from projection.formats.tsv import Quoting, find_columns, split_table

TERMINOLOGY_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "code": ("code", "id", "concept", "concept_id", "cui", "qid"),
    "name": ("name", "preferred_name", "label", "term", "preferred"),
    "synonyms": ("synonyms", "aliases", "altlabels", "other_names"),
    "description": ("description", "definition", "gloss"),
}


@dataclass(frozen=True, slots=True)
class Term:
    """A concept.

    Attributes:
        code: its identifier in the terminology.
        name: the preferred name.
        synonyms: other names, in any language.
        description: what it is.
        line: 1-based line of the file.
    """

    code: str
    name: str
    synonyms: tuple[str, ...] = ()
    description: str = ""
    line: int = 0


def read_terminology(data: bytes, *, quoting: Quoting = "auto", encoding: str | None = None) -> ReadResult[Term]:
    """Read concepts; other names stand in one column, separated by `|`.

    A row without code or name (`empty-code`, `empty-name`) or with a code that is there already (`duplicate-code`) is
    left out and reported.

    Args:
        data: the file, separated by tabs (or, if its header has none, by semicolons or commas).
        quoting: as in `projection.formats.tsv.read_tsv`.
        encoding: see `projection.formats.base.decode`.

    Raises:
        FormatError: the file cannot be decoded (also `broken-quotes`), or has no columns of codes and names
            (`no-such-column`).
    """
    decoded = decode(data, encoding=encoding)
    cells = split_table(decoded, quoting)
    places = find_columns(cells.header, TERMINOLOGY_COLUMNS, {}, needed=("code", "name"))
    problems: list[Problem] = []
    lines: dict[str, int] = {}
    rows = []
    for row, (line, fields) in enumerate(cells.rows):
        term = _read_row(line, fields, places)
        fault = _fault(term, lines)
        if fault is not None:
            problems.append(line_problem(*fault, "The row was left out.", line=line, row=row))
            continue
        lines[term.code] = line
        rows.append(term)
    info = {**cells.info, **{part: cells.header[index] for part, index in places.items()}}
    return ReadResult(
        rows,
        problems,
        encoding=decoded.encoding,
        newline=decoded.newline,
        n_lines=len(decoded.lines),
        info=info,
    )


def _read_row(line: int, fields: Sequence[str], places: Mapping[str, int]) -> Term:
    cells = {part: fields[index].strip() if index < len(fields) else "" for part, index in places.items()}
    name = cells["name"]
    given = (each.strip() for each in cells.get("synonyms", "").split(SEVERAL))
    synonyms = tuple(dict.fromkeys(each for each in given if each and each != name))
    return Term(cells["code"], name, synonyms, cells.get("description", ""), line)


def _fault(term: Term, lines: Mapping[str, int]) -> tuple[str, str] | None:
    if not term.code:
        return "empty-code", "The row has no code."
    if not term.name:
        return "empty-name", f"The concept {term.code!r} has no name."
    if term.code in lines:
        return "duplicate-code", f"The code {term.code!r} was used before, in line {lines[term.code]}."
    return None
