"""The queue goes by disagreement, then links, then confidence; runs keep how sure their links are."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models import F


def fill(apps, schema_editor):
    # What is known of items that were projected before: as `annotator.services.priorities` weighs it.
    items = apps.get_model("annotator", "Item").objects
    items.update(priority=(11_010.0 + F("confidence") * 0.999) / 11_011.0)


class Migration(migrations.Migration):
    dependencies = [("annotator", "0013_edits_of_texts")]
    operations = [
        migrations.AddField(
            model_name="runitem", name="link_probability", field=models.FloatField(blank=True, null=True)
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
