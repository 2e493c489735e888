"""The calibrated probability of a candidate. The triggers are set again: SQLite makes the table anew."""

from __future__ import annotations

import importlib

from django.db import migrations, models

immutable = importlib.import_module("annotator.migrations.0002_immutable_rows")


class Migration(migrations.Migration):
    dependencies = [("annotator", "0002_immutable_rows")]
    operations = [
        migrations.RunPython(immutable.drop_triggers, immutable.add_triggers),
        migrations.AddField("candidate", "probability", models.FloatField(blank=True, null=True)),
        migrations.AddConstraint(
            "candidate",
            models.CheckConstraint(
                condition=models.Q(probability=None) | models.Q(probability__gte=0, probability__lte=1),
                name="candidate_probability_in_0_1",
            ),
        ),
        migrations.RunPython(immutable.add_triggers, immutable.drop_triggers),
    ]
