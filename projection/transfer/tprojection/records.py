"""The files of the published system: JSON Lines with hypotheses, and a JSON file with scores.

A record is one sentence pair: `id`, `task`, `source_word` and `target_word` (words joined by blanks), `source_label`
and `target_label` (their tags), `source_entity` and `target_entity` (the tagged strings) and `preds` (hypotheses of
the text-to-text model). The scores are one object: for each source string the scores of its target strings, and the
name of the model under `#@!@#_model_name`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from projection.errors import FormatError, Problem
from projection.formats import Pair, ReadResult, Sentence, WriteResult, make_pair_item
from projection.formats.base import decode, line_problem
from projection.formats.spans import token_spans
from projection.tagging import read_tags, write_tags
from projection.text import join_tokens
from projection.transfer.tprojection.prompts import make_output
from projection.types import Item

MODEL_NAME = "#@!@#_model_name"
_TASK = "SequenceLabelling"


@dataclass(frozen=True, slots=True)
class Record:
    """A sentence pair as an item, and what the text-to-text model wrote for it."""

    item: Item
    hypotheses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scores:
    """How well target strings translate source strings.

    Attributes:
        by_pair: score of each (source string, target string), about 0 to 1, higher is better.
        model: name of the model that gave them.
    """

    by_pair: Mapping[tuple[str, str], float] = field(default_factory=dict)
    model: str = ""


def read_records(data: bytes, *, src_lang: str = "en", tgt_lang: str = "und") -> ReadResult[Record]:
    """Read records; one with a fault is left out and reported (`bad-json`, `missing-field`, `different-counts`).

    Labels of the target are not read. Repaired tags are reported as by `projection.tagging.read_tags`.

    Raises:
        FormatError: the file cannot be decoded.
    """
    decoded = decode(data)
    records: list[Record] = []
    problems: list[Problem] = []
    lines = [(number, line) for number, line in enumerate(decoded.lines, start=1) if line.strip()]
    for row, (number, line) in enumerate(lines):
        try:
            record, faults = _read_record(line, number, row, (src_lang, tgt_lang))
        except FormatError as err:
            problems.append(err.problem)
            continue
        records.append(record)
        problems += faults
    return ReadResult(records, problems, encoding=decoded.encoding, newline=decoded.newline, n_lines=len(decoded.lines))


def _read_record(line: str, number: int, row: int, langs: tuple[str, str]) -> tuple[Record, list[Problem]]:
    fields = _read_fields(line, number, row)
    src_words, tgt_words = fields["source_word"].split(), fields["target_word"].split()
    tags = fields["source_label"].split()
    if len(tags) != len(src_words):
        fault = f"There are {len(src_words)} source words and {len(tags)} labels."
        raise FormatError(_fault("different-counts", fault, number, row))
    spans, problems = read_tags(tags, lines=[number] * len(tags), row=row)
    name = str(fields["id"])
    source, target = (_sentence(name, words, lang) for words, lang in zip((src_words, tgt_words), langs, strict=True))
    pair = Pair(name, replace(source, spans=tuple(spans)), target)
    item = make_pair_item(pair, src_lang=langs[0], tgt_lang=langs[1])
    return Record(item, tuple(fields["preds"])), problems


def _sentence(name: str, words: Sequence[str], lang: str) -> Sentence:
    text, tokens = join_tokens(words, lang=lang)
    return Sentence(name, text, tokens=tokens)


def _read_fields(line: str, number: int, row: int) -> dict[str, Any]:
    try:
        record = orjson.loads(line)
    except ValueError as err:
        raise FormatError(_fault("bad-json", "The line is not valid JSON.", number, row)) from err
    fields: dict[str, Any] = record if isinstance(record, dict) else {}
    fields.setdefault("id", row)
    for name in ("source_word", "source_label", "target_word"):
        if not isinstance(fields.get(name), str):
            raise FormatError(_fault("missing-field", f"The record has no text {name}.", number, row))
    hypotheses = fields.get("preds")
    if not isinstance(hypotheses, list) or not all(isinstance(text, str) for text in hypotheses):
        raise FormatError(_fault("missing-field", "The record has no list of texts preds.", number, row))
    return fields


def _fault(code: str, message: str, line: int, row: int) -> Problem:
    return line_problem(code, message, "The record was left out.", line=line, row=row)


def write_records(records: Iterable[Record]) -> WriteResult:
    """Write records; spans that the tags cannot hold are reported as losses."""
    lines: list[str] = []
    problems: list[Problem] = []
    for row, record in enumerate(records):
        item = record.item
        sides = [item.segments.index(segment) for segment in (item.source, item.target)]
        values: dict[str, Any] = {"id": item.id, "task": _TASK}
        for side, segment in zip(("source", "target"), sides, strict=True):
            fields, losses = _side_fields(item, side, segment, row)
            values |= fields
            problems += losses
        lines.append(orjson.dumps(values | {"preds": list(record.hypotheses)}).decode() + "\n")
    return WriteResult("".join(lines), problems, len(lines))


def _side_fields(item: Item, side: str, segment: int, row: int) -> tuple[dict[str, str], list[Problem]]:
    found, losses = token_spans(item, segment=segment, row=row)
    words = item.segments[segment].words
    tags, more = write_tags(found, len(words))
    fields = {
        f"{side}_word": " ".join(words),
        f"{side}_entity": make_output(
            (each.label, " ".join(words[each.start_token : each.end_token])) for each in found
        ),
        f"{side}_label": " ".join(tags),
    }
    return fields, [*losses, *more]


def read_scores(data: bytes) -> Scores:
    """Read scores.

    Raises:
        FormatError: `bad-json`, or `bad-score` for a score that is no number.
    """
    try:
        values = orjson.loads(decode(data).text)
    except ValueError as err:
        raise FormatError(Problem("bad-json", "The file is not valid JSON.", "Give the scores as one object.")) from err
    if not isinstance(values, dict):
        raise FormatError(Problem("bad-json", "The file is no JSON object.", "Give the scores as one object."))
    model = str(values.pop(MODEL_NAME, ""))
    by_pair: dict[tuple[str, str], float] = {}
    for source, scores in values.items():
        for target, score in _check_scores(source, scores):
            by_pair[source, target] = score
    return Scores(by_pair, model)


def _check_scores(source: str, scores: object) -> list[tuple[str, float]]:
    pairs: list[tuple[str, Any]] = list(scores.items()) if isinstance(scores, dict) else [("", None)]
    for target, score in pairs:
        if isinstance(score, bool) or not isinstance(score, (int, float)) or not math.isfinite(score):
            fault = f"The score of {source!r} and {target!r} is no number."
            raise FormatError(Problem("bad-score", fault, "Give for each source string an object of numbers."))
    return [(target, float(score)) for target, score in pairs]


def write_scores(scores: Scores) -> str:
    """The JSON file of scores, in the order given."""
    values: dict[str, Any] = {MODEL_NAME: scores.model}
    for (source, target), score in scores.by_pair.items():
        values.setdefault(source, {})[target] = score
    return orjson.dumps(values, option=orjson.OPT_INDENT_2).decode() + "\n"
