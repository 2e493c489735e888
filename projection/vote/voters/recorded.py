"""Replies that were given before, from a file: JSON Lines, or a table with a column of ids and one of replies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import orjson

from projection.errors import EngineError, FormatError, Problem
from projection.formats.base import ReadResult, decode, line_problem
from projection.formats.tsv import split_table
from projection.vote.asking import Request
from projection.vote.limits import Gate, Stop
from projection.vote.voters.base import Reply, content_key, plain_gate

_IDS = ("item_id", "id", "index_id", "item", "custom_id", "key")
_REPLIES = ("reply", "raw_reply", "answer", "response", "output", "completion", "content", "prediction")


class RecordedModel:
    """Gives the recorded replies of an item, the n-th one when it is asked for the n-th time."""

    def __init__(self, replies: Mapping[str, tuple[str, ...]]) -> None:
        """Args: replies: by item id, in the order in which they were given."""
        self._replies = replies
        self._gate = plain_gate()

    @property
    def gate(self) -> Gate:
        return self._gate

    @property
    def identity(self) -> Mapping[str, Any]:
        return {"kind": "recorded", "content": content_key(sorted(self._replies.items()))}

    def reply(self, request: Request, *, stop: Stop) -> Reply:
        """Raises `EngineError` (`not-recorded`)."""
        del stop
        item_id = request.sheet.item.id
        replies = self._replies.get(item_id, ())
        if request.number >= len(replies):
            fault = f"There are {len(replies)} recorded replies on the item {item_id}."
            raise EngineError(Problem("not-recorded", fault, "Add one for this id.", item_id=item_id))
        return Reply(replies[request.number])


def read_replies(
    data: bytes, *, id_column: str = "", reply_column: str = "", encoding: str | None = None
) -> ReadResult[tuple[str, str]]:
    """Pairs (item id, reply) in file order; an id may come several times.

    Args:
        data: JSON Lines with a field of ids and one of replies, or a table with a header. The files `llm_*.tsv` of
            SIB-200 are such tables: the reply is their last column.
        id_column: name of the column of ids, if it is none of `item_id`, `id`, `index_id`, `item`, `custom_id`, `key`.
        reply_column: name of the column of replies, if it is none of `reply`, `raw_reply`, `answer`, `response`,
            `output`, `completion`, `content`, `prediction`, nor the last one.
        encoding: see `projection.formats.base.decode`.

    Returns:
        The pairs, and a problem for each line that is left out: `bad-json`, `bad-record`.

    Raises:
        FormatError: the file cannot be decoded; `no-such-column`.
    """
    decoded = decode(data, encoding=encoding)
    problems: list[Problem] = []
    if decoded.text.lstrip()[:1] == "{":
        rows = _read_lines(decoded.lines, id_column, reply_column, problems)
    else:
        cells = split_table(decoded, "auto")
        id_at = _find(cells.header, id_column, _IDS, last=None)
        reply_at = _find(cells.header, reply_column, _REPLIES, last=len(cells.header) - 1)
        rows = []
        for line, fields in cells.rows:
            if len(fields) <= max(id_at, reply_at) or not fields[id_at].strip():
                fault = "The row lacks an id or a reply."
                problems.append(line_problem("bad-record", fault, "It was left out.", line=line))
                continue
            rows.append((fields[id_at].strip(), fields[reply_at]))
    info = {"n_items": str(len({item_id for item_id, _ in rows}))}
    return ReadResult(rows, problems, Counter(), decoded.encoding, decoded.newline, len(decoded.lines), info)


def _find(header: list[str], given: str, usual: tuple[str, ...], *, last: int | None) -> int:
    names = [name.casefold() for name in header]
    for name in (given,) if given else usual:
        if name.casefold() in names:
            return names.index(name.casefold())
    if given or last is None or last < 1:
        fault = f"The table has no column {given or usual[0]}."
        remedy = f"Its columns are: {', '.join(header)[:200]}."
        raise FormatError(Problem("no-such-column", fault, remedy, line=1))
    return last


def _read_lines(lines: list[str], id_column: str, reply_column: str, problems: list[Problem]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = orjson.loads(line)
        except ValueError:
            problems.append(line_problem("bad-json", "The line is not valid JSON.", "It was left out.", line=number))
            continue
        fields = record if isinstance(record, dict) else {}
        item_id = next((fields[name] for name in ((id_column,) if id_column else _IDS) if name in fields), None)
        reply = next((fields[name] for name in ((reply_column,) if reply_column else _REPLIES) if name in fields), None)
        if isinstance(reply, (dict, list)):
            reply = orjson.dumps(reply).decode()
        if not isinstance(item_id, (str, int)) or not str(item_id).strip() or not isinstance(reply, str):
            fault = "The line lacks an id or a reply."
            problems.append(line_problem("bad-record", fault, "It was left out.", line=number))
            continue
        found.append((str(item_id).strip(), reply))
    return found


def group_replies(rows: list[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Replies by item id, in their order."""
    found: dict[str, list[str]] = {}
    for item_id, reply in rows:
        found.setdefault(item_id, []).append(reply)
    return {item_id: tuple(replies) for item_id, replies in found.items()}
