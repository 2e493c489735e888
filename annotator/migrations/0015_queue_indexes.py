"""The indexes of the queue go by priority."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotator", "0014_queue_by_priority")]
    operations = [
        migrations.RemoveIndex(model_name="item", name="item_unsure_first"),
        migrations.RemoveIndex(model_name="item", name="item_unsure_first_lang"),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(fields=["project", "state", "priority", "id"], name="item_unsure_first"),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(fields=["project", "tgt_lang", "state", "priority", "id"], name="item_unsure_first_lang"),
        ),
    ]
