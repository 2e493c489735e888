"""How the columns of a token-per-line file are told apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from projection.errors import FormatError, Problem
from projection.tagging import is_tag
from projection.text import is_grapheme_boundary

_SAMPLE_LINES = 5_000
_MIN_TAG_SHARE = 0.5
_MIN_INDEX_SHARE = 0.95
_COMMENT = re.compile(r"#(?:#|\s|\s*[\w.:-]+(?: \w+)?\s*=|$)")
_KNOWN_COMMENT = re.compile(r"#\s*(?:newdoc|newpar|sent_id|text|text[-_]\w+|id|intent|slots|global\.columns)\b.*=")
_INDEX = re.compile(r"(\d+)(?:[-.]\d+)?$")
DOCUMENT_START = "-DOCSTART-"


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns of a file.

    Attributes:
        is_tabbed: fields are separated by single tabs; otherwise by runs of blanks and tabs.
        n_columns: fields of most lines.
        has_index: the first column counts the tokens of a sentence.
        token_column: 0-based.
        tag_column: 0-based; None when no column holds tags.
    """

    is_tabbed: bool
    n_columns: int
    has_index: bool
    token_column: int
    tag_column: int | None

    def fields(self, line: str) -> list[str]:
        """The fields of a line; empty ones at its end that the layout does not have are dropped."""
        if not self.is_tabbed:
            return split_blanks(line)
        fields = line.split("\t")
        if len(fields) == self.n_columns:
            return fields
        while len(fields) > max(1, self.n_columns) and not fields[-1].strip():
            fields.pop()
        return fields

    def is_comment(self, line: str) -> bool:
        """Whether a line that starts with `#` is a comment and not a token such as `#` or `#tag`."""
        if self.has_index or _KNOWN_COMMENT.match(line):
            return True
        fields = self.fields(line)
        if len(fields) != self.n_columns:
            return _COMMENT.match(line) is not None
        if self.tag_column is not None:
            return not is_tag(fields[self.tag_column].strip())
        return self.n_columns == 1 and len(line) > 1 and _COMMENT.match(line) is not None


def split_blanks(line: str) -> list[str]:
    """Fields between runs of blanks and tabs; other white space (no-break space) belongs to the fields."""
    fields = line.split(" ")
    if "" in fields or "\t" in line:
        return [field for field in line.replace("\t", " ").split(" ") if field]
    return fields


def strip_blanks(field: str) -> str:
    """A field without blanks at its edges, except one that is part of a character (before a combining mark, say)."""
    stripped = field.strip(" ")
    if stripped == field or not stripped:
        return stripped
    if field[0] == " " and not is_grapheme_boundary(" " + stripped, 1):
        stripped = " " + stripped
    if field[-1] == " " and not is_grapheme_boundary(stripped + " ", len(stripped)):
        stripped += " "
    return stripped


def find_layout(lines: Sequence[str], *, token_column: int | None = None, tag_column: int | None = None) -> Layout:
    """Find out the columns from the first lines of a file.

    Args:
        lines: all lines of the file.
        token_column: 0-based column of the token, if known.
        tag_column: 0-based column of the tag, if known.

    Raises:
        FormatError: `no-such-column` when a given column does not exist.
    """
    sample = list(islice(_token_lines(lines), _SAMPLE_LINES))
    is_tabbed = 2 * sum("\t" in line.strip() for line in sample) >= max(1, len(sample))
    draft = Layout(is_tabbed, 0, has_index=False, token_column=0, tag_column=None)
    table = [draft.fields(line) for line in sample]
    n_columns = Counter(len(fields) for fields in table).most_common(1)[0][0] if table else 1
    table = [fields for fields in table if len(fields) == n_columns]
    # Numbers before nothing but a tag are the tokens themselves.
    is_tag_next = n_columns == 2 and all(is_tag(fields[1].strip()) for fields in table)
    has_index = n_columns > 1 and not is_tag_next and _is_index(fields[0] for fields in table)
    for column in (token_column, tag_column):
        if column is not None and not 0 <= column < n_columns:
            raise FormatError(_no_such_column(column, n_columns))
    token = token_column if token_column is not None else int(has_index)
    tag = tag_column if tag_column is not None else _find_tag_column(table, n_columns, first=token + 1)
    return Layout(is_tabbed, n_columns, has_index, token, tag)


def _token_lines(lines: Sequence[str]) -> Iterable[str]:
    for line in lines:
        if line.strip(" \t") and not line.startswith(("#", DOCUMENT_START)):
            yield line


def _is_index(values: Iterable[str]) -> bool:
    before, n_values, n_right = 0, 0, 0
    for value in values:
        n_values += 1
        match = _INDEX.match(value.strip())
        if match is None:
            continue
        number = int(match[1])
        n_right += number in (0, 1, before, before + 1)
        before = number
    return n_values > 0 and n_right >= _MIN_INDEX_SHARE * n_values


def _find_tag_column(table: Sequence[Sequence[str]], n_columns: int, *, first: int) -> int | None:
    best, best_share = None, _MIN_TAG_SHARE
    for column in range(first, n_columns):
        share = sum(is_tag(fields[column].strip()) for fields in table) / len(table)
        # The last of equals: CoNLL-2003 has chunk tags before its entity tags.
        if share >= best_share:
            best, best_share = column, share
    return best


def _no_such_column(column: int, n_columns: int) -> Problem:
    return Problem(
        "no-such-column", f"There is no column {column + 1}: the file has {n_columns}.", "Choose another one."
    )
