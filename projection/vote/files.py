"""Ballot files: JSON Lines, which hold everything, and tables with one vote a row."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import orjson

from projection.errors import FormatError, Problem
from projection.formats.base import Decoded, ReadResult, WriteResult, decode, line_problem
from projection.formats.fields import BadRecordError, UnknownFields, bad_record
from projection.formats.tsv import split_table
from projection.types import Interval, Item, Span
from projection.vote.ballots import ABSTAIN, LABEL, OUTCOMES, Ballot, Vote
from projection.vote.records import check_place, one_of, read_ballot, write_ballot

BALLOT_COLUMNS = (
    *("item_id", "voter_id", "source_id", "outcome", "label", "layer", "segment", "intervals"),
    *("confidence", "evidence", "reason"),
)
_NEEDED = ("item_id", "voter_id")
_INTERVAL = re.compile(r"(\d+)-(\d+)", re.ASCII)
_MAX_DIGITS = 9
# A table opened in a spreadsheet must not run what somebody wrote into a text.
_FORMULA = ("=", "+", "-", "@", "\t")


def read_ballots(
    data: bytes, *, items: Mapping[str, Item] | None = None, encoding: str | None = None
) -> ReadResult[Ballot]:
    """Read ballots from JSON Lines or from a table with a header, whichever it is.

    A table needs the columns `item_id` and `voter_id`, and `label` or `outcome`; the others of `BALLOT_COLUMNS` may be
    missing. Rows of one item and voter make one ballot. A row without an outcome is a label or abstains.

    Args:
        data: the file.
        items: by id; where given, offsets are checked against their texts.
        encoding: see `projection.formats.base.decode`.

    Returns:
        Ballots in file order, and a problem for each line that is left out: `bad-json`, `bad-record`, `bad-offset`,
        `bad-reference`, `duplicate-ballot`, `duplicate-vote`; `unknown-field` once each.

    Raises:
        FormatError: the file cannot be decoded; `no-such-column`.
    """
    decoded = decode(data, encoding=encoding)
    is_json = decoded.text.lstrip()[:1] in ("{", "")
    ballots, problems = _read_lines(decoded, items) if is_json else _read_table(decoded, items)
    problems.sort(key=lambda problem: problem.line)
    labels = Counter(vote.span.label for ballot in ballots for vote in ballot.votes if vote.span is not None)
    info = {"kind": "jsonl" if is_json else "table"}
    return ReadResult(ballots, problems, labels, decoded.encoding, decoded.newline, len(decoded.lines), info)


def _read_lines(decoded: Decoded, items: Mapping[str, Item] | None) -> tuple[list[Ballot], list[Problem]]:
    found: dict[tuple[str, str], Ballot] = {}
    problems: list[Problem] = []
    unknown = UnknownFields()
    for number, line in enumerate(decoded.lines, start=1):
        if not line.strip():
            continue
        try:
            ballot = read_ballot(_decode_json(line), items=items, unknown=unknown.at(number))
            _add(found, ballot)
        except BadRecordError as err:
            problems.append(line_problem(err.code, err.message, "The ballot was left out.", line=number))
    return list(found.values()), [*problems, *unknown.problems()]


def _decode_json(line: str) -> object:
    try:
        return orjson.loads(line)
    except ValueError as err:
        raise BadRecordError("bad-json", f"The line is not valid JSON: {str(err).partition(': line')[0]}.") from err


def _add(found: dict[tuple[str, str], Ballot], ballot: Ballot) -> None:
    key = ballot.item_id, ballot.voter_id
    if key in found:
        fault = f"The voter {ballot.voter_id!r} has a ballot on the item {ballot.item_id!r} before."
        raise BadRecordError("duplicate-ballot", fault)
    found[key] = ballot


# --------------------------------------------------------------------------------------------------------------- tables


def _read_table(decoded: Decoded, items: Mapping[str, Item] | None) -> tuple[list[Ballot], list[Problem]]:
    cells = split_table(decoded, "auto")
    header = [name.strip() for name in cells.header]
    missing = [name for name in _NEEDED if name not in header]
    if missing or not {"label", "outcome"} & set(header):
        fault = f"The table has no column {(missing or ['label'])[0]}."
        raise FormatError(Problem("no-such-column", fault, f"Its columns are: {', '.join(header)[:200]}.", line=1))
    unknown = UnknownFields()
    for name in header:
        if name not in BALLOT_COLUMNS:
            unknown.at(1)(name)
    found: dict[tuple[str, str], list[Vote]] = {}
    problems: list[Problem] = []
    for line, row in cells.rows:
        try:
            if len(row) != len(header):
                raise bad_record(f"The row has {len(row)} columns, the header {len(header)}.")
            fields = {name: _unescaped(cell.strip()) for name, cell in zip(header, row, strict=True)}
            votes = found.setdefault(_key(fields), [])
            vote = _read_row(fields, items)
            if any(vote.source_id == each.source_id for each in votes):
                raise BadRecordError("duplicate-vote", f"There is a vote on the question {vote.source_id!r} before.")
            votes.append(vote)
        except BadRecordError as err:
            problems.append(line_problem(err.code, err.message, "The vote was left out.", line=line))
    ballots = [Ballot(item_id, voter_id, tuple(votes)) for (item_id, voter_id), votes in found.items() if votes]
    return ballots, [*problems, *unknown.problems()]


def _key(fields: Mapping[str, str]) -> tuple[str, str]:
    item_id, voter_id = fields.get("item_id", ""), fields.get("voter_id", "")
    if not item_id or not voter_id:
        raise bad_record("The row lacks an item or a voter.")
    return item_id, voter_id


def _read_row(fields: Mapping[str, str], items: Mapping[str, Item] | None) -> Vote:
    if items is not None and fields["item_id"] not in items:
        raise BadRecordError("bad-reference", f"There is no item {fields['item_id']!r}.")
    label = fields.get("label", "")
    outcome = one_of(fields.get("outcome", "") or (LABEL if label else ABSTAIN), OUTCOMES, "The outcome")
    if (outcome == LABEL) != bool(label):
        raise bad_record(f"A vote with the outcome {outcome} {'needs a' if outcome == LABEL else 'has no'} label.")
    item = None if items is None else items[fields["item_id"]]
    source_id = fields.get("source_id", "")
    return Vote(
        source_id=source_id,
        outcome=outcome,
        span=_row_span(fields, source_id, item) if label else None,
        confidence=_confidence(fields.get("confidence", "")),
        evidence=fields.get("evidence", ""),
        reason=fields.get("reason", ""),
    )


def _row_span(fields: Mapping[str, str], source_id: str, item: Item | None) -> Span:
    number = fields.get("segment", "") or "0"
    if not (number.isascii() and number.isdigit() and len(number) <= _MAX_DIGITS):
        raise bad_record(f"The segment {number!r} is not 0 or more.")
    written = fields.get("intervals", "").split()
    matches = [_INTERVAL.fullmatch(each) for each in written]
    if not all(match and len(match[0]) <= 2 * _MAX_DIGITS for match in matches):
        raise bad_record(f"The intervals {fields['intervals']!r} are not written like 3-7 9-12.")
    intervals = tuple(Interval(int(match[1]), int(match[2])) for match in matches if match)
    check_place(item, int(number), intervals, place="the row")
    return Span(fields["label"], intervals, int(number), fields.get("layer", "") or "spans", source_id=source_id)


def _confidence(written: str) -> float | None:
    if not written:
        return None
    try:
        value = float(written)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise bad_record(f"The confidence {written!r} is not a number from 0 to 1.")
    return value


# -------------------------------------------------------------------------------------------------------------- writing


def write_ballots(ballots: Iterable[Ballot], *, items: Mapping[str, Item] | None = None) -> WriteResult:
    """Write JSON Lines, one ballot a line, with the same bytes for the same ballots.

    Args:
        ballots: in the order in which they are written.
        items: by id; where given, the covered text stands beside the offsets, and is checked on reading.

    Returns:
        The file, and a problem for each value that JSON cannot hold (`value-lost`, written as null) and each ballot
        that cannot be written at all (`item-lost`: not valid Unicode).
    """
    pieces: list[str] = []
    problems: list[Problem] = []
    for row, ballot in enumerate(ballots):
        lost: list[object] = []
        record = write_ballot(ballot, item=(items or {}).get(ballot.item_id), lost=lost.append)
        at_item = Problem("", "", place=f"item {ballot.item_id}", item_id=ballot.item_id, row=row)
        problems += [
            replace(at_item, code="value-lost", message=f"JSON cannot hold {value!r}.", remedy="Written as null.")
            for value in lost
        ]
        try:
            pieces.append(orjson.dumps(record).decode() + "\n")
        except TypeError:
            fault = "The ballot holds a text that is not valid Unicode."
            problems.append(replace(at_item, code="item-lost", message=fault, remedy="The ballot was left out."))
    return WriteResult("".join(pieces), problems, len(pieces))


def write_ballot_table(ballots: Iterable[Ballot]) -> WriteResult:
    """Write a table separated by commas, one vote a row.

    Returns:
        The file, and a loss report: replies, judgements, problems, checks, costs and the rest of a ballot that a
        table has no columns for (`parts-lost`, once for each kind), and ballots without a vote (`item-lost`).
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(BALLOT_COLUMNS)
    lost: Counter[str] = Counter()
    problems: list[Problem] = []
    n_rows = 0
    for row, ballot in enumerate(ballots):
        lost.update(_lost_parts(ballot))
        if not ballot.votes:
            fault = "The ballot has no vote."
            place = f"item {ballot.item_id}"
            problems.append(Problem("item-lost", fault, "Use JSON Lines.", place, item_id=ballot.item_id, row=row))
        for cells in _rows(ballot):
            writer.writerow([_escaped(cell) for cell in cells])
            n_rows += 1
    for part, n_lost in sorted(lost.items()):
        fault = f"A table of votes has no place for {part}: {n_lost} ballot(s) have them."
        problems.append(Problem("parts-lost", fault, "Use JSON Lines to keep them."))
    return WriteResult(out.getvalue(), problems, n_rows)


