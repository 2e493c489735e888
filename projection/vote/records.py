"""Ballots as JSON values and back: for files, caches and databases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from projection.errors import OffsetError, Problem
from projection.formats.fields import (
    BadRecordError,
    Note,
    as_intervals,
    as_mapping,
    bad_record,
    get_field,
    is_index,
    is_number,
    json_value,
    list_entries,
    note_unknown,
)
from projection.text import check_span
from projection.types import Interval, Item, Span
from projection.vote.ballots import CRITERIA, OUTCOMES, Ballot, Judgement, Usage, Vote

Name = TypeVar("Name", bound=str)

_BALLOT = frozenset(
    {"item_id", "voter_id", "votes", "judgements", "replies", "problems", "checks", "usage", "prompt_hash", "meta"}
)
_VOTE = frozenset({"source_id", "outcome", "span", "confidence", "evidence", "reason"})
_SPAN = frozenset({"id", "label", "segment", "intervals", "surface", "layer", "concept", "meta"})
_JUDGEMENT = frozenset({"criterion", "value", "source_id", "choice", "rationale", "reason"})
_USAGE = frozenset({"n_requests", "n_input_tokens", "n_output_tokens", "cost", "seconds"})
_PROBLEM = frozenset({"code", "message", "remedy", "place", "line", "item_id", "row"})


# -------------------------------------------------------------------------------------------------------------- writing


def write_ballot(
    ballot: Ballot, *, item: Item | None = None, lost: Callable[[object], None] = lambda _: None
) -> dict[str, Any]:
    """A ballot as JSON values; parts that are empty are left out.

    Args:
        ballot: the ballot.
        item: its item, whose texts are written beside offsets for people and for the check on reading.
        lost: is told of each value in a `meta` that JSON cannot hold, which becomes null.
    """
    record: dict[str, Any] = {"item_id": ballot.item_id, "voter_id": ballot.voter_id}
    record["votes"] = [_vote(vote, item, lost) for vote in ballot.votes]
    if ballot.judgements:
        record["judgements"] = [
            {name: value for name, value in asdict(each).items() if value not in ("", None)}
            for each in ballot.judgements
        ]
    if ballot.replies:
        record["replies"] = list(ballot.replies)
    if ballot.problems:
        record["problems"] = [_problem(each) for each in ballot.problems]
    if ballot.checks:
        record["checks"] = {name: ballot.checks[name] for name in sorted(ballot.checks)}
    if ballot.usage != Usage():
        record["usage"] = json_value(asdict(ballot.usage), lost)
    if ballot.prompt_hash:
        record["prompt_hash"] = ballot.prompt_hash
    if ballot.meta:
        record["meta"] = json_value(ballot.meta, lost)
    return record


def _vote(vote: Vote, item: Item | None, lost: Callable[[object], None]) -> dict[str, Any]:
    record: dict[str, Any] = {"source_id": vote.source_id, "outcome": vote.outcome}
    if vote.span is not None:
        record["span"] = _span(vote.span, item, lost)
    if vote.confidence is not None:
        record["confidence"] = json_value(vote.confidence, lost)
    return record | {name: value for name in ("evidence", "reason") if (value := getattr(vote, name))}


def _span(span: Span, item: Item | None, lost: Callable[[object], None]) -> dict[str, Any]:
    record: dict[str, Any] = {"id": span.id} if span.id else {}
    record |= {"label": span.label, "segment": span.segment, "intervals": [list(pair) for pair in span.intervals]}
    if item is not None and span.intervals and span.segment < len(item.segments):
        record["surface"] = span.surface(item.segments[span.segment].text)
    record["layer"] = span.layer
    if span.concept:
        record["concept"] = span.concept
    if span.meta:
        record["meta"] = json_value(span.meta, lost)
    return record


def _problem(problem: Problem) -> dict[str, Any]:
    return {name: value for name, value in asdict(problem).items() if name == "code" or value not in ("", 0, -1)} | (
        {"row": 0} if problem.row == 0 else {}
    )


# -------------------------------------------------------------------------------------------------------------- reading


def read_ballot(record: object, *, items: Mapping[str, Item] | None = None, unknown: Note = lambda _: None) -> Ballot:
    """Build a ballot.

    Args:
        record: a decoded JSON value.
        items: by id; where the item is given, its segments and offsets are checked, and an item that is not among
            them is a fault.
        unknown: is told the name of each field that the format does not have.

    Raises:
        BadRecordError: `bad-record`, `bad-offset`, `bad-reference`.
    """
    fields = as_mapping(record, "the record")
    note_unknown(fields, _BALLOT, "", unknown)
    item_id = get_field(fields, "item_id", str)
    if not item_id:
        raise bad_record("'item_id' is empty.")
    if items is not None and item_id not in items:
        raise BadRecordError("bad-reference", f"There is no item {item_id!r}.")
    item = None if items is None else items[item_id]
    votes = tuple(_read_vote(entry, item, f"votes[{n}]", unknown) for n, entry in list_entries(fields, "votes"))
    judgements = tuple(
        _read_judgement(entry, f"judgements[{n}]", unknown) for n, entry in list_entries(fields, "judgements")
    )
    asked = [vote.source_id for vote in votes]
    if len(set(asked)) != len(asked):
        raise bad_record("Two votes are on one question.")
    checks = get_field(fields, "checks", dict, {})
    if not all(isinstance(value, bool) for value in checks.values()):
        raise bad_record("'checks' holds something that is not true or false.")
    return Ballot(
        item_id=item_id,
        voter_id=get_field(fields, "voter_id", str),
        votes=votes,
        replies=tuple(_strings(get_field(fields, "replies", list, []), "'replies'")),
        problems=tuple(_read_problem(entry, n, unknown) for n, entry in list_entries(fields, "problems")),
        checks=checks,
        usage=_read_usage(get_field(fields, "usage", dict, {}), unknown),
        prompt_hash=get_field(fields, "prompt_hash", str, ""),
        judgements=judgements,
        meta=get_field(fields, "meta", dict, {}),
    )


def _read_vote(entry: object, item: Item | None, place: str, unknown: Note) -> Vote:
    fields = as_mapping(entry, place)
    note_unknown(fields, _VOTE, "votes.", unknown)
    outcome = one_of(fields.get("outcome"), OUTCOMES, f"'outcome' in {place}")
    span = None if fields.get("span") is None else _read_span(fields["span"], item, f"{place}.span", unknown)
    source_id = get_field(fields, "source_id", str, "", place=place)
    confidence = fields.get("confidence")
    if confidence is not None and not (is_number(confidence) and 0 <= confidence <= 1):
        raise bad_record(f"'confidence' in {place} is not a number from 0 to 1.")
    try:
        return Vote(
            source_id=source_id,
            outcome=outcome,
            span=None if span is None else _of_question(span, source_id),
            confidence=None if confidence is None else float(confidence),
            evidence=get_field(fields, "evidence", str, "", place=place),
            reason=get_field(fields, "reason", str, "", place=place),
        )
    except ValueError as err:
        raise bad_record(f"{place}: {err}.") from err


def _of_question(span: Span, source_id: str) -> Span:
    return Span(span.label, span.intervals, span.segment, span.layer, span.id, source_id, span.meta, span.concept)


def _read_span(entry: object, item: Item | None, place: str, unknown: Note) -> Span:
    fields = as_mapping(entry, place)
    note_unknown(fields, _SPAN, "votes.span.", unknown)
    label = get_field(fields, "label", str, place=place)
    if not label:
        raise bad_record(f"'label' in {place} is empty.")
    segment = fields.get("segment", 0)
    if not is_index(segment):
        raise bad_record(f"'segment' in {place} is not 0 or more.")
    intervals = as_intervals(fields.get("intervals", []), f"'intervals' in {place}")
    surface = get_field(fields, "surface", str, place=place) if "surface" in fields else None
    check_place(item, segment, intervals, place=place, surface=surface)
    return Span(
        label=label,
        intervals=intervals,
        segment=segment,
        layer=get_field(fields, "layer", str, "spans", place=place),
        id=get_field(fields, "id", str, "", place=place),
        meta=get_field(fields, "meta", dict, {}, place=place),
        concept=get_field(fields, "concept", str, "", place=place),
    )


def check_place(
    item: Item | None, segment: int, intervals: Sequence[Interval], *, place: str, surface: str | None = None
) -> None:
    """Whether intervals fit the text of a segment; without an item only whether they are in order.

    Raises:
        BadRecordError: `bad-offset`, `bad-reference`.
    """
    if item is not None and segment >= len(item.segments):
        raise BadRecordError("bad-reference", f"{place}: there is no segment {segment}.")
    if not intervals:
        return
    if item is None:
        edges = [edge for interval in intervals for edge in interval]
        if edges != sorted(edges) or any(start >= end for start, end in intervals) or edges[0] < 0:
            raise BadRecordError("bad-offset", f"{place}: the intervals are empty or out of order.")
        return
    try:
        check_span(item.segments[segment].text, intervals, surface=surface)
    except OffsetError as err:
        raise BadRecordError("bad-offset", f"{place}: {err.problem.message}") from err


def one_of(value: object, allowed: Sequence[Name], place: str) -> Name:
    """The one of the names that a value is. Raises `BadRecordError`."""
    for name in allowed:
        if value == name:
            return name
    raise bad_record(f"{place} is {str(value)[:100]!r}, not one of {', '.join(allowed)}.")


def _read_judgement(entry: object, place: str, unknown: Note) -> Judgement:
    fields = as_mapping(entry, place)
    note_unknown(fields, _JUDGEMENT, "judgements.", unknown)
    criterion = one_of(fields.get("criterion"), CRITERIA, f"'criterion' in {place}")
    value = fields.get("value")
    if value is not None and not is_number(value):
        raise bad_record(f"'value' in {place} is not a number.")
    texts = {name: get_field(fields, name, str, "", place=place) for name in ("source_id", "choice", "rationale")}
    try:
        return Judgement(
            criterion,
            None if value is None else float(value),
            reason=get_field(fields, "reason", str, "", place=place),
            **texts,
        )
    except ValueError as err:
        raise bad_record(f"{place}: {err}.") from err


def _read_usage(fields: Mapping[str, Any], unknown: Note) -> Usage:
    note_unknown(fields, _USAGE, "usage.", unknown)
    counts = {name: fields.get(name, 0) for name in ("n_requests", "n_input_tokens", "n_output_tokens")}
    amounts = {name: fields.get(name, 0.0) for name in ("cost", "seconds")}
    if not all(map(is_index, counts.values())) or not all(map(is_number, amounts.values())):
        raise bad_record("'usage' holds something that is no count or amount.")
    return Usage(**counts, cost=float(amounts["cost"]), seconds=float(amounts["seconds"]))


def _read_problem(entry: object, number: int, unknown: Note) -> Problem:
    place = f"problems[{number}]"
    fields = as_mapping(entry, place)
    note_unknown(fields, _PROBLEM, "problems.", unknown)
    line, row = fields.get("line", 0), fields.get("row", -1)
    if not is_index(line) or not (is_index(row) or row == -1):
        raise bad_record(f"'line' or 'row' in {place} is no count.")
    texts = {name: get_field(fields, name, str, "", place=place) for name in ("message", "remedy", "place", "item_id")}
    return Problem(get_field(fields, "code", str, place=place), line=line, row=row, **texts)


def _strings(values: Sequence[object], place: str) -> list[str]:
    found = [value for value in values if isinstance(value, str)]
    if len(found) != len(values):
        raise bad_record(f"{place} holds something that is not a string.")
    return found
