"""Formats: one reader and one writer each, with a report of what could not be used or held."""

from __future__ import annotations

from projection.formats.base import ReadResult, Sentence, WriteResult
from projection.formats.conll import read_conll, write_conll
from projection.formats.idtable import IdTable, read_id_table
from projection.formats.pairing import Pair, PairResult, pair_by_id, pair_by_position, pair_by_table
from projection.formats.plain import read_plain, write_plain

__all__ = [
    "IdTable",
    "Pair",
    "PairResult",
    "ReadResult",
    "Sentence",
    "WriteResult",
    "pair_by_id",
    "pair_by_position",
    "pair_by_table",
    "read_conll",
    "read_id_table",
    "read_plain",
    "write_conll",
    "write_plain",
]
