"""Queries whose SQL is made once: what is asked with every decision spends most of its time in making SQL.

A prepared query is written as any other, with slots where values differ from use to use. Nothing that the database
holds is kept: every use asks anew.
"""

from __future__ import annotations

import builtins
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import BigIntegerField, BooleanField, Expression, F, Field, Model, QuerySet
from django.db.models.sql import Query, UpdateQuery
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.constants import ROW_COUNT

Row = TypeVar("Row")
Params = tuple[Any, ...]
LARGEST = BigIntegerField.MAX_BIGINT


class Slot(Expression):
    """Stands in a prepared query for a value that each use gives by name: the id of a row unless a field is given."""

    def __init__(self, name: str, output_field: Field[Any, Any] | None = None) -> None:
        super().__init__(output_field=output_field or BigIntegerField())
        self.name = name

    def as_sql(self, *_args: Any, **_kwargs: Any) -> tuple[str, Any]:
        """A placeholder; the slot itself among the parameters marks whose value goes there."""
        return "%s", (self,)

    def fill(self, values: dict[str, Any], connection: Any) -> Any:
        """The value as the database takes it."""
        value = values[self.name]
        # No row has an id that does not fit its column: nothing equals NULL.
        if isinstance(value, int) and not -LARGEST - 1 <= value <= LARGEST:
            return None
        return self.output_field.get_db_prep_value(value, connection)


class _ListSlot(Slot):
    def fill(self, values: dict[str, Any], connection: Any) -> Any:
        return _as_parameter(values[self.name], connection)


def _as_parameter(listed: Iterable[Any], connection: Any) -> Any:
    return list(listed) if connection.vendor == "postgresql" else json.dumps(list(listed))


class _List(Expression):
    """Some numbers or texts as one parameter."""

    def __init__(self, listed: Iterable[Any]) -> None:
        super().__init__(output_field=BigIntegerField())
        self._listed = tuple(listed)

    def as_sql(self, compiler: SQLCompiler, *_args: Any, **_kwargs: Any) -> tuple[str, Any]:
        return "%s", (_as_parameter(self._listed, compiler.connection),)


class OneOf(Expression):
    """Condition that a column holds one of some numbers or texts: given, or those of each use under a name.

    They are one parameter, however many they are; with thousands of them `__in` takes longer to be read than to be
    answered.
    """

    conditional = True

    def __init__(self, column: str, given: str | Iterable[Any]) -> None:
        super().__init__(output_field=BooleanField())
        self._sources: list[Any] = [F(column), _ListSlot(given) if isinstance(given, str) else _List(given)]

    def get_source_expressions(self) -> list[Any]:
        return self._sources

    def set_source_expressions(self, exprs: Iterable[Any]) -> None:
        self._sources = list(exprs)

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, Params]:
        parts = [compiler.compile(each) for each in self._sources]
        form = "{} = ANY({})" if connection.vendor == "postgresql" else "{} IN (SELECT value FROM json_each({}))"
        return form.format(*(sql for sql, _params in parts)), tuple(each for _sql, params in parts for each in params)


class _Made:
    """A compiler that has made its SQL once, and fills in values each time it runs."""

    def __init__(self, query: Query) -> None:
        self.values: dict[str, Any] = {}
        self.compiler = query.get_compiler(DEFAULT_DB_ALIAS)
        self._sql, self._params = self.compiler.as_sql()
        self._find_converters = self.compiler.get_converters
        self._converters: dict[Any, Any] | None = None
        vars(self.compiler).update(as_sql=self._fill, get_converters=self._get_converters)
        vars(query)["get_compiler"] = lambda *_args, **_kwargs: self.compiler

    def _fill(self) -> tuple[str, Params]:
        connection = self.compiler.connection
        fill = (each.fill(self.values, connection) if isinstance(each, Slot) else each for each in self._params)
        return self._sql, tuple(fill)

    def _get_converters(self, expressions: Iterable[Any]) -> dict[Any, Any]:
        if self._converters is None:
            self._converters = dict(self._find_converters(expressions))
        return self._converters


class _PerThread(threading.local):
    """What a thread has made; a compiler belongs to the connection of its thread."""

    made: tuple[Any, _Made] | None = None

    def get(self, make: Callable[[], tuple[Any, Query]]) -> tuple[Any, _Made]:
        if self.made is None or self.made[1].compiler.connection is not connections[DEFAULT_DB_ALIAS]:
            found, query = make()
            self.made = found, _Made(query)
        return self.made


class Prepared(Generic[Row]):
    """A query over the default database, made from `build` at its first use in each thread."""

    def __init__(self, build: Callable[[], QuerySet[Any, Row]]) -> None:
        self._build = build
        self._own = _PerThread()

    def list(self, **values: Any) -> list[Row]:
        """All rows, the slots holding these values."""
        queryset, made = self._own.get(self._make)
        made.values = values
        return list(queryset._iterable_class(queryset))

    def first(self, **values: Any) -> Row | None:
        """The first of all rows, or None."""
        return next(iter(self.list(**values)), None)

    def prefetch(self, owners: Iterable[Model], relation: str, *, by: str, **values: Any) -> None:
        """Put the rows where `prefetch_related` would: into a relation of their owners, whom a column names."""
        found: dict[Any, builtins.list[Row]] = {}
        for row in self.list(**values):
            found.setdefault(getattr(row, by), []).append(row)
        for owner in owners:
            vars(owner).setdefault("_prefetched_objects_cache", {})[relation] = found.get(owner.pk, [])

    def _make(self) -> tuple[Any, Query]:
        queryset = self._build()
        return queryset, queryset.query


class PreparedUpdate:
    """An update of the rows of a query; `build` gives the rows and the new values of their columns."""

    def __init__(self, build: Callable[[], tuple[QuerySet[Any, Any], Mapping[str, Any]]]) -> None:
        self._build = build
        self._own = _PerThread()

    def run(self, **values: Any) -> int:
        """How many rows were changed, the slots holding these values."""
        _query, made = self._own.get(self._make)
        made.values = values
        return int(made.compiler.execute_sql(ROW_COUNT))

    def _make(self) -> tuple[Any, Query]:
        rows, columns = self._build()
        query: Any = rows.query.chain(UpdateQuery)
        query.add_update_values(columns)
        return None, query
