"""Formats: one reader and one writer each, with a report of what could not be used or held."""

from __future__ import annotations

from projection.formats.base import ReadResult, Sentence, WriteResult
from projection.formats.conll import iter_conll, read_conll, write_conll
from projection.formats.conllu import iter_conllu, read_conllu, write_conllu
from projection.formats.detect import Guess, detect_format
from projection.formats.idtable import IdRow, IdTable, read_id_table
from projection.formats.items import make_pair_item, make_segment, make_sentence_item, make_spans
from projection.formats.jsonl import iter_jsonl, read_jsonl, write_jsonl
from projection.formats.pairing import Pair, PairResult, pair_by_id, pair_by_position, pair_by_table
from projection.formats.pharaoh import LinkRow, format_links, read_pharaoh, write_pharaoh
from projection.formats.plain import read_plain, write_plain
from projection.formats.registry import FORMATS, Format, get_format
from projection.formats.squad import pair_squad, read_squad, split_questions, write_squad
from projection.formats.table import iter_table, read_table, write_table
from projection.formats.tsv import read_tsv, write_tsv

__all__ = [
    "FORMATS",
    "Format",
    "Guess",
    "IdRow",
    "IdTable",
    "LinkRow",
    "Pair",
    "PairResult",
    "ReadResult",
    "Sentence",
    "WriteResult",
    "detect_format",
    "format_links",
    "get_format",
    "iter_conll",
    "iter_conllu",
    "iter_jsonl",
    "iter_table",
    "make_pair_item",
    "make_segment",
    "make_sentence_item",
    "make_spans",
    "pair_by_id",
    "pair_by_position",
    "pair_by_table",
    "pair_squad",
    "read_conll",
    "read_conllu",
    "read_id_table",
    "read_jsonl",
    "read_pharaoh",
    "read_plain",
    "read_squad",
    "read_table",
    "read_tsv",
    "split_questions",
    "write_conll",
    "write_conllu",
    "write_jsonl",
    "write_pharaoh",
    "write_plain",
    "write_squad",
    "write_table",
    "write_tsv",
]
