"""A token tag may be proposed where the source has no token. The triggers are set again: SQLite makes the table anew."""

from __future__ import annotations

import importlib

import django.db.models.deletion
from django.db import migrations, models

immutable = importlib.import_module("annotator.migrations.0002_immutable_rows")


class Migration(migrations.Migration):
    dependencies = [("annotator", "0008_gold_reviews")]

    operations = [
        migrations.RunPython(immutable.drop_triggers, immutable.add_triggers),
        migrations.AlterField(
            model_name="candidate",
            name="source_span",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="candidates",
                to="annotator.sourcespan",
            ),
        ),
        migrations.RunPython(immutable.add_triggers, immutable.drop_triggers),
    ]
