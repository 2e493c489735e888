"""Translations that were made before, from a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from projection.errors import FormatError, Problem
from projection.formats import read_plain, read_tsv
from projection.translate.base import Identity, Translation, identity_key


class RecordedTranslator:
    """Looks texts up; one that is not there comes back with the problem `not-recorded`."""

    def __init__(self, translations: Mapping[str, str]) -> None:
        """Args: translations: by source text, white space at the edges left out."""
        self._translations = {text.strip(): translation for text, translation in translations.items()}

    @property
    def identity(self) -> Identity:
        return {"kind": "recorded", "content": identity_key(self._translations)}

    def translate(self, texts: Sequence[str], *, src_lang: str, tgt_lang: str) -> list[Translation]:
        """The recorded translations; the languages are not looked at."""
        del src_lang, tgt_lang
        return [self._find(text) for text in texts]

    def _find(self, text: str) -> Translation:
        found = self._translations.get(text.strip(), "")
        if found or not text.strip():
            return Translation(found)
        problem = Problem("not-recorded", "There is no recorded translation.", "Add one for this text or id.")
        return Translation("", None, problem)


def read_recorded(
    data: bytes, *, ids: Mapping[str, str] | None = None, encoding: str | None = None
) -> tuple[dict[str, str], list[Problem]]:
    """Translations by source text from a table with the columns `source` and `target`, or `id` and `target`.

    Args:
        data: tab-separated table with a header (see the format `tsv`).
        ids: source text of each id, for a table that has no column of source texts.
        encoding: of the table.

    Returns:
        The translations, and a problem for each row that is not used: `recorded-twice` (another translation of the
        same text stands before it), `unknown-id`, `empty-sentence`.

    Raises:
        FormatError: the table cannot be read or has neither pair of columns.
    """
    by_id = _has_no_source(data, encoding)
    columns = {"source": "id"} if by_id else None
    table = read_tsv(data, columns=columns, encoding=encoding)
    rows: list[tuple[str, str, int]] = []
    problems = list(table.problems)
    for pair in table.rows:
        key = pair.source.text.strip()
        if by_id and key not in (ids or {}):
            fault = f"No source sentence has the id {key!r}."
            remedy = "Check the ids."
            problems.append(Problem("unknown-id", fault, remedy, f"line {pair.source.line}", line=pair.source.line))
            continue
        rows.append(((ids or {})[key] if by_id else key, pair.target.text, pair.source.line))
    found, repeated = _collect(rows)
    return found, [*problems, *repeated]


def _has_no_source(data: bytes, encoding: str | None) -> bool:
    try:
        read_tsv(data, encoding=encoding)
    except FormatError as err:
        if err.problem.code != "no-such-column":
            raise
        return True
    return False


def pair_recorded(source: bytes, target: bytes, *, encoding: str | None = None) -> tuple[dict[str, str], list[Problem]]:
    """Translations by source text from two parallel text files, one sentence a line.

    Returns:
        The translations, and a problem for each line that is not used (`recorded-twice`).

    Raises:
        FormatError: a file cannot be read, or `different-counts`.
    """
    sources, targets = read_plain(source, encoding=encoding).rows, read_plain(target, encoding=encoding).rows
    if len(sources) != len(targets):
        fault = f"The files have {len(sources)} and {len(targets)} lines."
        raise FormatError(Problem("different-counts", fault, "Give two files with one sentence pair a line."))
    rows = ((src.text.strip(), tgt.text, src.line) for src, tgt in zip(sources, targets, strict=True))
    return _collect(rows)


def _collect(rows: Iterable[tuple[str, str, int]]) -> tuple[dict[str, str], list[Problem]]:
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for source, target, line in rows:
        if not source or not target.strip():
            continue
        if found.setdefault(source, target) != target:
            fault = "The same text was translated differently before."
            problems.append(
                Problem("recorded-twice", fault, "The first translation is used.", f"line {line}", line=line)
            )
    return found, problems
