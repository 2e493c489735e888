"""Items that were done have their review as gold; the queue's order begins as it was."""

from __future__ import annotations

from django.db import migrations
from django.db.models import F, OuterRef, Subquery


def fill(apps, schema_editor):
    items = apps.get_model("annotator", "Item").objects
    reviews = apps.get_model("annotator", "Review").objects.filter(item=OuterRef("pk"), number=1)
    items.update(priority=F("confidence"))
    items.filter(state="done").update(gold_review=Subquery(reviews.values("pk")[:1]))


class Migration(migrations.Migration):
    dependencies = [("annotator", "0007_workbench")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
