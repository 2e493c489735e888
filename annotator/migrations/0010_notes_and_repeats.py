"""Skips that are counted once however often they are sent; an index over the forms that machines propose."""

from __future__ import annotations

from django.db import migrations, models

from annotator.models.candidates import FormHead


class Migration(migrations.Migration):
    dependencies = [("annotator", "0009_candidate_without_source")]
    operations = [
        migrations.AddField("skip", "last_id", models.UUIDField(blank=True, null=True)),
        migrations.AddIndex(
            "candidate",
            models.Index(
                "run", "label", FormHead("surface"), "id", condition=models.Q(rank=0), name="candidate_of_form"
            ),
        ),
    ]