def _lost_parts(ballot: Ballot) -> Iterator[str]:
    bare = Ballot(ballot.item_id, ballot.voter_id, ballot.votes)
    for name in ("replies", "problems", "checks", "usage", "prompt_hash", "judgements", "meta"):
        if getattr(ballot, name) != getattr(bare, name):
            yield name
    if any(vote.span is not None and (vote.span.id or vote.span.meta or vote.span.concept) for vote in ballot.votes):
        yield "ids, concepts and meta of labels"


def _rows(ballot: Ballot) -> Iterator[Sequence[str]]:
    for vote in ballot.votes:
        span = vote.span or Span("", (), layer="")
        intervals = " ".join(f"{start}-{end}" for start, end in span.intervals)
        segment = "" if vote.span is None else str(span.segment)
        place = (span.label, span.layer, segment, intervals)
        confidence = "" if vote.confidence is None else repr(vote.confidence)
        before = (ballot.item_id, ballot.voter_id, vote.source_id, vote.outcome)
        yield *before, *place, confidence, vote.evidence, vote.reason


def _escaped(cell: str) -> str:
    return f"'{cell}" if cell.startswith((*_FORMULA, "'")) else cell


def _unescaped(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:2] in (*_FORMULA, "'") else cell


def without_texts(ballot: Ballot) -> Ballot:
    """The ballot without what quotes the item or the voter: for sharing votes where texts must not be."""
    votes = tuple(replace(vote, evidence="") for vote in ballot.votes)
    judgements = tuple(replace(each, rationale="") for each in ballot.judgements)
    meta = {name: value for name, value in ballot.meta.items() if name != "rationales"}
    return replace(ballot, votes=votes, judgements=judgements, replies=(), meta=meta)
