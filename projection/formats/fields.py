"""Fields of a decoded JSON record, checked one by one: what is wrong is said in one sentence."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from projection.errors import Problem
from projection.formats.base import line_problem
from projection.types import Interval

Value = TypeVar("Value")
Note = Callable[[str], None]

_KINDS = {"str": "a string", "list": "a list", "dict": "an object"}
_MAX_INTEGER = 2**63 - 1
_IDENTITY = (str, bool, type(None))


class BadRecordError(Exception):
    """A record that cannot be used; becomes a `Problem` where the line is known."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class UnknownFields:
    """Names of fields that the format does not have, with the line where each was first seen."""

    def __init__(self) -> None:
        self._lines: dict[str, int] = {}

    def at(self, line: int) -> Note:
        """A function that notes a name for this line."""
        return lambda name: self._note(name, line)

    def _note(self, name: str, line: int) -> None:
        self._lines.setdefault(name, line)

    def problems(self) -> Iterator[Problem]:
        """One problem for each name."""
        for name, line in self._lines.items():
            fault = f"The field {name!r} is not part of the format; the first one is here."
            yield line_problem("unknown-field", fault, "It was left out; put it into 'meta' to keep it.", line=line)


def bad_record(message: str) -> BadRecordError:
    """The error of a field that is missing or of the wrong type (`bad-record`)."""
    return BadRecordError("bad-record", "The" + message[3:] if message.startswith("the ") else message)


def as_mapping(value: object, place: str) -> dict[str, Any]:
    """A value that must be an object. Raises `BadRecordError`, as all functions here do."""
    if not isinstance(value, dict):
        raise bad_record(f"{place} is not an object.")
    return value


def get_field(
    fields: Mapping[str, Any], name: str, kind: type[Value], default: Value | None = None, *, place: str = "the record"
) -> Value:
    """A field of one type; needed where there is no default."""
    value = fields.get(name, default)
    if value is None:
        raise bad_record(f"{place} has no {name!r}.")
    if not isinstance(value, kind):
        raise bad_record(f"{name!r} in {place} is not {_KINDS[kind.__name__]}.")
    return value


def list_entries(fields: Mapping[str, Any], name: str) -> Iterator[tuple[int, object]]:
    """(0-based number, entry) of a field that is a list, or missing."""
    return enumerate(get_field(fields, name, list, []))


def get_index(fields: Mapping[str, Any], name: str, size: int, place: str, *, default: int = 0) -> int:
    """A field that counts segments: 0 to `size` - 1."""
    value = fields.get(name, default)
    if not is_index(value):
        raise bad_record(f"{name!r} in {place} is not 0 or more.")
    if value >= size:
        raise BadRecordError("bad-reference", f"{place}: there is no segment {value}.")
    return int(value)


def as_intervals(values: object, place: str) -> tuple[Interval, ...]:
    """A list of pairs of whole numbers as intervals; whether they fit a text is not looked at."""
    if not isinstance(values, list):
        raise bad_record(f"{place} is not a list.")
    for value in values:
        # Exact types: a decoded `true` is an `int` too.
        if type(value) is not list or len(value) != 2 or type(value[0]) is not int or type(value[1]) is not int:
            raise bad_record(f"{place} is not a list of pairs of whole numbers.")
    return tuple(Interval(start, end) for start, end in values)


def is_index(value: object) -> bool:
    """Whether a decoded value is a whole number of 0 or more."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_number(value: object) -> bool:
    """Whether a decoded value is a number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def note_unknown(fields: Mapping[str, Any], known: frozenset[str], prefix: str, unknown: Note) -> None:
    """Note the names that the format does not have."""
    for name in fields.keys() - known:
        unknown(prefix + name)


def json_value(value: object, lost: Callable[[object], None]) -> Any:
    """A value as JSON can hold it, with sorted keys; what it cannot hold is null, and `lost` is told."""
    if isinstance(value, _IDENTITY):
        return value
    if isinstance(value, int) and -_MAX_INTEGER <= value <= _MAX_INTEGER:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, (list, tuple)):
        return [json_value(element, lost) for element in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: json_value(value[key], lost) for key in sorted(value)}
    lost(value)
    return None
