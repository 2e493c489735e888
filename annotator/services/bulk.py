"""Writing many rows with a number of statements that does not depend on how many."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models, transaction

Row = Sequence[Any]


def reserve_ids(model: type[models.Model], n: int) -> list[int]:
    """Take primary keys for rows that are written later in this transaction, in ascending order.

    Raises:
        TransactionManagementError: outside a transaction, where SQLite could give the same keys to somebody else.
    """
    if n == 0:
        return []
    transaction.get_connection().validate_no_broken_transaction()
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("ids are reserved inside a transaction")
    table = model._meta.db_table
    if connection.vendor == "postgresql":
        return _reserve_in_sequence(table, _pk_column(model), n)
    return _reserve_on_sqlite(table, _pk_column(model), n)


def _pk_column(model: type[models.Model]) -> str:
    pk = model._meta.pk
    return str(pk.column) if pk is not None else "id"


def _reserve_in_sequence(table: str, pk_column: str, n: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)", [table, pk_column, n]
        )
        return sorted(row[0] for row in cursor.fetchall())


def _reserve_on_sqlite(table: str, pk_column: str, n: int) -> list[int]:
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = %s), 0), "
            f"coalesce((SELECT max({quote(pk_column)}) FROM {quote(table)}), 0))",
            [table],
        )
        last = int(cursor.fetchone()[0])
    return list(range(last + 1, last + 1 + n))


def insert_rows(model: type[models.Model], fields: Sequence[str], rows: Iterable[Row]) -> None:
    """Write rows in one statement: COPY on PostgreSQL, one prepared INSERT on SQLite.

    Nothing is held in memory, so `rows` may be a generator. Fields that are not named get their default, and
    constraints hold as always.

    Args:
        model: whose table.
        fields: names of the fields, in the order of the values.
        rows: one sequence of plain database values each; JSON as text. A generator must not ask the database: on
            PostgreSQL its connection is busy with the COPY.

    Raises:
        IntegrityError: a constraint refuses a row.
    """
    quote = connection.ops.quote_name
    columns = [str(_field(model, name).column) for name in fields]
    defaults = _defaults(model, set(columns))
    names = ", ".join(quote(column) for column in [*columns, *defaults])
    constants = tuple(defaults.values())
    complete = ((*row, *constants) for row in rows) if constants else rows
    write = _copy if connection.vendor == "postgresql" else _insert
    with connection.wrap_database_errors:
        write(f"{quote(model._meta.db_table)} ({names})", len(columns) + len(defaults), complete)


def _field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    field = model._meta.get_field(name)
    if not isinstance(field, models.Field):
        raise TypeError(f"{name} is not a column of {model._meta.db_table}")
    return field


def _defaults(model: type[models.Model], given: set[str]) -> dict[str, Any]:
    """Database values of the columns that are not given and may not be null."""
    return {
        str(field.column): field.get_db_prep_save(field.get_default(), connection)
        for field in model._meta.concrete_fields
        if field.column not in given and not field.null and not field.primary_key
    }


def _copy(target: str, n_columns: int, rows: Iterable[Row]) -> None:
    del n_columns
    with connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _insert(target: str, n_columns: int, rows: Iterable[Row]) -> None:
    marks = ", ".join("?" * n_columns)
    with connection.cursor() as cursor:
        # Django's own executemany keeps every row of a generator in memory.
        sqlite3.Cursor.executemany(cursor.cursor, f"INSERT INTO {target} VALUES ({marks})", rows)
