"""Triggers that refuse changes to machine layers and to what people did: candidates, alignments, decisions, events."""

from __future__ import annotations

from django.db import migrations

TABLES = ("annotator_candidate", "annotator_alignment", "annotator_decision", "annotator_event")

POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION annotator_refuse_change() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END;
$$ LANGUAGE plpgsql
"""


def add_triggers(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL_FUNCTION, params=None)
    guard_tables(schema_editor, TABLES)


def guard_tables(schema_editor, tables):
    """Refuse changes to the rows of some tables."""
    if schema_editor.connection.vendor == "postgresql":
        for table in tables:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_immutable BEFORE UPDATE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION annotator_refuse_change()"
            )
        return
    for table in tables:
        schema_editor.execute(
            f"CREATE TRIGGER {table}_immutable BEFORE UPDATE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed'); END"
        )


def drop_triggers(apps, schema_editor):
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for table in TABLES:
        schema_editor.execute(f"DROP TRIGGER {table}_immutable" + (f" ON {table}" if is_postgresql else ""))
    if is_postgresql:
        schema_editor.execute("DROP FUNCTION annotator_refuse_change()")


class Migration(migrations.Migration):
    dependencies = [("annotator", "0001_initial")]
    operations = [migrations.RunPython(add_triggers, drop_triggers)]
