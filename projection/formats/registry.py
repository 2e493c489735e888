"""The formats by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from projection.errors import FormatError, Problem
from projection.formats.base import WriteResult
from projection.formats.conll import read_conll, write_conll
from projection.formats.conllu import read_conllu, write_conllu
from projection.formats.idtable import read_id_table
from projection.formats.jsonl import read_jsonl, write_jsonl
from projection.formats.pharaoh import read_pharaoh, write_pharaoh
from projection.formats.plain import read_plain, write_plain
from projection.formats.squad import read_squad, write_squad
from projection.formats.table import read_table, write_table
from projection.formats.tsv import read_tsv, write_tsv

Rows = Literal["sentences", "pairs", "items", "links", "ids"]


@dataclass(frozen=True, slots=True)
class Format:
    """An entry of the registry.

    Attributes:
        name: identifier used in settings, the API and `--format`.
        title: for people.
        extensions: usual file name endings with their dot, the first one for writing.
        rows: what the reader returns.
        read: takes bytes, and keywords of its own.
        write: takes items, and keywords of its own; None when the format is only read.
    """

    name: str
    title: str
    extensions: tuple[str, ...]
    rows: Rows
    read: Callable[..., Any]
    write: Callable[..., WriteResult] | None


FORMATS: dict[str, Format] = {
    entry.name: entry
    for entry in (
        Format("conll", "CoNLL", (".conll", ".iob2", ".bio", ".conll02"), "sentences", read_conll, write_conll),
        Format("jsonl", "JSON Lines", (".jsonl", ".ndjson"), "items", read_jsonl, write_jsonl),
        Format("plain", "Plain text", (".txt",), "sentences", read_plain, write_plain),
        Format("tsv", "Parallel table", (".tsv", ".csv"), "pairs", read_tsv, write_tsv),
        Format("pharaoh", "Pharaoh links", (".pharaoh", ".talp", ".align"), "links", read_pharaoh, write_pharaoh),
        Format("idtable", "Id table", (".ids.tsv",), "ids", read_id_table, None),
        Format("conllu", "CoNLL-U and token tags", (".conllu",), "sentences", read_conllu, write_conllu),
        Format("squad", "SQuAD JSON", (".json",), "items", read_squad, write_squad),
        Format("table", "Table of texts", (".table.tsv",), "sentences", read_table, write_table),
    )
}


def get_format(name: str) -> Format:
    """A format by name.

    Raises:
        FormatError: `unknown-format`.
    """
    if name not in FORMATS:
        fault = f"There is no format {name!r}."
        raise FormatError(Problem("unknown-format", fault, f"Known formats: {', '.join(FORMATS)}."))
    return FORMATS[name]
