"""Recognising the format of a file from its content and its name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePath
from typing import NamedTuple

import orjson

from projection.formats.base import decode
from projection.formats.columns import find_layout
from projection.formats.registry import FORMATS
from projection.formats.table import TABLE_COLUMNS
from projection.formats.tsv import COLUMN_NAMES
from projection.tagging import is_tag

_SAMPLE_BYTES = 200_000
_NAME_BONUS = 0.05
_PHARAOH_LINE = re.compile(
    r"(?:[0-9]+\t)?[0-9]+[-p?][0-9]+(?::[0-9.eE+-]+)?(?:\s+[0-9]+[-p?][0-9]+(?::[0-9.eE+-]+)?)*\s*"
)
_N_CONLLU = 10
_UPOS = frozenset(
    {"NOUN", "VERB", "ADJ", "ADV", "PROPN", "PRON", "DET", "ADP", "AUX", "PUNCT", "NUM", "CCONJ", "SCONJ", "PART"}
    | {"INTJ", "SYM", "X", "_"}
)
_CONLL_COMMENT = re.compile(r"#\s*(?:sent_id|newdoc|text|id)\b")


class Guess(NamedTuple):
    """A format with how sure it is (0 to 1) and why, for people."""

    name: str
    confidence: float
    reason: str


def detect_format(data: bytes, filename: str = "", *, encoding: str | None = None) -> Guess:
    """Find the most likely format of a file.

    Args:
        data: the file, or a part from its start.
        filename: its name; only decides between formats that the content leaves open.
        encoding: see `projection.formats.base.decode`.

    Raises:
        FormatError: the file cannot be decoded.
    """
    lines = _sample(data, encoding)
    if not any(line.strip() for line in lines):
        return Guess("plain", 0.0, "The file is empty.")
    guesses = [guess for finder in _FINDERS for guess in finder(lines)]
    named = (_weigh_name(guess, filename) for guess in guesses)
    return max(named, key=lambda guess: guess.confidence)


def _sample(data: bytes, encoding: str | None) -> list[str]:
    if len(data) <= _SAMPLE_BYTES or data[:2] in (b"\xff\xfe", b"\xfe\xff") or encoding is not None:
        return decode(data, encoding=encoding).lines
    end = data.rfind(b"\n", 0, _SAMPLE_BYTES)
    return decode(data if end < 0 else data[:end]).lines


def _weigh_name(guess: Guess, filename: str) -> Guess:
    ending = PurePath(filename.lower()).name
    if not ending.endswith(FORMATS[guess.name].extensions):
        return guess
    return guess._replace(confidence=min(1.0, guess.confidence + _NAME_BONUS))


def _find_jsonl(lines: Sequence[str]) -> Iterator[Guess]:
    first = next(line for line in lines if line.strip())
    if not first.lstrip().startswith("{"):
        return
    try:
        record = orjson.loads(first)
    except ValueError:
        yield Guess("jsonl", 0.6, "The first line starts like a JSON object but is not valid JSON.")
        return
    if "segments" in record:
        yield Guess("jsonl", 0.99, "Each line is a JSON object with segments.")
    else:
        yield Guess("jsonl", 0.9, "Each line is a JSON object, but it has no segments.")


def _find_pharaoh(lines: Sequence[str]) -> Iterator[Guess]:
    filled = [line for line in lines if line.strip()]
    share = sum(_PHARAOH_LINE.fullmatch(line) is not None for line in filled) / len(filled)
    if share > 0.5:
        yield Guess("pharaoh", 0.97 * share, "The lines hold pairs of numbers such as 0-1.")


def _find_table(lines: Sequence[str]) -> Iterator[Guess]:
    table = [line.split("\t") for line in lines if line.strip()]
    header = [name.strip().strip('"').lower() for name in re.split(r"[\t,;]", lines[0])]
    named = [any(name in header for name in COLUMN_NAMES[part]) for part in ("source", "target")]
    if all(named):
        yield Guess("tsv", 0.96, "The first line names a source and a target column.")
    elif len(header) > 1 and any(name in header for name in TABLE_COLUMNS["text"]) and not any(named):
        yield Guess("table", 0.96, "The first line names a column of texts and others.")
    is_even = len(table) > 1 and len(table[0]) > 1 and len({len(fields) for fields in table}) == 1
    has_gaps = any(not line.strip() for line in lines)
    if not is_even or has_gaps:
        return
    cells = [cell.strip() for fields in table[1:] for cell in fields[1:]]
    if all(cell.isascii() and cell.isdigit() for cell in cells) and not all(map(str.isdigit, header)):
        yield Guess("idtable", 0.95, "After a header, each row holds an id and positions.")
    elif not any(" " in cell for cell in cells) and not all(is_tag(fields[-1].strip()) for fields in table):
        yield Guess("idtable", 0.55, "After a header, each row holds ids without blanks.")
    elif any(" " in cell for cell in cells):
        yield Guess("tsv", 0.6, "All lines have the same number of columns, separated by tabs.")


def _find_conll(lines: Sequence[str]) -> Iterator[Guess]:
    layout = find_layout(lines)
    filled = [line for line in lines if line.strip()]
    rows = [layout.fields(line) for line in filled if line[0] != "#" or not layout.is_comment(line)]
    share = sum(len(fields) == layout.n_columns for fields in rows) / max(1, len(rows))
    has_gaps = any(not line.strip() for line in lines[:-1])
    if layout.tag_column is not None:
        reason = f"Each line holds a token and, in column {layout.tag_column + 1}, its tag."
        yield Guess("conll", share * (0.95 if has_gaps else 0.85), reason)
    elif any(_CONLL_COMMENT.match(line) for line in lines) and has_gaps:
        yield Guess("conll", 0.9 * share, "Comments such as '# sent_id' stand before the sentences.")
    elif layout.n_columns == 1 and has_gaps:
        yield Guess("conll", 0.7 * share, "Each line holds one word, and empty lines stand between sentences.")
    elif has_gaps and (layout.is_tabbed or layout.has_index):
        # Not with blanks alone: sentences with an empty one among them would be read as words with columns.
        yield Guess("conll", 0.55 * share, "Most lines have the same number of columns, with empty lines between.")


def _find_conllu(lines: Sequence[str]) -> Iterator[Guess]:
    rows = [line.split("\t") for line in lines if line.strip() and not line.startswith("#")]
    words = [fields for fields in rows if len(fields) == _N_CONLLU and fields[0].isdigit()]
    n_tagged = sum(fields[3] in _UPOS for fields in words)
    is_full = bool(words) and all(len(fields) == _N_CONLLU for fields in rows)
    # Tags of spans in one of its columns, as some corpora have them, are what `conll` reads.
    if is_full and n_tagged == len(words) and find_layout(lines).tag_column is None:
        yield Guess("conllu", 0.97, "Each line has the ten columns of CoNLL-U, with a universal tag in the fourth.")


def _find_squad(lines: Sequence[str]) -> Iterator[Guess]:
    beginning = "".join(lines)[:_SAMPLE_BYTES]
    if beginning.lstrip().startswith("{") and all(
        f'"{name}"' in beginning for name in ("data", "paragraphs", "context")
    ):
        yield Guess("squad", 0.98, "It is a JSON object with paragraphs and contexts.")


def _find_plain(lines: Sequence[str]) -> Iterator[Guess]:
    yield Guess("plain", 0.5, f"Nothing else fits: {len(lines)} line(s) of text.")


_FINDERS: tuple[Callable[[Sequence[str]], Iterator[Guess]], ...] = (
    _find_jsonl,
    _find_pharaoh,
    _find_table,
    _find_conllu,
    _find_conll,
    _find_squad,
    _find_plain,
)
